import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../fixtures/KNOWN-GAPS.md', import.meta.url), 'utf8');

/** The ids of the cases that are meant to differ, as the table of KNOWN-GAPS.md lists them. */
export const knownGaps: ReadonlySet<string> = new Set(
  [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, id]) => id as string),
);

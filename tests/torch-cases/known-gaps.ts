import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../fixtures/KNOWN-GAPS.md', import.meta.url), 'utf8');

/** The names in the first column of the table under a heading. */
function listed(heading: string): ReadonlySet<string> {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  return new Set([...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name as string));
}

/** The ids of the cases that are meant to differ. */
export const knownGaps = listed('Cases that differ on purpose');

/** The recorded ops that do not exist here. */
export const absentOps = listed('Ops that do not exist here');

/** The recorded modules that do not exist here. */
export const absentModules = listed('Modules that do not exist here');

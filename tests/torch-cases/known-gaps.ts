import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../fixtures/KNOWN-GAPS.md', import.meta.url), 'utf8');

/** Something that PyTorch has and that is absent or differs here, and the reason. */
export interface Gap {
  readonly name: string;
  readonly why: string;
}

/** The rows of the tables under the headings that begin so. */
function listed(heading: string): Gap[] {
  const sections = page.split(/^## /m).filter((text) => text.startsWith(heading));
  const rows = sections.flatMap((section) => [...section.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)]);
  return rows.map(([, name, why]) => ({ name: name as string, why: why as string }));
}

/** All reasons, by the name of what is absent or the id of the case that differs. */
export const gaps: ReadonlyMap<string, string> = new Map(listed('').map(({ name, why }) => [name, why]));

function namesUnder(heading: string): ReadonlySet<string> {
  return new Set(listed(heading).map(({ name }) => name));
}

/** The ids of the cases that are meant to differ. */
export const knownGaps = namesUnder('Cases that differ on purpose');

/** The recorded ops that do not exist here. */
export const absentOps = namesUnder('Ops that do not exist here');

/** The recorded modules that do not exist here. */
export const absentModules = namesUnder('Modules that do not exist here');

import { type Chain, collapsedInto, commonChain, type Group } from './groups.ts';
import type { Entry } from './tape.ts';

/** A box of the picture: one entry of the tape, or all that a module did. */
export interface Box {
  /** Its name in DOT. */
  readonly id: string;
  readonly entries: Entry[];
  /** The module that it stands for. */
  readonly module: Group | null;
  /** The modules that are drawn around it. */
  readonly around: Chain;
}

export interface Drawn {
  readonly boxes: readonly Box[];
  readonly edges: readonly (readonly [from: Box, to: Box])[];
}

/**
 * Which boxes are drawn. Modules are one box down to `depth`; parameters that nobody else uses go into it, and what is
 * no result of recorded ops, unless the box has no other input.
 */
export function drawn(
  entries: readonly Entry[],
  chains: ReadonlyMap<Entry, Chain>,
  depth: number | null,
): Drawn {
  const all = chainsOfAll(entries, chains);
  const collapsed = new Map<Entry, Group>();
  for (const [entry, chain] of depth === null ? [] : all) {
    const group = collapsedInto(chain, depth as number);
    if (group !== null) collapsed.set(entry, group);
  }
  const outside = new Set(onlyInputs(entries, collapsed));
  const boxes = new Map<Entry | Group, Box>();
  const boxOf = (entry: Entry): Box => {
    const group = collapsed.get(entry) ?? null;
    const module = outside.has(entry) ? null : group;
    const chain = all.get(entry) ?? [];
    const box = boxes.get(module ?? entry) ?? {
      id: `n${boxes.size}`,
      entries: [],
      module,
      around: group === null ? chain : chain.slice(0, chain.indexOf(group)),
    };
    boxes.set(module ?? entry, box);
    return box;
  };
  const edges: [Box, Box][] = [];
  const between = new Set<string>();
  for (const entry of entries) {
    const to = boxOf(entry);
    to.entries.push(entry);
    for (const input of entry.inputs) {
      const from = boxOf(input);
      const key = `${from.id} ${to.id}`;
      // Inside a module, and for one that uses something often, a single arrow says as much.
      if (from === to || (to.module !== null && between.has(key))) continue;
      between.add(key);
      edges.push([from, to]);
    }
  }
  return { boxes: [...boxes.values()], edges };
}

/** The modules around every entry: what is no op stands where all that use it have in common. */
function chainsOfAll(entries: readonly Entry[], chains: ReadonlyMap<Entry, Chain>): Map<Entry, Chain> {
  const users = new Map<Entry, Chain[]>();
  for (const entry of entries)
    for (const input of entry.inputs) {
      const known = users.get(input) ?? [];
      known.push(chains.get(entry) ?? []);
      users.set(input, known);
    }
  return new Map(
    entries.map((entry) => [
      entry,
      entry.kind === 'op' ? (chains.get(entry) ?? []) : commonChain(users.get(entry) ?? []),
    ]),
  );
}

/** The constants of modules that have no other input than them, but for parameters. */
function onlyInputs(entries: readonly Entry[], modules: ReadonlyMap<Entry, Group>): Entry[] {
  const fed = new Set<Group>();
  for (const entry of entries) {
    const module = modules.get(entry);
    const isFrom = (input: Entry) => input.kind !== 'leaf' && modules.get(input) !== module;
    if (module && entry.inputs.some(isFrom)) fed.add(module);
  }
  return entries.filter((entry) => {
    const module = modules.get(entry);
    return entry.kind === 'constant' && module !== undefined && !fed.has(module);
  });
}

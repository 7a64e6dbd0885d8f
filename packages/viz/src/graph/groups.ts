import type { Module } from '@retrograd/nn';
import { chainOf, type ModuleCall, type ModuleWatch } from '../modules.ts';
import type { Entry } from './tape.ts';

/** What was computed by one call of a module. */
export interface Group {
  readonly key: string;
  /** The module's path in the model; its class, for the model itself. */
  readonly title: string;
  /** The module's class. */
  readonly type: string;
  /** True if no other group is part of it. */
  readonly isInnermost: boolean;
}

/** The groups around an entry, from the outermost to the innermost. */
export type Chain = readonly Group[];

/** For each op the groups that it is in, by the calls that were followed while it was recorded. */
export function groupsByCalls(entries: readonly Entry[], watch: ModuleWatch): Map<Entry, Chain> {
  const parents = new Set(watch.calls.map(({ parent }) => parent));
  const groups = new Map<ModuleCall, Group>();
  const groupOf = (call: ModuleCall): Group => {
    const { path, type, index } = call;
    const known = groups.get(call) ?? {
      key: `${path}#${index}`,
      title: `${path || type}${index > 0 ? ` (call ${index + 1})` : ''}`,
      type,
      isInnermost: !parents.has(call),
    };
    groups.set(call, known);
    return known;
  };
  const ops = entries.filter(({ kind }) => kind === 'op');
  return new Map(ops.map((entry) => [entry, chainOf(watch.callOf(entry.sequence)).map(groupOf)]));
}

/**
 * The same where nobody followed the forward: an op belongs to a module whose own parameters go into it, be it through
 * others that nothing else goes into, as the transposed weight of a linear layer. Ops of one module that are not
 * connected are several calls.
 */
export function groupsByParameters(entries: readonly Entry[], model: Module): Map<Entry, Chain> {
  const owners = ownersOf(entries, model);
  const roots = new Map<Entry, Entry>();
  const rootOf = (entry: Entry): Entry => {
    let root = entry;
    for (let next = roots.get(root); next !== undefined; next = roots.get(root)) root = next;
    if (root !== entry) roots.set(entry, root);
    return root;
  };
  for (const [entry, owner] of owners) {
    for (const input of entry.inputs) {
      const [a, b] = [rootOf(input), rootOf(entry)];
      if (a !== b && owners.get(input) === owner) roots.set(a, b);
    }
  }
  const groups = new Map<Entry, Group>();
  const calls = new Map<string, number>();
  const chains = new Map<Entry, Chain>();
  for (const [entry, { path, type }] of owners) {
    const root = rootOf(entry);
    const index = calls.get(path) ?? 0;
    const group = groups.get(root) ?? {
      key: `${path}#${index}`,
      title: `${path || type}${index > 0 ? ` (call ${index + 1})` : ''}`,
      type,
      isInnermost: true,
    };
    if (!groups.has(root)) calls.set(path, index + 1);
    groups.set(root, group);
    chains.set(entry, [group]);
  }
  return chains;
}

interface Owner {
  readonly path: string;
  readonly type: string;
}

/** The module that each op belongs to, of those that have parameters of their own. */
function ownersOf(entries: readonly Entry[], model: Module): Map<Entry, Owner> {
  const ofParameter = new Map<unknown, Owner>();
  for (const [path, module] of model.namedModules()) {
    const owner = { path, type: module.constructor.name };
    for (const parameter of module.parameters({ recurse: false }))
      if (!ofParameter.has(parameter)) ofParameter.set(parameter, owner);
  }
  const owners = new Map<Entry, Owner>();
  /** Ops that are made of the parameters of one module alone. */
  const bare = new Map<Entry, Owner>();
  for (const entry of entries) {
    const sources = entry.inputs.map((input) => bare.get(input) ?? ofParameter.get(input.variable));
    const owner = sources.find((source) => source !== undefined);
    if (entry.kind !== 'op' || owner === undefined) continue;
    owners.set(entry, owner);
    if (sources.every((source) => source === owner)) bare.set(entry, owner);
  }
  return owners;
}

/** The group that an op is drawn as, if modules collapse down to a depth; `null` if it stands for itself. */
export function collapsedInto(chain: Chain, depth: number): Group | null {
  const innermost = chain.at(-1);
  return chain[depth] ?? (innermost?.isInnermost ? innermost : null);
}

/** What chains have in common from the outside on. */
export function commonChain(chains: readonly Chain[]): Chain {
  const [first = [], ...others] = chains;
  let length = first.length;
  for (const chain of others) while (length > 0 && chain[length - 1] !== first[length - 1]) length--;
  return first.slice(0, length);
}

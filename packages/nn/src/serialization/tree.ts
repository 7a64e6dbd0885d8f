import { Generator, RetrogradError, Tensor } from '@retrograd/core';
import type { StateDict } from '../state.ts';
import { shown } from './safetensors/error.ts';

/** A checkpoint that is none, or that lacks what is asked of it; or something that cannot be put into one. */
export class CheckpointError extends RetrogradError {
  override name = 'CheckpointError';
}

/** What has a state to save and to restore: modules, optimisers, schedules, averaged models. */
export interface Stateful {
  stateDict(): unknown;
  // A method of any parameter, so that each may ask for its own kind of state.
  loadStateDict(state: never): unknown;
}

/** What is saved: numbers, strings, booleans and null, tensors, generators, what has a state, and lists and objects of these. */
export type Saveable =
  | number
  | string
  | boolean
  | null
  | undefined
  | Tensor
  | Generator
  | Stateful
  | readonly Saveable[]
  | { readonly [key: string]: Saveable };

/** What comes back: the states of what had one, as plain values and tensors. */
export type Saved = number | string | boolean | null | Tensor | Saved[] | { [key: string]: Saved };

/** A tree taken apart: JSON, in which each tensor is a name, and the tensors under these names. */
export interface TakenApart {
  readonly json: unknown;
  readonly tensors: Readonly<StateDict>;
}

/*
 * In the JSON, an object with one key that begins with $ stands for what JSON does not have: { $tensor: name },
 * { $number: 'NaN' }, and { $object: [[key, value], …] } for an object that has itself a key of that kind.
 */

const deepest = 1000;

export function isStateful(value: unknown): value is Stateful {
  return typeof value === 'object' && value !== null && 'stateDict' in value && 'loadStateDict' in value;
}

/** @throws CheckpointError for what cannot be saved (functions, Maps, bigints …) */
export function takenApart(tree: unknown): TakenApart {
  const tensors = new Map<string, Tensor>();

  function tensorAs(name: string, tensor: Tensor): unknown {
    // { a: { b: x }, 'a.b': y } has two of the same path.
    while (tensors.has(name)) name += '_';
    tensors.set(name, tensor);
    return { $tensor: name };
  }

  function taken(value: unknown, path: string, depth: number): unknown {
    if (depth > deepest) throw unsaveable('something nested too deep, or within itself', path);
    const inner = (key: string | number, each: unknown) =>
      taken(each, path === '' ? String(key) : `${path}.${key}`, depth + 1);
    if (value instanceof Tensor) return tensorAs(path, value);
    if (value instanceof Generator) return tensorAs(path, value.getState());
    if (isStateful(value)) return taken(value.stateDict(), path, depth + 1);
    if (typeof value === 'number') return numberToJson(value);
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return value.map((each, i) => inner(i, each));
    if (!isPlain(value)) throw unsaveable(shown(value), path);
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    const members = entries.map(([key, each]) => [key, inner(key, each)] as const);
    return members.some(([key]) => key.startsWith('$')) ? { $object: members } : Object.fromEntries(members);
  }

  const json = taken(tree, '', 0);
  return { json, tensors: Object.fromEntries(tensors) };
}

/** JSON writes NaN and the infinities as null, and −0 as 0. */
const numbers = new Map(Object.entries({ NaN: Number.NaN, Infinity, '-Infinity': -Infinity, '-0': -0 }));

function numberToJson(value: number): unknown {
  for (const [$number, special] of numbers) if (Object.is(value, special)) return { $number };
  return value;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function unsaveable(got: string, path: string): CheckpointError {
  return new CheckpointError({
    op: 'saveCheckpoint',
    got: `${got} at ${shown(path)}`,
    want: 'numbers, strings, booleans, null, tensors, generators, what has a state dict, and lists and objects of these',
  });
}

/** The tree again. @throws CheckpointError for JSON that `takenApart` has not made */
export function putTogether({ json, tensors }: TakenApart): Saved {
  const specials: Readonly<Record<string, (value: unknown, depth: number) => Saved | undefined>> = {
    $tensor: (name) => (typeof name === 'string' && Object.hasOwn(tensors, name) ? tensors[name] : undefined),
    $number: (text) => numbers.get(text as string),
    $object: (members, depth) =>
      Array.isArray(members) && members.every((member) => typeof member?.[0] === 'string')
        ? Object.fromEntries(members.map(([key, each]) => [key, whole(each, depth + 1)]))
        : undefined,
  };

  function whole(value: unknown, depth: number): Saved {
    if (depth > deepest) throw new CheckpointError(broken('JSON nested too deep'));
    if (typeof value !== 'object' || value === null) return value as number | string | boolean | null;
    if (Array.isArray(value)) return value.map((each) => whole(each, depth + 1));
    const members = Object.entries(value);
    const [[key, given] = ['', undefined]] = members;
    if (!key.startsWith('$'))
      return Object.fromEntries(members.map(([k, each]) => [k, whole(each, depth + 1)]));
    const special = Object.hasOwn(specials, key) ? specials[key]?.(given, depth) : undefined;
    if (special === undefined || members.length > 1)
      throw new CheckpointError(broken(`${shown(key)}: ${shown(given)}`));
    return special;
  }

  return whole(json, 0);
}

function broken(got: string) {
  return { op: 'loadCheckpoint', got, want: 'what saveCheckpoint has written' };
}

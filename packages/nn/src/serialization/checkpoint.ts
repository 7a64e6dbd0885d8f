import { Generator, Tensor } from '@retrograd/core';
import { shown } from './safetensors/error.ts';
import { safeOpen, saveFile } from './safetensors/file.ts';
import {
  CheckpointError,
  isStateful,
  putTogether,
  type Saveable,
  type Saved,
  type Stateful,
  takenApart,
} from './tree.ts';

const op = 'loadCheckpoint';

/** The metadata under which the JSON of all that is no tensor stands. */
const key = 'retrograd.checkpoint';

/** What a checkpoint is loaded into: what has a state, and generators, under the names that they were saved under. */
export type Restorable =
  | Stateful
  | Generator
  | readonly Restorable[]
  | { readonly [key: string]: Restorable };

/**
 * Saves all that a run needs to go on from here to the same bits: modules, optimisers, schedules, averaged models,
 * generators, and plain values. It is one safetensors file, whole or not at all: a run that is killed at any moment
 * leaves the last checkpoint as it was.
 *
 * @example
 * ```ts
 * await saveCheckpoint('run.ckpt', { model, optimizer, scheduler, generator: defaultGenerator, epoch });
 * ```
 * @throws CheckpointError for what cannot be saved (functions, Maps, bigints …); SafetensorsError for tensors that change
 * meanwhile: await it before training goes on; FileError when the file cannot be written
 * @see loadCheckpoint
 */
export async function saveCheckpoint(path: string, state: Readonly<Record<string, Saveable>>): Promise<void> {
  const { json, tensors } = takenApart(state);
  await saveFile(tensors, path, { [key]: JSON.stringify(json) });
}

/**
 * Goes on from a checkpoint: restores what is given, and returns all that was saved, states as plain values and tensors.
 *
 * @param targets What to restore, under the names that it was saved under; default nothing.
 *
 * @example
 * ```ts
 * const { epoch } = await loadCheckpoint<{ epoch: number }>('run.ckpt', {
 *   model, optimizer, scheduler, generator: defaultGenerator,
 * });
 * ```
 * To restore some alone, give these alone; `loadCheckpoint(path)` only reads.
 * @throws CheckpointError for a file that is no checkpoint or lacks a name that is asked for: then nothing was restored.
 * A state that does not fit throws what its own `loadStateDict` throws; what stands before it has been restored then.
 * SafetensorsError for a broken file; FileError when it cannot be read
 */
export async function loadCheckpoint<T extends object = Record<string, Saved>>(
  path: string,
  targets: { readonly [key: string]: Restorable } = {},
): Promise<T> {
  const saved = await readCheckpoint(path);
  // Found before anything is restored: a name that is not there restores nothing.
  for (const restore of restorations(targets, saved, '')) restore();
  return saved as T;
}

async function readCheckpoint(path: string): Promise<Saved> {
  const file = await safeOpen(path);
  try {
    const text = file.metadata()[key];
    if (text !== undefined) return putTogether({ json: parsed(text), tensors: await file.getTensors() });
  } finally {
    await file.close();
  }
  throw new CheckpointError({
    op,
    got: `${path}, which holds tensors alone`,
    want: 'what saveCheckpoint has written',
    fix: 'Use module.loadStateDict(await safetensors.loadFile(path)).',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CheckpointError({
      op,
      got: `no JSON: ${shown(text)}`,
      want: 'what saveCheckpoint has written',
    });
  }
}

/** What is to be done so that each target goes on from what was saved of it, in their order. */
function restorations(target: unknown, saved: Saved | undefined, path: string): (() => unknown)[] {
  const fault = (got: string, want: string) =>
    new CheckpointError({ op, got: `${got} ${path === '' ? 'as targets' : `for ${shown(path)}`}`, want });
  if (target instanceof Generator) {
    if (!(saved instanceof Tensor)) throw fault('no state of a generator in the file', 'one');
    return [() => target.setState(saved)];
  }
  if (isStateful(target)) {
    if (saved === undefined) throw fault('nothing in the file', 'a state');
    return [() => target.loadStateDict(saved as never)];
  }
  if (typeof target !== 'object' || target === null || target instanceof Tensor)
    throw fault(shown(target), 'what has a state, a generator, or lists and objects of these');
  if (typeof saved !== 'object' || saved === null || saved instanceof Tensor)
    throw fault('nothing in the file', 'states by name');
  const states = new Map(Object.entries(saved));
  return Object.entries(target).flatMap(([name, each]) =>
    restorations(each, states.get(name), path === '' ? name : `${path}.${name}`),
  );
}

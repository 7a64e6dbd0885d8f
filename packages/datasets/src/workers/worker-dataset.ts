import { ArgumentError, checkOptions, getRngState } from '@retrograd/core';
import { type Dataset, indicesBehind, Subset } from '../dataset.ts';
import type { Indices } from '../indices.ts';
import {
  type AnyDataset,
  type ArgumentsOf,
  type DatasetMaker,
  type MadeBy,
  madeBy,
  makerIn,
} from './make.ts';
import { pack } from './parcel.ts';
import { lineTo, startWorker, type WorkerLike } from './spawn.ts';
import type { Recipe } from './workers.ts';

export interface WorkerDatasetOptions {
  /** The name under which the module exports what makes the dataset. Default: its only function or class. */
  name?: string | undefined;
}

export interface BundledDatasetOptions {
  /** Starts a worker whose module calls `serveDataset(make)`. */
  worker: () => WorkerLike;
}

const recipes = new WeakMap<object, Recipe>();

type SomeDataset = (...args: unknown[]) => Dataset<unknown, unknown>;

/**
 * Makes a dataset of which a `DataLoader` can have batches made on other threads, with `numWorkers`. The module exports a
 * function that makes it (which may be asynchronous), or its class; each worker imports it too, and makes a copy. If
 * that draws random numbers, the copies get the same.
 *
 * @param module The address of the module, or, in a page made by a bundler, what it would export: see the second example.
 * @param args What to make the dataset with: tensors, typed arrays, numbers, strings, arrays and plain objects of them.
 *
 * @example
 * ```ts
 * // pets.ts
 * export function pets(root: string) {
 *   return ImageFolder.load(root, { transform: compose(randomResizedCrop(64), toTensor()) });
 * }
 * // train.ts
 * import type { pets } from './pets.ts';
 * const dataset = await workerDataset<typeof pets>(new URL('./pets.ts', import.meta.url), ['data/pets']);
 * const loader = new DataLoader(dataset, { batchSize: 64, shuffle: true, numWorkers: 2 });
 * ```
 * @example
 * ```ts
 * // pets-worker.ts, for a bundler
 * serveDataset(pets);
 * // page.ts
 * const worker = () => new Worker(new URL('./pets-worker.ts', import.meta.url), { type: 'module' });
 * const dataset = await workerDataset(pets, ['data/pets'], { worker });
 * ```
 * @throws ArgumentError for an address that is not absolute, a module without what makes the dataset, and arguments that
 * cannot be sent; whatever the module throws
 */
export async function workerDataset<Make extends DatasetMaker = SomeDataset>(
  module: URL | string,
  args?: ArgumentsOf<Make>,
  options?: WorkerDatasetOptions,
): Promise<MadeBy<Make>>;
export async function workerDataset<Make extends DatasetMaker>(
  make: Make,
  args: ArgumentsOf<Make>,
  options: BundledDatasetOptions,
): Promise<MadeBy<Make>>;
export async function workerDataset(
  origin: URL | string | DatasetMaker,
  args: readonly unknown[] = [],
  options: WorkerDatasetOptions | BundledDatasetOptions = {},
): Promise<AnyDataset> {
  const [make, start] = await comeBy(origin, options);
  if (!Array.isArray(args)) throw refusal(`args of type ${typeof args}`, 'a list of arguments');
  const recipe: Recipe = {
    start,
    args: pack('workerDataset', args, []),
    generator: getRngState().data as Uint8Array,
  };
  const dataset = await madeBy(make, args as never[]);
  recipes.set(dataset, recipe);
  return dataset;
}

/** What makes the dataset here, and what starts a worker that has it too. */
async function comeBy(
  origin: URL | string | DatasetMaker,
  options: WorkerDatasetOptions | BundledDatasetOptions,
): Promise<[make: DatasetMaker, start: Recipe['start']]> {
  if (typeof origin === 'function') {
    checkOptions('workerDataset', options, ['worker']);
    const { worker } = options as BundledDatasetOptions;
    if (typeof worker === 'function') return [origin, (listeners) => lineTo(worker(), listeners)];
    const fix = 'Give the address of its module instead, or a `worker` that calls serveDataset with it.';
    throw refusal('a function, which cannot be sent to a worker', 'a way to start one', fix);
  }
  checkOptions('workerDataset', options, ['name']);
  const module = addressOf(origin);
  const exports: object = await import(/* @vite-ignore */ /* webpackIgnore: true */ module);
  const [name, make] = makerIn(exports, module, (options as WorkerDatasetOptions).name);
  return [make, (listeners) => startWorker({ module, name }, listeners)];
}

function addressOf(module: URL | string): string {
  const text = module instanceof URL || typeof module === 'string' ? String(module) : '';
  if (URL.canParse(text)) return text;
  const fix = "Say new URL('./my-dataset.ts', import.meta.url).";
  throw refusal(
    text === '' ? `a module of type ${typeof module}` : text,
    'the whole address of a module',
    fix,
  );
}

/**
 * How workers come to a dataset, and which of its items they know by which number.
 *
 * @throws ArgumentError for a dataset that workers cannot make
 */
export function recipeOf(dataset: AnyDataset): { recipe: Recipe; inside: (indices: Indices) => Indices } {
  const recipe = recipes.get(dataset);
  if (recipe !== undefined) return { recipe, inside: (indices) => indices };
  if (isPlainSubset(dataset)) {
    const { recipe, inside } = recipeOf(dataset.dataset);
    return { recipe, inside: (indices) => inside(indicesBehind(dataset, indices)) };
  }
  throw new ArgumentError({
    op: 'DataLoader',
    got: `numWorkers and a ${dataset.constructor.name} that was made on this thread`,
    want: 'a dataset that workers can make too',
    fix: "An object cannot be sent to them: make it with workerDataset(new URL('./my-dataset.ts', import.meta.url)).",
  });
}

function isPlainSubset(dataset: AnyDataset): dataset is Subset<unknown, unknown> {
  const { get, getBatch } = Subset.prototype;
  return dataset instanceof Subset && dataset.get === get && dataset.getBatch === getBatch;
}

function refusal(got: string, want: string, fix?: string): ArgumentError {
  return new ArgumentError({ op: 'workerDataset', got, want, ...(fix && { fix }) });
}

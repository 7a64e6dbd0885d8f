import { ArgumentError, drawSeed, type Generator } from '@retrograd/core';
import { type Collated, defaultCollate } from './collate.ts';
import {
  batchSamplerOf,
  type CollatingOptions,
  checkIterableOptions,
  checkKinds,
  checkPrefetchOptions,
  type DataLoaderOptions,
  type IterableOptions,
} from './data-loader-options.ts';
import { checkDataset, type Dataset } from './dataset.ts';
import { checkLength, type Indices } from './indices.ts';
import { IterableDataset } from './iterable-dataset.ts';
import { nextTurn } from './next-turn.ts';
import { prefetched } from './prefetch.ts';
import { batchesIn, grouped, type Sampler } from './sampler.ts';
import { isPromise, whenAll } from './when-all.ts';
import { unpack } from './workers/parcel.ts';
import { recipeOf } from './workers/worker-dataset.ts';
import { WorkerPasses } from './workers/worker-passes.ts';

/**
 * Goes through a dataset in batches, any number of times: the same batches as PyTorch's `DataLoader` after the same
 * `manualSeed`.
 *
 * A batch is what the dataset's `getBatch` gives, or what `collate` makes of a list of items. `for await` lets timers,
 * progress bars and the garbage collector have their turn before each batch; `for` does not.
 *
 * A dataset that costs time is loaded ahead: with `numWorkers` on other threads, if `workerDataset` has made it, or, if it
 * gives promises, several batches at a time. Both want `for await`. Workers start at the first batch, and end with the
 * pass unless they are to persist. Batches come in order, and are the same for any number of workers above 0: for each
 * one the generator of its worker is seeded anew, with the seed that PyTorch draws for the pass plus the number of the
 * batch. (PyTorch adds the number of the worker instead; and without workers, transforms share one stream with all else.)
 * Transforms with a generator of their own have one in each worker, whose numbers do depend on how many there are.
 *
 * @example
 * ```ts
 * const loader = new DataLoader(dataset, { batchSize: 64, shuffle: true });
 * for await (const [images, labels] of loader) {
 *   // (64, 1, 28, 28) float32 and (64,) int32
 * }
 * ```
 * @throws ArgumentError for options that contradict each other, for an order of an IterableDataset, which has its own, or
 * for workers that do not know how to make the dataset; in a pass, WorkerError when one of them fails
 */
export class DataLoader<Item, Batch = Collated<Item>> {
  readonly dataset: Dataset<Item, unknown> | IterableDataset<Item>;
  /** What decides the batches; `undefined` for an IterableDataset. */
  readonly batchSampler: Sampler<Indices> | undefined;
  readonly generator: Generator | undefined;
  readonly numWorkers: number;
  readonly prefetchFactor: number;
  readonly #batches: () => Batches<Batch>;
  readonly #ahead: ((seed: bigint) => AsyncGenerator<Awaited<Batch>, void, undefined>) | undefined;
  readonly #length: () => number | undefined;

  constructor(dataset: Dataset<Item, Batch>, options?: DataLoaderOptions & { collate?: undefined });
  constructor(dataset: Dataset<Item, unknown>, options: CollatingOptions<Awaited<Item>, Batch>);
  constructor(dataset: IterableDataset<Item>, options?: IterableOptions & { collate?: undefined });
  constructor(
    dataset: IterableDataset<Item>,
    options: IterableOptions & Pick<CollatingOptions<Awaited<Item>, Batch>, 'collate'>,
  );
  constructor(
    dataset: Dataset<Item, unknown> | IterableDataset<Item>,
    options: DataLoaderOptions & {
      collate?: CollatingOptions<Awaited<Item>, Batch>['collate'] | undefined;
    } = {},
  ) {
    checkKinds(options);
    const limits = checkPrefetchOptions(options);
    const { collate } = options;
    const join = collate ?? (defaultCollate as unknown as (items: Awaited<Item>[]) => Batch);
    this.dataset = dataset;
    this.generator = options.generator;
    this.numWorkers = limits.numWorkers;
    this.prefetchFactor = limits.prefetchFactor;
    let grouping = { batchSize: 1, dropLast: false };
    if (dataset instanceof IterableDataset) {
      grouping = checkIterableOptions(options);
      const { batchSize, dropLast } = grouping;
      this.#batches = () =>
        joined(grouped(dataset, batchSize, dropLast), (items) => whenAll(items, join) as Batch);
      this.#length = () => {
        if (dataset.length === undefined) return undefined;
        return batchesIn(checkLength('DataLoader.length', dataset), batchSize, dropLast);
      };
    } else {
      const batchSampler = batchSamplerOf(checkDataset('DataLoader', dataset), options);
      const fetch = (indices: Indices) =>
        collate === undefined
          ? dataset.getBatch(indices)
          : whenAll(
              Array.from(indices, (index) => dataset.get(index)),
              collate,
            );
      this.batchSampler = batchSampler;
      this.#batches = () => joined(batchSampler, (indices) => fetch(indices) as Batch);
      this.#length = () => batchSampler.length;
    }
    if (limits.numWorkers === 0) return;
    const passes = new WorkerPasses(recipeOf(dataset), limits);
    const separate = collate !== undefined;
    const finish = separate
      ? (items: unknown) => collate(items as Awaited<Item>[])
      : (batch: unknown) => batch;
    this.#ahead = (seed) =>
      finished(passes.pass(seed, { separate, ...grouping }, this.batchSampler), (parcel) =>
        finish(unpack(parcel)),
      );
  }

  /**
   * How many batches there are.
   *
   * @throws ArgumentError when the dataset does not know how many items it has
   */
  get length(): number {
    const length = this.#length();
    if (length !== undefined) return length;
    throw new ArgumentError({
      op: 'DataLoader.length',
      got: 'an IterableDataset without a length',
      want: 'one that says how many items it has',
    });
  }

  /** @throws ArgumentError when batches come from workers, or are promises */
  [Symbol.iterator](): Batches<Batch> {
    if (this.#ahead !== undefined) throw hurried('numWorkers');
    this.#drawBaseSeed();
    return atOnce(this.#batches());
  }

  [Symbol.asyncIterator](): AsyncGenerator<Awaited<Batch>, void, undefined> {
    const seed = this.#drawBaseSeed();
    return this.#ahead?.(seed) ?? unhurried(this.#batches(), this.prefetchFactor);
  }

  /** PyTorch draws a seed for worker processes at the start of each pass, also where there are none. */
  #drawBaseSeed(): bigint {
    return drawSeed(this.generator);
  }
}

type Batches<Batch> = Iterator<Batch, void, undefined> & Iterable<Batch>;

/** What `join` makes of each group, when it is asked for. */
function* joined<Group, Batch>(groups: Iterable<Group>, join: (group: Group) => Batch) {
  for (const group of groups) yield join(group);
}

/** What `finish` makes of each result. */
async function* finished<T, Batch>(
  results: AsyncGenerator<T, void, undefined>,
  finish: (result: T) => unknown,
) {
  for await (const result of results) yield (await finish(result)) as Awaited<Batch>;
}

/** The same, for a loop that cannot wait. */
function* atOnce<Batch>(batches: Batches<Batch>) {
  for (const batch of batches) {
    if (isPromise(batch)) {
      batch.then(undefined, () => undefined);
      throw hurried('a dataset that gives promises');
    }
    yield batch;
  }
}

/** The same, each in a turn of the event loop of its own; if they are promises, `depth` of them under way at a time. */
async function* unhurried<Batch>(batches: Batches<Batch>, depth: number) {
  try {
    for (;;) {
      await nextTurn();
      const { done, value } = batches.next();
      if (done) return;
      if (isPromise(value)) return yield* prefetched(promised(value, batches), depth);
      yield value as Awaited<Batch>;
    }
  } finally {
    batches.return?.();
  }
}

function* promised<Batch>(first: Batch, rest: Batches<Batch>) {
  yield Promise.resolve(first);
  for (const batch of rest) yield Promise.resolve(batch);
}

function hurried(got: string): ArgumentError {
  return new ArgumentError({
    op: 'DataLoader',
    got: `${got} in a loop that cannot wait`,
    want: 'for await (…)',
  });
}

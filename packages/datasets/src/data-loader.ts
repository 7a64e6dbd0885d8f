import { ArgumentError, checkOptions, drawSeed, type Generator } from '@retrograd/core';
import { type Collated, defaultCollate } from './collate.ts';
import { checkDataset, type Dataset } from './dataset.ts';
import type { Indices } from './indices.ts';
import { IterableDataset } from './iterable-dataset.ts';
import { nextTurn } from './next-turn.ts';
import {
  BatchSampler,
  batchesIn,
  checkBatchSize,
  grouped,
  RandomSampler,
  type Sampler,
  SequentialSampler,
} from './sampler.ts';

export interface DataLoaderOptions {
  /** Items in a batch. Default 1. */
  batchSize?: number | undefined;
  /** Go through the items in another random order each time. Default `false`. */
  shuffle?: boolean | undefined;
  /** The order of the items, instead of `shuffle`. */
  sampler?: Sampler | undefined;
  /** The indices of each batch, instead of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  batchSampler?: Sampler<Indices> | undefined;
  /** Leave out a last batch of fewer than `batchSize` items. Default `false`. */
  dropLast?: boolean | undefined;
  /** Where the shuffling comes from. Default: the generator that `manualSeed` seeds. */
  generator?: Generator | undefined;
}

/** Options with a function that puts the items of a batch together. */
export interface CollatingOptions<Item, Batch> extends DataLoaderOptions {
  collate: (items: Item[]) => Batch;
}

const knownOptions = ['batchSize', 'shuffle', 'sampler', 'batchSampler', 'dropLast', 'generator', 'collate'];

/** What a batch sampler decides alone. */
const decidedByBatchSampler = ['batchSize', 'shuffle', 'sampler', 'dropLast'] as const;

/** The options that go with items that come in an order of their own. */
type IterableOptions = Pick<DataLoaderOptions, 'batchSize' | 'dropLast' | 'generator'>;

/**
 * Goes through a dataset in batches, any number of times: the same batches as PyTorch's `DataLoader` after the same
 * `manualSeed`.
 *
 * A batch is what the dataset's `getBatch` gives, or what `collate` makes of a list of items. `for await` lets timers,
 * progress bars and the garbage collector have their turn before each batch; `for` does not.
 *
 * @example
 * ```ts
 * const loader = new DataLoader(dataset, { batchSize: 64, shuffle: true });
 * for await (const [images, labels] of loader) {
 *   // (64, 1, 28, 28) float32 and (64,) int32
 * }
 * ```
 * @throws ArgumentError for options that contradict each other, or for an order of an IterableDataset, which has its own
 */
export class DataLoader<Item, Batch = Collated<Item>> {
  readonly dataset: Dataset<Item, unknown> | IterableDataset<Item>;
  /** What decides the batches; `undefined` for an IterableDataset. */
  readonly batchSampler: Sampler<Indices> | undefined;
  readonly generator: Generator | undefined;
  readonly #batches: () => Iterator<Batch, void, undefined> & Iterable<Batch>;
  readonly #length: () => number | undefined;

  constructor(dataset: Dataset<Item, Batch>, options?: DataLoaderOptions & { collate?: undefined });
  constructor(dataset: Dataset<Item, unknown>, options: CollatingOptions<Item, Batch>);
  constructor(dataset: IterableDataset<Item>, options?: IterableOptions & { collate?: undefined });
  constructor(
    dataset: IterableDataset<Item>,
    options: IterableOptions & Pick<CollatingOptions<Item, Batch>, 'collate'>,
  );
  constructor(
    dataset: Dataset<Item, unknown> | IterableDataset<Item>,
    options: DataLoaderOptions & { collate?: CollatingOptions<Item, Batch>['collate'] | undefined } = {},
  ) {
    checkOptions('DataLoader', options, knownOptions);
    const { collate, generator } = options;
    checkKinds(options);
    this.generator = generator;
    if (dataset instanceof IterableDataset) {
      const { batchSize, dropLast } = checkIterableOptions(options);
      const join = collate ?? (defaultCollate as unknown as (items: Item[]) => Batch);
      this.dataset = dataset;
      this.#batches = () => joined(grouped(dataset, batchSize, dropLast), join);
      this.#length = () => batchesIn(dataset.length, batchSize, dropLast);
      return;
    }
    const batchSampler = batchSamplerOf(checkDataset('DataLoader', dataset), options);
    const fetch: (indices: Indices) => Batch =
      collate === undefined
        ? (indices) => dataset.getBatch(indices) as Batch
        : (indices) => collate(Array.from(indices, (index) => dataset.get(index)));
    this.dataset = dataset;
    this.batchSampler = batchSampler;
    this.#batches = () => joined(batchSampler, fetch);
    this.#length = () => batchSampler.length;
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

  [Symbol.iterator](): Iterator<Batch, void, undefined> & Iterable<Batch> {
    this.#drawBaseSeed();
    return this.#batches();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    this.#drawBaseSeed();
    return unhurried(this.#batches());
  }

  /** PyTorch draws a seed for worker processes at the start of each pass, also where there are none. */
  #drawBaseSeed(): void {
    drawSeed(this.generator);
  }
}

/** What `join` makes of each group, when it is asked for. */
function* joined<Group, Batch>(groups: Iterable<Group>, join: (group: Group) => Batch) {
  for (const group of groups) yield join(group);
}

/** The same, each in a turn of the event loop of its own. */
async function* unhurried<T>(items: Iterator<T, void, undefined>) {
  try {
    for (;;) {
      await nextTurn();
      const { done, value } = items.next();
      if (done) return;
      yield value as T;
    }
  } finally {
    items.return?.();
  }
}

/** @throws ArgumentError for samplers that give nothing, and a collate that cannot be called */
function checkKinds(options: DataLoaderOptions & { collate?: unknown }): void {
  for (const name of ['sampler', 'batchSampler'] as const) {
    const sampler: unknown = options[name];
    if (sampler === undefined || (Object(sampler) === sampler && Symbol.iterator in Object(sampler)))
      continue;
    throw new ArgumentError({ op: 'DataLoader', got: `${name} ${sampler}`, want: 'something to go through' });
  }
  if (options.collate === undefined || typeof options.collate === 'function') return;
  throw new ArgumentError({ op: 'DataLoader', got: `collate ${options.collate}`, want: 'a function' });
}

function batchSamplerOf(dataset: Dataset<unknown, unknown>, options: DataLoaderOptions): Sampler<Indices> {
  const { batchSize = 1, shuffle = false, sampler, batchSampler, dropLast = false, generator } = options;
  const rivals = decidedByBatchSampler.filter(
    (name) => options[name] !== undefined && options[name] !== false,
  );
  if (batchSampler !== undefined && rivals.length > 0) {
    throw new ArgumentError({
      op: 'DataLoader',
      got: `batchSampler and ${rivals.join(', ')}`,
      want: 'either a batchSampler or the options that make one',
    });
  }
  if (batchSampler !== undefined) return batchSampler;
  if (sampler !== undefined && shuffle) {
    throw new ArgumentError({
      op: 'DataLoader',
      got: 'sampler and shuffle',
      want: 'one of them: both say in which order the items come',
    });
  }
  const order =
    sampler ?? (shuffle ? new RandomSampler(dataset, { generator }) : new SequentialSampler(dataset));
  return new BatchSampler(order, batchSize, dropLast);
}

/** @throws ArgumentError for an order, which such items have already */
function checkIterableOptions(options: DataLoaderOptions): { batchSize: number; dropLast: boolean } {
  const { batchSize = 1, dropLast = false } = options;
  const orders = (['shuffle', 'sampler', 'batchSampler'] as const).filter((name) => options[name]);
  if (orders.length > 0) {
    throw new ArgumentError({
      op: 'DataLoader',
      got: `${orders.join(', ')} for an IterableDataset`,
      want: 'no order but its own',
    });
  }
  return { batchSize: checkBatchSize('DataLoader', batchSize), dropLast };
}

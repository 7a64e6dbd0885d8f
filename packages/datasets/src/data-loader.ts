import { ArgumentError, checkOptions, drawSeed, type Generator } from '@retrograd/core';
import type { Collated } from './collate.ts';
import { checkDataset, type Dataset } from './dataset.ts';
import type { Indices } from './indices.ts';
import { nextTurn } from './next-turn.ts';
import { BatchSampler, RandomSampler, type Sampler, SequentialSampler } from './sampler.ts';

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
 * @throws ArgumentError for options that contradict each other
 */
export class DataLoader<Item, Batch = Collated<Item>> {
  readonly dataset: Dataset<Item, unknown>;
  readonly batchSampler: Sampler<Indices>;
  readonly generator: Generator | undefined;
  readonly #fetch: (indices: Indices) => Batch;

  constructor(dataset: Dataset<Item, Batch>, options?: DataLoaderOptions & { collate?: undefined });
  constructor(dataset: Dataset<Item, unknown>, options: CollatingOptions<Item, Batch>);
  constructor(
    dataset: Dataset<Item, unknown>,
    options: DataLoaderOptions & { collate?: CollatingOptions<Item, Batch>['collate'] | undefined } = {},
  ) {
    checkOptions('DataLoader', options, knownOptions);
    const { collate, generator } = options;
    checkKinds(options);
    this.dataset = checkDataset('DataLoader', dataset);
    this.batchSampler = batchSamplerOf(dataset, options);
    this.generator = generator;
    this.#fetch =
      collate === undefined
        ? (indices) => dataset.getBatch(indices) as Batch
        : (indices) => collate(Array.from(indices, (index) => dataset.get(index)));
  }

  /** How many batches there are. */
  get length(): number {
    return this.batchSampler.length;
  }

  [Symbol.iterator](): Iterator<Batch, void, undefined> & Iterable<Batch> {
    this.#drawBaseSeed();
    return this.#batches();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    this.#drawBaseSeed();
    return this.#unhurriedBatches();
  }

  /** PyTorch draws a seed for worker processes at the start of each pass, also where there are none. */
  #drawBaseSeed(): void {
    drawSeed(this.generator);
  }

  *#batches() {
    for (const indices of this.batchSampler) yield this.#fetch(indices);
  }

  async *#unhurriedBatches() {
    for (const indices of this.batchSampler) {
      await nextTurn();
      yield this.#fetch(indices);
    }
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

import { ArgumentError, checkOptions, type Generator } from '@retrograd/core';
import type { Dataset } from './dataset.ts';
import type { Indices } from './indices.ts';
import { BatchSampler, checkBatchSize, RandomSampler, type Sampler, SequentialSampler } from './sampler.ts';

/** Where batches are made, and how long before they are wanted. */
export interface PrefetchOptions {
  /**
   * On how many other threads batches are made; the dataset has to be one of `workerDataset`. Default 0: on this one, when
   * they are asked for.
   */
  numWorkers?: number | undefined;
  /**
   * How many batches each worker makes ahead, or, without workers, how many are under way when the dataset gives promises.
   * Default 2.
   */
  prefetchFactor?: number | undefined;
  /** Seconds to wait for a batch from a worker. Default 0: as long as it takes. */
  timeout?: number | undefined;
  /** Keep the workers, and the datasets they have made, from one pass to the next. Default `false`. */
  persistentWorkers?: boolean | undefined;
}

export interface DataLoaderOptions extends PrefetchOptions {
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
  /** Runs on this thread, also if the items come from workers. */
  collate: (items: Item[]) => Batch;
}

/** The options that go with items that come in an order of their own. */
export type IterableOptions = Pick<DataLoaderOptions, 'batchSize' | 'dropLast' | 'generator'> &
  PrefetchOptions;

const knownOptions = [
  ...['batchSize', 'shuffle', 'sampler', 'batchSampler', 'dropLast', 'generator', 'collate'],
  ...['numWorkers', 'prefetchFactor', 'timeout', 'persistentWorkers'],
];

/** What a batch sampler decides alone. */
const decidedByBatchSampler = ['batchSize', 'shuffle', 'sampler', 'dropLast'] as const;

/** @throws ArgumentError for unknown options, samplers that give nothing, and a collate that cannot be called */
export function checkKinds(options: DataLoaderOptions & { collate?: unknown }): void {
  checkOptions('DataLoader', options, knownOptions);
  for (const name of ['sampler', 'batchSampler'] as const) {
    const sampler: unknown = options[name];
    if (sampler === undefined || (Object(sampler) === sampler && Symbol.iterator in Object(sampler)))
      continue;
    throw refusal(`${name} ${sampler}`, 'something to go through');
  }
  if (options.collate === undefined || typeof options.collate === 'function') return;
  throw refusal(`collate ${options.collate}`, 'a function');
}

/** @throws ArgumentError for options that contradict each other */
export function batchSamplerOf(
  dataset: Dataset<unknown, unknown>,
  options: DataLoaderOptions,
): Sampler<Indices> {
  const { batchSize = 1, shuffle = false, sampler, batchSampler, dropLast = false, generator } = options;
  const rivals = decidedByBatchSampler.filter(
    (name) => options[name] !== undefined && options[name] !== false,
  );
  if (batchSampler !== undefined && rivals.length > 0) {
    const got = `batchSampler and ${rivals.join(', ')}`;
    throw refusal(got, 'either a batchSampler or the options that make one');
  }
  if (batchSampler !== undefined) return batchSampler;
  if (sampler !== undefined && shuffle)
    throw refusal('sampler and shuffle', 'one of them: both say in which order the items come');
  const order =
    sampler ?? (shuffle ? new RandomSampler(dataset, { generator }) : new SequentialSampler(dataset));
  return new BatchSampler(order, batchSize, dropLast);
}

/** @throws ArgumentError for an order, which such items have already */
export function checkIterableOptions(options: DataLoaderOptions): { batchSize: number; dropLast: boolean } {
  const { batchSize = 1, dropLast = false } = options;
  const orders = (['shuffle', 'sampler', 'batchSampler'] as const).filter((name) => options[name]);
  if (orders.length > 0) throw refusal(`${orders.join(', ')} for an IterableDataset`, 'no order but its own');
  return { batchSize: checkBatchSize('DataLoader', batchSize), dropLast };
}

/** @throws ArgumentError for numbers out of their range, and for what only workers have where there are none */
export function checkPrefetchOptions(options: PrefetchOptions): Readonly<Required<PrefetchValues>> {
  const { numWorkers = 0, prefetchFactor = 2, timeout = 0, persistentWorkers = false } = options;
  if (!Number.isInteger(numWorkers) || numWorkers < 0)
    throw refusal(`numWorkers ${String(numWorkers)}`, 'a whole number ≥ 0');
  if (!Number.isInteger(prefetchFactor) || prefetchFactor < 1)
    throw refusal(`prefetchFactor ${String(prefetchFactor)}`, 'a whole number ≥ 1');
  if (!Number.isFinite(timeout) || timeout < 0)
    throw refusal(`timeout ${String(timeout)}`, 'seconds: a finite number ≥ 0');
  if (typeof persistentWorkers !== 'boolean')
    throw refusal(`persistentWorkers ${String(persistentWorkers)}`, 'true or false');
  if (numWorkers === 0 && persistentWorkers)
    throw refusal('persistentWorkers without workers', 'numWorkers ≥ 1');
  if (numWorkers === 0 && timeout > 0) throw refusal('a timeout without workers', 'numWorkers ≥ 1');
  return { numWorkers, prefetchFactor, timeout, persistentWorkers };
}

type PrefetchValues = { [Key in keyof PrefetchOptions]: Exclude<PrefetchOptions[Key], undefined> };

function refusal(got: string, want: string): ArgumentError {
  return new ArgumentError({ op: 'DataLoader', got, want });
}

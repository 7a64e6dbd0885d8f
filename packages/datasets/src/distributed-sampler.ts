import { ArgumentError, Generator, type Optional, optional, randperm } from '@retrograd/core';
import { checkLength } from './indices.ts';
import type { Sampler } from './sampler.ts';

export interface DistributedSamplerOptions {
  /** How many replicas share the dataset. */
  numReplicas: number;
  /** Which of them this is, from 0. */
  rank: number;
  /** Another random order in each epoch. Default `true`. */
  shuffle?: boolean | undefined;
  /** Decides the orders; the same for all replicas. Default 0. */
  seed?: number | undefined;
  /** Leave out the items that cannot be shared out evenly, instead of giving some twice. Default `false`. */
  dropLast?: boolean | undefined;
}

const order = ['numReplicas', 'rank', 'shuffle', 'seed', 'dropLast'] as const;

/**
 * One replica's share of a dataset: every `numReplicas`-th item from `rank` on, as many as every other replica gets. The
 * order is PyTorch's, from `seed` and the epoch.
 *
 * @example
 * ```ts
 * const sampler = new DistributedSampler(dataset, { numReplicas: 4, rank: 1 });
 * for (let epoch = 0; epoch < 10; epoch++) {
 *   sampler.setEpoch(epoch);
 *   for (const batch of new DataLoader(dataset, { batchSize: 32, sampler })) train(batch);
 * }
 * ```
 * @throws ArgumentError for numbers that make no sense
 */
export class DistributedSampler implements Sampler {
  readonly dataset: { readonly length: number };
  readonly numReplicas: number;
  readonly rank: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly dropLast: boolean;
  #epoch = 0;

  constructor(
    dataset: { readonly length: number },
    ...rest: Optional<DistributedSamplerOptions, typeof order>
  ) {
    const options = optional<DistributedSamplerOptions>('DistributedSampler', rest, order);
    const { numReplicas, rank, shuffle = true, seed = 0, dropLast = false } = options;
    const isSome = Number.isInteger(numReplicas) && numReplicas >= 1;
    if (!isSome || !Number.isInteger(rank) || rank < 0 || rank >= numReplicas) {
      throw new ArgumentError({
        op: 'DistributedSampler',
        got: `numReplicas ${numReplicas} and rank ${rank}`,
        want: 'a whole number of replicas ≥ 1, and a rank from 0 to one less',
      });
    }
    checkLength('DistributedSampler', dataset);
    this.dataset = dataset;
    this.numReplicas = numReplicas;
    this.rank = rank;
    this.shuffle = shuffle;
    this.seed = wholeNumber('seed', seed);
    this.dropLast = dropLast;
  }

  /** How many items each replica gets. */
  get length(): number {
    const share = this.dataset.length / this.numReplicas;
    return this.dropLast ? Math.floor(share) : Math.ceil(share);
  }

  /** To be called before each epoch, or all epochs have the same order. */
  setEpoch(epoch: number): void {
    this.#epoch = wholeNumber('epoch', epoch);
  }

  *[Symbol.iterator](): globalThis.Generator<number, void, undefined> {
    const { length: items } = this.dataset;
    const permutation = this.shuffle
      ? randperm(items, { generator: new Generator().manualSeed(this.seed + this.#epoch) }).data
      : undefined;
    // Past its end the order starts again.
    for (let i = 0; i < this.length; i++) {
      const place = (this.rank + i * this.numReplicas) % items;
      yield permutation === undefined ? place : (permutation[place] as number);
    }
  }
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new ArgumentError({ op: 'DistributedSampler', got: `${name} ${value}`, want: 'a whole number' });
}

import { ArgumentError, checkOptions, drawSeed, Generator, randint, randperm } from '@retrograd/core';

/** An order in which to get items (`T` a number) or batches of them (`T` a list of numbers); an array will do. */
export interface Sampler<T = number> extends Iterable<T> {
  /** How many there are in one pass. */
  readonly length: number;
}

/** Anything of a length: a dataset, or an array. */
interface Source {
  readonly length: number;
}

/** 0, 1, 2 … to the end of the dataset. */
export class SequentialSampler implements Sampler {
  readonly dataSource: Source;

  constructor(dataSource: Source) {
    this.dataSource = dataSource;
  }

  get length(): number {
    return this.dataSource.length;
  }

  *[Symbol.iterator](): Steps<number> {
    for (let i = 0; i < this.dataSource.length; i++) yield i;
  }
}

export interface RandomSamplerOptions {
  /** Draw each index anew from all of them, so that some come twice and others not at all. Default `false`. */
  replacement?: boolean | undefined;
  /** How many to draw. Default: as many as there are items. */
  numSamples?: number | undefined;
  /** Where the numbers come from. Default: a new generator each pass, with a seed from the default generator. */
  generator?: Generator | undefined;
}

/** PyTorch draws so many numbers at a time when it draws with replacement. */
const chunk = 32;

/**
 * The items in random order: PyTorch's, the same for the same seed.
 *
 * @throws ArgumentError when there is nothing to draw
 */
export class RandomSampler implements Sampler {
  readonly dataSource: Source;
  readonly replacement: boolean;
  readonly generator: Generator | undefined;
  readonly #numSamples: number | undefined;

  constructor(dataSource: Source, options: RandomSamplerOptions = {}) {
    checkOptions('RandomSampler', options, ['replacement', 'numSamples', 'generator']);
    this.dataSource = dataSource;
    this.replacement = options.replacement ?? false;
    this.generator = options.generator;
    this.#numSamples = options.numSamples;
    if (Number.isInteger(this.length) && this.length > 0 && dataSource.length > 0) return;
    throw new ArgumentError({
      op: 'RandomSampler',
      got: `${this.length} samples of ${dataSource.length} items`,
      want: 'at least one sample, of at least one item',
    });
  }

  get length(): number {
    return this.#numSamples ?? this.dataSource.length;
  }

  *[Symbol.iterator](): Steps<number> {
    const generator = this.generator ?? new Generator().manualSeed(drawSeed());
    const [items, samples] = [this.dataSource.length, this.length];
    const round = this.replacement ? chunk : items;
    const draw = (count: number) =>
      this.replacement
        ? randint(items, [count], { generator }).data
        : randperm(items, { generator }).data.subarray(0, count);
    for (let i = 0; i < Math.floor(samples / round); i++) yield* draw(round);
    // PyTorch draws this last permutation even if nothing of it is wanted, which moves a generator that is shared on.
    yield* draw(samples % round);
  }
}

/**
 * The indices of another sampler in batches.
 *
 * @throws ArgumentError unless `batchSize` is a whole number ≥ 1
 */
export class BatchSampler implements Sampler<number[]> {
  readonly sampler: Sampler;
  readonly batchSize: number;
  /** Leave out a last batch of fewer than `batchSize`. */
  readonly dropLast: boolean;

  constructor(sampler: Sampler, batchSize: number, dropLast = false) {
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ArgumentError({
        op: 'BatchSampler',
        got: `batchSize ${batchSize}`,
        want: 'a whole number ≥ 1',
      });
    }
    this.sampler = sampler;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
  }

  get length(): number {
    const batches = this.sampler.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  *[Symbol.iterator](): Steps<number[]> {
    let batch: number[] = [];
    for (const index of this.sampler) {
      batch.push(index);
      if (batch.length < this.batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }
}

/** What a `function*` gives; `Generator` is the one of random numbers here. */
type Steps<T> = globalThis.Generator<T, void, undefined>;

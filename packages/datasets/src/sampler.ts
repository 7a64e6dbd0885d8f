import {
  ArgumentError,
  checkOptions,
  drawSeed,
  dtypeOfArray,
  Generator,
  multinomial,
  type Optional,
  optional,
  randint,
  randperm,
  Tensor,
  tensor,
} from '@retrograd/core';
import { checkLength, type Indices } from './indices.ts';
import { checkGenerator } from './options.ts';

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
    checkLength('SequentialSampler', dataSource);
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
    checkLength('RandomSampler', dataSource);
    this.dataSource = dataSource;
    this.replacement = options.replacement ?? false;
    this.generator = checkGenerator('RandomSampler', options.generator);
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

export interface SubsetRandomSamplerOptions {
  /** Where the numbers come from. Default: the generator that `manualSeed` seeds. */
  generator?: Generator | undefined;
}

/** Some of the items, in random order. */
export class SubsetRandomSampler implements Sampler {
  readonly indices: Indices;
  readonly generator: Generator | undefined;

  constructor(indices: Indices, options: SubsetRandomSamplerOptions = {}) {
    const op = 'SubsetRandomSampler';
    checkOptions(op, options, ['generator']);
    const { generator } = options;
    if (!Array.isArray(indices) && dtypeOfArray(indices) !== 'int32')
      throw new ArgumentError({ op, got: `indices of type ${typeof indices}`, want: 'a list of indices' });
    this.indices = indices;
    this.generator = checkGenerator(op, generator);
  }

  get length(): number {
    return this.indices.length;
  }

  *[Symbol.iterator](): Steps<number> {
    const order = randperm(this.length, { generator: this.generator }).data;
    for (const place of order) yield this.indices[place] as number;
  }
}

export interface WeightedRandomSamplerOptions {
  /** Whether an item may be drawn twice. Default `true`. */
  replacement?: boolean | undefined;
  /** Where the numbers come from. Default: the generator that `manualSeed` seeds. */
  generator?: Generator | undefined;
}

/**
 * Items drawn with given weights, which need not add up to 1.
 *
 * @example
 * ```ts
 * // As many of each class, however rare it is.
 * const sampler = new WeightedRandomSampler(labels.map((label) => 1 / counts[label]), labels.length);
 * ```
 * @throws ArgumentError for weights that are no list of finite numbers ≥ 0 with one above 0, or for another `numSamples`
 * than a whole number ≥ 1; without replacement, no more than there are weights above 0
 */
export class WeightedRandomSampler implements Sampler {
  /** `(N,)` float64 */
  readonly weights: Tensor;
  readonly numSamples: number;
  readonly replacement: boolean;
  readonly generator: Generator | undefined;

  constructor(
    weights: readonly number[] | Float32Array | Float64Array | Tensor,
    numSamples: number,
    ...rest: Optional<WeightedRandomSamplerOptions, readonly ['replacement']>
  ) {
    const op = 'WeightedRandomSampler';
    const { replacement = true, generator } = optional<WeightedRandomSamplerOptions>(
      op,
      rest,
      ['replacement'],
      ['generator'],
    );
    this.weights =
      weights instanceof Tensor ? weights.detach().to('float64') : tensor(weights, { dtype: 'float64' });
    this.numSamples = numSamples;
    this.replacement = replacement;
    this.generator = checkGenerator(op, generator);
    const given = this.weights.ndim === 1 ? [...this.weights.data] : [];
    const above = given.filter((weight) => weight > 0).length;
    if (above === 0 || !given.every((weight) => weight >= 0 && weight < Infinity))
      throw new ArgumentError({
        op,
        got: 'other weights',
        want: 'a list of finite numbers ≥ 0, one above 0',
      });
    const most = replacement ? Infinity : above;
    if (Number.isInteger(numSamples) && numSamples >= 1 && numSamples <= most) return;
    const want = `a whole number ≥ 1${replacement ? '' : ` and ≤ ${above}, the weights above 0`}`;
    throw new ArgumentError({ op, got: `numSamples ${numSamples}`, want });
  }

  get length(): number {
    return this.numSamples;
  }

  *[Symbol.iterator](): Steps<number> {
    const { weights, numSamples, replacement, generator } = this;
    yield* multinomial(weights, numSamples, { replacement, generator }).data;
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
    this.sampler = sampler;
    this.batchSize = checkBatchSize('BatchSampler', batchSize);
    this.dropLast = dropLast;
  }

  get length(): number {
    return batchesIn(this.sampler.length, this.batchSize, this.dropLast) as number;
  }

  [Symbol.iterator](): Steps<number[]> {
    return grouped(this.sampler, this.batchSize, this.dropLast);
  }
}

/** @throws ArgumentError unless it is a whole number ≥ 1 */
export function checkBatchSize(op: string, batchSize: number): number {
  if (Number.isInteger(batchSize) && batchSize >= 1) return batchSize;
  throw new ArgumentError({ op, got: `batchSize ${batchSize}`, want: 'a whole number ≥ 1' });
}

/** How many batches so many items make. */
export function batchesIn(
  items: number | undefined,
  batchSize: number,
  dropLast: boolean,
): number | undefined {
  if (items === undefined) return undefined;
  return dropLast ? Math.floor(items / batchSize) : Math.ceil(items / batchSize);
}

/** Items in lists of `batchSize`; the last one may be shorter, or is left out. */
export function* grouped<T>(items: Iterable<T>, batchSize: number, dropLast: boolean): Steps<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0 && !dropLast) yield batch;
}

/** What a `function*` gives; `Generator` is the one of random numbers here. */
type Steps<T> = globalThis.Generator<T, void, undefined>;

import {
  ArgumentError,
  checkOptions,
  type Generator,
  randperm,
  ShapeError,
  showShape,
  Tensor,
} from '@retrograd/core';
import { type Collated, defaultCollate } from './collate.ts';
import { checkLength, type Indices, indexVector, positionOf, positionsOf } from './indices.ts';
import { whenAll } from './when-all.ts';

/**
 * Items that can be got by number. A dataset of your own has a `length` and a `get`, which may give promises; one that can
 * gather many items faster than one by one has a `getBatch` of its own. The datasets here have one; a subclass that overrides their `get`
 * alone is asked for item after item again.
 *
 * @typeParam Item What `get` gives.
 * @typeParam Batch What `getBatch` gives. Default: what `defaultCollate` makes of the items.
 *
 * @example
 * ```ts
 * class Squares extends Dataset<[Tensor, number]> {
 *   readonly length = 100;
 *   get(index: number): [Tensor, number] {
 *     return [tensor([index]), index * index];
 *   }
 * }
 * ```
 */
export abstract class Dataset<Item, Batch = Collated<Item>> {
  /** How many items there are. */
  abstract readonly length: number;

  /** The item at `index`, from 0 to `length` − 1. */
  abstract get(index: number): Item;

  /** The items at `indices` as a batch, or a promise of it if `get` gives promises; what a `DataLoader` calls. */
  getBatch(indices: Indices): Batch {
    const items = Array.from(indices, (index) => this.get(index));
    return whenAll(items, (items) => defaultCollate(items)) as Batch;
  }
}

interface Getters {
  readonly get: unknown;
  readonly getBatch: unknown;
}

/** Whether a subclass has a `get` of its own and no `getBatch` to go with it: gathering would pass its items by. */
export function overridesGetAlone(dataset: Getters, base: Getters): boolean {
  return dataset.get !== base.get && dataset.getBatch === base.getBatch;
}

/** A tensor for each of several. */
type Tensors<T extends readonly Tensor[]> = { -readonly [Position in keyof T]: Tensor };

/**
 * Tensors of one length, item `i` being the slices `i` of their first dims. A batch is gathered at once.
 *
 * @example
 * ```ts
 * const dataset = new TensorDataset(randn(100, 3), randint(10, [100]));
 * const [x, y] = dataset.get(0); // (3,) and ()
 * ```
 * @throws ShapeError for tensors without dims, or whose first dims differ
 */
export class TensorDataset<T extends readonly Tensor[]> extends Dataset<Tensors<T>, Tensors<T>> {
  readonly tensors: T;
  readonly length: number;

  constructor(...tensors: T) {
    super();
    const [first] = tensors;
    if (first === undefined || !tensors.every((item) => item instanceof Tensor)) {
      throw new ArgumentError({
        op: 'TensorDataset',
        got: first === undefined ? 'no tensors' : 'something that is no tensor',
        want: 'one or more tensors, one by one',
      });
    }
    if (tensors.some(({ shape }) => shape.length === 0 || shape[0] !== first.shape[0])) {
      throw new ShapeError({
        op: 'TensorDataset',
        got: `shapes ${tensors.map(({ shape }) => showShape(shape)).join(' and ')}`,
        want: 'tensors of as many slices along their first dim',
      });
    }
    this.tensors = tensors;
    this.length = first.size(0);
  }

  get(index: number): Tensors<T> {
    const at = positionOf('TensorDataset', index, this.length);
    return this.tensors.map((each) => each.select(0, at)) as Tensors<T>;
  }

  override getBatch(indices: Indices): Tensors<T> {
    if (overridesGetAlone(this, TensorDataset.prototype)) return super.getBatch(indices);
    const at = indexVector('TensorDataset', indices, this.length);
    return this.tensors.map((each) => each.indexSelect(0, at)) as Tensors<T>;
  }
}

/**
 * Some items of a dataset, in an order of their own.
 *
 * @example
 * ```ts
 * const firstHundred = new Subset(dataset, Array.from({ length: 100 }, (_, i) => i));
 * ```
 * @throws IndexError for an index outside the dataset
 */
export class Subset<Item, Batch = Collated<Item>> extends Dataset<Item, Batch> {
  readonly dataset: Dataset<Item, Batch>;
  readonly indices: Int32Array;

  constructor(dataset: Dataset<Item, Batch>, indices: Indices) {
    super();
    this.dataset = checkDataset('Subset', dataset);
    this.indices = positionsOf('Subset', indices, dataset.length);
  }

  get length(): number {
    return this.indices.length;
  }

  get(index: number): Item {
    return this.dataset.get(this.indices[positionOf('Subset', index, this.length)] as number);
  }

  override getBatch(indices: Indices): Batch {
    if (overridesGetAlone(this, Subset.prototype)) return super.getBatch(indices);
    return this.dataset.getBatch(indicesBehind(this, indices));
  }
}

/** Where a subset's items are in the dataset behind it. */
export function indicesBehind(subset: Subset<unknown, unknown>, indices: Indices): Int32Array {
  const at = positionsOf('Subset', indices, subset.length);
  return at.map((index) => subset.indices[index] as number);
}

/**
 * Splits a dataset at random into parts that have no item in common: PyTorch's `random_split`, the same items for the
 * same seed.
 *
 * @param lengths How many items each part gets, or what fraction of them. Items that are left over when fractions are
 * rounded down go to the first parts, one each.
 *
 * @example
 * ```ts
 * const [train, validation] = randomSplit(dataset, [0.9, 0.1], { generator: new Generator().manualSeed(42) });
 * ```
 * @throws ArgumentError when the counts do not add up to the dataset's length, or the fractions to 1
 */
export function randomSplit<Item, Batch>(
  dataset: Dataset<Item, Batch>,
  lengths: readonly number[],
  options: { generator?: Generator | undefined } = {},
): Subset<Item, Batch>[] {
  const total = checkDataset('randomSplit', dataset).length;
  checkOptions('randomSplit', options, ['generator']);
  const counts = countsOf(lengths, total);
  const order = randperm(total, options).data as Int32Array;
  let end = 0;
  return counts.map((count) => {
    end += count;
    return new Subset(dataset, order.subarray(end - count, end));
  });
}

function countsOf(lengths: readonly number[], total: number): readonly number[] {
  const sum = lengths.reduce((a, b) => a + b, 0);
  // PyTorch's test, but for sums that rounding carries a last bit above 1.
  const areFractions = Math.abs(sum - 1) <= 1e-9;
  const counts = areFractions ? lengths.map((fraction) => Math.floor(total * fraction)) : [...lengths];
  if (areFractions) {
    const rest = total - counts.reduce((a, b) => a + b, 0);
    for (let i = 0; i < rest; i++) counts[i % counts.length] = (counts[i % counts.length] as number) + 1;
  }
  if (counts.every((count) => Number.isInteger(count) && count >= 0) && (areFractions || sum === total)) {
    return counts;
  }
  throw new ArgumentError({
    op: 'randomSplit',
    got: `lengths [${lengths.join(', ')}] for a dataset of ${total}`,
    want: `whole numbers ≥ 0 that make ${total}, or fractions that make 1`,
  });
}

/** @throws ArgumentError for what is no dataset, or does not say how many items it has */
export function checkDataset<D extends { readonly length: number }>(op: string, dataset: D): D {
  if (dataset instanceof Dataset) {
    checkLength(op, dataset);
    return dataset;
  }
  throw new ArgumentError({
    op,
    got: Array.isArray(dataset) ? 'an array' : typeof dataset,
    want: 'a Dataset',
    fix: 'Extend Dataset with a length and a get(index), or make a TensorDataset of tensors.',
  });
}

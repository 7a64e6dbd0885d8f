import { ArgumentError } from '@retrograd/core';

/**
 * Items that come one after the other and cannot be got by number: from a file that is read through, or a generator.
 * Each `for` starts anew.
 *
 * @example
 * ```ts
 * class Walk extends IterableDataset<number> {
 *   *[Symbol.iterator]() {
 *     for (let x = 0; ; x += Math.random() - 0.5) yield x;
 *   }
 * }
 * for (const batch of new DataLoader(new Walk(), { batchSize: 8 })) break; // (8,)
 * ```
 */
export abstract class IterableDataset<Item> implements Iterable<Item> {
  /** How many items there are, if that is known. */
  get length(): number | undefined {
    return undefined;
  }

  abstract [Symbol.iterator](): Iterator<Item>;
}

/**
 * Iterable datasets one after the other.
 *
 * @throws ArgumentError for what is no IterableDataset
 */
export class ChainDataset<Item> extends IterableDataset<Item> {
  readonly datasets: readonly IterableDataset<Item>[];

  constructor(datasets: readonly IterableDataset<Item>[]) {
    super();
    if (!Array.isArray(datasets) || !datasets.every((dataset) => dataset instanceof IterableDataset)) {
      throw new ArgumentError({
        op: 'ChainDataset',
        got: Array.isArray(datasets) ? 'something that is no IterableDataset' : typeof datasets,
        want: 'a list of IterableDatasets',
        fix: 'Datasets that have a get() are put together by ConcatDataset.',
      });
    }
    this.datasets = [...datasets];
  }

  override get length(): number | undefined {
    const lengths = this.datasets.map(({ length }) => length);
    return lengths.reduce((sum: number | undefined, length) => add(sum, length), 0);
  }

  *[Symbol.iterator](): Iterator<Item> {
    for (const dataset of this.datasets) yield* dataset;
  }
}

/** What is unknown in a part is unknown in the whole. */
function add(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

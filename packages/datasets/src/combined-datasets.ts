import { ArgumentError, DatasetError } from '@retrograd/core';
import { checkDataset, Dataset } from './dataset.ts';
import { type Indices, positionOf, positionsOf } from './indices.ts';

/**
 * Datasets one after the other.
 *
 * @example
 * ```ts
 * const both = new ConcatDataset([train, extra]);
 * ```
 * @throws ArgumentError for no datasets, or for what is none
 */
export class ConcatDataset<Item> extends Dataset<Item> {
  readonly datasets: readonly Dataset<Item, unknown>[];
  /** Where each dataset ends. */
  readonly cumulativeSizes: readonly number[];

  constructor(datasets: readonly Dataset<Item, unknown>[]) {
    super();
    if (!Array.isArray(datasets) || datasets.length === 0) {
      const got = Array.isArray(datasets) ? 'no datasets' : typeof datasets;
      throw new ArgumentError({ op: 'ConcatDataset', got, want: 'a list of at least one dataset' });
    }
    let end = 0;
    this.datasets = datasets.map((dataset) => checkDataset('ConcatDataset', dataset));
    this.cumulativeSizes = this.datasets.map(({ length }) => {
      end += length;
      return end;
    });
  }

  get length(): number {
    return this.cumulativeSizes.at(-1) as number;
  }

  get(index: number): Item {
    const at = positionOf('ConcatDataset', index, this.length);
    const which = this.cumulativeSizes.findIndex((end) => at < end);
    return (this.datasets[which] as Dataset<Item, unknown>).get(at - (this.cumulativeSizes[which - 1] ?? 0));
  }
}

type AnyDataset = Dataset<unknown, unknown>;

/** Datasets one by one, or by name in an object. */
type Stackable = readonly AnyDataset[] | readonly [Readonly<Record<string, AnyDataset>>];
type Parts<D extends Stackable> = D extends readonly AnyDataset[] ? D : D[0];
type ItemOf<D> = D extends Dataset<infer Item, unknown> ? Item : never;
type BatchOf<D> = D extends Dataset<unknown, infer Batch> ? Batch : never;
type ItemsOf<P> = { -readonly [Key in keyof P]: ItemOf<P[Key]> };
type BatchesOf<P> = { -readonly [Key in keyof P]: BatchOf<P[Key]> };

/**
 * Datasets side by side: item `i` is a list of their items `i`, or an object of them. A batch is made of their batches.
 *
 * @example
 * ```ts
 * new StackDataset(images, captions).get(0); // [image, caption]
 * new StackDataset({ image: images, caption: captions }).get(0); // { image, caption }
 * ```
 * @throws ArgumentError for no datasets, or for what is none; DatasetError when their lengths differ
 */
export class StackDataset<D extends Stackable> extends Dataset<ItemsOf<Parts<D>>, BatchesOf<Parts<D>>> {
  readonly datasets: Parts<D>;
  readonly length: number;

  constructor(...datasets: D) {
    super();
    const [first] = datasets;
    const isNamed = datasets.length === 1 && Object(first) === first && !(first instanceof Dataset);
    this.datasets = (isNamed ? first : datasets) as Parts<D>;
    const parts = Object.values(this.datasets) as AnyDataset[];
    if (parts.length === 0)
      throw new ArgumentError({ op: 'StackDataset', got: 'no datasets', want: 'at least one' });
    const lengths = new Set(parts.map((dataset) => checkDataset('StackDataset', dataset).length));
    this.length = [...lengths][0] as number;
    if (lengths.size === 1) return;
    const got = `datasets of ${[...lengths].join(' and ')} items`;
    throw new DatasetError({ op: 'StackDataset', got, want: 'datasets of one length' });
  }

  get(index: number): ItemsOf<Parts<D>> {
    const at = positionOf('StackDataset', index, this.length);
    return this.#each((dataset) => dataset.get(at)) as ItemsOf<Parts<D>>;
  }

  override getBatch(indices: Indices): BatchesOf<Parts<D>> {
    const at = positionsOf('StackDataset', indices, this.length);
    return this.#each((dataset) => dataset.getBatch(at)) as BatchesOf<Parts<D>>;
  }

  #each(give: (dataset: AnyDataset) => unknown): unknown {
    if (Array.isArray(this.datasets)) return this.datasets.map(give);
    const entries = Object.entries(this.datasets) as [string, AnyDataset][];
    return Object.fromEntries(entries.map(([name, dataset]) => [name, give(dataset)]));
  }
}

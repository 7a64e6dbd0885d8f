import { ShapeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import { allButFirst, allButLast } from '../primitives/cumulative.ts';
import { ne, sub } from '../primitives/elementwise.ts';
import { gatherAlong, scatterAlong } from '../primitives/gather.ts';
import { alongDim, concat, reshape, slice } from '../primitives/movement.ts';
import { checkTensor, constant, zerosFor } from '../primitives/operand.ts';
import { argsortAlong } from '../primitives/sort.ts';
import { showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkFlag, type Optional, optional } from './arguments.ts';
import { arange } from './creation.ts';
import { cumsum } from './cumulative.ts';
import { dimOf } from './dims.ts';
import { transpose } from './rearranging.ts';
import { any } from './reduction.ts';
import { indexSelect } from './rows.ts';

export interface UniqueConsecutiveOptions {
  /** Give also which of the unique ones each element is. Default false. */
  returnInverse?: boolean;
  /** Give also how many elements each unique one stands for. Default false. */
  returnCounts?: boolean;
  /** Compare whole slices of this dim. Default: the elements of the flattened tensor. */
  dim?: number | null;
}

export interface UniqueOptions extends UniqueConsecutiveOptions {
  /** Whether they must come in order. They always do. */
  sorted?: boolean;
}

/** A tensor alone, or an array of it and what else was asked for. `Self` is what stands before the options. */
export interface UniqueCall<
  Self extends readonly unknown[],
  O extends UniqueConsecutiveOptions,
  Order extends readonly (keyof O)[],
> {
  (...args: [...Self, options?: O & { returnInverse?: false; returnCounts?: false }]): Tensor;
  (
    ...args: [...Self, options: O & { returnInverse: true; returnCounts?: false }]
  ): [values: Tensor, inverse: Tensor];
  (
    ...args: [...Self, options: O & { returnInverse?: false; returnCounts: true }]
  ): [values: Tensor, counts: Tensor];
  (
    ...args: [...Self, options: O & { returnInverse: true; returnCounts: true }]
  ): [values: Tensor, inverse: Tensor, counts: Tensor];
  (...args: [...Self, ...rest: Optional<O, Order>]): Tensor | Tensor[];
}

/** `unique` as a function of what stands before its options. */
export type Unique<Self extends readonly unknown[]> = UniqueCall<
  Self,
  UniqueOptions,
  ['sorted', 'returnInverse', 'returnCounts', 'dim']
>;
/** The same of `uniqueConsecutive`. */
export type UniqueConsecutive<Self extends readonly unknown[]> = UniqueCall<
  Self,
  UniqueConsecutiveOptions,
  ['returnInverse', 'returnCounts', 'dim']
>;

/**
 * The elements that differ, in order, without repetition; every NaN is one of its own. Reads how many there are.
 *
 * @example
 * ```ts
 * unique(tensor([3, 1, 3])); // [1, 3]
 * const [values, counts] = unique(tensor([3, 1, 3]), { returnCounts: true }); // [1, 3] and [1, 2]
 * ```
 */
export const unique = ((x: Tensor, ...rest: readonly unknown[]) => {
  const names = ['sorted', 'returnInverse', 'returnCounts', 'dim'] as const;
  const { sorted, ...options } = optional<UniqueOptions>('unique', rest, names);
  checkFlag('unique', 'sorted', sorted);
  return uniqueOf('unique', x, options, orderOf);
}) as Unique<[x: Tensor]>;

/** The elements that differ from the one before them. Reads how many there are. */
export const uniqueConsecutive = ((x: Tensor, ...rest: readonly unknown[]) => {
  const names = ['returnInverse', 'returnCounts', 'dim'] as const;
  const options = optional<UniqueConsecutiveOptions>('uniqueConsecutive', rest, names);
  return uniqueOf('uniqueConsecutive', x, options, (rows) => arange(rows.shape[0] as number));
}) as UniqueConsecutive<[x: Tensor]>;

function uniqueOf(
  op: string,
  x: Tensor,
  options: UniqueConsecutiveOptions,
  order: (rows: Tensor) => Tensor,
): Tensor | Tensor[] {
  const returnInverse = checkFlag(op, 'returnInverse', options.returnInverse);
  const returnCounts = checkFlag(op, 'returnCounts', options.returnCounts);
  const isWhole = options.dim === undefined || options.dim === null;
  const from = isWhole ? reshape(checkTensor(op, x), [x.numel]) : x;
  const dim = isWhole ? 0 : dimOf(op, x, options.dim as number);
  const rows = rowsOf(op, from.detach(), dim);
  const places = order(rows);
  const { labels, starts, counts } = groupsOf(indexSelect(rows, 0, places));
  const inverse = scatterAlong('set', labels, 0, places, labels);
  const values = indexSelect(from, dim, gatherAlong(places, 0, starts));
  const asked = [
    ...(returnInverse ? [isWhole ? reshape(inverse, x.shape) : inverse] : []),
    ...(returnCounts ? [counts] : []),
  ];
  return asked.length === 0 ? values : [values, ...asked];
}

/** The slices of a dim as the rows of a matrix, each read with the first dim in the place of that dim, as PyTorch reads it. */
function rowsOf(op: string, x: Tensor, dim: number): Tensor {
  const size = x.shape[dim] ?? 1;
  const others = x.shape.filter((_, d) => d !== dim);
  if (others.includes(0))
    throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: 'slices that are not empty' });
  return reshape(transpose(x, 0, dim), [size, others.reduce((product, n) => product * n, 1)]);
}

/** The positions of rows in lexicographic order: sorted by the last column, then stably by those before it. */
function orderOf(rows: Tensor): Tensor {
  const [count, columns] = rows.shape as [number, number];
  let order = arange(count);
  for (let column = columns - 1; column >= 0; column--) {
    const keys = reshape(slice(rows, alongDim(rows.shape, 1, column, 1, 1)), [count]);
    const next = argsortAlong(gatherAlong(keys, 0, order), { dim: 0, descending: false, count });
    order = gatherAlong(order, 0, next);
  }
  return order;
}

interface Groups {
  /** Which group each row belongs to. */
  readonly labels: Tensor;
  /** The first row of each group. */
  readonly starts: Tensor;
  readonly counts: Tensor;
}

/** Rows that are equal to their neighbours. */
function groupsOf(rows: Tensor): Groups {
  const size = rows.shape[0] as number;
  const isOther = any(ne(allButFirst(rows, 0), allButLast(rows, 0)), 1);
  const first = zerosFor({ shape: [Math.min(size, 1)], dtype: 'int32' });
  const labels = concat([first, cumsum(cast(isOther, 'int32'), 0)], 0);
  const groups = size === 0 ? 0 : slice(labels, alongDim([size], 0, size - 1, 1, 1)).item() + 1;
  const none = zerosFor({ shape: [groups], dtype: 'int32' });
  const counts = scatterAlong('sum', none, 0, labels, constant([size], 1, 'int32'));
  return { labels, starts: sub(cumsum(counts, 0), counts), counts };
}

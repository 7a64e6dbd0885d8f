import { ArgumentError } from '../errors.ts';
import { alongDim, slice } from '../primitives/movement.ts';
import { describe } from '../primitives/operand.ts';
import { argsortAlong } from '../primitives/sort.ts';
import type { Tensor } from '../tensor.ts';
import { checkFlag, type Optional, optional } from './arguments.ts';
import { checkKeepdim, type KeepdimOptions } from './dims.ts';
import { asGiven, type Lines, linesOf, oneOfEach, pickedFrom, type ValuesAndIndices } from './lines.ts';

// Everywhere here NaN is larger than all numbers, as PyTorch has it, and equal elements stay in the order they were in.

export interface SortOptions {
  /** Default −1. */
  dim?: number;
  /** The largest first. Default false. */
  descending?: boolean;
  /** Whether equal elements must stay in order. They always do. */
  stable?: boolean | null;
}

type InOrder = Optional<SortOptions, ['dim', 'descending']>;

function ordered(op: string, x: Tensor, rest: InOrder): { lines: Lines; indices: Tensor } {
  const options = optional<SortOptions>(op, rest, ['dim', 'descending'], ['stable']);
  const descending = checkFlag(op, 'descending', options.descending);
  checkFlag(op, 'stable', options.stable ?? undefined);
  const lines = linesOf(op, x, options.dim ?? -1);
  return { lines, indices: argsortAlong(lines.x, { dim: lines.dim, descending, count: lines.size }) };
}

/**
 * The elements along a dim in order, and where they were.
 *
 * @example
 * ```ts
 * const { values, indices } = sort(tensor([3, 1, 2])); // [1, 2, 3] and [1, 2, 0]
 * ```
 */
export function sort(x: Tensor, ...rest: InOrder): ValuesAndIndices {
  const { lines, indices } = ordered('sort', x, rest);
  return pickedFrom(x, lines, indices);
}

/** Where the elements along a dim are that come first, second … in order. */
export function argsort(x: Tensor, ...rest: InOrder): Tensor {
  return asGiven(x, ordered('argsort', x, rest).indices);
}

/** The elements along the first dim in order. */
export function msort(x: Tensor): Tensor {
  const { lines, indices } = ordered('msort', x, [0]);
  return pickedFrom(x, lines, indices).values;
}

function checkRank(op: string, k: number, least: number, { size }: Lines): number {
  if (Number.isInteger(k) && k >= least && k <= size) return k;
  throw new ArgumentError({
    op,
    got: `k ${describe(k)} for a dim of size ${size}`,
    want: `a whole number from ${least} to the size of the dim`,
  });
}

export interface TopkOptions {
  /** Default −1. */
  dim?: number;
  /** The largest ones (default), or the smallest. */
  largest?: boolean;
  /** Whether they must come in order. They always do. */
  sorted?: boolean;
}

/**
 * The `k` largest elements along a dim, or the smallest, and where they are.
 * @throws ArgumentError for more than there are
 */
export function topk(
  x: Tensor,
  k: number,
  ...rest: Optional<TopkOptions, ['dim', 'largest', 'sorted']>
): ValuesAndIndices {
  const options = optional<TopkOptions>('topk', rest, ['dim', 'largest', 'sorted']);
  const descending = checkFlag('topk', 'largest', options.largest ?? true);
  checkFlag('topk', 'sorted', options.sorted);
  const lines = linesOf('topk', x, options.dim ?? -1);
  // A scalar has one element, and gives that.
  const count = checkRank('topk', k, x.ndim === 0 ? 1 : 0, lines);
  return pickedFrom(x, lines, argsortAlong(lines.x, { dim: lines.dim, descending, count }));
}

export interface KthvalueOptions extends KeepdimOptions {
  /** Default −1. */
  dim?: number;
}

/** The `k`-th smallest element along a dim, counted from 1, and where it is. */
export function kthvalue(
  x: Tensor,
  k: number,
  ...rest: Optional<KthvalueOptions, ['dim', 'keepdim']>
): ValuesAndIndices {
  const options = optional<KthvalueOptions>('kthvalue', rest, ['dim', 'keepdim']);
  const keepdim = checkKeepdim('kthvalue', options.keepdim);
  const lines = linesOf('kthvalue', x, options.dim ?? -1);
  const { dim } = lines;
  const count = checkRank('kthvalue', k, 1, lines);
  const first = argsortAlong(lines.x, { dim, descending: false, count });
  return oneOfEach(x, lines, slice(first, alongDim(first.shape, dim, count - 1, 1, 1)), keepdim);
}

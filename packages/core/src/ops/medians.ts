import { cast } from '../primitives/copy.ts';
import { allButFirst, allButLast, recurrence } from '../primitives/cumulative.ts';
import {
  eq,
  floorDivide,
  isnan,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  sub,
  where,
} from '../primitives/elementwise.ts';
import { gatherAlong } from '../primitives/gather.ts';
import { alongDim, reshape, slice } from '../primitives/movement.ts';
import { checkTensor, constant } from '../primitives/operand.ts';
import { amaxOver, argmaxAlong, sumOver } from '../primitives/reduce.ts';
import { argsortAlong } from '../primitives/sort.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { checkKeepdim, checkNotEmpty, type KeepdimOptions, type OneDimOptions } from './dims.ts';
import { type Lines, linesOf, oneOfEach, type ValuesAndIndices } from './lines.ts';

/** Finds an element of each line: gives its position, as `(…, 1, …)`. */
type Finder = (lines: Lines) => Tensor;

function countNumbers({ x, dim }: Lines): Tensor {
  return sumOver(cast(logicalNot(isnan(x)), 'int32'), [dim]);
}

/** The middle of the order, or the first NaN if there is one. */
const middle: Finder = (lines) => {
  const { x, dim, size } = lines;
  const place = Math.floor((size - 1) / 2);
  const order = argsortAlong(x, { dim, descending: false, count: place + 1 });
  const central = slice(order, alongDim(order.shape, dim, place, 1, 1));
  return where(eq(countNumbers(lines), size), central, argmaxAlong(x, dim));
};

/** The middle of the numbers, behind which the NaNs stand in order. */
const middleOfNumbers: Finder = (lines) => {
  const { x, dim, size } = lines;
  const place = maximum(floorDivide(sub(countNumbers(lines), 1), 2), 0);
  return gatherAlong(argsortAlong(x, { dim, descending: false, count: size }), dim, place);
};

/** One tensor for all elements; values and positions along a dim. `Self` is what stands before the options. */
export interface MedianCall<Self extends readonly unknown[]> {
  (...args: Self): Tensor;
  (...args: [...Self, dim: number, keepdim?: boolean]): ValuesAndIndices;
  (...args: [...Self, dim: number, options?: KeepdimOptions]): ValuesAndIndices;
  (...args: [...Self, options: KeepdimOptions & { dim: number }]): ValuesAndIndices;
}

function medianOf(op: 'median' | 'nanmedian', find: Finder): MedianCall<[x: Tensor]> {
  const along = (x: Tensor, ...rest: readonly unknown[]): Tensor | ValuesAndIndices => {
    const { dim, ...options } = optional<OneDimOptions>(op, rest, ['dim', 'keepdim']);
    const keepdim = checkKeepdim(op, options.keepdim);
    if (dim === undefined || dim === null) return ofAll(op, checkTensor(op, x), find);
    const lines = linesOf(op, x, dim);
    checkNotEmpty(op, lines.x, [lines.dim]);
    return oneOfEach(x, lines, find(lines), keepdim);
  };
  return along as MedianCall<[x: Tensor]>;
}

/** One for all elements. Those that equal it share its gradient, as PyTorch has it. */
function ofAll(op: string, x: Tensor, find: Finder): Tensor {
  if (x.numel === 0 && x.isFloatingPoint) return constant([], Number.NaN, x.dtype);
  const flat = reshape(x, [x.numel]);
  checkNotEmpty(op, flat, [0]);
  const value = gatherAlong(flat.detach(), 0, find(linesOf(op, flat, 0)));
  if (!x.isFloatingPoint) return reshape(value, []);
  const equal = logicalOr(eq(flat, value), logicalAnd(isnan(flat), isnan(value)));
  return reshape(amaxOver(where(equal, flat, Number.NEGATIVE_INFINITY), [0]), []);
}

/**
 * The middle element of all; along a dim, the middle elements and where they are. Of two in the middle it is the smaller
 * one, and NaN where there is any.
 */
export const median = medianOf('median', middle);
/** The same of what is not NaN; NaN only where there is nothing else. */
export const nanmedian = medianOf('nanmedian', middleOfNumbers);

export interface ModeOptions extends KeepdimOptions {
  /** Default −1. */
  dim?: number;
}

/** The element that is most frequent along a dim, of several such the smallest, and where it is last. */
export function mode(x: Tensor, ...rest: Optional<ModeOptions, ['dim', 'keepdim']>): ValuesAndIndices {
  const options = optional<ModeOptions>('mode', rest, ['dim', 'keepdim']);
  const keepdim = checkKeepdim('mode', options.keepdim);
  const lines = linesOf('mode', x, options.dim ?? -1);
  const { dim, size } = lines;
  checkNotEmpty('mode', lines.x, [dim]);
  const order = argsortAlong(lines.x, { dim, descending: false, count: size });
  const sorted = gatherAlong(lines.x.detach(), dim, order);
  // How many equal ones in a row end at each: cₜ₊₁ = [xₜ = xₜ₊₁] cₜ + 1.
  const same = cast(eq(allButLast(sorted, dim), allButFirst(sorted, dim)), 'int32');
  const runs = recurrence(same, constant(sorted.shape, 1, 'int32'), dim, false);
  return oneOfEach(x, lines, gatherAlong(order, dim, argmaxAlong(runs, dim)), keepdim);
}

import { type BinaryOp, maximum, minimum } from '../primitives/elementwise.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import * as base from '../primitives/reduce.ts';
import { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import {
  type Along,
  checkKeepdim,
  checkNotEmpty,
  type DimOptions,
  dimsOf,
  dropped,
  type KeepdimOptions,
  type OneDimOptions,
  reducing,
} from './dims.ts';
import { linesOf, oneOfEach, type ValuesAndIndices } from './lines.ts';

/** Largest element over some dims, or all; elements that tie share the gradient; NaN wins. */
export function amax(x: Tensor, ...rest: Along<DimOptions>): Tensor {
  const { dim, keepdim } = reducing('amax', rest);
  const dims = dimsOf('amax', x, dim);
  checkNotEmpty('amax', x, dims);
  return dropped(base.amaxOver(x, dims), dims, keepdim);
}

/** Smallest element over some dims, or all; elements that tie share the gradient; NaN wins. */
export function amin(x: Tensor, ...rest: Along<DimOptions>): Tensor {
  const { dim, keepdim } = reducing('amin', rest);
  const dims = dimsOf('amin', x, dim);
  checkNotEmpty('amin', x, dims);
  return dropped(base.aminOver(x, dims), dims, keepdim);
}

/** The smallest and the largest element. */
export interface MinAndMax {
  readonly min: Tensor;
  readonly max: Tensor;
}

/** The smallest and the largest element along a dim, or of all; NaN wins. */
export function aminmax(x: Tensor, ...rest: Optional<OneDimOptions, []>): MinAndMax {
  const { dim, keepdim } = optional<OneDimOptions>('aminmax', rest, [], ['dim', 'keepdim']);
  // With a dim, PyTorch's aminmax takes a 0-d tensor for a vector of one.
  const from = checkTensor('aminmax', x).ndim === 0 && typeof dim === 'number' ? reshape(x, [1]) : x;
  return { min: amin(from, { dim, keepdim }), max: amax(from, { dim, keepdim }) };
}

type Position = (x: Tensor, ...rest: Optional<OneDimOptions, ['dim', 'keepdim']>) => Tensor;

function position(op: 'argmax' | 'argmin', along: typeof base.argmaxAlong): Position {
  return (x, ...rest) => {
    const { dim, ...options } = optional<OneDimOptions>(op, rest, ['dim', 'keepdim']);
    const keepdim = checkKeepdim(op, options.keepdim);
    if (dim === undefined || dim === null) {
      checkNotEmpty(op, x, dimsOf(op, x, null));
      const flat = along(reshape(x, [x.numel]), 0);
      return reshape(flat, keepdim ? x.shape.map(() => 1) : []);
    }
    const { x: lines, dim: at } = linesOf(op, x, dim);
    checkNotEmpty(op, lines, [at]);
    return dropped(along(lines, at), [at], keepdim && x.ndim > 0);
  };
}

/** Position of the first largest element along a dim, or in the flattened tensor; int32. */
export const argmax = position('argmax', base.argmaxAlong);
/** Position of the first smallest element along a dim, or in the flattened tensor; int32. */
export const argmin = position('argmin', base.argminAlong);

export type { ValuesAndIndices };

function extreme(op: 'max' | 'min', whole: typeof amax, where: Position, larger: BinaryOp) {
  function along(x: Tensor): Tensor;
  function along(x: Tensor, other: Tensor): Tensor;
  function along(x: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
  function along(x: Tensor, dim: number, options?: KeepdimOptions): ValuesAndIndices;
  function along(x: Tensor, options: KeepdimOptions & { dim: number }): ValuesAndIndices;
  function along(x: Tensor, ...rest: readonly unknown[]): Tensor | ValuesAndIndices {
    if (rest[0] instanceof Tensor) return larger(x, rest[0]);
    const { dim, ...options } = optional<OneDimOptions>(op, rest, ['dim', 'keepdim']);
    const keepdim = checkKeepdim(op, options.keepdim);
    if (dim === undefined || dim === null) return whole(x);
    const lines = linesOf(op, x, dim);
    return oneOfEach(x, lines, where(lines.x, lines.dim, true), keepdim);
  }
  return along;
}

/** The largest element; along a dim, the values and the positions of the first ones that are largest; of two tensors, the
 * larger elements. */
export const max = extreme('max', amax, argmax, maximum);
/** The smallest element; along a dim, the values and the positions of the first ones that are smallest; of two tensors,
 * the smaller elements. */
export const min = extreme('min', amin, argmin, minimum);

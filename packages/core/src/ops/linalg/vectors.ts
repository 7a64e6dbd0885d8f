import { ShapeError } from '../../errors.ts';
import { mul, sub } from '../../primitives/elementwise.ts';
import { expand } from '../../primitives/movement.ts';
import { checkTensor, promoted } from '../../primitives/operand.ts';
import { broadcastShapes, normalizeDim, showShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type Optional, optional } from '../arguments.ts';
import { roll } from '../rearranging.ts';
import { sum } from '../reduction.ts';

export interface VectorDimOptions {
  /** Along which the vectors lie. Default −1. */
  dim?: number;
}

/** The cross products of vectors of three elements along a dim; the other dims broadcast. */
export function cross(a: Tensor, b: Tensor, ...rest: Optional<VectorDimOptions, ['dim']>): Tensor {
  const { dim = -1 } = optional<VectorDimOptions>('cross', rest, ['dim']);
  const [x, y] = promoted('cross', [checkTensor('cross', a), checkTensor('cross', b)]) as [Tensor, Tensor];
  const at = normalizeDim('cross', dim, x.ndim);
  if (x.ndim !== y.ndim || x.shape[at] !== 3 || y.shape[at] !== 3) {
    throw new ShapeError({
      op: 'cross',
      got: `shapes ${showShapes([x.shape, y.shape])} along dim ${dim}`,
      want: 'as many dims, and three elements along that one',
    });
  }
  const shape = broadcastShapes('cross', [x.shape, y.shape]);
  const [u, v] = [expand(x, shape), expand(y, shape)];
  // Component i is u₍ᵢ₊₁₎ v₍ᵢ₊₂₎ − u₍ᵢ₊₂₎ v₍ᵢ₊₁₎, counted modulo 3.
  return sub(mul(roll(u, -1, at), roll(v, 1, at)), mul(roll(u, 1, at), roll(v, -1, at)));
}

export interface CrossOptions {
  /** Default: the first dim of three elements. */
  dim?: number | null;
}

/** `linalg.cross`, which looks for the dim of the vectors if it is not told. */
export function crossOf(a: Tensor, b: Tensor, ...rest: Optional<CrossOptions, ['dim']>): Tensor {
  const { dim } = optional<CrossOptions>('cross', rest, ['dim']);
  return cross(a, b, dim ?? Math.max(0, checkTensor('cross', a).shape.indexOf(3)));
}

/** The sums of products of vectors along a dim; the other dims broadcast. */
export function vecdot(a: Tensor, b: Tensor, ...rest: Optional<VectorDimOptions, ['dim']>): Tensor {
  const { dim = -1 } = optional<VectorDimOptions>('vecdot', rest, ['dim']);
  return sum(mul(checkTensor('vecdot', a), checkTensor('vecdot', b)), dim);
}

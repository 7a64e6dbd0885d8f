import type { DType } from '../../dtype.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { cast } from '../../primitives/copy.ts';
import { abs } from '../../primitives/elementwise.ts';
import { checkTensor, describe } from '../../primitives/operand.ts';
import { normalizeDims, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { checkDType, type Optional, optional } from '../arguments.ts';
import { checkFloat, checkKeepdim, type Dims, type KeepdimOptions } from '../dims.ts';
import { amax, amin } from '../extremes.ts';
import { pNorm } from '../p-norm.ts';
import { movedim } from '../rearranging.ts';
import { sum } from '../reduction.ts';
import { reshape } from '../shape.ts';
import { svdvals } from './decompositions.ts';

interface NormBase extends KeepdimOptions {
  /** Convert to this dtype first. */
  dtype?: DType;
}

export interface VectorNormOptions extends NormBase {
  /** Any number, ±Infinity among them; 0 counts what is not 0. Default 2. */
  ord?: number;
  /** Default: all dims. */
  dim?: Dims;
}

const order = ['ord', 'dim', 'keepdim'] as const;

/** Floats, and in the dtype that was asked for. */
function operand(op: string, x: Tensor, dtype: DType | null | undefined): Tensor {
  const wanted = dtype ?? undefined;
  return wanted === undefined ? checkFloat(op, x) : cast(checkFloat(op, x), checkDType(op, wanted));
}

/** (Σ |x|ᵖ)^(1/p) over some dims, or all. */
export function vectorNorm(x: Tensor, ...rest: Optional<VectorNormOptions, typeof order>): Tensor {
  const op = 'vectorNorm';
  const { ord = 2, dim, keepdim, dtype } = optional<VectorNormOptions>(op, rest, order, ['dtype']);
  if (typeof ord !== 'number' || Number.isNaN(ord))
    throw new ArgumentError({ op, got: `ord ${describe(ord)}`, want: 'a number' });
  const from = operand(op, x, dtype);
  return pNorm(from, ord, { dim: dim ?? null, keepdim: checkKeepdim(op, keepdim) });
}

/** Frobenius' (the root of the sum of squares), the nuclear one (the sum of singular values), or one of a number. */
export type MatrixOrder = 'fro' | 'nuc' | number;

export interface MatrixNormOptions extends NormBase {
  /**
   * `'fro'` (default), `'nuc'`, ±1 (the largest or smallest sum of a column), ±Infinity (of a row) or ±2 (the largest
   * or smallest singular value).
   */
  ord?: MatrixOrder;
  /** The rows and the columns. Default `[-2, -1]`. */
  dim?: Dims;
}

/** A norm of the matrices of two dims. */
export function matrixNorm(x: Tensor, ...rest: Optional<MatrixNormOptions, typeof order>): Tensor {
  const op = 'matrixNorm';
  const {
    ord = 'fro',
    dim = [-2, -1],
    keepdim,
    dtype,
  } = optional<MatrixNormOptions>(op, rest, order, ['dtype']);
  const from = operand(op, x, dtype);
  const dims = normalizeDims(op, dim, from.ndim);
  if (from.ndim < 2 || dims.length !== 2) {
    throw new ShapeError({
      op,
      got: `shape ${showShape(x.shape)} and dims ${describe(dim)}`,
      want: 'two dims of a tensor that has them',
    });
  }
  const kept = checkKeepdim(op, keepdim);
  if (ord === 'fro') return vectorNorm(from, { dim: dims, keepdim: kept });
  const result = ofMatrices(op, movedim(from, dims, [-2, -1]), ord);
  return kept
    ? reshape(
        result,
        from.shape.map((size, d) => (dims.includes(d) ? 1 : size)),
      )
    : result;
}

function ofMatrices(op: string, x: Tensor, ord: Exclude<MatrixOrder, 'fro'>): Tensor {
  if (ord === 'nuc') return sum(svdvals(x), -1);
  const extreme = ord > 0 ? amax : amin;
  const size = typeof ord === 'number' ? Math.abs(ord) : null;
  if (size === 2) return extreme(svdvals(x), -1);
  if (size === 1) return extreme(sum(abs(x), -2), -1);
  if (size === Number.POSITIVE_INFINITY) return extreme(sum(abs(x), -1), -1);
  throw new ArgumentError({ op, got: `ord ${describe(ord)}`, want: "'fro', 'nuc', ±1, ±2 or ±Infinity" });
}

export interface NormOptions extends NormBase {
  /** A vector's or a matrix's; which one it is, `dim` decides. Default: the 2-norm of all elements. */
  ord?: MatrixOrder | null;
  /** One dim for norms of vectors, two for norms of matrices. Default: all there are. */
  dim?: Dims;
}

/**
 * The norm of vectors if `dim` is one dim or the tensor has just one, of matrices if it is two; without an `ord` the root
 * of the sum of squares over any dims.
 */
export function norm(x: Tensor, ...rest: Optional<NormOptions, typeof order>): Tensor {
  const op = 'norm';
  const {
    ord = null,
    dim = null,
    keepdim = false,
    dtype,
  } = optional<NormOptions>(op, rest, order, ['dtype']);
  const common = { keepdim, ...(dtype === undefined ? {} : { dtype }) };
  if (ord === null) return vectorNorm(x, { dim, ...common });
  const over =
    dim === null ? checkTensor(op, x).shape.map((_, d) => d) : Array.isArray(dim) ? dim : [dim as number];
  if (over.length === 1 && typeof ord === 'number') return vectorNorm(x, { ord, dim: over, ...common });
  if (over.length === 2) return matrixNorm(x, { ord, dim: over, ...common });
  throw new ArgumentError({
    op,
    got: `ord ${describe(ord)} over ${over.length} dims`,
    want: 'a number for one dim, or a norm of matrices for two',
  });
}

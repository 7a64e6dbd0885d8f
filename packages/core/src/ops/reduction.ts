import { type DType, isFloat, toFloat } from '../dtype.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import {
  abs,
  add,
  div,
  eq,
  exp,
  isinf,
  isnan,
  log,
  logicalNot,
  mul,
  ne,
  pow,
  sqrt,
  sub,
  where,
} from '../primitives/elementwise.ts';
import { gatherAlong } from '../primitives/gather.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor, constant } from '../primitives/operand.ts';
import * as base from '../primitives/reduce.ts';
import { normalizeDim, normalizeDims, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType } from './arguments.ts';

/** One dim, several, or (`null`, `undefined`) all. */
export type Dims = number | readonly number[] | null;

export interface KeepdimOptions {
  /** Keep reduced dims with size 1. Default false. */
  keepdim?: boolean;
}

export interface ReduceOptions extends KeepdimOptions {
  /** Convert to this dtype first. */
  dtype?: DType;
}

/** The dims to reduce: as PyTorch has it, an empty list means all. */
function dimsOf(op: string, x: Tensor, dim: Dims | undefined): number[] {
  const all = Array.isArray(dim) && dim.length === 0;
  return normalizeDims(op, all ? null : dim, checkTensor(op, x).ndim).filter((d) => d < x.ndim);
}

function dropped(x: Tensor, dims: readonly number[], keepdim: boolean): Tensor {
  return keepdim
    ? x
    : reshape(
        x,
        x.shape.filter((_, d) => !dims.includes(d)),
      );
}

/** Sum over some dims, or all. Booleans and uint8 count as int32. */
export function sum(x: Tensor, dim?: Dims, { keepdim = false, dtype }: ReduceOptions = {}): Tensor {
  const dims = dimsOf('sum', x, dim);
  const wanted = dtype === undefined ? accumulated(x.dtype) : checkDType('sum', dtype);
  return dropped(base.sumOver(cast(x, wanted), dims), dims, keepdim);
}

/** Product over some dims, or all. Booleans and uint8 count as int32. */
export function prod(x: Tensor, dim?: Dims, { keepdim = false, dtype }: ReduceOptions = {}): Tensor {
  const dims = dimsOf('prod', x, dim);
  const wanted = dtype === undefined ? accumulated(x.dtype) : checkDType('prod', dtype);
  return dropped(base.prodOver(cast(x, wanted), dims), dims, keepdim);
}

function accumulated(dtype: DType): DType {
  return isFloat(dtype) ? dtype : 'int32';
}

/**
 * Mean over some dims, or all; NaN over nothing.
 * @throws DTypeError for integers without `{ dtype }`
 */
export function mean(x: Tensor, dim?: Dims, { keepdim = false, dtype }: ReduceOptions = {}): Tensor {
  const from = dtype === undefined ? checkFloat('mean', x) : cast(x, checkDType('mean', dtype));
  const dims = dimsOf('mean', from, dim);
  return div(sum(from, dims.length === 0 ? null : dims, { keepdim }), countOf(from, dims));
}

function countOf(x: Tensor, dims: readonly number[]): number {
  return dims.reduce((count, d) => count * (x.shape[d] as number), 1);
}

function checkFloat(op: string, x: Tensor): Tensor {
  if (checkTensor(op, x).isFloatingPoint) return x;
  throw new DTypeError({
    op,
    got: `a tensor of ${x.dtype}`,
    want: 'float32 or float64',
    fix: "Give { dtype: 'float32' }, or convert with to('float32').",
  });
}

function checkNotEmpty(op: string, x: Tensor, dims: readonly number[]): void {
  if (dims.some((d) => x.shape[d] === 0)) {
    throw new ShapeError({
      op,
      got: `shape ${showShape(x.shape)}`,
      want: 'at least one element to choose from',
    });
  }
}

/** Largest element over some dims, or all; elements that tie share the gradient; NaN wins. */
export function amax(x: Tensor, dim?: Dims, { keepdim = false }: KeepdimOptions = {}): Tensor {
  const dims = dimsOf('amax', x, dim);
  checkNotEmpty('amax', x, dims);
  return dropped(base.amaxOver(x, dims), dims, keepdim);
}

/** Smallest element over some dims, or all; elements that tie share the gradient; NaN wins. */
export function amin(x: Tensor, dim?: Dims, { keepdim = false }: KeepdimOptions = {}): Tensor {
  const dims = dimsOf('amin', x, dim);
  checkNotEmpty('amin', x, dims);
  return dropped(base.aminOver(x, dims), dims, keepdim);
}

type Position = (x: Tensor, dim?: number | null, options?: KeepdimOptions) => Tensor;

function position(op: 'argmax' | 'argmin', along: typeof base.argmaxAlong): Position {
  return (x: Tensor, dim?: number | null, { keepdim = false }: KeepdimOptions = {}): Tensor => {
    if (checkTensor(op, x).numel === 0 && (dim === undefined || dim === null))
      checkNotEmpty(
        op,
        x,
        x.shape.map((_, d) => d),
      );
    if (dim === undefined || dim === null) {
      const flat = along(reshape(x, [x.numel]), 0);
      return reshape(flat, keepdim ? x.shape.map(() => 1) : []);
    }
    const at = normalizeDim(op, dim, x.ndim);
    if (x.ndim === 0) return reshape(along(reshape(x, [1]), 0), []);
    checkNotEmpty(op, x, [at]);
    return dropped(along(x, at), [at], keepdim);
  };
}

/** Position of the first largest element along a dim, or in the flattened tensor; int32. */
export const argmax = position('argmax', base.argmaxAlong);
/** Position of the first smallest element along a dim, or in the flattened tensor; int32. */
export const argmin = position('argmin', base.argminAlong);

/** Extreme elements along a dim, and where they are. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

function extreme(whole: typeof amax, where: typeof argmax) {
  function along(x: Tensor): Tensor;
  function along(x: Tensor, dim: number, options?: KeepdimOptions): ValuesAndIndices;
  function along(
    x: Tensor,
    dim?: number,
    { keepdim = false }: KeepdimOptions = {},
  ): Tensor | ValuesAndIndices {
    if (dim === undefined) return whole(x);
    if (x.ndim === 0) return { values: reshape(x, []), indices: where(x, dim) };
    const indices = where(x, dim, { keepdim: true });
    const at = normalizeDim('max', dim, x.ndim);
    return {
      values: dropped(gatherAlong(x, at, indices), [at], keepdim),
      indices: dropped(indices, [at], keepdim),
    };
  }
  return along;
}

/** The largest element; or, along a dim, the values and the positions of the first ones that are largest. */
export const max = extreme(amax, argmax);
/** The smallest element; or, along a dim, the values and the positions of the first ones that are smallest. */
export const min = extreme(amin, argmin);

/** True where all elements over some dims differ from 0. */
export function all(x: Tensor, dim?: Dims, { keepdim = false }: KeepdimOptions = {}): Tensor {
  return logicalNot(any(eq(x, 0), dim, { keepdim }));
}

/** True where some element over some dims differs from 0. */
export function any(x: Tensor, dim?: Dims, { keepdim = false }: KeepdimOptions = {}): Tensor {
  return ne(sum(ne(x, 0), dim, { keepdim }), 0);
}

export interface VarOptions extends KeepdimOptions {
  /** What is taken off the count: 1 (default) for a sample's unbiased variance, 0 for a population's. */
  correction?: number;
}

/** Variance over some dims, or all. */
export function var_(x: Tensor, dim?: Dims, { keepdim = false, correction = 1 }: VarOptions = {}): Tensor {
  const dims = dimsOf('var', checkFloat('var', x), dim);
  const over = dims.length === 0 ? null : dims;
  const centred = sub(x, mean(x, over, { keepdim: true }));
  const freedom = Math.max(0, countOf(x, dims) - correction);
  return div(sum(mul(centred, centred), over, { keepdim }), freedom);
}

/** Standard deviation over some dims, or all. */
export function std(x: Tensor, dim?: Dims, options: VarOptions = {}): Tensor {
  return sqrt(var_(x, dim, options));
}

/** log Σ eˣ over some dims, without overflow. */
export function logsumexp(x: Tensor, dim: Dims, { keepdim = false }: KeepdimOptions = {}): Tensor {
  const from = cast(x, toFloat(x.dtype));
  const dims = dimsOf('logsumexp', from, dim);
  if (countOf(from, dims) === 0) return log(sum(exp(from), dims, { keepdim }));
  const top = finiteMax(from, dims);
  const total = add(log(base.sumOver(exp(sub(from, top)), dims)), top);
  return dropped(total, dims, keepdim);
}

/** The largest elements as constants, 0 where they are infinite: what to subtract before exponentials. */
function finiteMax(x: Tensor, dims: readonly number[]): Tensor {
  const top = base.amaxOver(x.detach(), dims);
  return where(isinf(top), constant([], 0, x.dtype), top);
}

/** eˣ / Σ eˣ along a dim. */
export function softmax(x: Tensor, dim: number, { dtype }: { dtype?: DType } = {}): Tensor {
  const from = cast(x, dtype === undefined ? toFloat(x.dtype) : checkDType('softmax', dtype));
  if (from.ndim === 0) return reshape(softmax(reshape(from, [1]), dim), []);
  const dims = dimsOf('softmax', from, dim);
  if (from.numel === 0) return from;
  const e = exp(sub(from, base.amaxOver(from.detach(), dims)));
  return div(e, base.sumOver(e, dims));
}

/** log softmax along a dim, without the overflow and the rounding of taking the logarithm afterwards. */
export function logSoftmax(x: Tensor, dim: number, { dtype }: { dtype?: DType } = {}): Tensor {
  const from = cast(x, dtype === undefined ? toFloat(x.dtype) : checkDType('logSoftmax', dtype));
  if (from.ndim === 0) return reshape(logSoftmax(reshape(from, [1]), dim), []);
  const dims = dimsOf('logSoftmax', from, dim);
  if (from.numel === 0) return from;
  const shifted = sub(from, base.amaxOver(from.detach(), dims));
  return sub(shifted, log(base.sumOver(exp(shifted), dims)));
}

/** The p-norm (Σ |x|ᵖ)^(1/p) over some dims, or all. `p` may be ±Infinity or 0 (the count of what is not 0). */
export function norm(x: Tensor, p = 2, dim?: Dims, { keepdim = false }: KeepdimOptions = {}): Tensor {
  const from = checkFloat('norm', x);
  if (p === Number.POSITIVE_INFINITY) return amax(abs(from), dim, { keepdim });
  if (p === Number.NEGATIVE_INFINITY) return amin(abs(from), dim, { keepdim });
  if (p === 0) return sum(cast(ne(from, 0), from.dtype), dim, { keepdim });
  if (p === 1) return sum(abs(from), dim, { keepdim });
  if (p === 2) {
    const squares = sum(mul(from, from), dim, { keepdim });
    // The root's slope at 0 is infinite; the norm's subgradient there is 0.
    return where(eq(squares, 0), 0, sqrt(where(eq(squares, 0), 1, squares)));
  }
  return pow(sum(pow(abs(from), p), dim, { keepdim }), 1 / p);
}

/** Number of elements that differ from 0. */
export function countNonzero(x: Tensor, dim?: Dims): Tensor {
  return sum(ne(x, 0), dim);
}

/** True if two tensors have the same shape and the same elements. */
export function equal(a: Tensor, b: Tensor): boolean {
  return showShape(a.shape) === showShape(b.shape) && all(eq(a, b)).item() === 1;
}

export interface AllcloseOptions {
  /** Default 1e-5. */
  rtol?: number;
  /** Default 1e-8. */
  atol?: number;
  /** Whether NaN equals NaN. Default false. */
  equalNan?: boolean;
}

/** True where |a − b| ≤ atol + rtol · |b|. */
export function isclose(
  a: Tensor,
  b: Tensor,
  { rtol = 1e-5, atol = 1e-8, equalNan = false }: AllcloseOptions = {},
): Tensor {
  const near = abs(sub(a, b))
    .le(add(mul(abs(b), rtol), atol))
    .logicalAnd(logicalNot(isinf(b)));
  const same = eq(a, b).logicalOr(near);
  return equalNan ? same.logicalOr(isnan(a).logicalAnd(isnan(b))) : same;
}

/** True if all elements of two tensors are close. */
export function allclose(a: Tensor, b: Tensor, options?: AllcloseOptions): boolean {
  return all(isclose(a, b, options)).item() === 1;
}

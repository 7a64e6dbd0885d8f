import { type DType, isFloat, toFloat } from '../dtype.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import {
  abs,
  add,
  type BinaryOp,
  div,
  eq,
  exp,
  isinf,
  isnan,
  log,
  logicalNot,
  maximum,
  minimum,
  mul,
  ne,
  pow,
  sign,
  sqrt,
  sub,
  where,
} from '../primitives/elementwise.ts';
import { gatherAlong } from '../primitives/gather.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor, constant, describe } from '../primitives/operand.ts';
import * as base from '../primitives/reduce.ts';
import { normalizeDim, normalizeDims, sameShape, showShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { checkDType, type Optional, optional } from './arguments.ts';

/** One dim, several, or (`null`, `undefined`) all. */
export type Dims = number | readonly number[] | null;

export interface KeepdimOptions {
  /** Keep reduced dims with size 1. Default false. */
  keepdim?: boolean;
}

export interface DimOptions extends KeepdimOptions {
  /** Default: all dims. */
  dim?: Dims;
}

export interface OneDimOptions extends KeepdimOptions {
  /** Default: the flattened tensor. */
  dim?: number | null;
}

export interface DTypeOptions {
  /** Convert to this dtype first. */
  dtype?: DType;
}

export interface ReduceOptions extends DimOptions, DTypeOptions {}

type Along<O extends DimOptions> = Optional<O, ['dim', 'keepdim']>;

/** What reductions take: the dims by position or by name, `keepdim`, and what is `named` only. */
function reducing<O extends DimOptions>(
  op: string,
  given: readonly unknown[],
  named: readonly (keyof O & string)[] = [],
): O & { keepdim: boolean } {
  const options = optional<O>(op, given, ['dim', 'keepdim'], named);
  return { ...options, keepdim: checkKeepdim(op, options.keepdim) };
}

function checkKeepdim(op: string, keepdim: unknown = false): boolean {
  if (typeof keepdim === 'boolean') return keepdim;
  throw new ArgumentError({
    op,
    got: `keepdim ${describe(keepdim)}`,
    want: 'true or false',
    fix: 'Several dims go into one array: x.sum([0, 1]).',
  });
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
export function sum(x: Tensor, ...rest: Along<ReduceOptions>): Tensor {
  const { dim, keepdim, dtype } = reducing<ReduceOptions>('sum', rest, ['dtype']);
  const dims = dimsOf('sum', x, dim);
  const wanted = dtype === undefined ? accumulated(x.dtype) : checkDType('sum', dtype);
  return dropped(base.sumOver(cast(x, wanted), dims), dims, keepdim);
}

/** Product over some dims, or all. Booleans and uint8 count as int32. */
export function prod(x: Tensor, ...rest: Along<ReduceOptions>): Tensor {
  const { dim, keepdim, dtype } = reducing<ReduceOptions>('prod', rest, ['dtype']);
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
export function mean(x: Tensor, ...rest: Along<ReduceOptions>): Tensor {
  const { dim, keepdim, dtype } = reducing<ReduceOptions>('mean', rest, ['dtype']);
  const from = checkFloat('mean', dtype === undefined ? x : cast(x, checkDType('mean', dtype)));
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
    const at = normalizeDim(op, dim, checkTensor(op, x).ndim);
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
    const indices = where(x, dim, true);
    if (x.ndim === 0) return { values: reshape(x, []), indices };
    const at = normalizeDim(op, dim, x.ndim);
    return {
      values: dropped(gatherAlong(x, at, indices), [at], keepdim),
      indices: dropped(indices, [at], keepdim),
    };
  }
  return along;
}

/** The largest element; along a dim, the values and the positions of the first ones that are largest; of two tensors, the
 * larger elements. */
export const max = extreme('max', amax, argmax, maximum);
/** The smallest element; along a dim, the values and the positions of the first ones that are smallest; of two tensors,
 * the smaller elements. */
export const min = extreme('min', amin, argmin, minimum);

/** True where all elements over some dims differ from 0. */
export function all(x: Tensor, ...rest: Along<DimOptions>): Tensor {
  return logicalNot(any(eq(x, 0), reducing('all', rest)));
}

/** True where some element over some dims differs from 0. */
export function any(x: Tensor, ...rest: Along<DimOptions>): Tensor {
  return ne(sum(ne(x, 0), reducing('any', rest)), 0);
}

export interface VarOptions extends DimOptions {
  /** What is taken off the count: 1 (default) for a sample's unbiased variance, 0 for a population's. */
  correction?: number | null;
  /** PyTorch's older word for it: true is a correction of 1, false one of 0. */
  unbiased?: boolean;
}

type AlongVar =
  | Optional<VarOptions, ['dim', 'unbiased', 'keepdim']>
  | [unbiased: boolean]
  | [unbiased: boolean, options: VarOptions];

/** Variance over some dims, or all. */
export function var_(x: Tensor, ...rest: AlongVar): Tensor {
  // PyTorch's oldest form: a lone truth value is `unbiased`.
  const given = typeof rest[0] === 'boolean' ? [null, ...rest] : rest;
  const options = optional<VarOptions>('var', given, ['dim', 'unbiased', 'keepdim'], ['correction']);
  const { dim, unbiased = true } = options;
  const keepdim = checkKeepdim('var', options.keepdim);
  const correction = options.correction ?? Number(unbiased);
  const dims = dimsOf('var', checkFloat('var', x), dim);
  const over = dims.length === 0 ? null : dims;
  const centred = sub(x, mean(x, over, { keepdim: true }));
  const freedom = Math.max(0, countOf(x, dims) - correction);
  return div(sum(mul(centred, centred), over, { keepdim }), freedom);
}

/** Standard deviation over some dims, or all. */
export function std(x: Tensor, ...rest: AlongVar): Tensor {
  return sqrt(var_(x, ...rest));
}

/** log Σ eˣ over some dims, without overflow. */
export function logsumexp(x: Tensor, dim: Dims, ...rest: Optional<KeepdimOptions, ['keepdim']>): Tensor {
  const { keepdim } = reducing('logsumexp', [dim, ...rest]);
  const from = cast(x, toFloat(checkTensor('logsumexp', x).dtype));
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
export function softmax(x: Tensor, dim: number, ...rest: Optional<DTypeOptions, ['dtype']>): Tensor {
  const { dtype } = optional<DTypeOptions>('softmax', rest, ['dtype']);
  const from = cast(
    x,
    dtype === undefined ? toFloat(checkTensor('softmax', x).dtype) : checkDType('softmax', dtype),
  );
  if (from.ndim === 0) return reshape(softmax(reshape(from, [1]), dim), []);
  const dims = dimsOf('softmax', from, dim);
  if (from.numel === 0) return from;
  const e = exp(sub(from, base.amaxOver(from.detach(), dims)));
  return div(e, base.sumOver(e, dims));
}

/** log softmax along a dim, without the overflow and the rounding of taking the logarithm afterwards. */
export function logSoftmax(x: Tensor, dim: number, ...rest: Optional<DTypeOptions, ['dtype']>): Tensor {
  const { dtype } = optional<DTypeOptions>('logSoftmax', rest, ['dtype']);
  const from = cast(
    x,
    dtype === undefined ? toFloat(checkTensor('logSoftmax', x).dtype) : checkDType('logSoftmax', dtype),
  );
  if (from.ndim === 0) return reshape(logSoftmax(reshape(from, [1]), dim), []);
  const dims = dimsOf('logSoftmax', from, dim);
  if (from.numel === 0) return from;
  const shifted = sub(from, base.amaxOver(from.detach(), dims));
  return sub(shifted, log(base.sumOver(exp(shifted), dims)));
}

export interface NormOptions extends ReduceOptions {
  /** Any number, ±Infinity among them; 0 counts what is not 0; `'fro'` is 2. Default 2. */
  p?: number | 'fro';
}

/** The p-norm (Σ |x|ᵖ)^(1/p) over some dims, or all. */
export function norm(x: Tensor, ...rest: Optional<NormOptions, ['p', 'dim', 'keepdim']>): Tensor {
  const options = optional<NormOptions>('norm', rest, ['p', 'dim', 'keepdim'], ['dtype']);
  const { dim, dtype } = options;
  const p = options.p === 'fro' ? 2 : (options.p ?? 2);
  if (typeof p !== 'number')
    throw new ArgumentError({ op: 'norm', got: `p ${describe(p)}`, want: "a number or 'fro'" });
  const keepdim = checkKeepdim('norm', options.keepdim);
  const from = dtype === undefined ? checkFloat('norm', x) : cast(x, checkDType('norm', dtype));
  if (p === Number.POSITIVE_INFINITY) return amax(abs(from), dim, { keepdim });
  if (p === Number.NEGATIVE_INFINITY) return amin(abs(from), dim, { keepdim });
  // A count does not move with what it counts, but it is on the tape like every norm.
  if (p === 0) return sum(sign(abs(from)), dim, { keepdim });
  if (p === 1) return sum(abs(from), dim, { keepdim });
  if (p === 2) {
    const squares = sum(mul(from, from), dim, { keepdim });
    // The root's slope at 0 is infinite; the norm's subgradient there is 0.
    return where(eq(squares, 0), 0, sqrt(where(eq(squares, 0), 1, squares)));
  }
  return pow(sum(pow(abs(from), p), dim, { keepdim }), 1 / p);
}

/** Number of elements that differ from 0. */
export function countNonzero(x: Tensor, ...rest: Optional<{ dim?: Dims }, ['dim']>): Tensor {
  const { dim } = optional<{ dim?: Dims }>('countNonzero', rest, ['dim']);
  return sum(ne(x, 0), dim);
}

/** True if two tensors have the same shape and the same elements. */
export function equal(a: Tensor, b: Tensor): boolean {
  const same = sameShape(checkTensor('equal', a).shape, checkTensor('equal', b).shape);
  return same && all(eq(a, b)).item() === 1;
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
  ...rest: Optional<AllcloseOptions, ['rtol', 'atol', 'equalNan']>
): Tensor {
  const options = optional<AllcloseOptions>('isclose', rest, ['rtol', 'atol', 'equalNan']);
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  if (!(rtol >= 0 && atol >= 0))
    throw new ArgumentError({ op: 'isclose', got: `rtol ${rtol}, atol ${atol}`, want: 'tolerances ≥ 0' });
  const [x, y] = [a, b].map((of) => cast(checkTensor('isclose', of), accumulated(of.dtype))) as [
    Tensor,
    Tensor,
  ];
  const near = abs(sub(x, y))
    .le(add(mul(abs(y), rtol), atol))
    .logicalAnd(logicalNot(isinf(y)));
  const same = eq(x, y).logicalOr(near);
  return equalNan ? same.logicalOr(isnan(a).logicalAnd(isnan(b))) : same;
}

/** True if all elements of two tensors are close. */
export function allclose(
  a: Tensor,
  b: Tensor,
  ...rest: Optional<AllcloseOptions, ['rtol', 'atol', 'equalNan']>
): boolean {
  return all(isclose(a, b, ...rest)).item() === 1;
}

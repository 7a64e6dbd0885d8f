import { cast } from '../primitives/copy.ts';
import { div, eq, isnan, logicalNot, ne, where } from '../primitives/elementwise.ts';
import { checkTensor, constant } from '../primitives/operand.ts';
import * as base from '../primitives/reduce.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, type Optional, optional } from './arguments.ts';
import {
  type Along,
  checkFloat,
  countOf,
  type DimOptions,
  type Dims,
  dimsOf,
  dropped,
  type ReduceOptions,
  reducing,
} from './dims.ts';
import { totals } from './whole-totals.ts';

/**
 * Sum over some dims, or all. Booleans and uint8 count as int32.
 * @throws DTypeError for a sum of whole numbers that int32 does not hold, unless `dtype` says what to sum up in
 */
export function sum(x: Tensor, ...rest: Along<ReduceOptions>): Tensor {
  const { dim, keepdim, dtype } = reducing<ReduceOptions>('sum', rest, ['dtype']);
  const dims = dimsOf('sum', x, dim);
  return dropped(totals('sum', 'sum', x, dtype, dims, base.sumOver), dims, keepdim);
}

/**
 * Product over some dims, or all. Booleans and uint8 count as int32.
 * @throws DTypeError for a product of whole numbers that int32 does not hold, unless `dtype` says what to multiply in
 */
export function prod(x: Tensor, ...rest: Along<ReduceOptions>): Tensor {
  const { dim, keepdim, dtype } = reducing<ReduceOptions>('prod', rest, ['dtype']);
  const dims = dimsOf('prod', x, dim);
  return dropped(totals('prod', 'prod', x, dtype, dims, base.prodOver), dims, keepdim);
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

/** Sum of what is not NaN, over some dims, or all. */
export function nansum(x: Tensor, ...rest: Along<ReduceOptions>): Tensor {
  const options = reducing<ReduceOptions>('nansum', rest, ['dtype']);
  const from = checkTensor('nansum', x);
  return sum(where(isnan(from), constant([], 0, from.dtype), from), options);
}

/** Mean of what is not NaN, over some dims, or all; NaN where there is nothing else. */
export function nanmean(x: Tensor, ...rest: Along<ReduceOptions>): Tensor {
  const options = reducing<ReduceOptions>('nanmean', rest, ['dtype']);
  const numbers = logicalNot(isnan(checkFloat('nanmean', x)));
  return div(nansum(x, options), sum(numbers, options.dim, { keepdim: options.keepdim }));
}

/** True where all elements over some dims differ from 0. */
export function all(x: Tensor, ...rest: Along<DimOptions>): Tensor {
  return logicalNot(any(eq(x, 0), reducing('all', rest)));
}

/** True where some element over some dims differs from 0. */
export function any(x: Tensor, ...rest: Along<DimOptions>): Tensor {
  return ne(sum(ne(x, 0), reducing('any', rest)), 0);
}

/** Number of elements that differ from 0. */
export function countNonzero(x: Tensor, ...rest: Optional<{ dim?: Dims }, ['dim']>): Tensor {
  const { dim } = optional<{ dim?: Dims }>('countNonzero', rest, ['dim']);
  return sum(ne(x, 0), dim);
}

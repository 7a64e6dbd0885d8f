import { toFloat } from '../dtype.ts';
import { cast } from '../primitives/copy.ts';
import { add, div, exp, isinf, log, sub, where } from '../primitives/elementwise.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor, constant } from '../primitives/operand.ts';
import * as base from '../primitives/reduce.ts';
import { normalizeDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, type Optional, optional } from './arguments.ts';
import {
  countOf,
  type Dims,
  type DTypeOptions,
  dimsOf,
  dropped,
  type KeepdimOptions,
  reducing,
} from './dims.ts';
import { sum } from './reduction.ts';

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
  const dims = [normalizeDim('softmax', dim, from.ndim)];
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
  const dims = [normalizeDim('logSoftmax', dim, from.ndim)];
  if (from.numel === 0) return from;
  const shifted = sub(from, base.amaxOver(from.detach(), dims));
  return sub(shifted, log(base.sumOver(exp(shifted), dims)));
}

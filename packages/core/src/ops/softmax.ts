import { toFloat } from '../dtype.ts';
import { cast } from '../primitives/copy.ts';
import { add, exp, log, sub } from '../primitives/elementwise.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import * as base from '../primitives/reduce.ts';
import { logSoftmaxAlong, softmaxAlong } from '../primitives/softmax.ts';
import { normalizeDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, type Optional, optional } from './arguments.ts';
import { clamp } from './bounds.ts';
import {
  countOf,
  type Dims,
  type DTypeOptions,
  dimsOf,
  dropped,
  type KeepdimOptions,
  reducing,
} from './dims.ts';
import { finfo } from './facts.ts';
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

/**
 * The largest elements as constants, to be subtracted before exponentials: of ∞ the largest finite number, so that beside
 * it no other exponential overflows.
 */
function finiteMax(x: Tensor, dims: readonly number[]): Tensor {
  const { min, max } = finfo(x.dtype);
  return clamp(base.amaxOver(x.detach(), dims), min, max);
}

/** eˣ / Σ eˣ along a dim. */
export function softmax(x: Tensor, dim: number, ...rest: Optional<DTypeOptions, ['dtype']>): Tensor {
  return normalized('softmax', softmaxAlong, x, dim, rest);
}

/** log softmax along a dim, without the overflow and the rounding of taking the logarithm afterwards. */
export function logSoftmax(x: Tensor, dim: number, ...rest: Optional<DTypeOptions, ['dtype']>): Tensor {
  return normalized('logSoftmax', logSoftmaxAlong, x, dim, rest);
}

function normalized(
  op: string,
  along: (x: Tensor, dim: number) => Tensor,
  x: Tensor,
  dim: number,
  rest: Optional<DTypeOptions, ['dtype']>,
): Tensor {
  const { dtype = checkTensor(op, x).dtype } = optional<DTypeOptions>(op, rest, ['dtype']);
  const from = cast(checkTensor(op, x), toFloat(checkDType(op, dtype)));
  if (from.ndim === 0) return reshape(along(reshape(from, [1]), normalizeDim(op, dim, 1)), []);
  const at = normalizeDim(op, dim, from.ndim);
  return from.numel === 0 ? from : along(from, at);
}

import { ArgumentError } from '../errors.ts';
import { type Alpha, addScaled } from '../primitives/add-scaled.ts';
import { dtypeRule } from '../primitives/elementwise/rows.ts';
import * as base from '../primitives/elementwise.ts';
import { asTensor, constant, promoted, type TensorLike } from '../primitives/operand.ts';
import { Tensor } from '../tensor.ts';
import { checkScalar, type Optional, optional } from './arguments.ts';
import { between, fromEnd, fromStart, scaledProduct, scaledQuotient } from './compound.ts';
import { checkFloat } from './dims.ts';
import { checkSameDType } from './positions.ts';

export interface AlphaOptions {
  /** What the second operand is multiplied by first: whole among integers, a truth value among those. Default 1. */
  alpha?: Alpha;
}

/** a + alpha · b */
export function add(a: TensorLike, b: TensorLike, ...rest: Optional<AlphaOptions, []>): Tensor {
  const { alpha = 1 } = optional<AlphaOptions>('add', rest, [], ['alpha']);
  return addScaled('add', a, b, alpha);
}

/** a − alpha · b */
export function sub(a: TensorLike, b: TensorLike, ...rest: Optional<AlphaOptions, []>): Tensor {
  const { alpha = 1 } = optional<AlphaOptions>('sub', rest, [], ['alpha']);
  return addScaled('sub', a, b, alpha);
}

/** b − alpha · a, the operands of `sub` exchanged. */
export function rsub(a: TensorLike, b: TensorLike, ...rest: Optional<AlphaOptions, ['alpha']>): Tensor {
  const { alpha = 1 } = optional<AlphaOptions>('rsub', rest, ['alpha']);
  return addScaled('sub', b, a, alpha);
}

export interface DivOptions {
  /** Round the quotient towards zero or down. Default `null`: true division, a float also for integers. */
  roundingMode?: 'trunc' | 'floor' | null;
}

/** a / b */
export function div(a: TensorLike, b: TensorLike, ...rest: Optional<DivOptions, []>): Tensor {
  const { roundingMode = null } = optional<DivOptions>('div', rest, [], ['roundingMode']);
  if (roundingMode === null) return base.div(a, b);
  if (roundingMode === 'floor') return base.floorDivide(a, b);
  if (roundingMode === 'trunc') {
    const [x, y] = promoted('div', [a, b], dtypeRule('div', 'numbers')) as [Tensor, Tensor];
    if (x.isFloatingPoint) return base.trunc(base.div(x, y));
    // Of integers without a way through floats, which cannot hold them all.
    return base.floorDivide(base.sub(x, base.fmod(x, y)), y);
  }
  throw new ArgumentError({
    op: 'div',
    got: `roundingMode ${roundingMode}`,
    want: "'trunc', 'floor' or null",
  });
}

/** 1 / x */
export function reciprocal(x: TensorLike): Tensor {
  return base.div(1, x);
}

/** x²; of truth values, whole numbers. */
export function square(x: TensorLike): Tensor {
  const value = asTensor('square', x);
  const factor = value.dtype === 'bool' ? value.to('int32') : value;
  return base.mul(factor, factor);
}

/** 1 / √x */
export function rsqrt(x: TensorLike): Tensor {
  return base.div(1, base.sqrt(x));
}

/** Every bit turned; of truth values, the contrary. */
export function bitwiseNot(x: TensorLike): Tensor {
  const { dtype } = asTensor('bitwiseNot', x);
  dtypeRule('bitwiseNot', 'bits')(dtype);
  return base.bitwiseXor(x, constant([], -1, dtype));
}

/** x from degrees to radians. */
export function deg2rad(x: TensorLike): Tensor {
  return base.mul(x, Math.PI / 180);
}

/** x from radians to degrees. */
export function rad2deg(x: TensorLike): Tensor {
  return base.mul(x, 180 / Math.PI);
}

export interface ValueOptions {
  /** What the product or the quotient is multiplied by first. Default 1. */
  value?: number;
}

/**
 * x + value · a · b
 * @throws DTypeError for truth values alone
 */
export function addcmul(
  x: TensorLike,
  a: TensorLike,
  b: TensorLike,
  ...rest: Optional<ValueOptions, []>
): Tensor {
  const { value = 1 } = optional<ValueOptions>('addcmul', rest, [], ['value']);
  const [start, left, right] = promoted('addcmul', [x, a, b], dtypeRule('addcmul', 'numbers')) as Three;
  if (start.isFloatingPoint) return scaledProduct(start, left, right, value);
  // Among integers PyTorch takes the whole part, where `add` would refuse.
  return addScaled('add', start, base.mul(left, right), Math.trunc(value));
}

/**
 * x + value · a / b
 * @throws DTypeError for the quotient of integers
 */
export function addcdiv(
  x: TensorLike,
  a: TensorLike,
  b: TensorLike,
  ...rest: Optional<ValueOptions, []>
): Tensor {
  const { value = 1 } = optional<ValueOptions>('addcdiv', rest, [], ['value']);
  promoted('addcdiv', [a, b], dtypeRule('addcdiv', 'floats'));
  const [start, left, right] = promoted('addcdiv', [x, a, b]) as Three;
  return start.isFloatingPoint
    ? scaledQuotient(start, left, right, value)
    : addScaled('add', start, base.div(left, right), value);
}

type Three = [Tensor, Tensor, Tensor];

/**
 * start + weight · (end − start), which is `end` to the last bit where the weight is 1.
 * @throws DTypeError unless all tensors are of one float dtype
 */
export function lerp(start: Tensor, end: Tensor, weight: TensorLike): Tensor {
  const x = checkFloat('lerp', start);
  const y = checkSameDType('lerp', x, end);
  if (weight instanceof Tensor) return between(x, y, checkSameDType('lerp', x, weight));
  const part = checkScalar('lerp', 'weight', weight);
  return Math.abs(part) < 0.5 ? fromStart(x, y, part) : fromEnd(x, y, 1 - part);
}

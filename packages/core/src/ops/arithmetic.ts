import { ArgumentError } from '../errors.ts';
import { addScaled } from '../primitives/add-scaled.ts';
import * as base from '../primitives/elementwise.ts';
import { asTensor, type TensorLike } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';

export interface AlphaOptions {
  /** What the second operand is multiplied by first. Default 1. */
  alpha?: number;
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
    const [x, y] = [asTensor('div', a), asTensor('div', b)];
    const quotient = base.trunc(base.div(x, y));
    return x.isFloatingPoint || y.isFloatingPoint ? quotient : quotient.to('int32');
  }
  throw new ArgumentError({
    op: 'div',
    got: `roundingMode ${roundingMode}`,
    want: "'trunc', 'floor' or null",
  });
}

export interface RoundOptions {
  /** How many places behind the point; negative ones round to tens, hundreds … Default 0. */
  decimals?: number;
}

/** The nearest number of some decimals; halves go to the even one. */
export function round(x: TensorLike, ...rest: Optional<RoundOptions, []>): Tensor {
  const { decimals = 0 } = optional<RoundOptions>('round', rest, [], ['decimals']);
  if (!Number.isInteger(decimals))
    throw new ArgumentError({ op: 'round', got: `decimals ${decimals}`, want: 'a whole number' });
  const value = asTensor('round', x);
  if (decimals === 0 || !value.isFloatingPoint) return base.round(value);
  // A negative power of ten is no double; a positive one is exact up to 10²².
  const scale = 10 ** Math.abs(decimals);
  return decimals > 0
    ? base.div(base.round(base.mul(value, scale)), scale)
    : base.mul(base.round(base.div(value, scale)), scale);
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

/** The logarithm to base 2. */
export function log2(x: TensorLike): Tensor {
  return base.mul(base.log(x), Math.LOG2E);
}

/** The logarithm to base 10. */
export function log10(x: TensorLike): Tensor {
  return base.mul(base.log(x), Math.LOG10E);
}

/** 2ˣ */
export function exp2(x: TensorLike): Tensor {
  return base.pow(2, asTensor('exp2', x).isFloatingPoint ? x : asTensor('exp2', x).to('float32'));
}

/** Where an element is neither infinite nor NaN. */
export function isfinite(x: TensorLike): Tensor {
  return base.logicalNot(base.logicalOr(base.isnan(x), base.isinf(x)));
}

export interface ClampOptions {
  /** Default: none. */
  min?: TensorLike | null;
  /** Default: none. Where it is less than `min`, it wins. */
  max?: TensorLike | null;
}

/** Brought between `min` and `max`, one of which may be left out; the slope is 1 inside and at the ends. */
export function clamp(x: Tensor, ...rest: Optional<ClampOptions, ['min', 'max']>): Tensor {
  const { min, max } = optional<ClampOptions>('clamp', rest, ['min', 'max']);
  if ((min === undefined || min === null) && (max === undefined || max === null)) {
    throw new ArgumentError({ op: 'clamp', got: 'neither a minimum nor a maximum', want: 'at least one' });
  }
  const raised = min === undefined || min === null ? x : base.where(base.lt(x, min), min, x);
  return max === undefined || max === null ? raised : base.where(base.gt(raised, max), max, raised);
}

/** start + weight · (end − start) */
export function lerp(start: Tensor, end: TensorLike, weight: TensorLike): Tensor {
  return base.add(start, base.mul(weight, base.sub(end, start)));
}

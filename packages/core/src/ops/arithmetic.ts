import { ArgumentError } from '../errors.ts';
import * as base from '../primitives/elementwise.ts';
import { asTensor, type TensorLike } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';

export interface AlphaOptions {
  /** What the second operand is multiplied by first. Default 1. */
  alpha?: number;
}

/** a + alpha · b */
export function add(a: TensorLike, b: TensorLike, { alpha = 1 }: AlphaOptions = {}): Tensor {
  return base.add(a, alpha === 1 ? b : base.mul(b, alpha));
}

/** a − alpha · b */
export function sub(a: TensorLike, b: TensorLike, { alpha = 1 }: AlphaOptions = {}): Tensor {
  return base.sub(a, alpha === 1 ? b : base.mul(b, alpha));
}

export interface DivOptions {
  /** Round the quotient towards zero or down. Default `null`: true division, a float also for integers. */
  roundingMode?: 'trunc' | 'floor' | null;
}

/** a / b */
export function div(a: TensorLike, b: TensorLike, { roundingMode = null }: DivOptions = {}): Tensor {
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

/** 1 / x */
export function reciprocal(x: TensorLike): Tensor {
  return base.div(1, x);
}

/** x² */
export function square(x: TensorLike): Tensor {
  return base.mul(x, x);
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

/** Between `min` and `max`, numbers or tensors, either of which may be left out; the slope is 1 inside and at the ends. */
export function clamp(x: Tensor, min?: TensorLike | null, max?: TensorLike | null): Tensor {
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

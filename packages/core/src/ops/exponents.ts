import { toFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import * as base from '../primitives/elementwise.ts';
import { asTensor, describe, promoted, type TensorLike } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { clamp } from './bounds.ts';

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

/** x · 2ᵉ, a float also for integers. */
export function ldexp(x: TensorLike, exponent: TensorLike): Tensor {
  return base.mul(x, exp2(exponent));
}

/** x to the power of p, computed in float64 whatever the dtypes. */
export function floatPower(x: TensorLike, p: TensorLike): Tensor {
  return base.pow(...(promoted('floatPower', [x, p], () => 'float64') as [Tensor, Tensor]));
}

export interface LogitOptions {
  /** Bring x between eps and 1 − eps first. Default: take it as it is, and NaN outside of [0, 1]. */
  eps?: number | null;
}

/** The log-odds log(x / (1 − x)), the inverse of `sigmoid`. */
export function logit(x: TensorLike, ...rest: Optional<LogitOptions, ['eps']>): Tensor {
  const { eps = null } = optional<LogitOptions>('logit', rest, ['eps']);
  if (eps === null) return base.logit(x);
  if (typeof eps !== 'number')
    throw new ArgumentError({ op: 'logit', got: `eps ${describe(eps)}`, want: 'a number or null' });
  const [value] = promoted('logit', [x], toFloat) as [Tensor];
  return base.logit(clamp(value, eps, 1 - eps));
}

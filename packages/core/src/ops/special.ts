import { toFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import { i0e, i1, i1e } from '../primitives/elementwise/bessel.ts';
import { erfcx, ndtri } from '../primitives/elementwise/error-function.ts';
import { entr, xlog1py } from '../primitives/elementwise/exponential.ts';
import { zeta } from '../primitives/elementwise/gamma.ts';
import {
  add,
  digamma,
  erf,
  erfc,
  erfinv,
  expm1,
  gt,
  i0,
  lgamma,
  log,
  log1p,
  mul,
  sigmoid,
  sinc,
  sub,
  where,
  xlogy,
} from '../primitives/elementwise.ts';
import { asTensor, describe, type TensorLike } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { exp2, logit } from './exponents.ts';
import { polynomials } from './polynomials.ts';
import { round } from './rounding.ts';
import { logSoftmax, logsumexp, softmax } from './softmax.ts';

/** The chance that a normal variable is at most x, ½ erfc(−x/√2). */
function ndtr(x: TensorLike): Tensor {
  return mul(erfc(mul(x, -Math.SQRT1_2)), 0.5);
}

/** log ndtr x, which does not underflow: in the tail log(½ erfcx(−x/√2)) − x²/2. */
function logNdtr(x: TensorLike): Tensor {
  const z = mul(x, -Math.SQRT1_2);
  const isTail = gt(z, Math.SQRT1_2);
  // Each of the two is asked only where it is finite, or its gradient would be NaN.
  const tail = sub(log(mul(erfcx(where(isTail, z, 1)), 0.5)), mul(z, z));
  return where(isTail, tail, log1p(mul(erfc(mul(where(isTail, 0, z), -1)), -0.5)));
}

/** The spherical Bessel function of the first kind, of order 0: sin x / x. */
function sphericalBesselJ0(x: TensorLike): Tensor {
  return sinc(mul(x, 1 / Math.PI));
}

/**
 * The n-th slope of `digamma`, (−1)ⁿ⁺¹ n! ζ(n + 1, x)  (Abramowitz & Stegun 6.4.10).
 * @throws ArgumentError unless n is a whole number ≥ 0
 */
export function polygamma(n: number, x: TensorLike): Tensor {
  if (!Number.isInteger(n) || n < 0)
    throw new ArgumentError({ op: 'polygamma', got: `n ${describe(n)}`, want: 'a whole number ≥ 0' });
  if (n === 0) return digamma(x);
  return mul(zeta(n + 1, x), n % 2 === 1 ? factorial(n) : -factorial(n));
}

/** ∞ from 171 on. */
function factorial(n: number): number {
  let product = 1;
  for (let i = 2; i <= n && product < Number.POSITIVE_INFINITY; i++) product *= i;
  return product;
}

/**
 * The logarithm of the multivariate gamma function of dimension p, p(p − 1)/4 · log π + Σ log Γ(x − j/2) over j < p.
 * @throws ArgumentError unless p is a whole number ≥ 1
 */
export function mvlgamma(x: TensorLike, p: number): Tensor {
  if (!Number.isInteger(p) || p < 1 || p > 1000)
    throw new ArgumentError({
      op: 'mvlgamma',
      got: `p ${describe(p)}`,
      want: 'a whole number from 1 to 1000',
    });
  const value = asTensor('mvlgamma', x);
  const from = cast(value, toFloat(value.dtype));
  let sum = add(lgamma(from), ((p * (p - 1)) / 4) * Math.log(Math.PI));
  for (let j = 1; j < p; j++) sum = add(sum, lgamma(sub(from, j / 2)));
  return sum;
}

/** The functions of `torch.special`, under its names. Those with a comment here are nowhere else. */
export const special = {
  ...polynomials,
  digamma,
  /** The entropy −x log x, 0 at 0, and −∞ below. */
  entr,
  erf,
  erfc,
  /** e^(x²) · erfc x, which does not underflow. */
  erfcx,
  erfinv,
  exp2,
  expit: sigmoid,
  expm1,
  gammaln: lgamma,
  i0,
  /** e^(−|x|) · i0(x), which does not overflow. */
  i0e,
  /** The modified Bessel function of the first kind, of order 1. */
  i1,
  /** e^(−|x|) · i1(x), which does not overflow. */
  i1e,
  log1p,
  logNdtr,
  logSoftmax,
  logit,
  logsumexp,
  modifiedBesselI0: i0,
  modifiedBesselI1: i1,
  multigammaln: mvlgamma,
  ndtr,
  /** The number below which a normal variable lies with the chance x: the inverse of `ndtr`. */
  ndtri,
  polygamma,
  psi: digamma,
  round,
  sinc,
  softmax,
  sphericalBesselJ0,
  /** a · log(1 + b), and 0 where a is 0 and b is not NaN. */
  xlog1py,
  xlogy,
  /** The Hurwitz zeta function Σ (q + n)⁻ˢ over n ≥ 0, for s > 1. */
  zeta,
};

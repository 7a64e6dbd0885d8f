import { abs, eq, mul, pow, sign, sqrt, where } from '../primitives/elementwise.ts';
import type { Tensor } from '../tensor.ts';
import type { DimOptions } from './dims.ts';
import { amax, amin } from './extremes.ts';
import { sum } from './reduction.ts';

/** (Σ |x|ᵖ)^(1/p) over some dims, or all, for any number p: the largest |x| for ∞, and how many differ from 0 for 0. */
export function pNorm(x: Tensor, p: number, options: DimOptions = {}): Tensor {
  if (p === Number.POSITIVE_INFINITY) return amax(abs(x), options);
  if (p === Number.NEGATIVE_INFINITY) return amin(abs(x), options);
  // A count does not move with what it counts, but it is on the tape like every norm.
  if (p === 0) return sum(sign(abs(x)), options);
  if (p === 1) return sum(abs(x), options);
  if (p === 2) return root(sum(mul(x, x), options));
  const atZero = p < 0 ? Number.POSITIVE_INFINITY : 0;
  const powers = awayFromZero(abs(x), (size) => pow(size, p), atZero);
  return awayFromZero(sum(powers, options), (total) => pow(total, 1 / p), 0);
}

/** √x, whose slope at 0 is taken as 0: what PyTorch's std, norm and cdist do. */
export function root(x: Tensor): Tensor {
  return awayFromZero(x, sqrt, 0);
}

/** `f(x)`, and a constant where x is 0 and the slope of f may be infinite. */
function awayFromZero(x: Tensor, f: (x: Tensor) => Tensor, atZero: number): Tensor {
  const isZero = eq(x, 0);
  return where(isZero, atZero, f(where(isZero, 1, x)));
}

import { given } from '../../autograd/primitive.ts';
import type { Tensor } from '../../tensor.ts';
import { abs, add, div, mul, sub } from './arithmetic.ts';
import { where } from './choice.ts';
import { le } from './comparison.ts';
import { sign } from './rounding.ts';
import { unary } from './rows.ts';

// Modified Bessel functions of the first kind: I₀′ = I₁ and I₁′ = I₀ − I₁/x, which is ½ at 0 (DLMF 10.29).

/** ½ where x is so near to 0 that no double tells the slope of order 1 from it, and the quotient of subnormals would. */
const halfNear0 = (x: Tensor, slope: Tensor) => where(le(abs(x), 2 ** -53), 0.5, slope);

/** The modified Bessel function of the first kind, of order 0. */
export const i0 = unary(
  'i0',
  'float',
  given([0], (g, [x]) => mul(g, i1(x))),
);
/** The modified Bessel function of the first kind, of order 1. */
export const i1 = unary(
  'i1',
  'float',
  given([0, 'out'], (g, [x, y]) => mul(g, halfNear0(x, sub(i0(x), div(y, x))))),
);
/** e^(−|x|) · I₀(x), which does not overflow. */
export const i0e = unary(
  'i0e',
  'float',
  given([0, 'out'], (g, [x, y]) => mul(g, sub(i1e(x), mul(sign(x), y)))),
);
/** e^(−|x|) · I₁(x), which does not overflow. */
export const i1e = unary(
  'i1e',
  'float',
  given([0, 'out'], (g, [x, y]) => mul(g, halfNear0(x, sub(i0e(x), mul(y, add(sign(x), div(1, x))))))),
);

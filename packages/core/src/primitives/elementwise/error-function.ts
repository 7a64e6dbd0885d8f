import { given } from '../../autograd/primitive.ts';
import type { Tensor } from '../../tensor.ts';
import { div, mul, neg, sub } from './arithmetic.ts';
import { exp } from './exponential.ts';
import { unary } from './rows.ts';

const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf = unary(
  'erf',
  'float',
  given([0], (g, [x]) => mul(g, gaussian(x))),
);

/** 1 − erf x, exact in the tail. */
export const erfc = unary(
  'erfc',
  'float',
  given([0], (g, [x]) => neg(mul(g, gaussian(x)))),
);
/** e^(x²) · erfc x, which does not underflow. */
export const erfcx = unary(
  'erfcx',
  'float',
  given([0, 'out'], (g, [x, y]) => mul(g, sub(mul(mul(x, y), 2), twoOverRootPi))),
);
/** The number whose error function is x. */
export const erfinv = unary(
  'erfinv',
  'float',
  given(['out'], (g, [y]) => div(g, gaussian(y))),
  { from: -0.8, to: 0.8 },
);

/** The number below which a normal variable lies with the chance x. */
export const ndtri = unary(
  'ndtri',
  'float',
  given(['out'], (g, [y]) => mul(g, mul(exp(mul(mul(y, y), 0.5)), Math.sqrt(2 * Math.PI)))),
  { from: 0.05, to: 0.95 },
);

/** The slope of erf, 2/√π e^(−x²). */
function gaussian(x: Tensor): Tensor {
  return mul(exp(neg(mul(x, x))), twoOverRootPi);
}

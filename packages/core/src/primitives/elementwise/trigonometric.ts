import { given } from '../../autograd/primitive.ts';
import type { Tensor } from '../../tensor.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { where } from './choice.ts';
import { eq } from './comparison.ts';
import { sqrt } from './exponential.ts';
import { binary, flat, positive, unary } from './rows.ts';

/** Sine of x in radians. */
export const sin = unary(
  'sin',
  'float',
  given([0], (g, [x]) => mul(g, cos(x))),
);
/** Cosine of x in radians. */
export const cos = unary(
  'cos',
  'float',
  given([0], (g, [x]) => neg(mul(g, sin(x)))),
);
/** Tangent of x in radians. */
export const tan = unary(
  'tan',
  'float',
  given(['out'], (g, [y]) => mul(g, add(mul(y, y), 1))),
  { from: -1, to: 1 },
);
/** The angle in [−π/2, π/2] whose sine is x. */
export const asin = unary(
  'asin',
  'float',
  given([0], (g, [x]) => div(g, rootOfOneMinusSquare(x))),
  { from: -0.8, to: 0.8 },
);
/** The angle in [0, π] whose cosine is x. */
export const acos = unary(
  'acos',
  'float',
  given([0], (g, [x]) => neg(div(g, rootOfOneMinusSquare(x)))),
  { from: -0.8, to: 0.8 },
);
/** The angle in (−π/2, π/2) whose tangent is x. */
export const atan = unary(
  'atan',
  'float',
  given([0], (g, [x]) => div(g, add(mul(x, x), 1))),
);
/** The angle of the point (b, a), in (−π, π]. */
export const atan2 = binary(
  'atan2',
  'float',
  [
    given([0, 1], (g, [a, b]) => mul(g, div(b, sumOfSquares(a, b)))),
    given([0, 1], (g, [a, b]) => neg(mul(g, div(a, sumOfSquares(a, b))))),
  ],
  positive,
);
/** Hyperbolic sine. */
export const sinh = unary(
  'sinh',
  'float',
  given([0], (g, [x]) => mul(g, cosh(x))),
);
/** Hyperbolic cosine. */
export const cosh = unary(
  'cosh',
  'float',
  given([0], (g, [x]) => mul(g, sinh(x))),
);
/** Hyperbolic tangent. */
export const tanh = unary(
  'tanh',
  'float',
  given(['out'], (g, [y]) => mul(g, sub(1, mul(y, y)))),
);
/** Inverse hyperbolic sine. */
export const asinh = unary(
  'asinh',
  'float',
  given([0], (g, [x]) => div(g, sqrt(add(mul(x, x), 1)))),
);
/** Inverse hyperbolic cosine, for x ≥ 1. */
export const acosh = unary(
  'acosh',
  'float',
  given([0], (g, [x]) => div(g, sqrt(sub(mul(x, x), 1)))),
  { from: 1.3, to: 3 },
);
/** Inverse hyperbolic tangent, for |x| < 1. */
export const atanh = unary(
  'atanh',
  'float',
  given([0], (g, [x]) => div(g, sub(1, mul(x, x)))),
  { from: -0.8, to: 0.8 },
);
/** √(a² + b²), without overflow. */
export const hypot = binary(
  'hypot',
  'floats',
  [given([0, 'out'], (g, [a, y]) => mul(g, div(a, y))), given([1, 'out'], (g, [b, y]) => mul(g, div(b, y)))],
  positive,
);
/** The angle of a number on the complex plane: 0 for those from 0 on, π below. */
export const angle = unary('angle', 'float', flat, positive);
/** sin πx / πx, and 1 at 0. */
export const sinc = unary(
  'sinc',
  'float',
  given([0, 'out'], (g, [x, y]) => where(eq(x, 0), 0, div(mul(g, sub(cos(mul(x, Math.PI)), y)), x))),
);

function rootOfOneMinusSquare(x: Tensor): Tensor {
  return sqrt(sub(1, mul(x, x)));
}

function sumOfSquares(a: Tensor, b: Tensor): Tensor {
  return add(mul(a, a), mul(b, b));
}

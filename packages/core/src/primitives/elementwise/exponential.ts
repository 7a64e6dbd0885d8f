import { given } from '../../autograd/primitive.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { where } from './choice.ts';
import { eq, ge, le, logicalAnd, lt } from './comparison.ts';
import { binary, positive, unary } from './rows.ts';

/** eˣ */
export const exp = unary(
  'exp',
  'float',
  given(['out'], (g, [y]) => mul(g, y)),
);
/** eˣ − 1, exact near 0. */
export const expm1 = unary(
  'expm1',
  'float',
  // The result's y + 1 is eˣ, too, but of an eˣ far below 1 the result knows nothing.
  given([0], (g, [x]) => mul(g, exp(x))),
);
/** The natural logarithm. */
export const log = unary(
  'log',
  'float',
  given([0], (g, [x]) => div(g, x)),
  positive,
);
/** log(1 + x), exact near 0. */
export const log1p = unary(
  'log1p',
  'float',
  given([0], (g, [x]) => div(g, add(x, 1))),
  positive,
);
/** √x */
export const sqrt = unary(
  'sqrt',
  'float',
  given(['out'], (g, [y]) => div(g, mul(y, 2))),
  positive,
);
/** a to the power of b. */
export const pow = binary(
  'pow',
  'numbers',
  [
    // d xᵖ = p x^(p−1), also at p = 0, where x^(p−1) may be infinite.
    given([0, 1], (g, [x, p]) => where(eq(p, 0), 0, mul(g, mul(p, pow(x, sub(p, 1)))))),
    // 0ᵖ does not move with a p ≥ 0, though log 0 is infinite.
    given([0, 1, 'out'], (g, [x, p, y]) => where(logicalAnd(eq(x, 0), ge(p, 0)), 0, mul(g, mul(y, log(x))))),
  ],
  positive,
);
/** 1 / (1 + e⁻ˣ) */
export const sigmoid = unary(
  'sigmoid',
  'float',
  given(['out'], (g, [y]) => mul(mul(g, y), sub(1, y))),
);
/** log(eᵃ + eᵇ), without overflow. */
export const logaddexp = binary('logaddexp', 'floats', [
  given([0, 1], (g, [a, b]) => mul(g, sigmoid(sub(a, b)))),
  given([0, 1], (g, [a, b]) => mul(g, sigmoid(sub(b, a)))),
]);
/** log₂(2ᵃ + 2ᵇ), without overflow. */
export const logaddexp2 = binary('logaddexp2', 'floats', [
  given([0, 1], (g, [a, b]) => mul(g, sigmoid(mul(sub(a, b), Math.LN2)))),
  given([0, 1], (g, [a, b]) => mul(g, sigmoid(mul(sub(b, a), Math.LN2)))),
]);
/** a · log b, and 0 where a is 0 and b is not NaN. */
export const xlogy = binary(
  'xlogy',
  'float',
  [
    // At a = 0 the slope in a is log b, and that of the zeros below b = 0 is none.
    given([0, 1], (g, [a, b]) => where(logicalAnd(eq(a, 0), le(b, 0)), 0, xlogy(g, b))),
    given([0, 1], (g, [a, b]) => div(mul(g, a), b)),
  ],
  positive,
);
/** a · log(1 + b), and 0 where a is 0 and b is not NaN. */
export const xlog1py = binary(
  'xlog1py',
  'float',
  [
    given([0, 1], (g, [a, b]) => where(logicalAnd(eq(a, 0), le(b, -1)), 0, xlog1py(g, b))),
    given([0, 1], (g, [a, b]) => div(mul(g, a), add(b, 1))),
  ],
  positive,
);
/** The log-odds log(x / (1 − x)), the inverse of `sigmoid`. */
export const logit = unary(
  'logit',
  'float',
  given([0], (g, [x]) => {
    const slope = mul(x, sub(1, x));
    return div(g, where(lt(slope, 0), Number.NaN, slope));
  }),
  { from: 0.1, to: 0.9 },
);
/** The entropy −x log x, 0 at 0, and −∞ below. */
export const entr = unary(
  'entr',
  'float',
  given([0], (g, [x]) => neg(mul(g, add(log(x), 1)))),
  positive,
);

import { given } from '../../autograd/primitive.ts';
import { floor, sign, trunc } from './rounding.ts';
import { binary, flat, positive, unary } from './rows.ts';

/** −x */
export const neg = unary(
  'neg',
  'numbers',
  given([], (g) => neg(g)),
);
/** |x|; the slope at 0 is 0. */
export const abs = unary(
  'abs',
  'same',
  given([0], (g, [x]) => mul(g, sign(x))),
  positive,
);
/** a + b */
export const add = binary('add', 'same', [given([], (g) => g), given([], (g) => g)]);
/** a − b */
export const sub = binary('sub', 'numbers', [given([], (g) => g), given([], (g) => neg(g))]);
/** a · b */
export const mul = binary('mul', 'same', [
  given([1], (g, [b]) => mul(g, b)),
  given([0], (g, [a]) => mul(g, a)),
]);
/** a / b, a float also for integers. */
export const div = binary(
  'div',
  'float',
  [given([1], (g, [b]) => div(g, b)), given([0, 1], (g, [a, b]) => neg(mul(g, div(div(a, b), b))))],
  positive,
);
/** The quotient rounded down to a whole number. */
export const floorDivide = binary('floorDivide', 'numbers', [flat, flat], { from: 2.1, to: 2.4 });
/** a modulo b, with the sign of b, as Python has it. */
export const remainder = binary(
  'remainder',
  'numbers',
  [given([], (g) => g), given([0, 1], (g, [a, b]) => neg(mul(g, floor(div(a, b)))))],
  { from: 2.1, to: 2.4 },
);
/** The remainder of a / b rounded towards 0, with the sign of a, as C has it. */
export const fmod = binary(
  'fmod',
  'numbers',
  [given([], (g) => g), given([0, 1], (g, [a, b]) => neg(mul(g, trunc(div(a, b)))))],
  { from: 2.1, to: 2.4 },
);

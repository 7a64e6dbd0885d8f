import { given } from '../../autograd/primitive.ts';
import { div } from './arithmetic.ts';
import { pow } from './exponential.ts';
import { flat, positive, unary } from './rows.ts';

/** The exponent e of x = m · 2ᵉ with a mantissa m of [½, 1), as a float. */
export const exponent = unary('exponent', 'floats', flat, positive);
/** The mantissa, which has the sign of x. */
export const mantissa = unary(
  'mantissa',
  'floats',
  given([0], (g, [x]) => div(g, pow(2, exponent(x)))),
  positive,
);

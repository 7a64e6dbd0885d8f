import { given, notDifferentiable } from '../../autograd/primitive.ts';
import { add, mul, neg } from './arithmetic.ts';
import { binary, positive, unary } from './rows.ts';

/** log |Γ(x)| */
export const lgamma = unary(
  'lgamma',
  'float',
  given([0], (g, [x]) => mul(g, digamma(x))),
  positive,
);
/** The slope of `lgamma`, ψ(x) = Γ′(x) / Γ(x). */
export const digamma = unary(
  'digamma',
  'float',
  given([0], (g, [x]) => mul(g, zeta(2, x))),
  positive,
);
/** The Hurwitz zeta function Σ (q + n)⁻ˢ over n ≥ 0, for s > 1. */
export const zeta = binary(
  'zeta',
  'float',
  [
    notDifferentiable('the slope in the exponent has no formula here'),
    given([0, 1], (g, [s, q]) => neg(mul(g, mul(s, zeta(add(s, 1), q))))),
  ],
  { from: 1.3, to: 4 },
);

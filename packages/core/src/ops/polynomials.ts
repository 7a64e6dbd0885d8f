import { toFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { add, mul, sub } from '../primitives/elementwise.ts';
import { describe, promoted, type TensorLike } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';

/** p₀ = 1, p₁ = slope · x + offset, and pₖ₊₁ = (aₖ x + bₖ) pₖ − cₖ pₖ₋₁. */
interface Recurrence {
  readonly slope: number;
  readonly offset: number;
  step(k: number): readonly [a: number, b: number, c: number];
}

const chebyshev = (slope: number, offset: number): Recurrence => ({ slope, offset, step: () => [2, 0, 1] });

/** Orthogonal polynomials (DLMF 18.9). The kinds of Chebyshev's differ in p₁ alone. */
const recurrences = {
  chebyshevPolynomialT: chebyshev(1, 0),
  chebyshevPolynomialU: chebyshev(2, 0),
  chebyshevPolynomialV: chebyshev(2, -1),
  chebyshevPolynomialW: chebyshev(2, 1),
  hermitePolynomialH: { slope: 2, offset: 0, step: (k) => [2, 0, 2 * k] },
  hermitePolynomialHe: { slope: 1, offset: 0, step: (k) => [1, 0, k] },
  laguerrePolynomialL: {
    slope: -1,
    offset: 1,
    step: (k) => [-1 / (k + 1), (2 * k + 1) / (k + 1), k / (k + 1)],
  },
  legendrePolynomialP: { slope: 1, offset: 0, step: (k) => [(2 * k + 1) / (k + 1), 0, k / (k + 1)] },
} as const satisfies Readonly<Record<string, Recurrence>>;

/** From here on a recurrence would take long. */
const highest = 10_000;

/** The polynomial of degree n at x; of a negative degree it is 0. */
type Polynomial = (x: TensorLike, n: number) => Tensor;

function polynomial(op: string, { slope, offset, step }: Recurrence, shifted = false): Polynomial {
  return (x, n) => {
    if (!Number.isInteger(n) || n > highest)
      throw new ArgumentError({ op, got: `n ${describe(n)}`, want: `a whole number up to ${highest}` });
    const [value] = promoted(op, [x], toFloat) as [Tensor];
    const at = shifted ? sub(mul(value, 2), 1) : value;
    // On the tape like every degree, though these do not move with x.
    const constant = mul(at, 0);
    if (n <= 0) return n < 0 ? constant : add(constant, 1);
    let [before, now] = [add(constant, 1), add(mul(at, slope), offset)];
    for (let k = 1; k < n; k++) {
      const [a, b, c] = step(k);
      const factor = b === 0 ? mul(at, a) : add(mul(at, a), b);
      [before, now] = [now, sub(mul(factor, now), c === 1 ? before : mul(before, c))];
    }
    return now;
  };
}

/** The polynomials of `torch.special`, of a degree that is a number: `legendrePolynomialP(x, 3)`. */
export const polynomials = {
  chebyshevPolynomialT: polynomial('chebyshevPolynomialT', recurrences.chebyshevPolynomialT),
  chebyshevPolynomialU: polynomial('chebyshevPolynomialU', recurrences.chebyshevPolynomialU),
  chebyshevPolynomialV: polynomial('chebyshevPolynomialV', recurrences.chebyshevPolynomialV),
  chebyshevPolynomialW: polynomial('chebyshevPolynomialW', recurrences.chebyshevPolynomialW),
  hermitePolynomialH: polynomial('hermitePolynomialH', recurrences.hermitePolynomialH),
  hermitePolynomialHe: polynomial('hermitePolynomialHe', recurrences.hermitePolynomialHe),
  laguerrePolynomialL: polynomial('laguerrePolynomialL', recurrences.laguerrePolynomialL),
  legendrePolynomialP: polynomial('legendrePolynomialP', recurrences.legendrePolynomialP),
  shiftedChebyshevPolynomialT: polynomial(
    'shiftedChebyshevPolynomialT',
    recurrences.chebyshevPolynomialT,
    true,
  ),
  shiftedChebyshevPolynomialU: polynomial(
    'shiftedChebyshevPolynomialU',
    recurrences.chebyshevPolynomialU,
    true,
  ),
  shiftedChebyshevPolynomialV: polynomial(
    'shiftedChebyshevPolynomialV',
    recurrences.chebyshevPolynomialV,
    true,
  ),
  shiftedChebyshevPolynomialW: polynomial(
    'shiftedChebyshevPolynomialW',
    recurrences.chebyshevPolynomialW,
    true,
  ),
};

import { ArgumentError } from '../../errors.ts';
import { cast } from '../../primitives/copy.ts';
import { add, mul, sub, where } from '../../primitives/elementwise.ts';
import { identity } from '../../primitives/factorize.ts';
import { matrixProduct } from '../../primitives/matmul.ts';
import { constant, describe } from '../../primitives/operand.ts';
import { solution } from '../../primitives/solve.ts';
import type { Tensor } from '../../tensor.ts';
import { checkSquare } from './checks.ts';
import { norm } from './norms.ts';
import { inv } from './solving.ts';

/**
 * Square matrices to a whole power, by squaring; a negative one is of their inverses.
 * @throws ArgumentError for a negative power of a singular matrix
 */
export function matrixPower(x: Tensor, n: number): Tensor {
  checkSquare('matrixPower', x);
  if (!Number.isSafeInteger(n))
    throw new ArgumentError({ op: 'matrixPower', got: `the power ${describe(n)}`, want: 'a whole number' });
  // On the tape like every power, though it does not move with x.
  if (n === 0) return where(constant([], 0, 'bool'), x, identity(x));
  let base = n < 0 ? inv(x) : x;
  let power: Tensor | null = null;
  for (let rest = Math.abs(n); ; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = power === null ? base : matrixProduct(power, base);
    if (rest <= 1) return power ?? base;
    base = matrixProduct(base, base);
  }
}

/** The coefficients of Padé's approximant [13/13] of eˣ, and the norm up to which it is exact in float64. */
const pade = {
  coefficients: [
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
    670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
  ],
  theta: 5.371920351148152,
} as const;

/**
 * The exponential Σ Aᵏ / k! of square matrices, by scaling and squaring: (e^(A / 2ˢ))^(2ˢ), in float64. The norm of the
 * largest matrix is read, to find s.
 * Source: Higham, The scaling and squaring method for the matrix exponential revisited (2005), algorithm 2.3.
 */
export function matrixExp(x: Tensor): Tensor {
  checkSquare('matrixExp', x);
  const size =
    x.numel === 0
      ? 0
      : norm(x.detach(), { ord: 1, dim: [-2, -1] })
          .max()
          .item();
  const doublings = Number.isFinite(size) ? Math.max(0, Math.ceil(Math.log2(size / pade.theta))) : 0;
  let power = approximant(mul(cast(x, 'float64'), 2 ** -doublings));
  for (let i = 0; i < doublings; i++) power = matrixProduct(power, power);
  return cast(power, x.dtype);
}

/** (V − U)⁻¹ (V + U), where U has the odd powers and V the even ones. */
function approximant(a: Tensor): Tensor {
  const c = pade.coefficients;
  const a2 = matrixProduct(a, a);
  const a4 = matrixProduct(a2, a2);
  const powers = [identity(a), a2, a4, matrixProduct(a4, a2)] as const;
  const weighted = (first: number) =>
    powers.map((power, i) => mul(power, c[first + 2 * i] as number)).reduce((sum, term) => add(sum, term));
  const higher = (first: number) =>
    powers
      .slice(1)
      .map((power, i) => mul(power, c[first + 2 * i] as number))
      .reduce((sum, term) => add(sum, term));
  const odd = matrixProduct(a, add(matrixProduct(powers[3], higher(9)), weighted(1)));
  const even = add(matrixProduct(powers[3], higher(8)), weighted(0));
  return solution(sub(even, odd), add(even, odd));
}

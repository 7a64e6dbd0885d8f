import { given, notDifferentiable } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul, sub } from './elementwise.ts';
import { factorization, filled, matrixOf, rows } from './factorize.ts';
import { matrixProduct, transposed } from './matmul.ts';
import { solution } from './solve.ts';

/**
 * A = Q R of m ≥ n; Q and R lie one below the other. With M = R G_Rᵀ − G_Qᵀ Q and S the symmetric matrix that has the
 * lower triangle of M, the cotangent is (G_Q + Q S) R⁻ᵀ.
 * Source: Walter & Lehmann, Algorithmic differentiation of linear algebra functions with application in optimum
 * experimental design (2012), §3.
 */
const qrRow = factorization(
  'qr',
  (m, n) => [m + n, n],
  given(['out'], (g, [packed], { inputs: [x] }) => {
    const [m, n] = matrixOf(x.shape);
    const [q, r, gq, gr] = [rows(packed, 0, m), rows(packed, m, n), rows(g, 0, m), rows(g, m, n)];
    const inner = sub(matrixProduct(r, transposed(gr)), matrixProduct(transposed(gq), q));
    const below = mul(
      inner,
      filled(n, g.dtype, (i, j) => Number(i > j)),
    );
    const whole = mul(
      inner,
      filled(n, g.dtype, (i, j) => Number(i >= j)),
    );
    const left = add(gq, matrixProduct(q, add(whole, transposed(below))));
    return transposed(solution(r, transposed(left)));
  }),
  [
    { shape: [3, 3], diagonal: 3 },
    { shape: [2, 3, 2] },
    { shape: [3, 1] },
    { shape: [1, 1], from: 0.5 },
    { shape: [0, 0] },
  ],
);

/** The same of matrices of which some columns are zeros that make them square. */
const completeQrRow = factorization(
  'qr',
  (m, n) => [m + n, n],
  notDifferentiable('the columns that a complete Q has more than the matrix may be chosen freely'),
  [{ shape: [3, 3] }, { shape: [2, 2, 2] }],
  'completeQr',
);

/** The reduced Q `(…, M, N)` and R `(…, N, N)` of matrices `(…, M, N)` with M ≥ N. */
export function qrOf(a: Tensor): OrthogonalParts {
  return partsOf(apply(qrRow, [a], null), a);
}

/** Q and R of square matrices whose last columns are zeros. */
export function completeQrOf(a: Tensor): OrthogonalParts {
  return partsOf(apply(completeQrRow, [a], null), a);
}

interface OrthogonalParts {
  readonly q: Tensor;
  readonly r: Tensor;
}

function partsOf(packed: Tensor, a: Tensor): OrthogonalParts {
  const [m, n] = matrixOf(a.shape);
  return { q: rows(packed, 0, m), r: rows(packed, m, n) };
}

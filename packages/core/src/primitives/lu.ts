import { given, notDifferentiable } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul, sub } from './elementwise.ts';
import { factorization, filled, identity, matrixOf, rows } from './factorize.ts';
import { matrixProduct, transposed } from './matmul.ts';
import { concat } from './movement.ts';
import { solution } from './solve.ts';

/** With which row each of the first rows changes places in Gaussian elimination, counted from 1, as LAPACK does. */
const pivotsRow = factorization(
  'pivots',
  (m, n) => [1, Math.min(m, n)],
  notDifferentiable('a position is a whole number'),
  [{ shape: [3, 3] }, { shape: [2, 2, 3] }, { shape: [3, 1] }],
);

/**
 * A = L U of m ≥ n, without exchanges; L lies below the diagonal and U on and above it. Of the first n rows
 * A₁ = L₁ U and of the others A₂ = L₂ U: with W = G₂ U⁻ᵀ, which is the cotangent of A₂, that of A₁ is
 * L₁⁻ᵀ (below(L₁ᵀ G₁) + above((G₁ − L₂ᵀ W) Uᵀ)) U⁻ᵀ, where above() has the diagonal.
 * Source: Walter & Lehmann (2012), §3, and, for the rows below, dA₂ = dL₂ U + L₂ dU.
 */
const luRow = factorization(
  'lu',
  (m, n) => [m, n],
  given(['out'], (g, [packed], { inputs: [x] }) => {
    const [m, n] = matrixOf(x.shape);
    const below = filled(n, g.dtype, (i, j) => Number(i > j));
    const above = filled(n, g.dtype, (i, j) => Number(i <= j));
    const first = rows(packed, 0, n);
    const [lower, upper] = [add(mul(first, below), identity(first)), mul(first, above)];
    const overUpper = (y: Tensor) => transposed(solution(upper, transposed(y)));
    const [g1, others] = [rows(g, 0, n), overUpper(rows(g, n, m - n))];
    const rest = sub(g1, matrixProduct(transposed(rows(packed, n, m - n)), others));
    const core = add(
      mul(matrixProduct(transposed(lower), g1), below),
      mul(matrixProduct(rest, transposed(upper)), above),
    );
    const ofFirst = solution(transposed(lower), overUpper(core));
    return m === n ? ofFirst : concat([ofFirst, others], g.ndim - 2);
  }),
  [
    { shape: [3, 3], diagonal: 4 },
    { shape: [2, 3, 2], diagonal: 4 },
    { shape: [2, 1], from: 0.5 },
    { shape: [0, 0] },
  ],
);

/** Exchanges of rows, `(…, 1, K)`, in the dtype of the matrices. */
export function pivotsOf(a: Tensor): Tensor {
  return apply(pivotsRow, [a], null);
}

/** L and U in one, of matrices `(…, M, N)` with M ≥ N whose rows are in an order in which every pivot will do. */
export function luOf(a: Tensor): Tensor {
  return apply(luRow, [a], null);
}

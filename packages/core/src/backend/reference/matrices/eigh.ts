import { ascending, identity, lengthOf, mostSweeps, rotate, tangent, transposed } from './rotate.ts';

/**
 * Eigenvalues, rising, and eigenvectors of (A + Aᵀ) / 2 by Jacobi's rotations: V and, below it, the values,
 * `(n + 1, n)`.
 * Source: Golub & Van Loan, Matrix Computations, §8.5.
 */
export function eigh(matrix: Float64Array, n: number): Float64Array {
  const mirrored = transposed(matrix, n, n);
  const a = matrix.map((value, i) => value / 2 + (mirrored[i] as number) / 2);
  const vectors = identity(n);
  diagonalize(a, vectors, n);
  const values = Float64Array.from({ length: n }, (_, i) => a[i * n + i] as number);
  const packed = new Float64Array((n + 1) * n);
  for (const [to, from] of ascending(values).entries()) {
    packed[n * n + to] = values[from] as number;
    for (let i = 0; i < n; i++) packed[i * n + to] = vectors[from * n + i] as number;
  }
  return packed;
}

function diagonalize(a: Float64Array, vectors: Float64Array, n: number): void {
  const size = lengthOf(a);
  for (let sweep = 0, turned = true; turned && sweep < mostSweeps; sweep++) {
    turned = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const g = a[p * n + q] as number;
        if (!(Math.abs(g) > 1e-17 * size)) continue;
        const t = tangent(a[p * n + p] as number, a[q * n + q] as number, g);
        const rows = { p: p * n, q: q * n, step: 1 };
        rotate(a, n, rows, t);
        rotate(a, n, { p, q, step: n }, t);
        rotate(vectors, n, rows, t);
        a[p * n + q] = a[q * n + p] = 0;
        turned = true;
      }
    }
  }
}

import { identity, lengthOf } from './rotate.ts';

/**
 * A = Q R of m ≥ n, reduced, by Householder's reflections: Q `(m, n)` and, below it, R `(n, n)`. Each reflection leads a
 * column to −sign(first element) times its length, which is LAPACK's choice of signs.
 * Source: Golub & Van Loan, Matrix Computations, §5.2.1.
 */
export function qr(matrix: Float64Array, m: number, n: number): Float64Array {
  const r = matrix.slice();
  const reflections = Array.from({ length: n }, (_, k) => {
    const v = mirror(r, m, n, k);
    reflect(r, n, v, k);
    return v;
  });
  const q = identity(m);
  for (const [k, v] of [...reflections.entries()].reverse()) reflect(q, m, v, k);
  const packed = new Float64Array((m + n) * n);
  for (let i = 0; i < m; i++) packed.set(q.subarray(i * m, i * m + n), i * n);
  for (let i = 0; i < n; i++) packed.set(r.subarray(i * n + i, (i + 1) * n), (m + i) * n + i);
  return packed;
}

/** The unit normal of the mirror that leads column k, from row k on, to its first axis; zeros where it lies there. */
function mirror(r: Float64Array, m: number, n: number, k: number): Float64Array {
  const v = Float64Array.from({ length: m - k }, (_, i) => r[(k + i) * n + k] as number);
  const largest = v.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const first = v[0] as number;
  if (largest === Math.abs(first) && v.every((value, i) => i === 0 || value === 0)) return v.fill(0);
  // Squares must not overflow, nor vanish.
  const scaled = v.map((value) => value / largest);
  scaled[0] = first / largest + (first < 0 ? -1 : 1) * lengthOf(scaled);
  const size = lengthOf(scaled);
  return scaled.map((value) => value / size);
}

/** Rows from k on less twice their part along v. */
function reflect(rows: Float64Array, columns: number, v: Float64Array, k: number): void {
  const along = new Float64Array(columns);
  for (const [i, weight] of v.entries())
    for (let j = 0; j < columns; j++)
      along[j] = (along[j] as number) + weight * (rows[(k + i) * columns + j] as number);
  for (const [i, weight] of v.entries())
    for (let j = 0; j < columns; j++) {
      const at = (k + i) * columns + j;
      rows[at] = (rows[at] as number) - 2 * weight * (along[j] as number);
    }
}

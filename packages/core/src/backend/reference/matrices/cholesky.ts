import { ArgumentError } from '../../../errors.ts';

/**
 * The lower triangle L with L Lᵀ = (A + Aᵀ) / 2, row by row.
 * @throws ArgumentError where a square on the diagonal would not be positive
 */
export function cholesky(matrix: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = ((matrix[i * n + j] as number) + (matrix[j * n + i] as number)) / 2;
      for (let k = 0; k < j; k++) rest -= (lower[i * n + k] as number) * (lower[j * n + k] as number);
      if (i === j && rest <= 0) throw notPositive(i, n);
      lower[i * n + j] = i === j ? Math.sqrt(rest) : rest / (lower[j * n + j] as number);
    }
  }
  return lower;
}

function notPositive(i: number, n: number): ArgumentError {
  return new ArgumentError({
    op: 'cholesky',
    got: `a (${n}, ${n}) matrix whose leading block of ${i + 1} is not positive definite`,
    want: 'a symmetric positive definite matrix',
  });
}

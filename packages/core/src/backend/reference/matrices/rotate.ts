/** Jacobi's methods turn vectors in pairs until all are orthogonal; a sweep turns each pair once. Ten will do. */
export const mostSweeps = 60;

/**
 * The tangent of the smaller angle that brings a symmetric `[[p, g], [g, q]]` to its diagonal.
 * Source: Golub & Van Loan, Matrix Computations, §8.5.2.
 */
export function tangent(p: number, q: number, g: number): number {
  const cotangent = (q - p) / (2 * g);
  return (cotangent >= 0 ? 1 : -1) / (Math.abs(cotangent) + Math.hypot(1, cotangent));
}

/** Two vectors in one memory: where they begin, and how far apart their elements lie. */
interface Pair {
  readonly p: number;
  readonly q: number;
  readonly step: number;
}

/** Turns two vectors of `length` elements by the angle of that tangent. */
export function rotate(data: Float64Array, length: number, { p, q, step }: Pair, t: number): void {
  const cosine = 1 / Math.hypot(1, t);
  const sine = t * cosine;
  for (let k = 0; k < length; k++) {
    const [i, j] = [p + k * step, q + k * step];
    const [a, b] = [data[i] as number, data[j] as number];
    data[i] = cosine * a - sine * b;
    data[j] = sine * a + cosine * b;
  }
}

/** The length of a vector. */
export function lengthOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

/** A matrix with its rows as columns. */
export function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(matrix.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j] as number;
  return result;
}

/** Ones on the diagonal. */
export function identity(n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) result[i * n + i] = 1;
  return result;
}

/** Positions in the order in which `values` rise. */
export function ascending(values: Float64Array): number[] {
  return Array.from(values.keys()).sort((i, j) => (values[i] as number) - (values[j] as number));
}

import { ArgumentError } from '../../../errors.ts';

interface Elimination {
  /** L below the diagonal, whose own diagonal is ones, and U on and above it. */
  readonly lu: Float64Array;
  /** Row i of L U is row `order[i]` of the matrix. */
  readonly order: Int32Array;
  /** With which row each of the first ones changed places, in turn. */
  readonly exchanges: readonly number[];
  /** The sign of that permutation. */
  readonly sign: number;
}

/** Gaussian elimination, in which the largest element of each column becomes its pivot. */
function eliminated(matrix: Float64Array, m: number, n = m): Elimination {
  const lu = matrix.slice();
  const order = Int32Array.from({ length: m }, (_, i) => i);
  const exchanges: number[] = [];
  for (let k = 0; k < Math.min(m, n); k++) {
    let pivot = k;
    for (let i = k + 1; i < m; i++)
      if (Math.abs(lu[i * n + k] as number) > Math.abs(lu[pivot * n + k] as number)) pivot = i;
    exchanges.push(pivot);
    if (pivot !== k) {
      exchange(lu, n, k, pivot);
      exchange(order, 1, k, pivot);
    }
    eliminate(lu, m, n, k);
  }
  const sign = exchanges.reduce((product, pivot, k) => (pivot === k ? product : -product), 1);
  return { lu, order, exchanges, sign };
}

/** Frees column k below its pivot of what the pivot's row can take away. */
function eliminate(lu: Float64Array, m: number, n: number, k: number): void {
  const divisor = lu[k * n + k] as number;
  if (divisor === 0) return;
  for (let i = k + 1; i < m; i++) {
    const factor = (lu[i * n + k] as number) / divisor;
    lu[i * n + k] = factor;
    if (factor !== 0) subtractRow(lu, n, i, k, factor);
  }
}

/** L and U in one, of a matrix whose rows are in an order in which every pivot will do. */
export function luInOrder(matrix: Float64Array, m: number, n: number): Float64Array {
  const lu = matrix.slice();
  for (let k = 0; k < Math.min(m, n); k++) eliminate(lu, m, n, k);
  return lu;
}

/** With which row, counted from 1, each of the first rows changes places on the way. */
export function pivots(matrix: Float64Array, m: number, n: number): number[] {
  return eliminated(matrix, m, n).exchanges.map((row) => row + 1);
}

function exchange(rows: Float64Array | Int32Array, length: number, i: number, j: number): void {
  for (let c = 0; c < length; c++) {
    const [a, b] = [i * length + c, j * length + c];
    const held = rows[a] as number;
    rows[a] = rows[b] as number;
    rows[b] = held;
  }
}

/** Row i less `factor` times row k, right of column k. */
function subtractRow(lu: Float64Array, n: number, i: number, k: number, factor: number): void {
  for (let j = k + 1; j < n; j++)
    lu[i * n + j] = (lu[i * n + j] as number) - factor * (lu[k * n + j] as number);
}

/** The product of the pivots. */
export function determinant(matrix: Float64Array, n: number): [number] {
  const { lu, sign } = eliminated(matrix, n);
  let product = sign;
  for (let k = 0; k < n; k++) product *= lu[k * n + k] as number;
  return [product];
}

/** The sign of the determinant and the logarithm of its size, where the product itself may overflow. */
export function signAndLogarithm(matrix: Float64Array, n: number): [number, number] {
  const elimination = eliminated(matrix, n);
  let [sign, logarithm] = [elimination.sign, 0];
  for (let k = 0; k < n; k++) {
    const pivot = elimination.lu[k * n + k] as number;
    sign *= Math.sign(pivot);
    logarithm += Math.log(Math.abs(pivot));
  }
  return [sign, logarithm];
}

/**
 * A⁻¹ B for `(n, n)` and `(n, m)`: L Y = B downwards and U X = Y upwards.
 * @throws ArgumentError if a pivot is 0
 */
export function solved(matrix: Float64Array, right: Float64Array, n: number, m: number): Float64Array {
  const { lu, order } = eliminated(matrix, n);
  const x = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    const from = (order[i] as number) * m;
    x.set(right.subarray(from, from + m), i * m);
    for (let k = 0; k < i; k++) subtractFrom(x, m, i, k, lu[i * n + k] as number);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtractFrom(x, m, i, k, lu[i * n + k] as number);
    const pivot = lu[i * n + i] as number;
    if (pivot === 0) throw singular(i, n);
    for (let j = 0; j < m; j++) x[i * m + j] = (x[i * m + j] as number) / pivot;
  }
  return x;
}

function subtractFrom(x: Float64Array, m: number, i: number, k: number, factor: number): void {
  for (let j = 0; j < m; j++) x[i * m + j] = (x[i * m + j] as number) - factor * (x[k * m + j] as number);
}

function singular(i: number, n: number): ArgumentError {
  return new ArgumentError({
    op: 'solve',
    got: `a singular (${n}, ${n}) matrix, whose pivot ${i} is 0`,
    want: 'a matrix that has an inverse',
  });
}

import { type DType, isFloat } from '../../dtype.ts';
import type { View } from '../backend.ts';
import { forEachMatrix } from './matrices/each.ts';

export function matmul(a: View, b: View, out: View): void {
  const [m, k, n] = [out.shape.at(-2) ?? 1, a.shape.at(-1) ?? 1, out.shape.at(-1) ?? 1];
  const compute = productIn(out.storage.dtype);
  forEachMatrix([a, b], out, (left, right) => compute(left, right, m, k, n));
}

type Compute = (a: Float64Array, b: Float64Array, m: number, k: number, n: number) => ArrayLike<number>;

const multiplied: Compute = (a, b, m, k, n) => {
  const product = new Float64Array(m * n);
  multiply(a, b, product, m, k, n);
  return product;
};

/** Exact modulo 2³², where products and sums of doubles would lose low bits. */
const multipliedIntegers: Compute = (a, b, m, k, n) => {
  const product = new Int32Array(m * n);
  for (let i = 0; i < m; i++)
    for (let p = 0; p < k; p++)
      for (let j = 0; j < n; j++) {
        const at = i * n + j;
        product[at] = (product[at] as number) + Math.imul(a[i * k + p] as number, b[p * n + j] as number);
      }
  return product;
};

/** How products of that dtype are computed. */
export function productIn(dtype: DType): Compute {
  return isFloat(dtype) ? multiplied : multipliedIntegers;
}

/**
 * `out (m, n) = a (m, k) · b (k, n)`, all row-major, in float64. Blocks of 2 × 4 results stay in registers while their
 * sums over k run.
 */
function multiply(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  const rows = m - (m % 2);
  const columns = n - (n % 4);
  for (let j = 0; j < columns; j += 4) for (let i = 0; i < rows; i += 2) multiplyBlock(a, b, out, i, j, k, n);
  for (let i = 0; i < m; i++) {
    for (let j = i < rows ? columns : 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += (a[i * k + p] as number) * (b[p * n + j] as number);
      out[i * n + j] = sum;
    }
  }
}

function multiplyBlock(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  i: number,
  j: number,
  k: number,
  n: number,
): void {
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  const [above, below] = [i * k, (i + 1) * k];
  for (let p = 0, at = j; p < k; p++, at += n) {
    const a0 = a[above + p] as number;
    const a1 = a[below + p] as number;
    const b0 = b[at] as number;
    const b1 = b[at + 1] as number;
    const b2 = b[at + 2] as number;
    const b3 = b[at + 3] as number;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
  }
  out.set([s00, s01, s02, s03], i * n + j);
  out.set([s10, s11, s12, s13], (i + 1) * n + j);
}

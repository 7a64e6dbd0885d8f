import { type DType, isFloat } from '../../dtype.ts';
import type { Geometry } from '../../shape.ts';
import type { View } from '../backend.ts';
import { forEachRun } from './iterate.ts';

export function matmul(a: View, b: View, out: View): void {
  const [m, k, n] = [out.shape.at(-2) ?? 1, a.shape.at(-1) ?? 1, out.shape.at(-1) ?? 1];
  const target = out.storage.data;
  const [down = 0, across = 0] = out.strides.slice(-2);
  const compute = productIn(out.storage.dtype);
  const batch = [a, b, out].map(({ strides, offset }) => ({ strides: strides.slice(0, -2), offset }));
  forEachRun(out.shape.slice(0, -2), batch, (length, at, step) => {
    for (let i = 0; i < length; i++) {
      const [aOffset = 0, bOffset = 0, outOffset = 0] = at.map((start, j) => start + i * (step[j] as number));
      const product = compute(pack(a, matrixAt(a, aOffset)), pack(b, matrixAt(b, bOffset)), m, k, n);
      for (let row = 0; row < m; row++) {
        for (let column = 0; column < n; column++) {
          target[outOffset + row * down + column * across] = product[row * n + column] as number;
        }
      }
    }
  });
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

function matrixAt({ shape, strides }: Geometry, offset: number): Geometry {
  return { shape: shape.slice(-2), strides: strides.slice(-2), offset };
}

/** The elements of a geometry on a view's storage, in row-major order. */
export function pack(x: View, geometry: Geometry): Float64Array {
  const source = x.storage.data;
  const packed = new Float64Array(geometry.shape.reduce((n, size) => n * size, 1));
  let to = 0;
  forEachRun(geometry.shape, [geometry], (length, [from = 0], [step = 0]) => {
    for (let i = 0; i < length; i++) packed[to++] = source[from + i * step] as number;
  });
  return packed;
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

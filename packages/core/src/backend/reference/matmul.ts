import type { Geometry } from '../../shape.ts';
import type { View } from '../backend.ts';
import { forEachRun } from './iterate.ts';

export function matmul(a: View, b: View, out: View): void {
  const [m, k, n] = [out.shape.at(-2) ?? 1, a.shape.at(-1) ?? 1, out.shape.at(-1) ?? 1];
  const target = out.storage.data;
  const [down = 0, across = 0] = out.strides.slice(-2);
  const product = new Float64Array(m * n);
  const batch = [a, b, out].map(({ strides, offset }) => ({ strides: strides.slice(0, -2), offset }));
  forEachRun(out.shape.slice(0, -2), batch, (length, at, step) => {
    for (let i = 0; i < length; i++) {
      const [aOffset = 0, bOffset = 0, outOffset = 0] = at.map((start, j) => start + i * (step[j] as number));
      multiply(pack(a, matrixAt(a, aOffset)), pack(b, matrixAt(b, bOffset)), product, m, k, n);
      for (let row = 0; row < m; row++) {
        for (let column = 0; column < n; column++) {
          target[outOffset + row * down + column * across] = product[row * n + column] as number;
        }
      }
    }
  });
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
 * `out (m, n) = a (m, k) · b (k, n)`, all row-major, in float64. Four rows of b are added at a time, which keeps a row
 * of the result in cache and touches it a quarter as often.
 */
export function multiply(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  out.fill(0);
  for (let i = 0; i < m; i++) {
    const o = i * n;
    let p = 0;
    for (; p + 3 < k; p += 4) {
      const at = i * k + p;
      const [a0, a1, a2, a3] = [
        a[at] as number,
        a[at + 1] as number,
        a[at + 2] as number,
        a[at + 3] as number,
      ];
      const [b0, b1, b2, b3] = [p * n, (p + 1) * n, (p + 2) * n, (p + 3) * n];
      for (let j = 0; j < n; j++) {
        out[o + j] =
          (out[o + j] as number) +
          a0 * (b[b0 + j] as number) +
          a1 * (b[b1 + j] as number) +
          a2 * (b[b2 + j] as number) +
          a3 * (b[b3 + j] as number);
      }
    }
    for (; p < k; p++) {
      const factor = a[i * k + p] as number;
      for (let j = 0; j < n; j++) out[o + j] = (out[o + j] as number) + factor * (b[p * n + j] as number);
    }
  }
}

import type { Geometry } from '../../../shape.ts';
import type { View } from '../../backend.ts';
import { forEachRun } from '../iterate.ts';

/** Computes a matrix of others, all in row-major order. */
type Compute = (...matrices: Float64Array[]) => ArrayLike<number>;

/** The matrices of the last two dims of `out`, each from the matrices at the same place of the inputs. */
export function forEachMatrix(inputs: readonly View[], out: View, compute: Compute): void {
  const [rows = 1, columns = 1] = out.shape.slice(-2);
  const [down = 0, across = 0] = out.strides.slice(-2);
  const target = out.storage.data;
  const batch = [out, ...inputs].map(({ strides, offset }) => ({ strides: strides.slice(0, -2), offset }));
  forEachRun(out.shape.slice(0, -2), batch, (length, at, step) => {
    for (let i = 0; i < length; i++) {
      const [first = 0, ...offsets] = at.map((start, j) => start + i * (step[j] as number));
      const result = compute(...inputs.map((x, j) => pack(x, matrixAt(x, offsets[j] as number))));
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          target[first + row * down + column * across] = result[row * columns + column] as number;
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

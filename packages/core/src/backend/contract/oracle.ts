import type { DType } from '../../dtype.ts';
import { type Geometry, numelOf, type Shape } from '../../shape.ts';
import type { View } from '../backend.ts';

/** Elements in row-major order: what a view shows, with no memory behind it. Oracles read and write these alone. */
export interface Grid {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** Every index tuple of a shape, in row-major order. */
export function indicesOf(shape: Shape): number[][] {
  return Array.from({ length: numelOf(shape) }, (_, position) => indexOf(position, shape));
}

/** The index tuple at a row-major position. */
export function indexOf(position: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length);
  let rest = position;
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] as number;
    index[d] = rest % size;
    rest = Math.floor(rest / size);
  }
  return index;
}

/** The row-major position of an index tuple. */
export function positionOf(index: readonly number[], shape: Shape): number {
  return index.reduce((position, i, d) => position * (shape[d] as number) + i, 0);
}

/** Where in storage each element lies, in row-major order. */
export function placesOf({ shape, strides, offset }: Geometry): Int32Array {
  let places = Int32Array.of(offset);
  for (const [d, size] of shape.entries()) {
    const stride = strides[d] as number;
    const finer = new Int32Array(places.length * size);
    let at = 0;
    for (const place of places) for (let i = 0; i < size; i++) finer[at++] = place + i * stride;
    places = finer;
  }
  return places;
}

/** What a view shows now. */
export function gridOf(view: View, places: Int32Array = placesOf(view)): Grid {
  const { data, dtype } = view.storage;
  const values = new Float64Array(places.length);
  for (let i = 0; i < values.length; i++) values[i] = data[places[i] as number] as number;
  return { dtype, shape: view.shape, values };
}

const stores: Record<DType, (value: number) => number> = {
  float64: (value) => value,
  float32: Math.fround,
  // The bit operators take a number modulo 2³², as C's integers wrap.
  int32: (value) => value | 0,
  uint8: (value) => value & 255,
  bool: (value) => Number(value !== 0),
};

/** The number that an element of `dtype` holds after `value` is stored in it. */
export function stored(dtype: DType, value: number): number {
  return stores[dtype](value);
}

/** A whole number of any size, as an element of an integer dtype holds it. */
export function wrapped(dtype: DType, value: bigint): number {
  if (dtype === 'bool') return Number(value !== 0n);
  return Number(dtype === 'uint8' ? BigInt.asUintN(8, value) : BigInt.asIntN(32, value));
}

const draws: Record<DType, (uniform: number) => number> = {
  float64: (uniform) => 4 * uniform - 2,
  float32: (uniform) => Math.fround(4 * uniform - 2),
  int32: (uniform) => Math.floor(200 * uniform) - 100,
  uint8: (uniform) => Math.floor(256 * uniform),
  bool: (uniform) => Math.floor(2 * uniform),
};

/** Numbers that look random and are the same in every run: ±2 for floats, ±100 for int32. */
export function noise(dtype: DType, length: number, seed = 1): Float64Array {
  const draw = draws[dtype];
  let state = seed;
  return new Float64Array(length).map(() => {
    // Two rounds of a 32-bit finaliser (multiply, shift, xor) over a counter.
    state = (state + 0x9e3779b9) | 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return draw(((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32);
  });
}

/** Such numbers in a shape. */
export function noisy(dtype: DType, shape: Shape, seed = 1): Grid {
  return { dtype, shape, values: noise(dtype, numelOf(shape), seed) };
}

/** A vector of the given numbers, as the dtype holds them. */
export function vector(dtype: DType, values: ArrayLike<number>): Grid {
  return {
    dtype,
    shape: [values.length],
    values: Float64Array.from(values, (value) => stored(dtype, value)),
  };
}

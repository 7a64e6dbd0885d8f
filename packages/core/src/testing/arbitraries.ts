import * as fc from 'fast-check';
import type { DType } from '../dtype.ts';
import { numelOf, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Layout, laidOut } from './layouts.ts';

export interface ShapeConstraints {
  /** Default 0. */
  minDims?: number;
  /** Default 4. */
  maxDims?: number;
  /** Default 0: empty dims are part of the game. */
  minSize?: number;
  /** Default 5. */
  maxSize?: number;
}

/** Shapes, scalars and empty ones among them. */
export function shapes({
  minDims = 0,
  maxDims = 4,
  minSize = 0,
  maxSize = 5,
}: ShapeConstraints = {}): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: minSize, max: maxSize }), { minLength: minDims, maxLength: maxDims });
}

/** Shapes that broadcast with each other: dims of one shape, some of them 1 and leading ones left out. */
export function broadcastableShapes(count: number, constraints?: ShapeConstraints): fc.Arbitrary<number[][]> {
  return shapes(constraints).chain((shape) =>
    fc.array(
      fc
        .tuple(
          fc.integer({ min: 0, max: shape.length }),
          fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
        )
        .map(([lead, ones]) => shape.map((size, d) => (ones[d] ? 1 : size)).slice(lead)),
      { minLength: count, maxLength: count },
    ),
  );
}

/** Layouts for a rank: any order of dims, gaps, negative strides and an offset. */
export function memoryLayouts(rank: number): fc.Arbitrary<Layout> {
  const dims = Array.from({ length: rank }, (_, d) => d);
  return fc.record({
    order: fc.shuffledSubarray(dims, { minLength: rank, maxLength: rank }),
    steps: fc.array(fc.constantFrom(1, 1, 2, 3, -1, -2), { minLength: rank, maxLength: rank }),
    before: fc.integer({ min: 0, max: 3 }),
  });
}

export interface TensorConstraints extends ShapeConstraints {
  /** A fixed shape, instead of any. */
  shape?: Shape;
  /** Default `float64`. */
  dtype?: DType;
  /** Default −8. */
  min?: number;
  /** Default 8. */
  max?: number;
}

/** Tensors of any shape, in any layout. Values are multiples of 1/16, so that sums and products of a few are exact. */
export function tensors({
  shape,
  dtype = 'float64',
  min = -8,
  max = 8,
  ...constraints
}: TensorConstraints = {}): fc.Arbitrary<Tensor> {
  const unit = dtype === 'float64' || dtype === 'float32' ? 16 : 1;
  const [low, high] = dtype === 'bool' ? [0, 1] : [dtype === 'uint8' ? Math.max(min, 0) : min, max];
  const element = fc.integer({ min: low * unit, max: high * unit }).map((n) => n / unit);
  return (shape === undefined ? shapes(constraints) : fc.constant(shape)).chain((sizes) => {
    const length = numelOf(sizes);
    return fc
      .tuple(fc.array(element, { minLength: length, maxLength: length }), memoryLayouts(sizes.length))
      .map(([values, layout]) => laidOut(values, sizes, dtype, layout));
  });
}

import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { type DType, dtypes, isFloat } from '../../dtype.ts';
import { contiguousStrides, numelOf, type Shape } from '../../shape.ts';
import { shapes } from '../../testing/arbitraries.ts';
import type { ArgReduceKernel, Backend, ReduceKernel, View } from '../backend.ts';
import { anyLayouts, lengths, unwritten } from './layouts.ts';
import { type Grid, noisy, placesOf, stored, vector, wrapped } from './oracle.ts';
import { type Expected, ofProducts, ofSums, rounded, roundedOrZero } from './tolerance.ts';
import { attempt, attemptAll, holds, type Trial } from './trial.ts';

type Dims = readonly number[];

const kernels = ['sum', 'prod', 'amax', 'amin'] as const satisfies readonly ReduceKernel[];
const argKernels = ['argmax', 'argmin'] as const satisfies readonly ArgReduceKernel[];

function keeping(shape: Shape, dims: Dims): Shape {
  return shape.map((size, d) => (dims.includes(d) ? 1 : size));
}

/** For each element of the output the elements that fall together in it, in row-major order. */
function groupsOf(x: Grid, outShape: Shape): number[][] {
  const groups = Array.from({ length: numelOf(outShape) }, (): number[] => []);
  const strides = contiguousStrides(outShape).map((stride, d) => (outShape[d] === 1 ? 0 : stride));
  for (const [i, at] of placesOf({ shape: x.shape, strides, offset: 0 }).entries()) {
    groups[at]?.push(x.values[i] as number);
  }
  return groups;
}

const folds: Record<ReduceKernel, (group: readonly number[], dtype: DType) => number> = {
  sum: (group) => group.reduce((a, b) => a + b, 0),
  prod: (group, dtype) =>
    isFloat(dtype)
      ? group.reduce((a, b) => a * b, 1)
      : wrapped(
          dtype,
          group.reduce((a, b) => a * BigInt(b), 1n),
        ),
  amax: (group) => group.reduce((a, b) => Math.max(a, b)),
  amin: (group) => group.reduce((a, b) => Math.min(a, b)),
};

function expected(kernel: ReduceKernel, x: Grid, outShape: Shape): Expected {
  const groups = groupsOf(x, outShape);
  const terms = groups.map(({ length }) => length);
  const magnitudes = groups.map((group) => group.reduce((sum, value) => sum + Math.abs(value), 0));
  const accept = {
    sum: ofSums(x.dtype, magnitudes, terms),
    prod: ofProducts(x.dtype, terms),
    amax: roundedOrZero(x.dtype),
    amin: roundedOrZero(x.dtype),
  };
  return { values: groups.map((group) => folds[kernel](group, x.dtype)), accept: accept[kernel] };
}

function reduction(backend: Backend, kernel: ReduceKernel, x: Grid, dims: Dims): Trial {
  const out = unwritten(x.dtype, keeping(x.shape, dims));
  return {
    inputs: [x],
    out,
    run: ([input], to) => backend.reduce(kernel, input as View, to),
    expected: ([seen]) => expected(kernel, seen as Grid, out.shape),
  };
}

const cases: readonly (readonly [Shape, Dims])[] = [
  [[], []],
  [[1], [0]],
  [[7], [0]],
  [[3, 5], []],
  [[3, 5], [0]],
  [[3, 5], [1]],
  [
    [3, 5],
    [0, 1],
  ],
  [[9, 6], [0]],
  [[6, 9], [1]],
  [[2, 3, 4], [1]],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [[2, 1, 3], [1]],
  [[1, 1], [0]],
  [[0, 3], [1]],
  [
    [2, 3, 4, 5],
    [1, 3],
  ],
  [
    [2, 3, 4, 5],
    [0, 2, 3],
  ],
  [
    [2, 2, 3, 2, 2],
    [0, 2, 4],
  ],
  [
    [2, 2, 3, 2, 2],
    [1, 3],
  ],
];

/** Large enough for blocks and threads; the last two are what the gradients of a bias sum up. */
const largeCases: readonly (readonly [Shape, Dims])[] = [
  [[100_007], [0]],
  [[301, 335], [0]],
  [[301, 335], [1]],
  [[3, 33_343], [1]],
  [[33_343, 3], [0]],
  [
    [20, 51, 10, 11],
    [0, 2],
  ],
  [
    [20, 51, 10, 11],
    [1, 3],
  ],
  [
    [8, 16, 27, 29],
    [0, 2, 3],
  ],
  [[64, 10], [0]],
];

/** Elements of which many can be folded: factors are so near 1 that their product neither overflows nor vanishes. */
function manyNoisy(kernel: ReduceKernel, dtype: DType, shape: Shape): Grid {
  const x = noisy(dtype, shape);
  if (kernel !== 'prod' || !isFloat(dtype)) return x;
  return { ...x, values: x.values.map((value) => stored(dtype, 1 + value / 1000)) };
}

export function reduceContract(backend: Backend): void {
  describe.each(kernels)('reduce %s', (kernel) => {
    describe.each(dtypes)('of %s', (dtype) => {
      it('folds vectors of any length', () => {
        for (const n of lengths) attempt(backend, reduction(backend, kernel, noisy(dtype, [n], n), [0]));
      });
      it('folds any dims in every layout', () => {
        for (const [shape, dims] of cases)
          attemptAll(backend, reduction(backend, kernel, noisy(dtype, shape), dims));
      });
    });
    it.each(largeCases)('folds many elements: %j over %j', (shape, dims) => {
      attempt(backend, reduction(backend, kernel, manyNoisy(kernel, 'float32', shape), dims));
    });
    it('folds special values', () => attemptAll(backend, reduction(backend, kernel, special, [1])));
    it('folds any dims of any shape in any layouts', () =>
      holds((draw) => {
        const shape = draw(shapes({ maxDims: 5, minSize: 1 }));
        const dims = draw(fc.subarray(shape.map((_, d) => d)));
        const x = manyNoisy(kernel, draw(fc.constantFrom(...dtypes)), shape);
        attempt(backend, reduction(backend, kernel, x, dims), anyLayouts([shape.length, shape.length], draw));
      }));
  });

  it.each(['sum', 'prod'] as const)('reduce %s of nothing is its neutral element', (kernel) => {
    for (const dtype of dtypes) {
      attempt(backend, reduction(backend, kernel, noisy(dtype, [0]), [0]));
      attempt(backend, reduction(backend, kernel, noisy(dtype, [3, 0, 5]), [1]));
    }
  });

  it('sums up equal terms without drifting', () => {
    const values = new Float64Array(100_000).fill(stored('float32', 0.1));
    attempt(backend, reduction(backend, 'sum', { dtype: 'float32', shape: [100_000], values }, [0]));
  });

  it('wraps sums and products of integers as often as need be', () => {
    const most = vector('int32', new Array(40).fill(2 ** 31 - 1));
    attempt(backend, reduction(backend, 'sum', most, [0]));
    attempt(backend, reduction(backend, 'prod', most, [0]));
    attempt(backend, reduction(backend, 'prod', vector('int32', new Array(40).fill(3)), [0]));
    attempt(backend, reduction(backend, 'sum', vector('uint8', new Array(40).fill(255)), [0]));
  });

  argReduceContract(backend);
}

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** Rows with NaN first, in the middle and last, infinities, ties and both zeros; nine long, so that vectors have a rest. */
const rows = [
  [nan, 1, 2, 3, 4, 5, 6, 7, 8],
  [1, 2, 3, 4, nan, 5, nan, 7, 8],
  [1, 2, 3, 4, 5, 6, 7, 8, nan],
  [infinity, nan, -infinity, 1, 1, 1, 1, 1, 1],
  [infinity, 1, 2, infinity, 3, 4, 5, 6, 7],
  [-infinity, 1, 2, -infinity, 3, 4, 5, 6, 7],
  new Array<number>(9).fill(-infinity),
  new Array<number>(9).fill(infinity),
  new Array<number>(9).fill(nan),
  [3, 7, 1, 7, 1, 3, 7, 1, 2],
  [0, -0, 0, -0, 0, -0, 0, -0, 0],
  [-0, 0, -0, 0, -0, 0, -0, 0, -0],
  [1e-40, -1e-40, 1e-45, -1e-45, 0, 1e-39, 0, 0, 0].map(Math.fround),
  [-5, -4, -3, -2, -1, -2, -1, -4, -5],
] as const;

const special: Grid = { dtype: 'float32', shape: [rows.length, 9], values: Float64Array.from(rows.flat()) };

/** The first NaN, or else the first of the extreme elements. */
function firstExtreme(kernel: ArgReduceKernel, group: readonly number[]): number {
  const extreme = kernel === 'argmax' ? Math.max(...group) : Math.min(...group);
  return group.findIndex(Number.isNaN(extreme) ? Number.isNaN : (value) => value === extreme);
}

function search(backend: Backend, kernel: ArgReduceKernel, x: Grid, dim: number): Trial {
  const shape = keeping(x.shape, [dim]);
  return {
    inputs: [x],
    out: unwritten('int32', shape),
    run: ([input], out) => backend.argReduce(kernel, input as View, dim, out),
    expected: ([seen]) => ({
      values: groupsOf(seen as Grid, shape).map((group) => firstExtreme(kernel, group)),
      accept: rounded('int32'),
    }),
  };
}

function argReduceContract(backend: Backend): void {
  describe.each(argKernels)('argReduce %s', (kernel) => {
    describe.each(dtypes)('of %s', (dtype) => {
      it('searches vectors of any length', () => {
        for (const n of lengths) attempt(backend, search(backend, kernel, noisy(dtype, [n], n), 0));
      });
      it('searches along any dim in every layout', () => {
        for (const shape of [[5], [3, 7], [2, 3, 4], [2, 1, 3, 2], [1, 2, 2, 3, 2], [0, 3]]) {
          const dims = shape.flatMap((size, dim) => (size === 0 ? [] : [dim]));
          for (const dim of dims) attemptAll(backend, search(backend, kernel, noisy(dtype, shape), dim));
        }
      });
    });
    it('finds the first NaN, or the first of those that tie', () => {
      attemptAll(backend, search(backend, kernel, special, 1));
      attemptAll(backend, search(backend, kernel, { ...special, dtype: 'float64' }, 1));
      attemptAll(backend, search(backend, kernel, special, 0));
    });
    it.each([
      [[50_021], 0],
      [[301, 335], 0],
      [[301, 335], 1],
    ])('searches many elements: %j along %i', (shape, dim) => {
      attempt(backend, search(backend, kernel, noisy('float32', shape), dim));
    });
    it('searches any shape in any layouts', () =>
      holds((draw) => {
        const shape = draw(shapes({ minDims: 1, maxDims: 5, minSize: 1 }));
        const dim = draw(fc.nat(shape.length - 1));
        const x = noisy(draw(fc.constantFrom(...dtypes)), shape);
        attempt(backend, search(backend, kernel, x, dim), anyLayouts([shape.length, shape.length], draw));
      }));
  });
}

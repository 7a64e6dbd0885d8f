import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DType, dtypes, isFloat, type TypedArray } from '../../dtype.ts';
import { IndexError } from '../../errors.ts';
import type { Shape } from '../../shape.ts';
import { shapes } from '../../testing/arbitraries.ts';
import type { Backend, ScatterKernel, View } from '../backend.ts';
import { anyLayouts, arrangements, contiguous, type Laid, unwritten } from './layouts.ts';
import { type Grid, gridOf, indicesOf, noisy, positionOf, vector, wrapped } from './oracle.ts';
import { specials } from './specials.ts';
import { type Accept, type Expected, ofProducts, ofSums, rounded, roundedOrZero } from './tolerance.ts';
import { attempt, attemptAll, changed, type Draw, holds, layOut, ranksOf, type Trial } from './trial.ts';

/** Indices into a dim of `size`, many of them repeated. */
function indices(shape: Shape, size: number, seed = 5): Grid {
  const { values } = noisy('float64', shape, seed);
  return { dtype: 'int32', shape, values: values.map((value) => Math.floor(((value + 2) / 4) * size)) };
}

/** Where each element of `index` points in a tensor of `shape`. */
function targets(index: Grid, shape: Shape, dim: number): number[] {
  return indicesOf(index.shape).map((at, i) => positionOf(at.with(dim, index.values[i] as number), shape));
}

function gathering(backend: Backend, x: Grid, dim: number, index: Grid): Trial {
  return {
    inputs: [x, index],
    out: unwritten(x.dtype, index.shape),
    run: ([input, places], out) => backend.gather(input as View, dim, places as View, out),
    expected: ([seen, places]) => ({
      values: targets(places as Grid, x.shape, dim).map((at) => (seen as Grid).values[at] as number),
      accept: rounded(x.dtype),
    }),
  };
}

const kernels = ['set', 'sum', 'prod', 'amax', 'amin'] as const satisfies readonly ScatterKernel[];

/** What an element becomes when others arrive at it, in their order. */
const meetings: Record<ScatterKernel, (met: readonly number[], dtype: DType) => number> = {
  set: (met) => met.at(-1) as number,
  sum: (met, dtype) => {
    const sum = met.reduce((a, b) => a + b);
    return isFloat(dtype) ? sum : wrapped(dtype, BigInt(sum));
  },
  prod: (met, dtype) =>
    isFloat(dtype)
      ? met.reduce((a, b) => a * b)
      : wrapped(
          dtype,
          met.reduce((a, b) => a * BigInt(b), 1n),
        ),
  amax: (met) => Math.max(...met),
  amin: (met) => Math.min(...met),
};

function expectedOf(kernel: ScatterKernel, dtype: DType, met: readonly (readonly number[])[]): Expected {
  const terms = met.map(({ length }) => length);
  const magnitudes = met.map((values) => values.reduce((sum, value) => sum + Math.abs(value), 0));
  const accept: Record<ScatterKernel, Accept> = {
    set: rounded(dtype),
    sum: ofSums(dtype, magnitudes, terms),
    prod: ofProducts(dtype, terms),
    amax: roundedOrZero(dtype),
    amin: roundedOrZero(dtype),
  };
  return { values: met.map((values) => meetings[kernel](values, dtype)), accept: accept[kernel] };
}

function scattering(
  backend: Backend,
  kernel: ScatterKernel,
  out: Grid,
  dim: number,
  index: Grid,
  src: Grid,
): Trial {
  return {
    inputs: [index, src],
    out,
    run: ([places, source], to) => backend.scatter(kernel, to, dim, places as View, source as View),
    expected: ([places, source], before) => {
      const met = Array.from(before.values, (value) => [value]);
      for (const [i, at] of targets(places as Grid, out.shape, dim).entries()) {
        met[at]?.push((source as Grid).values[i] as number);
      }
      return expectedOf(kernel, out.dtype, met);
    },
  };
}

function searching(backend: Backend, x: Grid): Trial {
  const positions = (values: ArrayLike<number>) =>
    Array.from(values).flatMap((value, i) => (value === 0 ? [] : [i]));
  return {
    inputs: [x],
    out: unwritten('int32', [positions(x.values).length]),
    run: ([input], out) => backend.nonzero(input as View, out),
    // In a layout that repeats elements there may be more of them than there is room for, or fewer.
    expected: ([seen], { values: before }) => {
      const found = positions((seen as Grid).values);
      return { values: before.map((value, n) => found[n] ?? value), accept: rounded('int32') };
    },
  };
}

interface Case {
  readonly x: Shape;
  readonly dim: number;
  readonly index: Shape;
}

const cases: readonly Case[] = [
  { x: [5], dim: 0, index: [9] },
  { x: [1], dim: 0, index: [4] },
  { x: [3, 4], dim: 0, index: [6, 4] },
  { x: [3, 4], dim: 1, index: [3, 7] },
  { x: [3, 4], dim: 1, index: [3, 1] },
  { x: [7, 10], dim: 1, index: [7, 1] },
  // Smaller than the tensor in the other dims.
  { x: [5, 4], dim: 0, index: [2, 3] },
  { x: [4, 3, 5], dim: 1, index: [2, 6, 3] },
  { x: [2, 3, 4], dim: 0, index: [5, 3, 4] },
  { x: [5, 23], dim: 0, index: [7, 23] },
  { x: [2, 3, 4], dim: 1, index: [2, 5, 4] },
  { x: [2, 3, 4], dim: 2, index: [2, 3, 9] },
  { x: [2, 1, 3, 2], dim: 2, index: [2, 1, 4, 2] },
  { x: [1, 2, 3, 1, 4], dim: 4, index: [1, 2, 3, 1, 3] },
  { x: [3, 4], dim: 0, index: [0, 4] },
  { x: [3, 4], dim: 1, index: [0, 2] },
  { x: [0, 4], dim: 0, index: [0, 4] },
];

const largeCases: readonly Case[] = [
  { x: [1000], dim: 0, index: [100_007] },
  { x: [100_007], dim: 0, index: [50_000] },
  { x: [64, 500], dim: 1, index: [64, 333] },
  { x: [500, 64], dim: 0, index: [333, 64] },
];

export function gatherContract(backend: Backend): void {
  const gatherOf = (dtype: DType, { x, dim, index }: Case) =>
    gathering(backend, noisy(dtype, x), dim, indices(index, x[dim] as number));
  const scatterOf = (kernel: ScatterKernel, dtype: DType, { x, dim, index }: Case) =>
    scattering(
      backend,
      kernel,
      noisy(dtype, x),
      dim,
      indices(index, x[dim] as number),
      noisy(dtype, index, 2),
    );

  describe.each(dtypes)('gather of %s', (dtype) => {
    it.each(cases)('from $x along $dim by $index, in every layout', (one) =>
      attemptAll(backend, gatherOf(dtype, one)),
    );
    it('keeps special values', () => {
      const x = vector(dtype, specials[dtype]);
      const backwards = vector(
        'int32',
        x.values.map((_, i) => x.values.length - 1 - i),
      );
      attempt(backend, gathering(backend, x, 0, backwards));
    });
  });

  describe.each(kernels)('scatter %s', (kernel) => {
    it.each(dtypes)('of %s, in every layout', (dtype) => {
      for (const one of cases) attemptAll(backend, scatterOf(kernel, dtype, one));
    });
  });

  it.each(['set', 'amax', 'amin'] as const)('scatter %s keeps special values', (kernel) => {
    const x = vector('float32', specials.float32);
    const [index, ones] = [x.values.map((_, i) => i), x.values.map(() => 1)];
    attempt(backend, scattering(backend, kernel, x, 0, vector('int32', index), vector('float32', ones)));
    attempt(backend, scattering(backend, kernel, vector('float32', ones), 0, vector('int32', index), x));
  });

  it.each(largeCases)('gather and scatter of many elements: $x along $dim by $index', (one) => {
    attempt(backend, gatherOf('float32', one));
    for (const kernel of kernels) attempt(backend, scatterOf(kernel, 'float32', one));
  });

  it.each(dtypes)('gather and scatter of many rows of %s', (dtype) => {
    const rows = { x: [300, 67], dim: 0, index: [2000, 67] };
    const whole = contiguous(2);
    // One position for each row: it repeats along the row.
    const across = { ...whole, steps: [1, 0] };
    attempt(backend, gatherOf(dtype, rows), [whole, across, whole]);
    for (const kernel of ['set', 'sum'] as const)
      attempt(backend, scatterOf(kernel, dtype, rows), [across, whole, whole]);
  });

  it('gather and scatter of any shape in any layouts', () =>
    holds((draw) => {
      const dtype = draw(fc.constantFrom(...dtypes));
      const one = anyCase(draw);
      const rank = one.x.length;
      attempt(backend, gatherOf(dtype, one), anyLayouts([rank, rank, rank], draw));
      const kernel = draw(fc.constantFrom(...kernels));
      attempt(backend, scatterOf(kernel, dtype, one), anyLayouts([rank, rank, rank], draw));
    }, 200));

  it.each(dtypes)('nonzero of %s, in every layout', (dtype) => {
    for (const shape of [[], [1], [9], [3, 4], [2, 1, 5], [0, 2]]) {
      const { values } = noisy(dtype, shape);
      const some = { dtype, shape, values: values.map((value, i) => (i % 3 === 1 ? 0 : value)) };
      attemptAll(backend, searching(backend, some));
    }
    attempt(backend, searching(backend, vector(dtype, specials[dtype])));
  });

  describe.each([-1, 5, 6, 2 ** 31 - 1, -(2 ** 31)])('the index %i into a dim of size 5', (wrong) => {
    it.each([0, 7, 18, 35])('is an IndexError at element %i of gather', (at) => {
      refuses(backend, gatherOf('float32', { x: [4, 5], dim: 1, index: [4, 9] }), 1, at, wrong);
    });
    it.each([0, 7, 18, 35])('is an IndexError at element %i of scatter', (at) => {
      refuses(backend, scatterOf('sum', 'float32', { x: [4, 5], dim: 1, index: [4, 9] }), 0, at, wrong);
    });
  });

  it('any index into a dim of size 0 is an IndexError', () => {
    const nothing = { x: [2, 0], dim: 1, index: [2, 1] };
    refuses(backend, gatherOf('float32', nothing), 1, 0, 0);
    refuses(backend, scatterOf('sum', 'float32', nothing), 0, 0, 0);
  });
}

/** With one wrong index there is an error in every layout, and nothing but the output is written to. */
function refuses(backend: Backend, trial: Trial, which: number, at: number, wrong: number): void {
  const index = trial.inputs[which] as Grid;
  const spoilt = { ...index, values: index.values.with(at, wrong) };
  const attempted = { ...trial, inputs: trial.inputs.with(which, spoilt) };
  for (const { name, layouts } of arrangements(ranksOf(trial))) {
    const laid = layOut(backend, attempted, layouts);
    const before = laid.map(({ view }) => view.storage.data.slice());
    const [inputs, out] = [laid.slice(0, -1).map(({ view }) => view), laid.at(-1) as Laid];
    // In a layout that repeats elements the wrong one may be overwritten by another.
    if (!gridOf(inputs[which] as View).values.includes(wrong)) continue;
    expect(() => trial.run(inputs, out.view), name).toThrow(IndexError);
    const touched = laid.flatMap((operand, i) =>
      changed(before[i] as TypedArray, operand.view.storage.data, operand === out ? out.places : undefined),
    );
    if (touched.length > 0) expect.fail(`${name}: written to at ${touched}`);
  }
}

function anyCase(draw: Draw): Case {
  const x = draw(shapes({ minDims: 1, maxDims: 4, minSize: 1 }));
  const dim = draw(fc.nat(x.length - 1));
  const index = x.map((size, d) => draw(fc.integer({ min: 0, max: d === dim ? 8 : size })));
  return { x, dim, index };
}

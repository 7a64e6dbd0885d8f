import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, type DType, dtypes, isFloat } from '../../dtype.ts';
import { numelOf, type Shape } from '../../shape.ts';
import type { Storage } from '../../storage.ts';
import { shapes } from '../../testing/arbitraries.ts';
import type { Backend, View } from '../backend.ts';
import { anyLayouts, contiguous, laidOut, lengths, shapesOfAllRanks, unwritten } from './layouts.ts';
import { type Grid, gridOf, noisy, placesOf, stored, vector } from './oracle.ts';
import { specials } from './specials.ts';
import { sumsOf } from './sums.ts';
import { rounded } from './tolerance.ts';
import { attempt, attemptAll, holds, type Trial } from './trial.ts';

function whole(storage: Storage): View {
  return { storage, shape: [storage.length], strides: [1], offset: 0 };
}

function fillTrial(backend: Backend, dtype: DType, shape: Shape, value: number): Trial {
  return {
    inputs: [],
    out: unwritten(dtype, shape),
    run: (_, out) => backend.fill(out, value),
    expected: () => ({ values: new Float64Array(numelOf(shape)).fill(value), accept: rounded(dtype) }),
  };
}

function copyTrial(backend: Backend, x: Grid, to: DType): Trial {
  return {
    inputs: [x],
    out: unwritten(to, x.shape),
    run: ([input], out) => backend.copy(input as View, out),
    expected: ([seen]) => ({ values: (seen as Grid).values, accept: rounded(to) }),
  };
}

/** Values that C and JavaScript convert alike; beyond the range of int32 they do not make the same integers. */
function convertible(from: DType, to: DType): Grid {
  const anything = isFloat(to) || to === 'bool';
  return vector(
    from,
    specials[from].filter((value) => anything || Math.abs(value) < 2 ** 31),
  );
}

export function memoryContract(backend: Backend): void {
  describe.each(dtypes)('memory for %s', (dtype) => {
    it.each([0, 1, 5, 1000])('is allocated for %i elements', (length) => {
      const storage = backend.allocate(dtype, length);
      expect(storage.backend).toBe(backend);
      expect([storage.dtype, storage.length, storage.data.length]).toEqual([dtype, length, length]);
      expect(storage.data.constructor).toBe(allocate(dtype, 0).constructor);
    });

    it('is nobody else’s', () => {
      const storages = Array.from({ length: 20 }, (_, i) => backend.allocate(dtype, i));
      for (const [i, storage] of storages.entries()) backend.fill(whole(storage), i);
      for (const [i, { data }] of storages.entries()) {
        expect(Array.from(data)).toEqual(new Array(i).fill(stored(dtype, i)));
      }
    });

    it('stays another’s when some is freed and allocated again', () => {
      const [first, second] = [backend.allocate(dtype, 9), backend.allocate(dtype, 9)];
      backend.fill(whole(second), 1);
      first.free();
      backend.fill(whole(backend.allocate(dtype, 9)), 0);
      expect(Array.from(second.data)).toEqual(new Array(9).fill(1));
    });

    it('is made of a typed array with its elements', () => {
      const grid = vector(dtype, specials[dtype]);
      const data = allocate(dtype, grid.values.length);
      data.set(grid.values);
      const storage = backend.adopt(dtype, data);
      expect([storage.backend, storage.dtype, storage.length]).toEqual([backend, dtype, data.length]);
      expect(Array.from(storage.data)).toEqual(Array.from(grid.values));
    });

    it('is made of a part of a typed array', () => {
      const data = allocate(dtype, 7);
      data.set([0, 1, 0, 1, 1, 0, 1]);
      const storage = backend.adopt(dtype, data.subarray(1, 6));
      expect(Array.from(storage.data)).toEqual([1, 0, 1, 1, 0]);
      const copy = backend.allocate(dtype, 5);
      backend.copy(whole(storage), whole(copy));
      expect(Array.from(copy.data)).toEqual([1, 0, 1, 1, 0]);
    });
  });

  describe.each(dtypes)('fill of %s', (dtype) => {
    // 2³² + 3 is 3 to integers, and −1 is 255 to uint8.
    it.each([0, 1, -1, 2.75, 300, 2 ** 32 + 3, 0.1, -0, 1e-40])('with %f', (value) => {
      for (const n of lengths) attempt(backend, fillTrial(backend, dtype, [n], value));
    });
    it('in every layout', () => {
      for (const shape of shapesOfAllRanks) attemptAll(backend, fillTrial(backend, dtype, shape, 1));
    });
    it('of many elements', () => attempt(backend, fillTrial(backend, dtype, [100_007], 1)));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'fills floats with %f',
    (value) => {
      for (const dtype of ['float32', 'float64'] as const)
        attempt(backend, fillTrial(backend, dtype, [9], value));
    },
  );

  describe.each(dtypes.flatMap((from) => dtypes.map((to) => [from, to] as const)))(
    'copy of %s to %s',
    (from, to) => {
      it('converts each element', () => attempt(backend, copyTrial(backend, convertible(from, to), to)));
      it('converts vectors of any length', () => {
        for (const n of lengths) attempt(backend, copyTrial(backend, noisy(from, [n]), to));
      });
      it('converts in every layout', () => {
        for (const shape of shapesOfAllRanks) attemptAll(backend, copyTrial(backend, noisy(from, shape), to));
      });
    },
  );

  describe('copy of many elements', () => {
    it.each(dtypes)('of %s', (dtype) => {
      attempt(backend, copyTrial(backend, noisy(dtype, [100_007]), dtype));
      // Matrices that a blocked transposition does not divide.
      attemptAll(backend, copyTrial(backend, noisy(dtype, [67, 131]), dtype));
    });
  });

  it('copies any shape in any layouts', () =>
    holds((draw) => {
      const shape = draw(shapes({ maxDims: 5 }));
      const [from, to] = [draw(fc.constantFrom(...dtypes)), draw(fc.constantFrom(...dtypes))];
      attempt(
        backend,
        copyTrial(backend, noisy(from, shape), to),
        anyLayouts([shape.length, shape.length], draw),
      );
    }));

  accumulateContract(backend);
}

function accumulateTrial(backend: Backend, dtype: DType, shape: Shape): Trial {
  return {
    inputs: [noisy(dtype, shape)],
    out: noisy(dtype, shape, 2),
    run: ([x], out) => backend.accumulate(x as View, out),
    expected: ([x], out) => ({
      values: out.values.map((value, i) => value + ((x as Grid).values[i] as number)),
      accept: rounded(dtype),
    }),
  };
}

/** Outputs of which several elements share memory. */
const overlaps: readonly (readonly [
  name: string,
  shape: Shape,
  strides: readonly number[],
  length: number,
])[] = [
  ['repeats one element', [7], [0], 1],
  ['repeats a row', [3, 5], [0, 1], 5],
  ['repeats along rows', [3, 5], [1, 0], 3],
  ['slides windows', [6, 3], [1, 1], 8],
  ['slides windows with steps', [2, 4, 3], [10, 2, 1], 20],
  ['repeats in the middle', [2, 9, 3], [3, 0, 1], 6],
  ['is long', [40, 250], [0, 1], 250],
];

function accumulateContract(backend: Backend): void {
  describe.each(dtypes)('accumulate of %s', (dtype) => {
    it('adds vectors of any length', () => {
      for (const n of lengths) attempt(backend, accumulateTrial(backend, dtype, [n]));
    });
    it('adds in every layout', () => {
      for (const shape of shapesOfAllRanks) attemptAll(backend, accumulateTrial(backend, dtype, shape));
    });
    it.each(overlaps)('adds up in an output that %s', (_, shape, strides, length) => {
      const [x, before] = [noisy(dtype, shape), noisy(dtype, [length], 2)];
      const [from, to] = [x, before].map(
        (grid) => laidOut(backend, grid, contiguous(grid.shape.length)).view,
      );
      const out = { ...(to as View), shape, strides };
      const sums = sumsOf(dtype, length);
      for (const [at, value] of before.values.entries()) sums.add(at, value, 1);
      for (const [i, at] of placesOf(out).entries()) sums.add(at, x.values[i] as number, 1);
      backend.accumulate(from as View, out);
      const { values, accept } = sums.expected();
      const wrong = gridOf(to as View).values.filter((got, i) => !accept(got, values[i] as number, i));
      expect(wrong).toHaveLength(0);
    });
    it('adds many elements', () => attempt(backend, accumulateTrial(backend, dtype, [100_007])));
  });
}

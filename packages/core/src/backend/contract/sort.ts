import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { type DType, dtypes, isFloat } from '../../dtype.ts';
import type { Shape } from '../../shape.ts';
import { shapes } from '../../testing/arbitraries.ts';
import type { Backend, View } from '../backend.ts';
import { anyLayouts, lengths, unwritten } from './layouts.ts';
import { type Grid, indicesOf, noisy, positionOf, vector } from './oracle.ts';
import { specials } from './specials.ts';
import { rounded } from './tolerance.ts';
import { attempt, attemptAll, holds, type Trial } from './trial.ts';

interface Order {
  readonly dim: number;
  readonly descending: boolean;
  /** How many positions are asked for. Default: all. */
  readonly count?: number;
}

/** How many of its line come before an element: that are smaller (or larger), or as large and further in front. */
function placeOf(n: number, line: readonly number[], descending: boolean): number {
  const before = (i: number) => {
    const [a, b] = [line[i] as number, line[n] as number];
    if (Number.isNaN(a) || Number.isNaN(b)) {
      return Number.isNaN(a) === Number.isNaN(b) ? i < n : Number.isNaN(a) === descending;
    }
    return a === b ? i < n : a > b === descending;
  };
  return line.filter((_, i) => before(i)).length;
}

function expected(x: Grid, out: Shape, { dim, descending }: Order): Float64Array {
  const values = new Float64Array(out.reduce((n, size) => n * size, 1));
  const size = x.shape[dim] as number;
  for (const lead of indicesOf(x.shape.with(dim, Math.min(size, 1)))) {
    const line = Array.from(
      { length: size },
      (_, n) => x.values[positionOf(lead.with(dim, n), x.shape)] as number,
    );
    for (let n = 0; n < size; n++) {
      const place = placeOf(n, line, descending);
      if (place < (out[dim] as number)) values[positionOf(lead.with(dim, place), out)] = n;
    }
  }
  return values;
}

function sorting(backend: Backend, x: Grid, order: Order): Trial {
  const { dim, descending, count = x.shape[dim] as number } = order;
  const shape = x.shape.with(dim, count);
  return {
    inputs: [x],
    out: unwritten('int32', shape),
    run: ([input], out) => backend.argsort(input as View, dim, descending, out),
    expected: ([seen]) => ({ values: expected(seen as Grid, shape, order), accept: rounded('int32') }),
  };
}

/** Whole numbers, so that many are equal, and in floats some NaNs. */
function tied(dtype: DType, shape: Shape, seed = 1): Grid {
  const { values } = noisy('float64', shape, seed);
  const missing = isFloat(dtype) ? 1 : Number.POSITIVE_INFINITY;
  const draw = (value: number) => (value > missing ? Number.NaN : Math.floor(value + 2));
  return { dtype, shape, values: values.map(dtype === 'bool' ? (value) => Number(value > 0) : draw) };
}

export function sortContract(backend: Backend): void {
  describe.each([false, true])('argsort, descending: %s,', (descending) => {
    describe.each(dtypes)('of %s', (dtype) => {
      it('orders vectors of any length, and finds the first of them', () => {
        for (const n of [...lengths, 300]) {
          for (const count of [n, Math.ceil(n / 2), 1]) {
            attempt(backend, sorting(backend, noisy(dtype, [n], n), { dim: 0, descending, count }));
          }
        }
      });
      it('keeps equal elements in order', () => {
        for (const n of [5, 17, 300]) {
          for (const count of [n, 5]) {
            attempt(backend, sorting(backend, tied(dtype, [n], n), { dim: 0, descending, count }));
          }
        }
      });
      it('orders along any dim in every layout', () => {
        for (const shape of [[5], [3, 7], [2, 3, 4], [2, 1, 3, 2], [20, 2], [0, 3], [3, 0]]) {
          for (const dim of shape.keys()) {
            attemptAll(backend, sorting(backend, noisy(dtype, shape), { dim, descending }));
          }
        }
      });
      it('orders special values', () => {
        attempt(backend, sorting(backend, vector(dtype, specials[dtype]), { dim: 0, descending }));
      });
    });
    it('gives no positions where none are asked for', () => {
      attempt(backend, sorting(backend, noisy('float32', [3, 4]), { dim: 1, descending, count: 0 }));
    });
    it('orders many elements', () => {
      attempt(backend, sorting(backend, noisy('float32', [7, 1001]), { dim: 1, descending }));
      attempt(backend, sorting(backend, noisy('float32', [1001, 7]), { dim: 0, descending, count: 100 }));
    });
    it('orders any shape in any layouts', () =>
      holds((draw) => {
        const shape = draw(shapes({ minDims: 1, maxDims: 5, minSize: 1 }));
        const dim = draw(fc.nat(shape.length - 1));
        const x = tied(draw(fc.constantFrom(...dtypes)), shape, draw(fc.nat(9)));
        const count = draw(fc.nat(shape[dim] as number));
        const trial = sorting(backend, x, { dim, descending, count });
        attempt(backend, trial, anyLayouts([shape.length, shape.length], draw));
      }));
  });
}

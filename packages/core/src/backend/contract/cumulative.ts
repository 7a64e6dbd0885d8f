import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { type DType, dtypes, isFloat } from '../../dtype.ts';
import type { Shape } from '../../shape.ts';
import { shapes } from '../../testing/arbitraries.ts';
import type { ArgScanKernel, Backend, View } from '../backend.ts';
import { anyLayouts, lengths, unwritten } from './layouts.ts';
import { type Grid, indexOf, noisy, positionOf, stored, vector, wrapped } from './oracle.ts';
import { specials } from './specials.ts';
import { ofSums, rounded } from './tolerance.ts';
import { attempt, attemptAll, holds, type Trial } from './trial.ts';

function elementAt(x: Grid, index: readonly number[]): number {
  return x.values[positionOf(index, x.shape)] as number;
}

/** For each element the sum of all terms up to it, each times the factors between the two. */
function termsOf(a: Grid, b: Grid, dim: number): number[][] {
  return Array.from(b.values, (_, i) => {
    const index = indexOf(i, b.shape);
    const last = index[dim] as number;
    return Array.from({ length: last + 1 }, (_, t) => {
      let term = elementAt(b, index.with(dim, t));
      for (let n = t; n < last; n++) term *= elementAt(a, index.with(dim, n));
      return term;
    });
  });
}

/** The same of whole numbers, which wrap as often as need be. */
function wholeSums(a: Grid, b: Grid, dim: number): number[] {
  const carried: bigint[] = [];
  return Array.from(b.values, (value, i) => {
    const index = indexOf(i, b.shape);
    const t = index[dim] as number;
    const before = t === 0 ? 0n : (carried[positionOf(index.with(dim, t - 1), b.shape)] as bigint);
    const factor = t === 0 ? 0n : BigInt(elementAt(a, index.with(dim, t - 1)));
    carried[i] = before * factor + BigInt(value);
    return wrapped(b.dtype, carried[i]);
  });
}

function carrying(backend: Backend, a: Grid, b: Grid, dim: number): Trial {
  return {
    inputs: [a, b],
    out: unwritten(b.dtype, b.shape),
    run: ([factors, terms], out) => backend.recurrence(factors as View, terms as View, dim, out),
    expected: ([factors, terms]) => {
      const [f, x] = [factors as Grid, terms as Grid];
      if (!isFloat(x.dtype)) return { values: wholeSums(f, x, dim), accept: rounded(x.dtype) };
      const sums = termsOf(f, x, dim);
      const magnitudes = sums.map((terms) => terms.reduce((sum, term) => sum + Math.abs(term), 0));
      const lengths = sums.map(({ length }) => length);
      return {
        values: sums.map((terms) => terms.reduce((sum, term) => sum + term)),
        accept: ofSums(x.dtype, magnitudes, lengths),
      };
    },
  };
}

/** Terms, and factors no larger than 1, one less of them along `dim`. */
function operands(dtype: DType, shape: Shape, dim: number): [Grid, Grid] {
  const factors = noisy(dtype, shape.with(dim, Math.max((shape[dim] as number) - 1, 0)), 3);
  const values = isFloat(dtype) ? factors.values.map((value) => value / 2) : factors.values;
  return [{ ...factors, values }, noisy(dtype, shape)];
}

const cases: readonly Shape[] = [[5], [1], [3, 7], [2, 3, 4], [2, 1, 3, 2], [1, 2, 2, 3, 2], [0, 3], [3, 0]];

function recurrenceContract(backend: Backend): void {
  const trial = (dtype: DType, shape: Shape, dim: number) =>
    carrying(backend, ...operands(dtype, shape, dim), dim);

  describe.each(dtypes)('recurrence of %s', (dtype) => {
    it('runs along vectors of any length', () => {
      for (const n of lengths) attempt(backend, trial(dtype, [n], 0));
    });
    it('runs along any dim in every layout', () => {
      for (const shape of cases) {
        for (const dim of shape.keys()) attemptAll(backend, trial(dtype, shape, dim));
      }
    });
  });
  it('recurrence spreads NaN and infinities forwards only', () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const a = vector('float64', [1, 1, 0, 1, 1, -1]);
    attemptAll(backend, carrying(backend, a, vector('float64', [1, infinity, 2, 3, nan, 1, 5]), 0));
    attemptAll(backend, carrying(backend, a, vector('float64', [1, 2, 2, 3, infinity, -infinity, 5]), 0));
  });
  it('recurrence sums up equal terms without drifting', () => {
    const tenths = new Float64Array(100_000).fill(stored('float32', 0.1));
    const sums = tenths.map((tenth, i) => (i + 1) * tenth);
    attempt(backend, {
      ...carrying(backend, vector('float32', new Array(99_999).fill(1)), vector('float32', tenths), 0),
      expected: () => ({
        values: sums,
        accept: ofSums(
          'float32',
          sums,
          sums.map((_, i) => i + 1),
        ),
      }),
    });
  });
  it('recurrence of any shape in any layouts', () =>
    holds((draw) => {
      const shape = draw(shapes({ minDims: 1, maxDims: 5, minSize: 1 }));
      const { length } = shape;
      const one = trial(draw(fc.constantFrom(...dtypes)), shape, draw(fc.nat(length - 1)));
      attempt(backend, one, anyLayouts([length, length, length], draw));
    }));
}

/** The last NaN up to an element, or else the last of those that no other one up to it surpasses. */
function lastExtreme(kernel: ArgScanKernel, line: readonly number[]): number {
  const extreme = kernel === 'argcummax' ? Math.max(...line) : Math.min(...line);
  return line.findLastIndex(Number.isNaN(extreme) ? Number.isNaN : (value) => value === extreme);
}

function scanning(backend: Backend, kernel: ArgScanKernel, x: Grid, dim: number): Trial {
  return {
    inputs: [x],
    out: unwritten('int32', x.shape),
    run: ([input], out) => backend.argScan(kernel, input as View, dim, out),
    expected: ([seen]) => ({
      values: Array.from(x.values, (_, i) => {
        const index = indexOf(i, x.shape);
        const length = (index[dim] as number) + 1;
        return lastExtreme(
          kernel,
          Array.from({ length }, (_, t) => elementAt(seen as Grid, index.with(dim, t))),
        );
      }),
      accept: rounded('int32'),
    }),
  };
}

export function cumulativeContract(backend: Backend): void {
  recurrenceContract(backend);
  describe.each(['argcummax', 'argcummin'] as const)('argScan %s', (kernel) => {
    describe.each(dtypes)('of %s', (dtype) => {
      it('runs along vectors of any length', () => {
        for (const n of lengths) attempt(backend, scanning(backend, kernel, noisy(dtype, [n], n), 0));
      });
      it('runs along any dim in every layout', () => {
        for (const shape of cases) {
          for (const dim of shape.keys())
            attemptAll(backend, scanning(backend, kernel, noisy(dtype, shape), dim));
        }
      });
      it('finds special values', () => {
        const values = specials[dtype];
        attempt(backend, scanning(backend, kernel, vector(dtype, values), 0));
        attempt(backend, scanning(backend, kernel, vector(dtype, values.toReversed()), 0));
      });
    });
    it('runs along any shape in any layouts', () =>
      holds((draw) => {
        const shape = draw(shapes({ minDims: 1, maxDims: 5, minSize: 1 }));
        const dim = draw(fc.nat(shape.length - 1));
        const x = noisy(draw(fc.constantFrom(...dtypes)), shape);
        const layouts = anyLayouts([shape.length, shape.length], draw);
        attempt(backend, scanning(backend, kernel, x, dim), layouts);
      }));
  });
}

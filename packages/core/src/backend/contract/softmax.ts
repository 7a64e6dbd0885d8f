import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { isFloat } from '../../dtype.ts';
import { contiguousStrides, numelOf, type Shape } from '../../shape.ts';
import { shapes } from '../../testing/arbitraries.ts';
import type { Backend, SoftmaxKernel, View } from '../backend.ts';
import { anyLayouts, lengths, unwritten } from './layouts.ts';
import { type Grid, noisy, placesOf, stored } from './oracle.ts';
import { type Expected, orNearer, within } from './tolerance.ts';
import { attempt, attemptAll, holds, type Trial } from './trial.ts';

const kernels = ['softmax', 'logSoftmax'] as const satisfies readonly SoftmaxKernel[];

/**
 * By the definition, on numbers less the largest of their group. A difference may be rounded before it becomes an
 * exponent: then the exponential is off by as much, relatively, and so is the sum, by the mean of these.
 */
function expected(kernel: SoftmaxKernel, x: Grid, dim: number): Expected {
  const groups = groupsOf(x.shape, dim);
  const values = new Float64Array(x.values.length);
  const slack = new Float64Array(x.values.length);
  const epsilon = x.dtype === 'float32' ? 2 ** -23 : 2 ** -50;
  for (const group of groups) {
    const numbers = group.map((i) => x.values[i] as number);
    const top = Math.max(...numbers);
    const total = numbers.reduce((sum, value) => sum + Math.exp(value - top), 0);
    const mean = numbers.reduce(
      (sum, value) => sum + (top - value || 0) * (Math.exp(value - top) / total || 0),
      0,
    );
    for (const [n, i] of group.entries()) {
      const shifted = (numbers[n] as number) - top;
      const probability = Math.exp(shifted) / total;
      const logarithm = shifted - Math.log(total);
      values[i] = kernel === 'softmax' ? probability : logarithm;
      const off = Math.abs(shifted) + mean;
      slack[i] = epsilon * (kernel === 'softmax' ? (4 + off) * probability : off + 2 * Math.abs(logarithm));
    }
  }
  const near = within(x.dtype, 4);
  return {
    values,
    accept: (got, truth, i) =>
      near(got, truth, i) || orNearer(Math.max(slack[i] as number, 2 ** -149), () => false)(got, truth, i),
  };
}

/** The row-major positions that fall together along a dim. */
function groupsOf(shape: Shape, dim: number): number[][] {
  const groups = new Map<number, number[]>();
  const strides = contiguousStrides(shape).map((stride, d) => (d === dim ? 0 : stride));
  for (const [i, first] of placesOf({ shape, strides, offset: 0 }).entries()) {
    const group = groups.get(first) ?? [];
    groups.set(first, group);
    group.push(i);
  }
  return [...groups.values()];
}

function normalization(backend: Backend, kernel: SoftmaxKernel, x: Grid, dim: number): Trial {
  return {
    inputs: [x],
    out: unwritten(x.dtype, x.shape),
    run: ([input], out) => backend.softmax(kernel, input as View, dim, out),
    expected: ([seen]) => expected(kernel, seen as Grid, dim),
  };
}

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** Rows with NaN, infinities, and numbers whose exponentials overflow or vanish; nine long, so that vectors have a rest. */
const rows = [
  [nan, 1, 2, 3, 4, 5, 6, 7, 8],
  [1, 2, 3, 4, 5, 6, 7, 8, nan],
  [-infinity, 1, 2, 3, 4, 5, 6, 7, -infinity],
  [infinity, 1, 2, 3, 4, 5, 6, 7, 8],
  [infinity, 1, infinity, 3, 4, 5, 6, 7, -infinity],
  [nan, -infinity, infinity, 3, 4, 5, 6, 7, 8],
  new Array<number>(9).fill(-infinity),
  [-infinity, -infinity, -infinity, -infinity, -infinity, -infinity, -infinity, -infinity, 3],
  new Array<number>(9).fill(0),
  new Array<number>(9).fill(1e30),
  [1000, 999, 998, 900, 890, 880, 0, -1000, 1000],
  [-1000, -1000, -1001, -1087, -1095, -1100, -1104, -2000, -3e38],
  [0, 20, 40, 60, 80, 88, 95, 100, 103],
  [3e38, -3e38, 0, 1, 2, 3, 4, 5, 6],
].map((row) => row.map((value) => stored('float32', value)));

const special: Grid = { dtype: 'float32', shape: [rows.length, 9], values: Float64Array.from(rows.flat()) };

/** Multiples of 5, so that some exponentials vanish beside others. */
function spread(x: Grid): Grid {
  return { ...x, values: x.values.map((value) => (isFloat(x.dtype) ? 5 * value : value)) };
}

export function softmaxContract(backend: Backend): void {
  describe.each(kernels)('%s', (kernel) => {
    describe.each(['float32', 'float64'] as const)('of %s', (dtype) => {
      it('normalises vectors of any length', () => {
        for (const n of lengths)
          attempt(backend, normalization(backend, kernel, spread(noisy(dtype, [n], n)), 0));
      });
      it('normalises along any dim in every layout', () => {
        for (const shape of [[5], [3, 7], [2, 3, 9], [4, 2, 1, 5], [1, 2, 2, 3, 6], [1, 1], [0, 3]]) {
          for (const [dim, size] of shape.entries()) {
            if (size > 0) attemptAll(backend, normalization(backend, kernel, noisy(dtype, shape), dim));
          }
        }
      });
      it('normalises special values', () => {
        attemptAll(backend, normalization(backend, kernel, { ...special, dtype }, 1));
        attemptAll(backend, normalization(backend, kernel, { ...special, dtype }, 0));
      });
    });
    it.each([
      [[50_021], 0],
      [[301, 335], 0],
      [[301, 335], 1],
      [[7, 31, 501], 1],
      [[6400, 10], 1],
    ])('normalises many elements: %j along %i', (shape, dim) => {
      attempt(backend, normalization(backend, kernel, spread(noisy('float32', shape)), dim));
    });
    it('normalises any shape in any layouts', () =>
      holds((draw) => {
        const shape = draw(shapes({ minDims: 1, maxDims: 5, minSize: 1 }));
        const dim = draw(fc.nat(shape.length - 1));
        const x = spread(noisy(draw(fc.constantFrom('float32', 'float64')), shape));
        if (numelOf(shape) === 0) return;
        attempt(
          backend,
          normalization(backend, kernel, x, dim),
          anyLayouts([shape.length, shape.length], draw),
        );
      }));
  });
}

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DType, isFloat } from '../../dtype.ts';
import { ArgumentError } from '../../errors.ts';
import type { Shape } from '../../shape.ts';
import { shapes } from '../../testing/arbitraries.ts';
import type { Backend, View } from '../backend.ts';
import type { BinaryKernel, UnaryKernel } from '../reference/scalars.ts';
import { anyLayouts, contiguous, laidOut, lengths, shapesOfAllRanks, unwritten } from './layouts.ts';
import { binaryMeanings, type Meaning, unaryMeanings } from './meanings.ts';
import { type Grid, noise, noisy, vector } from './oracle.ts';
import { orderedPairs, specials } from './specials.ts';
import { within } from './tolerance.ts';
import { attempt, attemptAll, holds, layOut, type Trial } from './trial.ts';

/** More than a thread's share, and no multiple of anything. */
const large = 100_007;

type Kernels<K extends string, F> = [K, Meaning<F>][];
const unaryKernels = Object.entries(unaryMeanings) as Kernels<UnaryKernel, (x: number) => number>;
const binaryKernels = Object.entries(binaryMeanings) as Kernels<BinaryKernel, (dtype: DType) => Binary>;
type Binary = (a: number, b: number) => number;

function unaryTrial(backend: Backend, kernel: UnaryKernel, x: Grid): Trial {
  const { f, result = x.dtype, accept } = unaryMeanings[kernel];
  return {
    inputs: [x],
    out: unwritten(result, x.shape),
    run: ([input], out) => backend.unary(kernel, input as typeof out, out),
    expected: ([seen]) => ({ values: (seen as Grid).values.map(f), accept: accept(x.dtype) }),
  };
}

function binaryTrial(backend: Backend, kernel: BinaryKernel, a: Grid, b: Grid): Trial {
  const { f, result = a.dtype, accept } = binaryMeanings[kernel];
  return {
    inputs: [a, b],
    out: unwritten(result, a.shape),
    run: ([left, right], out) => backend.binary(kernel, left as typeof out, right as typeof out, out),
    expected: ([left, right]) => ({
      values: (left as Grid).values.map((value, i) => f(a.dtype)(value, (right as Grid).values[i] as number)),
      accept: accept(a.dtype),
    }),
  };
}

/** Operands that a kernel takes: no division of integers by 0 and no negative or boundless powers of them. */
function noisyPair(kernel: BinaryKernel, dtype: DType, shape: Shape): [Grid, Grid] {
  const [a, b] = [noisy(dtype, shape), noisy(dtype, shape, 2)];
  return [a, isFloat(dtype) ? b : { ...b, values: b.values.map((value) => tame(kernel, value)) }];
}

function tame(kernel: BinaryKernel, value: number): number {
  if (kernel === 'pow') return Math.abs(value) % 9;
  return ['floorDivide', 'remainder', 'fmod'].includes(kernel) ? value || 3 : value;
}

export function elementwiseContract(backend: Backend): void {
  describe.each(unaryKernels)('unary %s', (kernel, { dtypes }) => {
    describe.each(dtypes)('of %s', (dtype) => {
      it('is right for special values', () => {
        const x = vector(dtype, [...specials[dtype], ...noise(dtype, 500).map((value) => 5 * value)]);
        const trial = unaryTrial(backend, kernel, x);
        attempt(backend, trial);
        for (const steps of [[2], [-1]]) {
          const layout = { order: [0], steps, before: 1 };
          attempt(backend, trial, [layout, contiguous(1)]);
          attempt(backend, trial, [layout, layout]);
        }
      });
      it('is right in vectors of any length', () => {
        for (const n of lengths) attempt(backend, unaryTrial(backend, kernel, noisy(dtype, [n], n)));
      });
      it('is right in every layout', () => {
        for (const shape of shapesOfAllRanks)
          attemptAll(backend, unaryTrial(backend, kernel, noisy(dtype, shape)));
      });
    });
    it('is right for many elements', () => {
      attempt(backend, unaryTrial(backend, kernel, noisy('float32', [large])));
    });
  });

  describe.each(binaryKernels)('binary %s', (kernel, { dtypes }) => {
    describe.each(dtypes)('of %s', (dtype) => {
      it('is right for all pairs of special values', () => {
        const pairs = orderedPairs(kernel, dtype);
        const [a, b] = [0, 1].map((side) =>
          vector(
            dtype,
            pairs.map((pair) => pair[side] as number),
          ),
        );
        attempt(backend, binaryTrial(backend, kernel, a as Grid, b as Grid));
      });
      it('is right in vectors of any length', () => {
        for (const n of lengths)
          attempt(backend, binaryTrial(backend, kernel, ...noisyPair(kernel, dtype, [n])));
      });
      it('is right in every layout', () => {
        for (const shape of shapesOfAllRanks) {
          attemptAll(backend, binaryTrial(backend, kernel, ...noisyPair(kernel, dtype, shape)));
        }
      });
    });
    const [dtype] = dtypes as readonly [DType];
    it('is right for many elements', () => {
      attempt(backend, binaryTrial(backend, kernel, ...noisyPair(kernel, dtype, [large])));
    });
    it('takes one view as both operands', () => {
      const layout = { order: [0], steps: [-1], before: 0 };
      const values = isFloat(dtype) ? [3, -1, 2, 0.5, 7] : [3, -1, 2, 0, 7];
      const { view: x } = laidOut(backend, vector(dtype, values), layout);
      const { f, result = dtype, accept } = binaryMeanings[kernel];
      const out = backend.allocate(result, 5);
      backend.binary(kernel, x, x, { storage: out, shape: [5], strides: [1], offset: 0 });
      const accepts = accept(dtype);
      for (const [i, value] of values.entries()) {
        expect(accepts(out.data[i] as number, f(dtype)(value, value), i), `element ${i}`).toBe(true);
      }
    });
  });

  describe.each(['sin', 'tan'] as const)('unary %s near 0', (kernel) => {
    // Here the absolute tolerance that large arguments have would let anything pass.
    it.each(['float32', 'float64'] as const)('keeps all digits of %s', (dtype) => {
      const x = vector(dtype, [0, -0, 1e-45, 1e-40, 1e-30, 1e-10, -1e-8, 1e-5, -0.001, 0.01, 0.5, -1]);
      const trial = unaryTrial(backend, kernel, x);
      const expected: Trial['expected'] = ([seen]) => ({
        values: (seen as Grid).values.map(Math[kernel]),
        accept: within(dtype, 4),
      });
      attempt(backend, { ...trial, expected });
    });
  });

  it.each([
    ['floorDivide', 7, 0],
    ['remainder', 7, 0],
    ['fmod', 0, 0],
    ['pow', 2, -1],
  ] as const)('%s of the integers %i and %i is an ArgumentError', (kernel, a, b) => {
    // Not the first element, so that a check of one vector does not do.
    const [left, right] = [vector('int32', [5, 5, 5, 5, 5, 5, a]), vector('int32', [1, 2, 3, 4, 5, 6, b])];
    const trial = binaryTrial(backend, kernel, left, right);
    const layouts = [1, 1, 1].map(contiguous);
    const views = layOut(backend, trial, layouts).map(({ view }) => view);
    expect(() => trial.run(views.slice(0, 2), views[2] as View)).toThrow(ArgumentError);
  });

  it('agrees on elementwise kernels of any shape in any layouts', () =>
    holds((draw) => {
      const shape = draw(shapes({ maxDims: 5 }));
      const [kernel, { dtypes }] = draw(fc.constantFrom(...binaryKernels));
      const trial = binaryTrial(
        backend,
        kernel,
        ...noisyPair(kernel, draw(fc.constantFrom(...dtypes)), shape),
      );
      const ranks = [shape.length, shape.length, shape.length];
      attempt(backend, trial, anyLayouts(ranks, draw));
      const [one, meaning] = draw(fc.constantFrom(...unaryKernels));
      const x = noisy(draw(fc.constantFrom(...meaning.dtypes)), shape);
      attempt(backend, unaryTrial(backend, one, x), anyLayouts(ranks.slice(1), draw));
    }, 300));
}

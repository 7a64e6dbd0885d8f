import { describe, it } from 'vitest';
import type { DType } from '../../dtype.ts';
import type { Shape } from '../../shape.ts';
import { shapes } from '../../testing/arbitraries.ts';
import type { Backend, View } from '../backend.ts';
import { anyLayouts, lengths, shapesOfAllRanks, unwritten } from './layouts.ts';
import { type Grid, noisy, stored, vector } from './oracle.ts';
import { specials } from './specials.ts';
import { type Accept, within } from './tolerance.ts';
import { attempt, attemptAll, holds, type Trial } from './trial.ts';

function scaledSum(backend: Backend, a: Grid, b: Grid, alpha: number): Trial {
  const factor = stored(a.dtype, alpha);
  return {
    inputs: [a, b],
    out: unwritten(a.dtype, a.shape),
    run: ([left, right], out) => backend.addScaled(left as View, right as View, alpha, out),
    expected: ([left, right]) => {
      const products = (right as Grid).values.map((value) => factor * value);
      return {
        values: (left as Grid).values.map((value, i) => value + (products[i] as number)),
        accept: roundedOnceOrTwice(a.dtype, products),
      };
    },
  };
}

/** The product may be rounded before it is added. */
function roundedOnceOrTwice(dtype: DType, products: Float64Array): Accept {
  const [relative, least] = dtype === 'float32' ? [2 ** -24, 2 ** -149] : [2 ** -52, Number.MIN_VALUE];
  const near = within(dtype, 1);
  return (got, truth, i) =>
    near(got, truth, i) ||
    Math.abs(got - truth) <= Math.max(relative * (Math.abs(products[i] as number) + Math.abs(truth)), least);
}

export function addScaledContract(backend: Backend): void {
  const noisySum = (dtype: DType, shape: Shape) =>
    scaledSum(backend, noisy(dtype, shape), noisy(dtype, shape, 2), -0.3);

  describe.each(['float32', 'float64'] as const)('a + alpha b of %s', (dtype) => {
    it.each([-0.3, 1, 0, -0, 0.1, Number.NaN])(
      'is right for all pairs of special values, alpha %f',
      (alpha) => {
        const values = specials[dtype];
        const a = vector(
          dtype,
          values.flatMap((value) => values.map(() => value)),
        );
        const b = vector(
          dtype,
          values.flatMap(() => values),
        );
        attempt(backend, scaledSum(backend, a, b, alpha));
      },
    );
    it('is right in vectors of any length', () => {
      for (const n of lengths) attempt(backend, noisySum(dtype, [n]));
    });
    it('is right in every layout', () => {
      for (const shape of shapesOfAllRanks) attemptAll(backend, noisySum(dtype, shape));
    });
    it('is right for many elements', () => attempt(backend, noisySum(dtype, [100_007])));
    it('may be written over either operand', () => {
      for (const over of [0, 1]) {
        const trial = noisySum(dtype, [37]);
        const other = trial.inputs[1 - over] as Grid;
        attempt(backend, {
          inputs: [other],
          out: trial.inputs[over] as Grid,
          run: ([view], out) => {
            const [a, b] = over === 0 ? [out, view as View] : [view as View, out];
            backend.addScaled(a, b, -0.3, out);
          },
          expected: ([seen], out) =>
            trial.expected(over === 0 ? [out, seen as Grid] : [seen as Grid, out], out),
        });
      }
    });
  });

  it('a + alpha b of any shape in any layouts', () =>
    holds((draw) => {
      const shape = draw(shapes({ maxDims: 5 }));
      const ranks = new Array<number>(3).fill(shape.length);
      attempt(backend, noisySum('float32', shape), anyLayouts(ranks, draw));
    }));
}

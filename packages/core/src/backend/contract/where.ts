import { describe, it } from 'vitest';
import { type DType, dtypes } from '../../dtype.ts';
import type { Shape } from '../../shape.ts';
import { shapes } from '../../testing/arbitraries.ts';
import type { Backend, View } from '../backend.ts';
import { anyLayouts, lengths, shapesOfAllRanks, unwritten } from './layouts.ts';
import { type Grid, noisy, vector } from './oracle.ts';
import { specials } from './specials.ts';
import { rounded } from './tolerance.ts';
import { attempt, attemptAll, holds, type Trial } from './trial.ts';

function choice(backend: Backend, a: Grid, b: Grid): Trial {
  return {
    inputs: [noisy('bool', a.shape), a, b],
    out: unwritten(a.dtype, a.shape),
    run: ([condition, yes, no], out) => backend.where(condition as View, yes as View, no as View, out),
    expected: ([condition, yes, no]) => ({
      values: (condition as Grid).values.map((test, i) => ((test ? yes : no) as Grid).values[i] as number),
      accept: rounded(a.dtype),
    }),
  };
}

export function whereContract(backend: Backend): void {
  const noisyChoice = (dtype: DType, shape: Shape) =>
    choice(backend, noisy(dtype, shape, 2), noisy(dtype, shape, 3));

  describe.each(dtypes)('where of %s', (dtype) => {
    it('keeps special values', () => {
      const values = specials[dtype];
      attempt(backend, choice(backend, vector(dtype, values), vector(dtype, values.toReversed())));
    });
    it('chooses in vectors of any length', () => {
      for (const n of lengths) attempt(backend, noisyChoice(dtype, [n]));
    });
    it('chooses in every layout', () => {
      for (const shape of shapesOfAllRanks) attemptAll(backend, noisyChoice(dtype, shape));
    });
    it('chooses among many elements', () => attempt(backend, noisyChoice(dtype, [100_007])));
  });

  it('chooses in any shape and any layouts', () =>
    holds((draw) => {
      const shape = draw(shapes({ maxDims: 5 }));
      const ranks = new Array<number>(4).fill(shape.length);
      attempt(backend, noisyChoice('float32', shape), anyLayouts(ranks, draw));
    }));
}

import '../methods.ts';
import { expect, it } from 'vitest';
import { grad } from '../autograd/backward.ts';
import { tensor } from './creation.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

// PyTorch 1.13: g · exp(x − result).
it.each(['float32', 'float64'] as const)(
  'logsumexp of ∞ does not move with finite elements, in %s',
  (dtype) => {
    const x = tensor(
      [
        [inf, 1, 1000],
        [inf, -inf, inf],
        [-inf, 1000, -inf],
      ],
      { dtype, requiresGrad: true },
    );
    const y = x.logsumexp(1);
    expect(y.toArray()).toEqual([inf, inf, 1000]);
    expect(grad(y.sum(), [x])[0].toArray()).toEqual([
      [nan, 0, 0],
      [nan, 0, nan],
      [0, 1, 0],
    ]);
    expect(tensor([-inf, -inf], { dtype }).logsumexp(0).item()).toBe(-inf);
  },
);

import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { tensor, zeros } from './creation.ts';
import { renorm, stdMean, varMean } from './statistics.ts';

const float64 = { dtype: 'float64' } as const;
const x = () =>
  tensor(
    [
      [1, 2, 6],
      [3, 3, 3],
    ],
    float64,
  );

describe('varMean and stdMean', () => {
  it('give both in an array', () => {
    expect(varMean(x(), 1).map((each) => each.toArray())).toEqual([
      [7, 0],
      [3, 3],
    ]);
    expect(varMean(x(), { dim: 1, correction: 0, keepdim: true })[0].toArray()).toEqual([[14 / 3], [0]]);
    expect(stdMean(x(), false).map((each) => each.item())).toEqual([Math.sqrt(14 / 6), 3]);
    expect(() => stdMean(tensor([1], { dtype: 'int32' }))).toThrow(DTypeError);
  });

  it('have right gradients', () => {
    const leaf = tensor(
      [
        [1, 2, 6],
        [3, 4, 3],
      ],
      { ...float64, requiresGrad: true },
    );
    expect(gradcheck((y) => stdMean(y, 1)[0], [leaf])).toBe(true);
    expect(gradgradcheck((y) => varMean(y)[0], [leaf])).toBe(true);
  });
});

describe('renorm', () => {
  it('scales down what is too long', () => {
    const y = tensor(
      [
        [3, 4],
        [0.3, 0.4],
      ],
      float64,
    );
    const scaled = renorm(y, 2, 0, 1);
    expect(scaled.norm({ dim: 1 })).toBeCloseToTensor(tensor([1, 0.5], float64), { rtol: 1e-6, atol: 0 });
    expect(scaled.select(0, 1).toArray()).toEqual([0.3, 0.4]);
    expect(y.clone().renorm_(2, 0, 1).toArray()).toEqual(scaled.toArray());
    expect(gradcheck((z) => renorm(z, 2, 0, 1), [y.requiresGrad_()])).toBe(true);
  });

  it('refuses what is no norm', () => {
    expect(() => renorm(zeros(2), 2, 0, 1)).toThrow(ShapeError);
    expect(() => renorm(zeros(2, 2), 0, 0, 1)).toThrow(ArgumentError);
    expect(() => renorm(zeros(2, 2), 2, 0, -1)).toThrow(ArgumentError);
    expect(() => renorm(zeros(2, 2, { dtype: 'int32' }), 2, 0, 1)).toThrow(DTypeError);
  });
});

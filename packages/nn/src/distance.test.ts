import { gradcheck, gradgradcheck, ones, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { CosineSimilarity, PairwiseDistance } from './distance.ts';
import * as F from './functional.ts';

const x = () =>
  tensor(
    [
      [3, 4],
      [1, 0],
    ],
    { dtype: 'float64' },
  );
const y = () =>
  tensor(
    [
      [4, 3],
      [0, 2],
    ],
    { dtype: 'float64' },
  );

describe('cosine similarity', () => {
  it('is the product of vectors of length 1', () => {
    expect(new CosineSimilarity().forward(x(), y())).toBeCloseToTensor([24 / 25, 0]);
    expect(new CosineSimilarity(0).forward(x(), y())).toBeCloseToTensor([
      12 / Math.sqrt(10 * 16),
      12 / Math.sqrt(16 * 13),
    ]);
    expect(F.cosineSimilarity(x(), y().select(0, 0)).shape).toEqual([2]);
  });

  it('takes short vectors for ones of length eps', () => {
    expect(F.cosineSimilarity(x().mul(1e-3), y(), { eps: 0.5 })).toBeCloseToTensor([
      (24 * 1e-3) / (0.5 * 5),
      0,
    ]);
    expect(F.cosineSimilarity(x().mul(0), y())).toEqualTensor([0, 0]);
  });

  it('refuses integers', () => {
    const whole = ones([2, 2], { dtype: 'int32' });
    expect(() => F.cosineSimilarity(whole, whole)).toThrow();
  });
});

describe('pairwise distance', () => {
  it('is the p-norm of differences, to which eps is added', () => {
    const differences = [
      [-1, 1],
      [1, -2],
    ];
    for (const [p, eps] of [
      [1, 0.25],
      [2, 1e-6],
      [3, 0],
    ] as const) {
      const want = differences.map(
        (row) => row.reduce((sum, value) => sum + Math.abs(value + eps) ** p, 0) ** (1 / p),
      );
      expect(new PairwiseDistance(p, eps).forward(x(), y())).toBeCloseToTensor(want);
    }
    expect(new PairwiseDistance({ keepdim: true }).forward(x(), y()).shape).toEqual([2, 1]);
  });
});

describe('gradients of first and second order', () => {
  it.each([
    ['cosineSimilarity', (a: Tensor, b: Tensor) => F.cosineSimilarity(a, b)],
    ['pairwiseDistance', (a: Tensor, b: Tensor) => F.pairwiseDistance(a, b, 3)],
  ])('of %s are right', (_, f) => {
    const run = (...[a, b]: Tensor[]) => f(a as Tensor, b as Tensor);
    expect(gradcheck(run, [x().requiresGrad_(), y().requiresGrad_()])).toBe(true);
    expect(gradgradcheck(run, [x().requiresGrad_(), y().requiresGrad_()])).toBe(true);
  });
});

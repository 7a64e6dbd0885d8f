import { ArgumentError, IndexError, ones, randn, ShapeError, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as nn from '../index.ts';
import { F } from '../index.ts';

const leaf = { dtype: 'float64', requiresGrad: true } as const;

describe('pooling', () => {
  const pools: Record<string, (x: Tensor) => Tensor> = {
    adaptiveMaxPool2d: (x) => F.adaptiveMaxPool2d(x, [2, 3]),
    adaptiveAvgPool2d: (x) => F.adaptiveAvgPool2d(x, [2, 3]),
    fractionalMaxPool2d: (x) =>
      F.fractionalMaxPool2d(x, 2, {
        outputSize: 3,
        randomSamples: ones([1, 2, 2], { dtype: 'float64' }).div(3),
      }),
    lpPool2d: (x) => F.lpPool2d(x.mul(x), 3, 2, { ceilMode: true }),
    maxUnpool2d: (x) => {
      const { values, indices } = F.maxPool2d(x, 2, { returnIndices: true });
      return F.maxUnpool2d(values, indices, 2, { outputSize: x.shape });
    },
  };

  it.each(Object.entries(pools))('%s has exact gradients', (_, pool) => {
    expect((x: Tensor) => pool(x).mul(pool(x))).toPassGradcheck(randn([1, 2, 5, 5], leaf), { order: 2 });
  });

  it.each([
    ['adaptiveMaxPool2d', (size: number[]) => F.adaptiveMaxPool2d(randn(2, 3, 4, 5), size)],
    ['adaptiveAvgPool2d', (size: number[]) => F.adaptiveAvgPool2d(randn(2, 3, 4, 5), size)],
  ] as const)('%s to nothing has no windows', (_, pool) => {
    expect(pool([0, 1e10]).shape).toEqual([2, 3, 0, 1e10]);
    expect(pool([1e10, 0]).numel).toBe(0);
    expect(() => pool([1e10, 1])).toThrow(/too large/);
  });

  it('tells positions by which the maxima are found again', () => {
    const x = randn(2, 3, 7, 5);
    for (const { values, indices } of [
      F.maxPool2d(x, 3, { stride: 2, padding: 1, returnIndices: true }),
      F.adaptiveMaxPool2d(x, [3, 2], true),
      F.fractionalMaxPool2d(x, 2, { outputRatio: 0.5, returnIndices: true }),
    ])
      expect(x.flatten(2).gather(2, indices.flatten(2))).toEqualTensor(values.flatten(2));
  });

  it('puts maxima back where they were', () => {
    const x = tensor([
      [
        [
          [1, 2, 5],
          [4, 3, 0],
          [7, 9, 8],
        ],
      ],
    ]);
    const { values, indices } = F.maxPool2d(x, 2, 1, 0, 1, false, true);
    expect(F.maxUnpool2d(values, indices, 2, 1)).toEqualTensor([
      [
        [
          [0, 0, 5],
          [4, 0, 0],
          [0, 9, 0],
        ],
      ],
    ]);
    expect(() => F.maxUnpool2d(values, indices.add(9), 2, 1)).toThrow(IndexError);
    expect(() => F.maxUnpool2d(values, indices, 2, 1, 0, [9, 9])).toThrow(ShapeError);
    expect(() => F.maxUnpool2d(values, indices.flatten(2), 2)).toThrow(ShapeError);
  });

  it('of p-norms are the roots of sums of powers', () => {
    const x = tensor([[[3, 4, 5, 12, 1]]]);
    expect(F.lpPool1d(x, 2, 2)).toBeCloseToTensor([[[5, 13]]]);
    expect(new nn.LPPool1d(1, 2, { stride: 1 }).forward(x)).toBeCloseToTensor([[[7, 9, 17, 13]]]);
    expect(() => F.lpPool1d(x, 0, 2)).toThrow(ArgumentError);
  });

  it('refuses fractions that leave no window', () => {
    expect(() => F.fractionalMaxPool2d(ones(1, 4, 4), 2)).toThrow(ArgumentError);
    expect(() => F.fractionalMaxPool2d(ones(1, 4, 4), 2, { outputRatio: 1.5 })).toThrow(ArgumentError);
    expect(() => F.fractionalMaxPool2d(ones(1, 4, 4), 3, { outputSize: 4 })).toThrow(ShapeError);
  });
});

describe('layers of maxima', () => {
  it('give positions if asked, which their types say', () => {
    const x = randn(1, 1, 4, 4);
    const plain = new nn.MaxPool2d(2, { stride: 2 });
    const both = new nn.MaxPool2d(2, { returnIndices: true });
    expectTypeOf(plain.forward(x)).toEqualTypeOf<Tensor>();
    expectTypeOf(both.forward(x).indices).toEqualTypeOf<Tensor>();
    expect(both.forward(x).values).toEqualTensor(plain.forward(x));
    expect(new nn.AdaptiveMaxPool2d(2, true).forward(x).indices).toEqualTensor(both.forward(x).indices);
    const undone = new nn.MaxUnpool2d(2).forward(both.forward(x).values, both.forward(x).indices);
    expect(plain.forward(undone)).toEqualTensor(plain.forward(x).clamp({ min: 0 }));
  });
});

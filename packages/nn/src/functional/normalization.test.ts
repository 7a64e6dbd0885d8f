import {
  ArgumentError,
  DTypeError,
  ones,
  rand,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from '../index.ts';
import { F } from '../index.ts';

const leaf = { dtype: 'float64', requiresGrad: true } as const;
const float64 = { dtype: 'float64' } as const;
const near = { atol: 1e-12, rtol: 1e-12 };

describe('norms', () => {
  const weights = randn([2, 4, 3], float64);
  const norms: Record<string, (x: Tensor, weight: Tensor, bias: Tensor) => Tensor> = {
    layerNorm: (x, weight, bias) =>
      F.layerNorm(x, [4, 3], {
        weight: weight.outer(weight).narrow(1, 0, 3),
        bias: bias.outer(bias).narrow(1, 0, 3),
      }),
    groupNorm: (x, weight, bias) => F.groupNorm(x, 2, { weight, bias }),
    instanceNorm: (x, weight, bias) => F.instanceNorm(x, { weight, bias }),
    rmsNorm: (x, weight) => F.rmsNorm(x, [3], { weight: weight.narrow(0, 0, 3) }),
    localResponseNorm: (x) => F.localResponseNorm(x, 3, { alpha: 2, k: 0.5 }),
    normalize: (x) => F.normalize(x, 3, -1),
  };

  it.each(Object.entries(norms))('%s has exact gradients of the first and second order', (_, norm) => {
    const inputs = [randn([2, 4, 3], leaf), rand([4], leaf), rand([4], leaf)] as const;
    const weighed = (x: Tensor, weight: Tensor, bias: Tensor) =>
      norm(x, weight, bias).mul(weights).add(weight.add(bias).sum());
    expect(weighed).toPassGradcheck([...inputs], { order: 2 });
  });

  it('give groups of one channel what instance norm gives, and one group what layer norm gives', () => {
    const x = randn([2, 4, 3, 5], float64);
    expect(F.groupNorm(x, 4)).toBeCloseToTensor(F.instanceNorm(x), near);
    expect(F.groupNorm(x, 1)).toBeCloseToTensor(F.layerNorm(x, [4, 3, 5]), near);
  });

  it('bring mean and variance to 0 and 1', () => {
    const y = F.layerNorm(randn([3, 50], float64).mul(7).add(2), [50], { eps: 0 });
    expect(y.mean(1)).toBeCloseToTensor(zeros([3], float64), { atol: 1e-12 });
    expect(y.var(1, false)).toBeCloseToTensor(ones([3], float64), near);
    const unit = F.rmsNorm(randn([3, 50], float64), [50]);
    expect(unit.mul(unit).mean(1)).toBeCloseToTensor(ones([3], float64), { atol: 1e-12 });
  });

  it('divide by what neighbouring channels hold', () => {
    const x = tensor([1, 2, 3, 4], float64).reshape(1, 4, 1);
    // size 3, alpha 3: k + the sum of squares of a channel and its neighbours.
    const sums = [1 + 4, 1 + 4 + 9, 4 + 9 + 16, 9 + 16];
    const want = sums.map((sum, c) => (c + 1) / (2 + sum) ** 0.5);
    expect(F.localResponseNorm(x, 3, { alpha: 3, beta: 0.5, k: 2 }).flatten()).toBeCloseToTensor(want, near);
  });

  it.each<[string, () => unknown, new (...args: never[]) => Error]>([
    ['integers', () => F.layerNorm(ones([2], { dtype: 'int32' }), [2]), DTypeError],
    ['another shape', () => F.layerNorm(ones(2, 3), [2]), ShapeError],
    ['no shape', () => F.layerNorm(ones(2, 3), []), ArgumentError],
    ['a weight of another shape', () => F.rmsNorm(ones(2, 3), [3], { weight: ones(2) }), ShapeError],
    ['groups that do not divide', () => F.groupNorm(ones(2, 3), 2), ArgumentError],
    ['one value for each channel', () => F.instanceNorm(ones(2, 3, 1)), ShapeError],
    ['no running statistics', () => F.instanceNorm(ones(2, 3, 4), { useInputStats: false }), ShapeError],
    ['too few dims', () => F.localResponseNorm(ones(2, 3), 2), ShapeError],
  ])('refuse %s', (_, call, error) => {
    expect(call).toThrow(error);
  });
});

describe('InstanceNorm', () => {
  it('keeps running means of the means and the unbiased variances', () => {
    const norm = new nn.InstanceNorm1d(1, { trackRunningStats: true, momentum: 0.5, dtype: 'float64' });
    norm.forward(tensor([[[1, 3]], [[5, 9]]], float64));
    // Means 2 and 7, variances 2 and 8.
    expect(norm.runningMean).toEqualTensor([2.25]);
    expect(norm.runningVar).toEqualTensor([3]);
    expect(norm.numBatchesTracked?.item()).toBe(0);
    norm.eval();
    expect(norm.forward(tensor([[2.25, 2.25]], float64))).toEqualTensor([[0, 0]]);
  });

  it('has neither parameters nor buffers unless it is asked', () => {
    expect(Object.keys(new nn.InstanceNorm2d(3).stateDict())).toEqual([]);
    expect(() => new nn.InstanceNorm2d(3).forward(ones(3, 4))).toThrow(ShapeError);
  });
});

describe('LayerNorm and its kin', () => {
  it('refuse a shape without dims', () => {
    for (const make of [
      () => new nn.LayerNorm([]),
      () => new nn.RMSNorm([]),
      () => F.layerNorm(ones(2, 3), []),
    ])
      expect(make).toThrow(/normalizedShape \[\]; wanted/);
    expect(() => F.layerNorm(ones(2, 3), 3 as never)).toThrow(/normalizedShape number 3; wanted an array/);
  });

  it('have PyTorch’s keys', () => {
    expect(Object.keys(new nn.LayerNorm(3).stateDict())).toEqual(['weight', 'bias']);
    expect(Object.keys(new nn.LayerNorm(3, { bias: false }).stateDict())).toEqual(['weight']);
    expect(Object.keys(new nn.RMSNorm([3]).stateDict())).toEqual(['weight']);
    expect(Object.keys(new nn.GroupNorm(1, 2, { affine: false }).stateDict())).toEqual([]);
    expect(() => new nn.GroupNorm(2, 3)).toThrow(ArgumentError);
  });
});

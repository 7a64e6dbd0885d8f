import {
  ArgumentError,
  DTypeError,
  manualSeed,
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

const float64 = { dtype: 'float64' } as const;
const leaf = { ...float64, requiresGrad: true } as const;

describe('linear', () => {
  it('multiplies by the transposed weight', () => {
    const [x, weight, bias] = [randn([2, 3, 4], leaf), randn([5, 4], leaf), randn([5], leaf)];
    expect(F.linear(x, weight, { bias })).toBeCloseToTensor(x.matmul(weight.t()).add(bias));
    expect((...[a, w, b]: Tensor[]) =>
      F.linear(a as Tensor, w as Tensor, { bias: b ?? null }),
    ).toPassGradcheck([x, weight, bias]);
  });

  it('names the layer’s sizes when they do not fit', () => {
    expect(() => new nn.Linear(4, 2).forward(zeros(3, 5))).toThrow(ShapeError);
    expect(() => new nn.Linear(4, 2).forward(zeros(3, 5))).toThrow(/\(3, 5\).*\(2, 4\)/);
    expect(() => F.linear(zeros([]), zeros(2, 2))).toThrow(ShapeError);
    expect(() => new nn.Linear(4, 2).forward([1] as never)).toThrow(ArgumentError);
  });
});

describe('dropout', () => {
  it('keeps the mean, scales what it keeps, and lets gradients through there', () => {
    manualSeed(0);
    const x = ones([10_000], { requiresGrad: true });
    const y = F.dropout(x, { p: 0.2 });
    y.sum().backward();
    expect(new Set(y.data)).toEqual(new Set([0, 1.25]));
    expect(Math.abs(y.mean().item() - 1)).toBeLessThan(0.02);
    expect(x.grad).toEqualTensor(y.detach());
  });

  it('does nothing in evaluation, and drops all at p = 1', () => {
    const x = ones(8);
    expect(F.dropout(x, { training: false })).toBe(x);
    expect(new nn.Dropout(0.9).eval().forward(x)).toBe(x);
    expect(F.dropout(x, { p: 0 })).toBe(x);
    expect(new nn.Dropout({ p: 1 }).forward(x)).toEqualTensor(zeros(8));
  });

  it('of channels drops them whole', () => {
    manualSeed(0);
    const y = new nn.Dropout2d().forward(ones(4, 8, 3, 3));
    const channels = y.flatten(2);
    expect(channels.amin(2)).toEqualTensor(channels.amax(2));
    expect(new Set(y.data)).toEqual(new Set([0, 2]));
    expect(() => F.dropout2d(ones(3))).toThrow(ShapeError);
    expect(() => F.dropout2d([1] as never)).toThrow(ArgumentError);
    expect(() => F.dropout([1] as never)).toThrow(ArgumentError);
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses p = %d', (p) => {
    expect(() => F.dropout(ones(2), { p })).toThrow(ArgumentError);
    expect(() => new nn.Dropout(p)).toThrow(ArgumentError);
  });
});

describe('batchNorm', () => {
  it('has exact gradients of the first and the second order, through the statistics of the batch', () => {
    const inputs = [randn([3, 2, 2], leaf), rand([2], leaf), rand([2], leaf)];
    const norm = ([x, weight, bias]: Tensor[]) =>
      F.batchNorm(x as Tensor, null, null, { weight: weight ?? null, bias: bias ?? null, training: true });
    const weights = randn([3, 2, 2], float64);
    expect((...all: Tensor[]) => norm(all).mul(weights)).toPassGradcheck(inputs, { order: 2 });
  });

  it('moves running statistics by the unbiased variance', () => {
    const x = tensor([[1], [2], [6]], float64);
    const bn = new nn.BatchNorm1d(1, { momentum: 0.5, dtype: 'float64' });
    bn.forward(x);
    // mean 3; variance (4 + 1 + 9) / 2 = 7
    expect(bn.runningMean).toEqualTensor([1.5]);
    expect(bn.runningVar).toEqualTensor([4]);
    expect(bn.numBatchesTracked?.item()).toBe(1);
    bn.resetRunningStats();
    expect([bn.running_mean?.item(), bn.running_var?.item(), bn.num_batches_tracked?.item()]).toEqual([
      0, 1, 0,
    ]);
  });

  it('averages over all batches without a momentum', () => {
    const bn = new nn.BatchNorm1d(1, { momentum: null, dtype: 'float64' });
    for (const mean of [1, 2, 6]) bn.forward(tensor([[mean - 1], [mean + 1]], float64));
    expect(bn.runningMean).toBeCloseToTensor([3]);
    expect(bn.runningVar).toBeCloseToTensor([2]);
  });

  it('does not touch its statistics in evaluation', () => {
    const bn = new nn.BatchNorm2d(2).eval();
    bn.forward(randn(3, 2, 4, 4));
    expect(bn.runningMean).toEqualTensor([0, 0]);
    expect(bn.numBatchesTracked?.item()).toBe(0);
  });

  it('refuses what does not fit', () => {
    const bn = new nn.BatchNorm2d(3);
    expect(() => bn.forward(zeros(2, 4, 2, 2))).toThrow(ShapeError);
    expect(() => bn.forward(zeros(2, 3))).toThrow(ShapeError);
    expect(() => bn.forward(zeros(1, 3, 1, 1))).toThrow(/one value/);
    expect(() => bn.forward(zeros([2, 3, 2, 2], float64))).toThrow(DTypeError);
    expect(() => F.batchNorm(zeros(2, 3), null, null)).toThrow(ShapeError);
    expect(() => F.batchNorm(zeros(2), zeros(2), ones(2))).toThrow(ShapeError);
    expect(() => new nn.BatchNorm2d(3, { momentun: 0.1 } as never)).toThrow(ArgumentError);
  });
});

it('layers of shapes and windows do what the methods do', () => {
  const x = randn([2, 3], float64);
  expect(new nn.Unflatten(1, [3, 1]).forward(x)).toEqualTensor(x.unsqueeze(2));
  expect(new nn.AvgPool1d(3).forward(x)).toBeCloseToTensor(x.mean(1, { keepdim: true }));
});

describe('arguments of layers', () => {
  it('are PyTorch’s, by position or by name', () => {
    const alike: [nn.Module, nn.Module][] = [
      [new nn.Linear(4, 3, false), new nn.Linear(4, 3, { bias: false })],
      [new nn.Conv2d(2, 4, 3, 2, 1), new nn.Conv2d(2, 4, 3, { stride: 2, padding: 1 })],
      [new nn.Conv2d(2, 4, 3, 2, { groups: 2 }), new nn.Conv2d(2, 4, 3, { stride: 2, groups: 2 })],
      [new nn.MaxPool2d(3, 2, 1), new nn.MaxPool2d(3, { stride: 2, padding: 1 })],
      [new nn.Dropout(0.2), new nn.Dropout({ p: 0.2 })],
      [new nn.BatchNorm2d(3, 1e-3), new nn.BatchNorm2d(3, { eps: 1e-3 })],
      [new nn.LeakyReLU(0.2), new nn.LeakyReLU({ negativeSlope: 0.2 })],
    ];
    for (const [byPosition, byName] of alike) expect(String(byPosition)).toBe(String(byName));
    expect(F.dropout(ones(2), 0.5, false)).toEqualTensor([1, 1]);
    expect(nn.init.normal_(zeros(3), 5, 0)).toEqualTensor([5, 5, 5]);
  });

  it.each<[string, () => unknown]>([
    ['an unknown option', () => new nn.Conv2d(1, 1, 3, { paddin: 1 } as never)],
    ['groups that do not divide', () => new nn.Conv2d(3, 4, 3, { groups: 2 })],
    ['a broken size', () => new nn.Linear(2.5, 1)],
    ['a missing size', () => new nn.Linear(2, undefined as never)],
    ['a kernel of no size', () => new nn.Conv2d(1, 1, 0)],
    ['a kernel of too many sizes', () => new nn.MaxPool2d([2, 2, 2])],
    ["padding 'same' with a stride", () => new nn.Conv2d(1, 1, 3, { padding: 'same', stride: 2 })],
    ["padding 'same' of a transpose", () => new nn.ConvTranspose2d(1, 1, 3, { padding: 'same' as never })],
    ['outputPadding where there is none', () => new nn.Conv1d(1, 1, 3, { outputPadding: 1 } as never)],
    ['an unknown reduction', () => new nn.MSELoss({ reduction: 'max' as never })],
    ['an option of another loss', () => new nn.MSELoss({ weight: null } as never)],
  ])('%s is refused', (_, make) => {
    expect(make).toThrow(ArgumentError);
  });
});

import { ArgumentError, manualSeed, type Tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';

/** Each lazy layer, an input, and the layer that it becomes. */
const layers: Readonly<
  Record<string, readonly [make: () => nn.Layer, shape: readonly number[], same: () => nn.Layer]>
> = {
  LazyLinear: [() => new nn.LazyLinear(2), [4, 3], () => new nn.Linear(3, 2)],
  LazyConv1d: [() => new nn.LazyConv1d(2, 3), [1, 3, 5], () => new nn.Conv1d(3, 2, 3)],
  LazyConv2d: [
    () => new nn.LazyConv2d(4, 2, { groups: 2 }),
    [4, 5, 5],
    () => new nn.Conv2d(4, 4, 2, { groups: 2 }),
  ],
  LazyConv3d: [
    () => new nn.LazyConv3d(2, 2, { bias: false }),
    [1, 3, 3, 3, 3],
    () => new nn.Conv3d(3, 2, 2, { bias: false }),
  ],
  LazyConvTranspose1d: [
    () => new nn.LazyConvTranspose1d(2, 3),
    [1, 3, 5],
    () => new nn.ConvTranspose1d(3, 2, 3),
  ],
  LazyConvTranspose2d: [
    () => new nn.LazyConvTranspose2d(2, 2),
    [1, 3, 4, 4],
    () => new nn.ConvTranspose2d(3, 2, 2),
  ],
  LazyConvTranspose3d: [
    () => new nn.LazyConvTranspose3d(2, 1),
    [3, 2, 2, 2],
    () => new nn.ConvTranspose3d(3, 2, 1),
  ],
  LazyBatchNorm1d: [() => new nn.LazyBatchNorm1d(), [4, 3], () => new nn.BatchNorm1d(3)],
  LazyBatchNorm2d: [
    () => new nn.LazyBatchNorm2d({ momentum: null }),
    [2, 3, 2, 2],
    () => new nn.BatchNorm2d(3, { momentum: null }),
  ],
  LazyBatchNorm3d: [() => new nn.LazyBatchNorm3d(), [2, 3, 2, 2, 2], () => new nn.BatchNorm3d(3)],
  LazyInstanceNorm1d: [
    () => new nn.LazyInstanceNorm1d({ affine: true }),
    [3, 4],
    () => new nn.InstanceNorm1d(3, { affine: true }),
  ],
  LazyInstanceNorm2d: [
    () => new nn.LazyInstanceNorm2d({ trackRunningStats: true }),
    [2, 3, 2, 2],
    () => new nn.InstanceNorm2d(3, { trackRunningStats: true }),
  ],
  LazyInstanceNorm3d: [() => new nn.LazyInstanceNorm3d(), [2, 3, 2, 2, 2], () => new nn.InstanceNorm3d(3)],
};

describe.each(Object.entries(layers))('%s', (_, [make, shape, same]) => {
  const input = () => zeros(shape).add(zeros(shape).normal_());

  it('becomes the layer that it stands for, with the same first values', () => {
    const lazy = make();
    expect(
      [...lazy.parameters(), ...lazy.buffers()]
        .filter((each) => each.dtype === 'float32')
        .every(nn.isUninitialized),
    ).toBe(true);
    const x = input();
    manualSeed(1);
    const y = lazy.forward(x);
    manualSeed(1);
    const eager = same();
    expect(y).toEqualTensor(eager.forward(x));
    expect(lazy.toString()).toBe(eager.toString());
    expect(lazy.constructor).toBe(eager.constructor);
    const [ours, theirs] = [lazy.stateDict(), eager.stateDict()];
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    for (const [key, tensor] of Object.entries(theirs)) expect(ours[key]).toEqualTensor(tensor);
  });

  it('takes a state dict before its first input', () => {
    const [lazy, eager] = [make(), same()];
    lazy.loadStateDict(eager.stateDict());
    expect([...lazy.parameters()].some(nn.isUninitialized)).toBe(false);
    const x = input();
    expect(lazy.forward(x)).toEqualTensor(eager.forward(x));
  });

  it('refuses inputs that it cannot take, and waits on', () => {
    const lazy = make();
    const name = lazy.constructor.name;
    expect(() => lazy.forward(zeros([]))).toThrow(/Error|got/);
    expect(lazy.constructor.name).toBe(name);
    expect(lazy.forward(input()).shape.length).toBe(shape.length);
  });
});

describe('a parameter without a shape', () => {
  it('tells every op to wait, and stays the object that it is', () => {
    const lazy = new nn.LazyLinear(2);
    const { weight } = lazy;
    const uses = [
      () => weight.shape,
      () => weight.add(1),
      () => weight.detach(),
      () => weight.numel,
      () => nn.init.ones_(weight),
    ];
    for (const use of uses) expect(use).toThrow(ArgumentError);
    expect([weight.dtype, weight.requiresGrad, String(weight)]).toEqual([
      'float32',
      true,
      '<UninitializedParameter>',
    ]);
    lazy.forward(zeros([1, 3]));
    expect(lazy.weight).toBe(weight);
    expect(weight.shape).toEqual([2, 3]);
    expect(weight).not.toBeInstanceOf(nn.UninitializedParameter);
  });

  it('takes the dtype that the module is brought to', () => {
    const lazy = new nn.LazyBatchNorm1d().double();
    lazy.forward(zeros([2, 3], { dtype: 'float64' }));
    expect([lazy.weight?.dtype, lazy.running_var?.dtype]).toEqual(['float64', 'float64']);
  });

  it('stands in a state dict as it is, and is no value for a tensor with a shape', () => {
    const dict = new nn.LazyLinear(2).stateDict();
    expect(nn.isUninitialized(dict.weight)).toBe(true);
    new nn.LazyLinear(2).loadStateDict(dict);
    expect(() => new nn.Linear(3, 2).loadStateDict(dict)).toThrow(nn.StateDictError);
  });

  it('refuses channels that groups do not divide', () => {
    expect(() => new nn.LazyConv1d(4, 1, { groups: 2 }).forward(zeros([1, 3, 4]))).toThrow(ArgumentError);
  });

  it('stays a class of the user’s own', () => {
    class Doubled extends nn.LazyLinear {
      override forward(x: Tensor): Tensor {
        return super.forward(x).mul(2);
      }
    }
    const layer = new Doubled(2);
    layer.forward(zeros([1, 3]));
    expect(layer.constructor).toBe(Doubled);
  });
});

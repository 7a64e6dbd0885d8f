import { ArgumentError, ShapeError, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { type Averageable, AveragedModel, getEmaAvgFn, getSwaAvgFn } from './averaged-model.ts';

/** A weight, and a count in a buffer. */
class Model implements Averageable {
  weight: Tensor;
  seen: Tensor;
  constructor(weight: number[], seen = 0) {
    this.weight = tensor(weight, { dtype: 'float64', requiresGrad: true });
    this.seen = tensor([seen], { dtype: 'float64' });
  }
  namedParameters() {
    return [['weight', this.weight] as const];
  }
  namedBuffers() {
    return [['seen', this.seen] as const];
  }
  stateDict() {
    return { weight: this.weight.detach().clone(), seen: this.seen.clone() };
  }
  loadStateDict({ weight, seen }: Record<string, Tensor>) {
    this.weight.detach().copy_(weight as Tensor);
    this.seen.copy_(seen as Tensor);
  }
}

const values = [
  [1, 8],
  [3, 2],
  [8, -1],
  [0, 3],
] as const;

describe('AveragedModel', () => {
  it('is the mean of all values, and has the buffers of the last', () => {
    const averaged = new AveragedModel(new Model([0, 0]));
    for (const [i, value] of values.entries()) averaged.updateParameters(new Model([...value], i));
    expect(averaged.module.weight.toArray()).toEqual([expect.closeTo(3, 14), expect.closeTo(3, 14)]);
    expect([averaged.module.seen.item(), averaged.nAveraged]).toEqual([3, 4]);
    expect(averaged.module.weight.requiresGrad).toBe(true);
  });

  it('or an exponential average, buffers included', () => {
    const averaged = new AveragedModel(new Model([0, 0]), { avgFn: getEmaAvgFn(0.75), useBuffers: true });
    for (const [i, value] of values.entries()) averaged.updateParameters(new Model([...value], i));
    const ema = (list: readonly number[]) => list.reduce((mean, value) => 0.75 * mean + 0.25 * value);
    expect(averaged.module.weight.toArray()).toEqual([
      expect.closeTo(ema(values.map(([a]) => a)), 14),
      expect.closeTo(ema(values.map(([, b]) => b)), 14),
    ]);
    expect(averaged.module.seen.item()).toBeCloseTo(ema([0, 1, 2, 3]), 14);
  });

  it('goes on from its state dict, which is PyTorch’s', () => {
    const [straight, broken] = [new AveragedModel(new Model([0, 0])), new AveragedModel(new Model([0, 0]))];
    let other = broken;
    for (const value of values) {
      straight.updateParameters(new Model([...value]));
      const saved = other.stateDict();
      expect(Object.keys(saved)).toEqual(['n_averaged', 'module.weight', 'module.seen']);
      other = new AveragedModel(new Model([5, 5]));
      other.loadStateDict(saved);
      other.updateParameters(new Model([...value]));
    }
    expect(other.module.weight.toArray()).toEqual(straight.module.weight.toArray());
    expect(other.nAveraged).toBe(4);
  });

  it('gives functions that can be used by themselves', () => {
    const [a, b] = [tensor([4]), tensor([8])];
    expect(getSwaAvgFn()(a, b, 3).item()).toBe(5);
    expect(getEmaAvgFn(0.5)(a, b, 3).item()).toBe(6);
    expect(a.item()).toBe(4);
  });

  const same = new Model([1]);
  it.each<[string, () => unknown, typeof ArgumentError]>([
    ['what is no model', () => new AveragedModel({} as never), ArgumentError],
    ['an unknown option', () => new AveragedModel(new Model([1]), { decay: 0.9 } as object), ArgumentError],
    ['a decay above 1', () => getEmaAvgFn(1.5), ArgumentError],
    ['itself', () => new AveragedModel(same).updateParameters(same), ArgumentError],
    ['another shape', () => new AveragedModel(same).updateParameters(new Model([1, 2])), ShapeError],
    ['an empty state', () => new AveragedModel(same).loadStateDict({}), ArgumentError],
    [
      'a foreign state',
      () => new AveragedModel(same).loadStateDict({ n_averaged: tensor(1), weight: tensor([1]) }),
      ArgumentError,
    ],
  ])('refuses %s', (_, act, error) => {
    expect(act).toThrow(error);
    expect(same.weight.toArray()).toEqual([1]);
  });
});

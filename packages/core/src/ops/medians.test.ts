import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { grad } from '../autograd/backward.ts';
import { ShapeError } from '../errors.ts';
import { tensor, zeros } from './creation.ts';
import { median, mode, nanmedian } from './medians.ts';

const { NaN: nan, NEGATIVE_INFINITY: lowest } = Number;

describe('median', () => {
  it('is the smaller one of two in the middle', () => {
    expect(median(tensor([4, 1, 3, 2])).toArray()).toBe(2);
    const { values, indices } = tensor([
      [5, 1, 3],
      [2, 9, 4],
    ]).median(1, true);
    expect(values.toArray()).toEqual([[3], [4]]);
    expect(indices.toArray()).toEqual([[2], [2]]);
    expect(median(tensor([2, 7, 7, 1], { dtype: 'int32' })).toArray()).toBe(2);
  });

  it('is NaN where there is any, and nanmedian only where there is nothing else', () => {
    const x = tensor([
      [nan, 3, nan, 1],
      [4, 3, 2, 1],
      [nan, nan, nan, nan],
    ]);
    expect(median(x, 1).values.toArray()).toEqual([nan, 2, nan]);
    expect(median(x, 1).indices.toArray()).toEqual([0, 2, 0]);
    expect(nanmedian(x, { dim: 1 }).values.toArray()).toEqual([1, 2, nan]);
    expect(nanmedian(x, 1).indices.toArray()).toEqual([3, 2, 0]);
    expect(nanmedian(x).toArray()).toBe(2);
    expect(median(x).toArray()).toBe(nan);
  });

  it('of nothing is NaN, and of an empty line nothing that could be chosen', () => {
    expect(median(zeros(0)).toArray()).toBe(nan);
    expect(() => median(zeros(2, 0), 1)).toThrow(ShapeError);
    expect(() => median(zeros(0, { dtype: 'int32' }))).toThrow(ShapeError);
    expect(median(zeros(0, 3), 1).values.shape).toEqual([0]);
  });

  it('shares the gradient among those that equal it, unless a dim is given', () => {
    const x = tensor([1, 2, 2, 7], { requiresGrad: true });
    expect(grad(median(x), [x])[0]?.toArray()).toEqual([0, 0.5, 0.5, 0]);
    expect(grad(median(x, 0).values, [x])[0]?.toArray()).toEqual([0, 1, 0, 0]);
    const y = tensor([lowest, lowest, lowest, 7]);
    expect(median(y).toArray()).toBe(lowest);
  });
});

describe('mode', () => {
  it('is the smallest of the most frequent elements, where it is last', () => {
    const x = tensor([
      [3, 1, 3, 1, 2],
      [5, 4, 3, 2, 1],
      [0, -0, 7, 7, 0],
    ]);
    const { values, indices } = mode(x);
    expect(values.toArray()).toEqual([1, 1, 0]);
    expect(indices.toArray()).toEqual([3, 4, 4]);
    expect(tensor([true, false, true]).mode(0, true).values.toArray()).toEqual([true]);
    expect(mode(tensor(4)).indices.toArray()).toBe(0);
    expect(() => mode(zeros(2, 0))).toThrow(ShapeError);
  });
});

import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { grad } from '../autograd/backward.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { tensor, zeros } from './creation.ts';
import { aminmax } from './extremes.ts';
import { nanmean, nansum } from './reduction.ts';

const nan = Number.NaN;
const gaps = [
  [nan, 1, 2],
  [nan, nan, nan],
];

describe('nansum and nanmean', () => {
  it('leave NaN out', () => {
    const x = tensor(gaps);
    expect(nansum(x, 1).toArray()).toEqual([3, 0]);
    expect(x.nansum({ dim: 1, keepdim: true, dtype: 'float64' }).dtype).toBe('float64');
    expect(nanmean(x, 1).toArray()).toEqual([1.5, nan]);
    expect(x.nanmean().item()).toBe(1.5);
    expect(nansum(tensor([true, true])).toArray()).toBe(2);
    expect(() => nanmean(tensor([1], { dtype: 'int32' }))).toThrow(DTypeError);
  });

  it('have no slope where they leave out', () => {
    const x = tensor(gaps, { requiresGrad: true });
    expect(grad(nanmean(x), [x])[0]?.toArray()).toEqual([
      [0, 0.5, 0.5],
      [0, 0, 0],
    ]);
  });
});

describe('aminmax', () => {
  it('gives both ends', () => {
    const x = tensor([
      [3, 1],
      [nan, 5],
    ]);
    const { min, max } = aminmax(x, { dim: 1 });
    expect([min.toArray(), max.toArray()]).toEqual([
      [1, nan],
      [3, nan],
    ]);
    expect(x.aminmax({ dim: 0, keepdim: true }).min.shape).toEqual([1, 2]);
    expect(() => aminmax(zeros(0))).toThrow(ShapeError);
  });
});

import '../methods.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { tensor, zeros } from './creation.ts';
import { type Interpolation, nanquantile, quantile } from './quantiles.ts';

const nan = Number.NaN;
const float64 = { dtype: 'float64' } as const;

/** Sorts, and goes from element to element in steps of 1 / (n − 1). */
function slowQuantile(numbers: readonly number[], q: number, interpolation: Interpolation): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const rank = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(rank)] as number, sorted[Math.ceil(rank)] as number];
  const even = 2 * Math.round(rank / 2);
  const nearest =
    Math.abs(rank % 1) === 0.5 ? (sorted[even] as number) : (sorted[Math.round(rank)] as number);
  return {
    linear: below + (rank % 1) * (above - below),
    lower: below,
    higher: above,
    midpoint: (below + above) / 2,
    nearest,
  }[interpolation];
}

describe('quantile', () => {
  it.each(['linear', 'lower', 'higher', 'midpoint', 'nearest'] as const)(
    'interpolates: %s',
    (interpolation) => {
      const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 12 });
      fc.assert(
        fc.property(numbers, fc.constantFrom(0, 0.1, 0.25, 0.5, 0.8, 1), (list, q) => {
          const got = quantile(tensor(list, float64), q, { interpolation }).item();
          expect(got).toBeCloseTo(slowQuantile(list, q, interpolation), 10);
          const gaps = list.flatMap((value) => [nan, value]);
          expect(nanquantile(tensor(gaps, float64), q, { interpolation }).item()).toBeCloseTo(got, 10);
        }),
      );
    },
  );

  it('puts the dim of q in front', () => {
    const x = tensor([
      [1, 2, 3],
      [5, 7, 9],
    ]);
    const q = tensor([0, 0.5]);
    expect(quantile(x, q, 1).toArray()).toEqual([
      [1, 5],
      [2, 7],
    ]);
    expect(quantile(x, q, 0, true).shape).toEqual([2, 1, 3]);
    expect(x.quantile(q, { keepdim: true }).shape).toEqual([2, 1, 1]);
    expect(quantile(x, 0.5, 0).toArray()).toEqual([3, 4.5, 6]);
    expect(quantile(tensor(3), 0.5, 0, true).shape).toEqual([]);
    expect(quantile(x, zeros(0), 1).shape).toEqual([0, 2]);
  });

  it('is NaN where there is any, and nanquantile only where there is nothing else', () => {
    const x = tensor([
      [nan, 1, 2],
      [1, 2, 3],
      [nan, nan, nan],
    ]);
    expect(quantile(x, 0, 1).toArray()).toEqual([nan, 1, nan]);
    expect(nanquantile(x, 1, 1).toArray()).toEqual([2, 3, nan]);
  });

  it('has gradients for the elements and for q', () => {
    const x = tensor([3, 1, 4, 1.5, 9], { ...float64, requiresGrad: true });
    const q = tensor([0.2, 0.6], { ...float64, requiresGrad: true });
    expect(gradcheck((a, b) => quantile(a, b), [x, q])).toBe(true);
    expect(gradcheck((a) => quantile(a, 0.3, { interpolation: 'midpoint' }), [x])).toBe(true);
  });

  it('refuses what is no quantile', () => {
    const x = tensor([1, 2]);
    expect(() => quantile(x, 1.5)).toThrow(ArgumentError);
    expect(() => quantile(x, nan)).toThrow(ArgumentError);
    expect(() => quantile(x, 0.5, { interpolation: 'cubic' as 'linear' })).toThrow(ArgumentError);
    expect(() => quantile(x, zeros(1, 1))).toThrow(ShapeError);
    expect(() => quantile(x, zeros(1, float64))).toThrow(DTypeError);
    expect(() => quantile(tensor([1], { dtype: 'int32' }), 0.5)).toThrow(DTypeError);
    expect(() => quantile(zeros(0), 0.5)).toThrow(ShapeError);
  });
});

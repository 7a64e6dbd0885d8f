import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { grad } from '../autograd/backward.ts';
import { observe } from '../dispatch.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { full, tensor, zeros } from './creation.ts';
import { aminmax } from './extremes.ts';
import { nanmean, nansum } from './reduction.ts';

const nan = Number.NaN;
const gaps = [
  [nan, 1, 2],
  [nan, nan, nan],
];

describe('sums and products of whole numbers', () => {
  const whole = (...values: number[]) => tensor(values, { dtype: 'int32' });
  const [least, most] = [-(2 ** 31), 2 ** 31 - 1];

  it('are right up to what int32 holds', () => {
    expect(whole(most, least, least, most, 2).sum().item()).toBe(0);
    expect(
      whole(most - 1, 1)
        .sum()
        .item(),
    ).toBe(most);
    expect(
      whole(least + 1, -1)
        .sum()
        .item(),
    ).toBe(least);
    expect(
      whole(2 ** 15, -(2 ** 16))
        .prod()
        .item(),
    ).toBe(least);
    expect(whole(least, most, most, 0).prod().item()).toBe(0);
    expect(
      whole(...new Array(200).fill(least), 0)
        .prod()
        .item(),
    ).toBe(0);
  });

  it('refuse to wrap around, and say what does not', () => {
    for (const wrong of [
      () => whole(most, 1).sum(),
      () => whole(least, -1).sum(),
      () =>
        tensor(
          [
            [1, 1],
            [most, 1],
          ],
          { dtype: 'int32' },
        ).sum(1, true),
      () => whole(2 ** 16, 2 ** 15).prod(),
      () => full([9_000_000], 250, { dtype: 'uint8' }).sum(),
      () => full([5], 250, { dtype: 'uint8' }).prod(),
    ])
      expect(wrong).toThrow(/int32.*float64/);
    expect(whole(most, 1).sum({ dtype: 'float64' }).item()).toBe(2 ** 31);
    expect(whole(most, 1).sum({ dtype: 'int32' }).item()).toBe(least);
  });

  it('are not looked at where they cannot wrap', () => {
    const seen: string[] = [];
    const totals = () => [
      tensor([true, false]).sum(),
      tensor([true, false]).prod(),
      full([300], 255, { dtype: 'uint8' }).sum(),
      full([3], 255, { dtype: 'uint8' }).prod(),
      whole(most).sum(),
      tensor([1, 2]).sum(),
    ];
    const stop = observe((_primitive, _inputs, out) => void seen.push(out.dtype));
    const results = totals();
    stop();
    expect(results.map((each) => each.item())).toEqual([1, 0, 76_500, 16_581_375, most, 3]);
    expect(seen).not.toContain('float64');
  });
});

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

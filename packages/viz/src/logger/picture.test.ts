import { describe, expect, it } from 'vitest';
import { thinned } from './picture.ts';

describe('thinned', () => {
  it('keeps short series as they are', () => {
    expect(thinned({ steps: [3, 5, 9], values: [1, Number.NaN, 1] }, 3)).toEqual({
      x: [3, 5, 9],
      y: [1, Number.NaN, 1],
    });
    expect(thinned({ steps: [], values: [] }, 3)).toEqual({ x: [], y: [] });
  });

  it('keeps every peak, every gap and the order of long ones', () => {
    const values = Array.from({ length: 10_007 }, (_, i) => Math.sin(i / 500));
    const peaks = { 1234: 50, 7777: -50, 5000: Number.POSITIVE_INFINITY, 9000: Number.NaN };
    for (const [i, peak] of Object.entries(peaks)) values[Number(i)] = peak;
    const steps = values.map((_, i) => 10 * i);
    const { x, y } = thinned({ steps, values }, 200);
    expect(x.length).toBeLessThanOrEqual(202);
    expect(x.length).toBeGreaterThan(100);
    for (const [i, peak] of Object.entries(peaks)) expect(y[x.indexOf(10 * Number(i))]).toBe(peak);
    expect(x).toEqual([...new Set(x)].sort((a, b) => a - b));
    x.forEach((step, i) => {
      expect(y[i]).toBe(values[step / 10]);
    });
  });
});

import { createHash } from 'node:crypto';
import { ArgumentError } from '@retrograd/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digitStrokes } from './digit-strokes.ts';
import { renderStrokeDigits } from './render-digits.ts';

const pixels = 28 * 28;
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('renderStrokeDigits', () => {
  it('gives the shapes it promises', () => {
    const { images, labels } = renderStrokeDigits({ size: 3 });
    expect([images.length, labels.length]).toEqual([3 * pixels, 3]);
    expect(renderStrokeDigits({ size: 0 }).images.length).toBe(0);
  });

  // No expectation but a record: the same pixels on every engine and machine, and in every version to come.
  it('draws the same bits everywhere', () => {
    const { images, labels } = renderStrokeDigits({ size: 500, seed: 7 });
    expect([...labels.subarray(0, 10)]).toEqual([9, 6, 1, 2, 8, 5, 9, 7, 3, 4]);
    expect(hash(images)).toBe('5bd10d26b8d22487e933b5b04cc9c6472e43822c8b2e0364c5f35398d0c61089');
  });

  it('a smaller set is the beginning of a larger one', () => {
    const large = renderStrokeDigits({ size: 60, seed: 3 });
    fc.assert(
      fc.property(fc.nat(60), (size) => {
        const small = renderStrokeDigits({ size, seed: 3 });
        expect(hash(small.images)).toBe(hash(large.images.subarray(0, size * pixels)));
        expect(small.labels).toEqual(large.labels.subarray(0, size));
      }),
      { numRuns: 20 },
    );
  });

  it('no digit comes twice, in whichever split or seed', () => {
    const sets = [{ seed: 0 }, { seed: 1 }, { seed: 2 ** 32 }, { seed: 0, split: 'test' as const }];
    const digits = sets.flatMap((set) => {
      const { images } = renderStrokeDigits({ size: 200, ...set });
      return Array.from({ length: 200 }, (_, i) => hash(images.subarray(i * pixels, (i + 1) * pixels)));
    });
    expect(new Set(digits).size).toBe(800);
  });

  it('draws every digit about as often', () => {
    const counts = new Array<number>(10).fill(0);
    for (const label of renderStrokeDigits({ size: 5000 }).labels) counts[label] = (counts[label] ?? 0) + 1;
    // Binomial(5000, 1/10): 500 ± 21; beyond five of these it is no chance.
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(106);
  });

  it('puts the ink in the middle and keeps the border clear', () => {
    const size = 500;
    const { images } = renderStrokeDigits({ size });
    let [border, all] = [0, 0];
    images.forEach((ink, i) => {
      const [row, column] = [Math.floor((i % pixels) / 28), i % 28];
      all += ink;
      if (row === 0 || row === 27 || column === 0 || column === 27) border += ink;
    });
    expect(border / (size * 108)).toBeLessThan(8);
    expect(all / (size * pixels)).toBeGreaterThan(15);
    expect(all / (size * pixels)).toBeLessThan(60);
  });

  it('is neither noise nor trivial: the nearest class mean is right for most digits, not for all', () => {
    const train = renderStrokeDigits({ size: 3000 });
    const test = renderStrokeDigits({ size: 1000, split: 'test' });
    const means = Array.from({ length: 10 }, () => new Float64Array(pixels));
    const counts = new Float64Array(10);
    train.labels.forEach((label, i) => {
      const mean = means[label] as Float64Array;
      counts[label] = (counts[label] as number) + 1;
      for (let p = 0; p < pixels; p++)
        mean[p] = (mean[p] as number) + (train.images[i * pixels + p] as number);
    });
    const distance = (digit: number, i: number) =>
      (means[digit] as Float64Array).reduce(
        (sum, mean, p) =>
          sum + (mean / (counts[digit] as number) - (test.images[i * pixels + p] as number)) ** 2,
        0,
      );
    const right = test.labels.filter((label, i) => {
      const distances = means.map((_, digit) => distance(digit, i));
      return distances.indexOf(Math.min(...distances)) === label;
    }).length;
    expect(right).toBeGreaterThan(650);
    expect(right).toBeLessThan(850);
  });

  it.each([
    { size: -1 },
    { size: 1.5 },
    { size: Number.NaN },
    { size: 1e12 },
    { size: 1, seed: -1 },
    { size: 1, seed: 2 ** 53 },
  ])('refuses %o', (options) => {
    expect(() => renderStrokeDigits(options)).toThrow(ArgumentError);
  });
});

it('every digit has ways to be written, of whole strokes inside the box', () => {
  expect(digitStrokes.length).toBe(10);
  for (const variants of digitStrokes) {
    expect(variants.length).toBeGreaterThan(1);
    for (const stroke of variants.flat()) {
      expect(stroke.length % 2).toBe(0);
      expect(stroke.length).toBeGreaterThanOrEqual(4);
      for (const percent of stroke) expect(percent >= 0 && percent <= 100).toBe(true);
    }
  }
});

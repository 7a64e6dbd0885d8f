import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fma32, fma64 } from './fma.ts';

/** An integer rounded to `digits` binary digits, ties to even, in exact arithmetic. */
function roundedTo(digits: number, exact: bigint): number {
  const size = exact < 0n ? -exact : exact;
  const drop = BigInt(Math.max(0, size.toString(2).length - digits));
  const unit = 1n << drop;
  const twiceRest = 2n * (size % unit);
  let kept = size / unit;
  if (twiceRest > unit || (twiceRest === unit && kept % 2n === 1n)) kept += 1n;
  return Number(exact < 0n ? -kept * unit : kept * unit);
}

const whole = (bits: number) => fc.integer({ min: -(2 ** bits) + 1, max: 2 ** bits - 1 });
const shift = fc.integer({ min: 0, max: 60 });

it('rounds a float32 a·b + c once', () => {
  const property = fc.property(whole(24), whole(24), whole(24), shift, (a, b, m, by) => {
    const c = m * 2 ** by;
    expect(fma32(a, b, c) + 0).toBe(roundedTo(24, BigInt(a) * BigInt(b) + BigInt(c)));
  });
  fc.assert(property, { numRuns: 2000 });
});

it('rounds a float64 a·b + c once', () => {
  const property = fc.property(whole(52), whole(52), whole(52), shift, (a, b, m, by) => {
    const c = m * 2 ** by;
    expect(fma64(a, b, c) + 0).toBe(roundedTo(53, BigInt(a) * BigInt(b) + BigInt(c)));
  });
  fc.assert(property, { numRuns: 2000 });
});

it('is right where rounding twice is wrong', () => {
  // 1 + 2⁻²⁴ is half way to the next float32, and 2⁻⁷⁰ more decides; double forgets it.
  expect(fma32(2 ** -35, 2 ** -35, 1 + 2 ** -23)).toBe(1 + 2 ** -23);
  expect(Math.fround(4097 * 4097 + 2 ** -40)).toBe(Math.fround(4097 ** 2));
  expect(fma32(4097, 4097, 2 ** -40)).toBe(16785410);
  expect(fma32(4097, 4097, -(2 ** -40))).toBe(16785408);
  expect(fma64(2 ** 27 + 1, 2 ** 27 + 1, -(2 ** 54))).toBe(2 ** 28 + 1);
});

it('passes on what is not finite, and huge products', () => {
  expect(fma64(Infinity, 2, 1)).toBe(Infinity);
  expect(fma64(Number.NaN, 2, 1)).toBeNaN();
  expect(fma64(1e200, 1e200, -1)).toBe(Infinity);
  expect(fma32(3e38, 3e38, 1)).toBe(Infinity);
});

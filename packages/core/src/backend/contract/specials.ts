import { type DType, isFloat } from '../../dtype.ts';
import type { BinaryKernel } from '../reference/scalars.ts';

const signed = (values: readonly number[]): number[] => values.flatMap((value) => [value, -value]);

const float32 = [
  Number.NaN,
  ...signed([0, Number.POSITIVE_INFINITY, 1, 0.5, 1.5, 2.5, 3, 10]),
  // Denormals, the smallest normal float, the largest one.
  ...signed([2 ** -149, 1e-40, 2 ** -126 - 2 ** -149, 2 ** -126, (2 - 2 ** -23) * 2 ** 127]),
  // Where 1 + x, or e^x − 1, would lose x.
  ...signed([1e-30, 1e-20, 1e-8, 2e-7, 1e-4]),
  // The neighbours of ½ and 1; the last floats with halves; the first without.
  ...signed([
    0.5 - 2 ** -25,
    1 - 2 ** -24,
    1 + 2 ** -23,
    2 ** 22 - 0.5,
    2 ** 22 + 1.5,
    2 ** 23 - 0.5,
    2 ** 23 + 1,
    2 ** 31,
  ]),
  // e^x about to overflow and underflow; tanh, sigmoid and erf saturated or nearly so.
  ...signed([88.7, 88.8, 89.5, 87.4, 90, 103, 104, 200, 4, 6, 9, 9.1, 15, 17, 20]),
  // Arguments of sin and cos that lie near multiples of π/2, and large ones.
  ...signed([Math.PI / 2, Math.PI, 1.5 * Math.PI, 355, 1e5, 1e8, 1e10, 1e30]),
  Math.E,
  Math.LN2,
];

const float64 = [
  ...float32,
  ...signed([
    Number.MIN_VALUE,
    1e-310,
    2 ** -1022,
    Number.MAX_VALUE,
    1e-300,
    1e-17,
    709,
    711,
    744,
    747,
    1e300,
    2 ** 53 + 2,
  ]),
];

/** Elements of each dtype at which kernels go wrong. */
export const specials: Readonly<Record<DType, readonly number[]>> = {
  float32,
  float64,
  int32: [0, ...signed([1, 2, 3, 7, 100, 46341, 65536, 2 ** 24 + 1, 2 ** 30, 2 ** 31 - 1]), -(2 ** 31)],
  uint8: [0, 1, 2, 3, 15, 16, 17, 127, 128, 129, 200, 254, 255],
  bool: [0, 1],
};

/** Each special value with each, as far as an integer kernel takes them. */
export function orderedPairs(kernel: BinaryKernel, dtype: DType): [number, number][] {
  const values = specials[dtype];
  const pairs = values.flatMap((a) => values.map((b): [number, number] => [a, b]));
  // Below 0 terms of both signs cancel, and what is left is as inexact as they are.
  if (kernel === 'zeta') return pairs.filter(([, q]) => !(q < 0) || Number.isInteger(q));
  if (isFloat(dtype)) return pairs;
  if (kernel === 'pow') return pairs.filter(([, b]) => b >= 0 && b <= 255);
  if (['floorDivide', 'remainder', 'fmod'].includes(kernel)) return pairs.filter(([, b]) => b !== 0);
  return pairs;
}

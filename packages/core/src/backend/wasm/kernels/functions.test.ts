import { describe, expect, it } from 'vitest';
import type { View } from '../../backend.ts';
import { binaryMeanings, unaryMeanings } from '../../contract/meanings.ts';
import type { BinaryKernel, UnaryKernel } from '../../reference/scalars.ts';
import { detectFeatures } from '../features.ts';
import { createWasm } from '../wasm.ts';

/** Of every 2¹⁴ float32 one, by their bits: each sign, each exponent, denormals, infinities and NaN. */
function everywhere(): Float32Array<ArrayBuffer> {
  const bits = Uint32Array.from({ length: 2 ** 18 }, (_, i) => i * 2 ** 14 + ((i * 7919) % 2 ** 14));
  return new Float32Array(bits.buffer);
}

/** Evenly from −limit to limit. */
function evenly(limit: number): Float32Array<ArrayBuffer> {
  const count = 100_001;
  return Float32Array.from({ length: count }, (_, i) => ((2 * i) / (count - 1) - 1) * limit);
}

/** The same numbers in another order. */
function mixed(values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return values.map((_, i) => values[(i * 40_503 + 12_345) % values.length] as number);
}

/** Their oracle takes its time. */
const bisected: ReadonlySet<UnaryKernel> = new Set<UnaryKernel>(['erfinv']);
const periodic: ReadonlySet<UnaryKernel> = new Set<UnaryKernel>(['sin', 'cos', 'tan']);

/** Units in the last place, of float32 around the truth, between it and a result. */
function ulps(got: number, truth: number): number {
  if (Object.is(got, truth)) return 0;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(truth))), -126);
  // Where float32 overflows, the next float would be 2¹²⁸.
  const [a, b] = [got, truth].map((value) => Math.max(-(2 ** 128), Math.min(value, 2 ** 128))) as [
    number,
    number,
  ];
  return Math.abs(a - b) / 2 ** (exponent - 23);
}

/** The numbers on either side of 0 up to which a function is looked at closely, and how many ulp it may be off. */
const unaries: readonly (readonly [UnaryKernel, limit: number, most: number])[] = [
  ['exp', 104, 2],
  ['expm1', 90, 2],
  ['log', 4, 2],
  ['log1p', 4, 2],
  ['sigmoid', 105, 2],
  ['tanh', 10, 2],
  ['erf', 5, 2],
  ['erfc', 11, 0.52],
  ['erfinv', 1, 0.6],
  ['lgamma', 5, 0.6],
  ['digamma', 5, 0.6],
  ['sin', 1000, 2],
  ['cos', 1000, 2],
  ['tan', 1000, 0.6],
  ['asin', 1, 2],
  ['acos', 1, 2],
  ['atan', 8, 2],
  ['sinh', 90, 2],
  ['cosh', 90, 2],
  ['asinh', 8, 0.501],
  ['acosh', 8, 0.501],
  ['atanh', 1, 0.501],
  ['logit', 1, 0.51],
];

const binaries: readonly (readonly [BinaryKernel, limit: number, most: number])[] = [
  ['pow', 30, 0.501],
  ['fmod', 1000, 0.5],
  ['remainder', 1000, 0.5],
  ['floorDivide', 1000, 1],
  ['atan2', 8, 2],
  ['hypot', 1000, 0.501],
  ['logaddexp', 8, 0.501],
];

const features = detectFeatures();
const kinds = [...new Set([false, features.relaxed])];

describe.each(kinds)('with fused multiply-adds: %s', (relaxed) => {
  const { backend, fallen } = createWasm({ features: { ...features, relaxed }, shared: false });

  const vector = (data: Float32Array<ArrayBuffer>): View => {
    const storage = backend.adopt('float32', data.slice());
    return { storage, shape: [data.length], strides: [1], offset: 0 };
  };
  const check = (inputs: readonly Float32Array[], out: View, truth: (i: number) => number, most: number) => {
    const isOff = (got: number, i: number) => !(ulps(got, truth(i)) <= most);
    const faults = Array.from(out.storage.data, (got, i) => (isOff(got, i) ? [i] : [])).flat();
    const shown = faults.slice(0, 5);
    expect(shown.map((i) => [...inputs.map((data) => data[i]), out.storage.data[i], truth(i)])).toEqual([]);
  };

  it.each(unaries)('%s up to ±%f is within %f ulp', (kernel, limit, most) => {
    for (const values of [everywhere(), evenly(limit), evenly(limit / 64)]) {
      // Sines far out are the business of reference.
      const far = periodic.has(kernel) ? 1e8 : Number.POSITIVE_INFINITY;
      const every = bisected.has(kernel) ? 8 : 1;
      const data = values.map((x) => (Math.abs(x) > far ? 0 : x)).filter((_, i) => i % every === 0);
      const out = vector(data);
      backend.unary(kernel, vector(data), out);
      check([data], out, (i) => unaryMeanings[kernel].f(data[i] as number), most);
    }
    expect(fallen.get('unary')).toBe(undefined);
  });

  it.each(binaries)('%s up to ±%f is within %f ulp', (kernel, limit, most) => {
    const meaning = binaryMeanings[kernel].f('float32');
    for (const a of [everywhere(), evenly(limit), evenly(limit / 64)]) {
      const b = mixed(a);
      const out = vector(a);
      backend.binary(kernel, vector(a), vector(b), out);
      check([a, b], out, (i) => meaning(a[i] as number, b[i] as number), most);
    }
    expect(fallen.get('binary')).toBe(undefined);
  });
});

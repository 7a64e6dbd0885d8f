import { describe, expect, it } from 'vitest';
import { erf } from '../../contract/special-functions.ts';
import type { UnaryKernel } from '../../reference/scalars.ts';
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

/** e^x / (1 + e^x), where the other form would lose digits. */
const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

const truths: readonly (readonly [UnaryKernel, (x: number) => number, limit: number])[] = [
  ['exp', Math.exp, 104],
  ['expm1', Math.expm1, 90],
  ['log', Math.log, 4],
  ['log1p', Math.log1p, 4],
  ['sigmoid', sigmoid, 105],
  ['tanh', Math.tanh, 10],
  ['erf', erf, 5],
  ['sin', Math.sin, 1000],
  ['cos', Math.cos, 1000],
];

const features = detectFeatures();
const kinds = [...new Set([false, features.relaxed])];

describe.each(kinds)('with fused multiply-adds: %s', (relaxed) => {
  const { backend, fallen } = createWasm({ features: { ...features, relaxed }, shared: false });

  it.each(truths)('%s is within 2 ulp', (kernel, truth, limit) => {
    for (const values of [everywhere(), evenly(limit), evenly(limit / 64)]) {
      // Sines far out are the business of reference.
      const far = kernel === 'sin' || kernel === 'cos' ? 1e8 : Number.POSITIVE_INFINITY;
      const data = values.map((x) => (Math.abs(x) > far ? 0 : x));
      const geometry = { shape: [data.length], strides: [1], offset: 0 };
      const out = backend.allocate('float32', data.length);
      const x = backend.adopt('float32', data.slice());
      backend.unary(kernel, { storage: x, ...geometry }, { storage: out, ...geometry });
      const results = out.data;
      const faults = Array.from(data, (value, i) => [value, results[i] as number, truth(value)] as const);
      expect(faults.filter(([, got, wanted]) => !(ulps(got, wanted) <= 2)).slice(0, 5)).toEqual([]);
    }
    expect(fallen.get('unary')).toBe(undefined);
  });
});

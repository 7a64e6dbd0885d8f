import { ArgumentError } from '../errors.ts';
import { fma32, fma64 } from './fma.ts';
import { defaultGenerator, type Generator } from './generator.ts';
import { fillParts, fraction53 } from './words.ts';

/** Uniforms become normals sixteen at a time: eight radii, then eight angles. */
const block = 16;
const half = block / 2;

const { fround, sqrt } = Math;

/**
 * Fills `out` with normal numbers, by Box–Muller: r = √(−2 ln u), then r·cos 2πv and r·sin 2πv.
 *
 * Below 16 elements, and for tensors that are not contiguous, pairs are made in double, and a left-over sine waits in the
 * generator for the next call; from 16 on, whole blocks are made, and a last incomplete one is the last 16 elements drawn
 * anew. (So a stream depends on how it is cut into calls: PyTorch's does.)
 *
 * float32 is PyTorch's (with AVX2) to the last bit. float64 from 16 elements on may differ from it in the last bits of
 * a double, since `Math.log`, `Math.sin` and `Math.cos` are the engine's own.
 *
 * @throws ArgumentError when `mean` is not finite, or `std` is negative or not finite.
 */
export function fillNormal<T extends Float32Array | Float64Array>(
  out: T,
  {
    mean = 0,
    std = 1,
    contiguous = true,
    generator = defaultGenerator,
  }: { mean?: number; std?: number; contiguous?: boolean; generator?: Generator } = {},
): T {
  if (!Number.isFinite(mean) || !(std >= 0 && std < Infinity)) {
    throw new ArgumentError({
      op: 'normal',
      got: `mean ${mean} and std ${std}`,
      want: 'a finite mean and a finite std of at least 0',
    });
  }
  if (out.length < block || !contiguous) fillPairs(out, mean, std, generator);
  else if (out instanceof Float32Array) fillBlocks32(out, fround(mean), fround(std), generator);
  else fillBlocks64(out, mean, std, generator);
  return out;
}

function fillPairs(out: Float32Array | Float64Array, mean: number, std: number, generator: Generator): void {
  for (let i = 0; i < out.length; i++) out[i] = fma64(standardNormal(generator), std, mean);
}

/** One standard normal number in double; every second call is answered with what the first left over. */
export function standardNormal(generator: Generator): number {
  const waiting = generator.nextDoubleNormalSample;
  if (waiting !== undefined) {
    generator.nextDoubleNormalSample = undefined;
    return waiting;
  }
  const theta = 2 * Math.PI * (generator.random53() * 2 ** -53);
  const radius = sqrt(-2 * Math.log1p(-generator.random53() * 2 ** -53));
  generator.nextDoubleNormalSample = radius * Math.sin(theta);
  return radius * Math.cos(theta);
}

function fillBlocks64(out: Float64Array, mean: number, std: number, generator: Generator): void {
  const draw = (from: number): void => {
    fillParts(out.subarray(from), generator, 2, (part, words) => {
      for (let i = 0; i < part.length; i++)
        part[i] = fraction53(words[2 * i] as number, words[2 * i + 1] as number);
    });
  };
  const transform = (at: number): void => {
    for (let i = at; i < at + half; i++) {
      const radius = sqrt(-2 * Math.log(1 - (out[i] as number)));
      const theta = 2 * Math.PI * (out[i + half] as number);
      out[i] = fma64(radius * Math.cos(theta), std, mean);
      out[i + half] = fma64(radius * Math.sin(theta), std, mean);
    }
  };
  eachBlock(out.length, draw, transform);
}

function fillBlocks32(out: Float32Array, mean: number, std: number, generator: Generator): void {
  const draw = (from: number): void => {
    fillParts(out.subarray(from), generator, 1, (part, words) => {
      for (let i = 0; i < part.length; i++) part[i] = (words[i] as number) & 0xffffff; // u·2²⁴
    });
  };
  const transform = (at: number): void => {
    for (let i = at; i < at + half; i++) {
      const radius = radius32(out[i] as number);
      const theta = fround(twoPi * ((out[i + half] as number) * 2 ** -24));
      const octant = octantOf(theta);
      const x = lessOctants(theta, octant);
      const [near, far] = [cosNear0(x), sinNear0(x)];
      // Every other pair of octants has sine and cosine exchanged; a random branch would cost more than both products.
      const swap = (octant >> 1) & 1;
      const cosine = (near * (1 - swap) + far * swap) * (((octant - 2) & 4) / 2 - 1);
      const sine = (far * (1 - swap) + near * swap) * (1 - (octant & 4) / 2);
      out[i] = fma32(fround(radius * cosine), std, mean);
      out[i + half] = fma32(fround(radius * sine), std, mean);
    }
  };
  eachBlock(out.length, draw, transform);
}

function eachBlock(length: number, draw: (from: number) => void, transform: (at: number) => void): void {
  draw(0);
  for (let at = 0; at + block <= length; at += block) transform(at);
  if (length % block === 0) return;
  draw(length - block);
  transform(length - block);
}

/*
 * float32 logarithm, sine and cosine as PyTorch's AVX2 kernel computes them: the polynomials of Cephes (S. Moshier,
 * `logf`, `sinf`, `cosf`), each step a fused multiply-add. Here a step is `fround(a * b + c)`: product exact, sum rounded
 * to double and then to float32. The second rounding does no harm: for every one of the 2²⁴ arguments that there are,
 * the results are those of a true fused step.
 */

/** √½·2²⁴ */
const sqrtHalf24 = fround(Math.SQRT1_2) * 2 ** 24;

/** √(−2 ln(1 − u)) for u = `draw`·2⁻²⁴. */
function radius32(draw: number): number {
  // 1 − u = x·2ᵉ with x in [½, 1), then with x in [√½, √2) (no branch: half of all draws would miss it); and x becomes x − 1.
  const integer = 2 ** 24 - draw;
  const zeros = Math.clz32(integer);
  const small = (((integer << zeros) >>> 8) - sqrtHalf24) >>> 31;
  const e = 8 - zeros - small;
  const x = ((integer << zeros) >>> 0) * 2 ** -32 * (1 + small) - 1;
  const z = fround(x * x);
  let y = fround(log0 * x + log1);
  y = fround(y * x + log2);
  y = fround(y * x + log3);
  y = fround(y * x + log4);
  y = fround(y * x + log5);
  y = fround(y * x + log6);
  y = fround(y * x + log7);
  y = fround(y * x + log8);
  y = fround(y * x);
  y = fround(y * z + fround(e * ln2Low));
  y = fround(y - z * 0.5);
  const log = fround(e * ln2High + fround(x + y));
  return fround(sqrt(fround(-2 * log)));
}

const [log0, log1, log2] = [fround(7.0376836292e-2), fround(-1.151461031e-1), fround(1.167699874e-1)];
const [log3, log4, log5] = [fround(-1.2420140846e-1), fround(1.4249322787e-1), fround(-1.6668057665e-1)];
const [log6, log7, log8] = [fround(2.0000714765e-1), fround(-2.4999993993e-1), fround(3.3333331174e-1)];
/** ln 2 in two parts, the first of so few bits that its product with an exponent is exact. */
const [ln2High, ln2Low] = [fround(0.693359375), fround(-2.1219444e-4)];

/** How many eighths of a turn, odd ones counted to the next. */
function octantOf(theta: number): number {
  return (fround(theta * fourOverPi) + 1) & ~1;
}

/** What is left of an angle, in [−π/4, π/4], when its octants are taken off in three parts. */
function lessOctants(theta: number, octant: number): number {
  const x = fround(theta - octant * quarterPi0);
  return fround(fround(x - octant * quarterPi1) - octant * quarterPi2);
}

function cosNear0(x: number): number {
  const z = fround(x * x);
  let c = fround(cos0 * z + cos1);
  c = fround(c * z + cos2);
  c = fround(c * z);
  return fround(fround(c * z - z * 0.5) + 1);
}

function sinNear0(x: number): number {
  const z = fround(x * x);
  let s = fround(sin0 * z + sin1);
  s = fround(s * z + sin2);
  return fround(fround(s * z) * x + x);
}

const twoPi = fround(2 * Math.PI);
const fourOverPi = fround(4 / Math.PI);
const [quarterPi0, quarterPi1, quarterPi2] = [
  fround(0.78515625),
  fround(2.418756484985e-4),
  fround(3.774894977446e-8),
];
const [cos0, cos1, cos2] = [
  fround(2.443315711809948e-5),
  fround(-1.388731625493765e-3),
  fround(4.166664568298827e-2),
];
const [sin0, sin1, sin2] = [fround(-1.9515295891e-4), fround(8.3321608736e-3), fround(-1.6666654611e-1)];

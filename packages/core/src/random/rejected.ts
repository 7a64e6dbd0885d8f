import { digamma, lgamma } from '../backend/reference/special/gamma.ts';
import { uniform53 } from './distributions.ts';
import { defaultGenerator, type Generator } from './generator.ts';
import { standardNormal } from './normal.ts';

// Distributions that are drawn by rejection, in double, in as many steps as it takes: ATen's, step by step.

type Floats = Float32Array | Float64Array;

interface Drawing {
  generator?: Generator | undefined;
}

/** Fills `out` with numbers of the gamma distribution of rate 1, each of its own shape. */
export function fillStandardGamma<T extends Floats>(
  out: T,
  shapes: Floats,
  { generator = defaultGenerator }: Drawing = {},
): T {
  for (const [i, shape] of shapes.entries()) out[i] = standardGamma(shape, generator);
  return out;
}

/** ATen writes these as float32. */
const [third, squeeze] = [Math.fround(1 / 3), Math.fround(0.0331)];

/**
 * d v with d = α − ⅓ and v = (1 + x / √(9d))³ of a normal x, rejected so that it comes out right; below α = 1 what is
 * drawn for α + 1 times u^(1/α).
 * Source: Marsaglia & Tsang, A simple method for generating gamma variables (2000).
 */
function standardGamma(shape: number, generator: Generator): number {
  if (shape === 0) return 0;
  const boost = shape < 1 ? (1 - uniform53(generator)) ** (1 / shape) : 1;
  const d = (shape < 1 ? shape + 1 : shape) - third;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    let [x, y] = [0, 0];
    while (y <= 0) {
      x = standardNormal(generator);
      y = 1 + c * x;
    }
    const v = y * y * y;
    const u = 1 - uniform53(generator);
    const square = x * x;
    if (u < 1 - squeeze * square * square) return boost * d * v;
    if (Math.log(u) < 0.5 * square + d * (1 - v + Math.log(v))) return boost * d * v;
  }
}

/** Fills `out` with how many of so many trials succeed, each of its own count and probability. */
export function fillBinomial<T extends Floats>(
  out: T,
  counts: Floats,
  probabilities: Floats,
  { generator = defaultGenerator }: Drawing = {},
): T {
  for (const [i, count] of counts.entries()) out[i] = binomial(count, probabilities[i] as number, generator);
  return out;
}

function binomial(count: number, p: number, generator: Generator): number {
  if (count <= 0 || p <= 0) return 0;
  if (p >= 1) return count;
  if (p > 0.5) return count - binomial(count, 1 - p, generator);
  return count * p >= 10 ? rejectedBinomial(count, p, generator) : countedBinomial(count, p, generator);
}

/** How many geometric waiting times fit into the trials. */
function countedBinomial(count: number, p: number, generator: Generator): number {
  const scale = Math.log1p(-p);
  let [trials, successes] = [0, 0];
  for (;;) {
    trials += Math.ceil(Math.log(uniform53(generator)) / scale);
    if (!(trials <= count)) return successes;
    successes++;
  }
}

/**
 * Transformed rejection with squeeze, BTRS.
 * Source: W. Hörmann, The generation of binomial random variates (1993).
 */
function rejectedBinomial(count: number, p: number, generator: Generator): number {
  const deviation = Math.sqrt(count * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = count * p + 0.5;
  const bound = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((count + 1) * p);
  /** The logarithm of the probability of k, but for a constant. */
  const weight = (k: number) => k * Math.log(p / (1 - p)) - lgamma(k + 1) - lgamma(count - k + 1);
  for (;;) {
    const u = uniform53(generator) - 0.5;
    const v = uniform53(generator);
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + c);
    if (k < 0 || k > count) continue;
    if (us >= 0.07 && v <= bound) return k;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= weight(k) - weight(mode)) return k;
  }
}

/**
 * How a sample z of the gamma distribution of rate 1 moves with its shape α when its quantile stays: −(∂P/∂α) / (∂P/∂z), of
 * P(α, z) = z^α e^(−z) Σ zⁿ / Γ(α + n + 1), whose terms are differentiated one by one (DLMF 8.7.1). Where these become
 * many, by Wilson & Hilferty's z ≈ α (1 − 1/9α + x/3√α)³ of a normal x, which is good to 1/α.
 * Source: Figurnov, Mohamed & Mnih, Implicit reparameterization gradients (2018).
 */
export function gammaSlope(shape: number, z: number): number {
  if (shape > 1e4) return slopeFarOut(shape, z);
  const logZ = Math.log(z);
  let [weight, rising, sum] = [1 / shape, digamma(shape), 0];
  for (let n = 1; n < 1e5; n++) {
    rising += 1 / (shape + n - 1);
    const term = weight * (logZ - rising);
    sum += term;
    weight *= z / (shape + n);
    if (weight * (Math.abs(logZ) + Math.abs(rising)) <= Math.abs(sum) * 1e-17 && n > z - shape) break;
  }
  return -z * sum;
}

function slopeFarOut(shape: number, z: number): number {
  const root = Math.cbrt(z / shape);
  const x = (root - 1 + 1 / (9 * shape)) * 3 * Math.sqrt(shape);
  return root ** 3 + shape * 3 * root ** 2 * (1 / (9 * shape ** 2) - x / (6 * shape ** 1.5));
}

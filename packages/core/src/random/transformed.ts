import { lgamma } from '../backend/reference/special/gamma.ts';
import { ArgumentError } from '../errors.ts';
import { uniform53 } from './distributions.ts';
import { defaultGenerator, type Generator } from './generator.ts';
import { standardNormal } from './normal.ts';

// Distributions that PyTorch draws one number at a time in double, whatever the dtype of the result.

type Numbers = Float32Array | Float64Array | Int32Array;
type Floats = Float32Array | Float64Array;

interface Drawing {
  generator?: Generator;
}

/**
 * Fills `out` with how many trials of probability `p` it takes until one succeeds, ⌈ln u / ln(1 − p)⌉.
 *
 * @throws ArgumentError unless `p` is between 0 and 1
 */
export function fillGeometric<T extends Numbers>(
  out: T,
  p: number,
  { generator = defaultGenerator }: Drawing = {},
): T {
  if (!(p > 0 && p < 1))
    throw new ArgumentError({ op: 'geometric', got: `p ${p}`, want: 'a probability between 0 and 1' });
  const scale = Math.log(1 - p);
  for (let i = 0; i < out.length; i++) out[i] = Math.ceil(Math.log(uniform53(generator)) / scale);
  return out;
}

/**
 * Fills `out` with numbers whose logarithm is normal, of this mean and standard deviation.
 *
 * @throws ArgumentError when `mean` is not finite, or `std` is not positive and finite
 */
export function fillLogNormal<T extends Floats>(
  out: T,
  { mean = 1, std = 2, generator = defaultGenerator }: { mean?: number; std?: number } & Drawing = {},
): T {
  if (!Number.isFinite(mean) || !(std > 0 && std < Infinity))
    throw new ArgumentError({
      op: 'logNormal',
      got: `mean ${mean} and std ${std}`,
      want: 'a finite mean and a positive, finite std',
    });
  for (let i = 0; i < out.length; i++) out[i] = Math.exp(standardNormal(generator) * std + mean);
  return out;
}

/**
 * Fills `out` with numbers of Cauchy's distribution, median + σ·tan π(u − ½).
 *
 * @throws ArgumentError when `median` is not finite, or `sigma` is not positive and finite
 */
export function fillCauchy<T extends Floats>(
  out: T,
  { median = 0, sigma = 1, generator = defaultGenerator }: { median?: number; sigma?: number } & Drawing = {},
): T {
  if (!Number.isFinite(median) || !(sigma > 0 && sigma < Infinity))
    throw new ArgumentError({
      op: 'cauchy',
      got: `median ${median} and sigma ${sigma}`,
      want: 'a finite median and a positive, finite sigma',
    });
  for (let i = 0; i < out.length; i++)
    out[i] = median + sigma * Math.tan(Math.PI * (uniform53(generator) - 0.5));
  return out;
}

/**
 * Fills `out` with numbers of Poisson's distribution, each of its own rate.
 *
 * @throws ArgumentError for a rate that is negative or not finite
 */
export function fillPoisson<T extends Floats>(
  out: T,
  rates: Floats,
  { generator = defaultGenerator }: Drawing = {},
): T {
  const odd = rates.find((rate) => !(rate >= 0 && rate < Infinity));
  if (odd !== undefined)
    throw new ArgumentError({ op: 'poisson', got: `the rate ${odd}`, want: 'finite rates of at least 0' });
  for (let i = 0; i < out.length; i++) {
    const rate = rates[i] as number;
    out[i] = rate < 10 ? countedPoisson(rate, generator) : rejectedPoisson(rate, generator);
  }
  return out;
}

/** How many uniform numbers can be multiplied before the product falls below e⁻λ (Knuth). */
function countedPoisson(rate: number, generator: Generator): number {
  if (rate === 0) return 0;
  const end = Math.exp(-rate);
  let count = -1;
  for (let product = 1; product > end; product *= uniform53(generator)) count++;
  return count;
}

/**
 * Transformed rejection with squeeze, PTRS.
 * Source: W. Hörmann, "The transformed rejection method for generating Poisson random variables", 1993.
 */
function rejectedPoisson(rate: number, generator: Generator): number {
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform53(generator) - 0.5;
    const v = uniform53(generator);
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const bound = k * Math.log(rate) - rate - lgamma(k + 1);
    if (Math.log((v * inverseAlpha) / (a / us ** 2 + b)) <= bound) return k;
  }
}

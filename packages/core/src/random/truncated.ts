import { ArgumentError } from '../errors.ts';
import { fillUniform } from './distributions.ts';
import { erf, erfinv, float32, float64 } from './erfinv.ts';
import type { Generator } from './generator.ts';

/**
 * Fills `out` with normal numbers that are kept within [a, b]: uniform numbers between Φ(a) and Φ(b), sent through the
 * inverse of Φ. PyTorch's `nn.init.trunc_normal_`.
 *
 * @throws ArgumentError when a number is not finite, `std` is not positive, or `a` is above `b`.
 */
export function fillTruncatedNormal<T extends Float32Array | Float64Array>(
  out: T,
  {
    mean = 0,
    std = 1,
    a = -2,
    b = 2,
    generator,
  }: { mean?: number; std?: number; a?: number; b?: number; generator?: Generator } = {},
): T {
  if (![mean, std, a, b].every(Number.isFinite) || std <= 0 || a > b) {
    throw new ArgumentError({
      op: 'truncNormal',
      got: `mean ${mean}, std ${std}, a ${a} and b ${b}`,
      want: 'finite numbers, a positive std and a <= b',
    });
  }
  const precision = out instanceof Float32Array ? float32 : float64;
  const { round } = precision;
  fillUniform(out, {
    from: 2 * cdf((a - mean) / std) - 1,
    to: 2 * cdf((b - mean) / std) - 1,
    ...(generator && { generator }),
  });
  const [scale, shift, low, high] = [round(std * Math.SQRT2), round(mean), round(a), round(b)];
  for (let i = 0; i < out.length; i++) {
    const normal = round(round(erfinv(out[i] as number, precision) * scale) + shift);
    out[i] = Math.min(Math.max(normal, low), high);
  }
  return out;
}

/** Φ, the cumulative distribution of the standard normal. */
function cdf(x: number): number {
  return (1 + erf(x / Math.SQRT2)) / 2;
}

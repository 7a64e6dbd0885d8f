/**
 * erf x for |x| < 1: 2/√π · Σ (−1)ⁿ x^(2n+1) / (n! (2n+1)).
 * Source: NIST Digital Library of Mathematical Functions 7.6.1
 */
function erfNearZero(x: number): number {
  let [power, sum] = [x, x];
  for (let n = 1; n < 30; n++) {
    power *= (-x * x) / n;
    sum += power / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/**
 * erfc x for x ≥ 1, from (2x/π) e^(−x²) ∫₀^∞ e^(−u²) / (u² + x²) du (DLMF 7.7.1 with u = xt) by the trapezoidal rule with
 * steps of ½. The rule errs by e^(−4π²) for the Gaussian, and for the pole at u = ix, where that is nearer than 2π to
 * the real line, by its residue, 2 / (e^(4πx) − 1).
 */
function erfcFar(x: number): number {
  const step = 0.5;
  let sum = 1 / (2 * x * x);
  for (let u = step; u <= 7; u += step) sum += Math.exp(-u * u) / (u * u + x * x);
  const integral = ((2 * step * x) / Math.PI) * Math.exp(-x * x) * sum;
  return x < Math.PI / step ? integral - 2 / Math.expm1((2 * Math.PI * x) / step) : integral;
}

export function erf(x: number): number {
  if (x === 0) return x;
  if (Math.abs(x) < 1 || Number.isNaN(x)) return erfNearZero(x);
  return Math.sign(x) * (1 - erfcOf(Math.abs(x)));
}

export function erfc(x: number): number {
  if (Math.abs(x) < 1 || Number.isNaN(x)) return 1 - erfNearZero(x);
  return x > 0 ? erfcOf(x) : 2 - erfcOf(-x);
}

/** Beyond 28 erfc is less than the smallest double, and x² may be ∞. */
function erfcOf(x: number): number {
  return x > 28 ? 0 : erfcFar(x);
}

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
 * e^(x²) erfc x for x ≥ 1, from (2x/π) ∫₀^∞ e^(−u²) / (u² + x²) du (DLMF 7.7.1 with u = xt) by the trapezoidal rule with
 * steps of ½. The rule errs by e^(−4π²) for the Gaussian, and for the pole at u = ix, where that is nearer than 2π to
 * the real line, by its residue, 2 / (e^(4πx) − 1).
 */
function erfcxFar(x: number): number {
  // All that is left of the integral, and x² might be ∞.
  if (x > 1e8) return 1 / (Math.sqrt(Math.PI) * x);
  const step = 0.5;
  let sum = 1 / (2 * x * x);
  for (let u = step; u <= 7; u += step) sum += Math.exp(-u * u) / (u * u + x * x);
  const integral = ((2 * step * x) / Math.PI) * sum;
  return x < Math.PI / step
    ? integral - (2 * Math.exp(x * x)) / Math.expm1((2 * Math.PI * x) / step)
    : integral;
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
  return x > 28 ? 0 : Math.exp(-x * x) * erfcxFar(x);
}

export function erfcx(x: number): number {
  return x >= 1 ? erfcxFar(x) : Math.exp(x * x) * erfc(x);
}

/** By bisection of ½ erfc(−x/√2) in the lower half, where it keeps all digits. */
export function ndtri(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p > 0.5) return -ndtri(1 - p);
  if (p === 0) return -1 / 0;
  // In logarithms, as the chance itself may have few digits.
  const isAbove = (y: number) => (y < 1 ? erfc(y) / 2 > p : Math.log(erfcxFar(y) / 2) - y * y > Math.log(p));
  let [low, high] = [0, 39];
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (isAbove(middle / Math.SQRT2)) low = middle;
    else high = middle;
  }
  return -high;
}

/** By bisection, of erfc where erf is about to round to 1. */
export function erfinv(x: number): number {
  const size = Math.abs(x);
  if (!(size < 1) || x === 0) return size > 1 ? Number.NaN : x / (1 - size);
  const isBelow = (y: number) => (size < 0.5 ? erf(y) < size : erfc(y) > 1 - size);
  let [low, high] = [0, 7];
  for (let step = 0; step < 1100 && low < (low + high) / 2 && (low + high) / 2 < high; step++) {
    const middle = (low + high) / 2;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
  return Math.sign(x) * high;
}

/** Lanczos's coefficients for g = 7, as Godfrey computed them, with which Γ is good to 1e-15. */
const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** A(x) = 1 + Σ cₖ / (x + k − 1) of Lanczos's √(2π) t^(x − ½) e^(−t) A(x) with t = x + 6.5, and its slope. */
function lanczosSum(x: number): readonly [value: number, slope: number] {
  let [value, slope] = [0.99999999999980993, 0];
  for (const [k, c] of lanczos.entries()) {
    value += c / (x + k);
    slope -= c / (x + k) ** 2;
  }
  return [value, slope];
}

/** The distance to the nearest whole number. */
const fraction = (x: number): number => x - Math.round(x);

export function lgamma(x: number): number {
  if (Math.abs(x) === 1 / 0 || (x <= 0 && Number.isInteger(x))) return 1 / 0;
  // The zeros are not to be sums of terms that cancel.
  if (x === 1 || x === 2) return 0;
  // Γ(x) is 1/x there.
  if (Math.abs(x) < 1e-20) return -Math.log(Math.abs(x));
  if (x < 0) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * fraction(x)))) - lgamma(1 - x);
  if (x < 1) return lgamma(x + 1) - Math.log(x);
  const t = x + 6.5;
  return (x - 0.5) * Math.log(t) - t + 0.5 * Math.log(2 * Math.PI) + Math.log(lanczosSum(x)[0]);
}

export function digamma(x: number): number {
  if (x === 0) return -1 / x;
  if (x === 1 / 0) return x;
  if (x < 0 && (Number.isInteger(x) || x === -1 / 0)) return Number.NaN;
  if (x < 0) return digamma(1 - x) - Math.PI / Math.tan(Math.PI * fraction(x));
  if (x < 1) return digamma(x + 1) - 1 / x;
  const [value, slope] = lanczosSum(x);
  const t = x + 6.5;
  return Math.log(t) - 7 / t + slope / value;
}

/**
 * Σ (q + n)⁻ˢ, some hundred terms one by one, and the rest by the integral from half a step before the first of them, with
 * two corrections of the midpoint rule: Σ f(a + ½ + n) = ∫ₐ f + f′(a)/24 − 7 f‴(a)/5760 + …
 */
export function zeta(s: number, q: number): number {
  if (!(s >= 1) || Number.isNaN(q)) return Number.NaN;
  if (s === 1 || (q <= 0 && Number.isInteger(q))) return 1 / 0;
  // A power of a negative number that is not whole.
  if (q < 0) return Number.NaN;
  let [sum, n] = [0, q];
  for (let i = 0; (i < 300 && n < 1e6) || n < 400; i++, n++) sum += n === 1 ? 1 : n ** -s;
  const a = n - 0.5;
  const slope = a ** (-s - 1) * s;
  if (a ** (1 - s) === 0) return sum;
  const third = slope === 0 ? 0 : (slope * (s + 1) * (s + 2)) / (a * a);
  return sum + a ** (1 - s) / (s - 1) - slope / 24 + (7 * third) / 5760;
}

/**
 * e^(−|x|) I(x) of order 0 or 1: the mean over the circle of e^(|x| (cos θ − 1)) cos νθ (DLMF 10.32.3), which the trapezoidal
 * rule gives to all digits; near 0 and far out, where that cancels or takes too long, the first terms of the series.
 */
export function scaledBesselI(order: 0 | 1, x: number): number {
  const size = Math.abs(x);
  if (order === 1 && size < 0.01) return (x / 2) * (1 + (x * x) / 8 + x ** 4 / 192) * Math.exp(-size);
  const sign = order === 1 && x < 0 ? -1 : 1;
  if (size > 1e5) return (sign * (1 - (4 * order - 1) / (8 * size))) / Math.sqrt(2 * Math.PI * size);
  const points = Math.ceil(40 + 15 * Math.sqrt(size));
  let sum = 0;
  for (let k = 0; k < points; k++) {
    const angle = (2 * Math.PI * k) / points;
    sum += Math.exp(-2 * size * Math.sin(angle / 2) ** 2) * (order === 1 ? Math.cos(angle) : 1);
  }
  return (sign * sum) / points;
}

/** In two halves, as e^|x| overflows first. */
export function besselI(order: 0 | 1, x: number): number {
  const half = Math.exp(Math.abs(x) / 2);
  return half === 1 / 0 ? (order === 1 && x < 0 ? -half : half) : half * scaledBesselI(order, x) * half;
}

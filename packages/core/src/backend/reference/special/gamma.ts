/** The Bernoulli numbers B₂, B₄ … B₂₄ (Abramowitz & Stegun, table 23.2), of which asymptotic series are made. */
const bernoulli = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
  854513 / 138,
  -236364091 / 2730,
] as const;

/** From here on the asymptotic series are good to the last digit. */
const far = 12;

/**
 * The Hurwitz zeta function Σ (q + n)⁻ˢ over n ≥ 0, for s > 1: the first terms, and the Euler–Maclaurin formula for the
 * rest, a^(1−s)/(s−1) + a⁻ˢ/2 + Σ B₂ⱼ/(2j)! · s(s+1)…(s+2j−2) · a^(−s−2j+1)  (DLMF 25.11.5).
 */
export function zeta(s: number, q: number): number {
  if (!(s >= 1) || Number.isNaN(q)) return Number.NaN;
  if (s === 1) return Number.POSITIVE_INFINITY;
  if (q <= 0) return zetaBelow(s, q);
  // JavaScript has no 1^∞.
  if (s === Number.POSITIVE_INFINITY) return q > 1 ? 0 : q < 1 ? s : 1;
  let [sum, a] = [0, q];
  for (; a < far + s; a++) {
    const term = a ** -s;
    sum += term;
    // What is still to come is about an integral from here.
    if (term * (1 + a / (s - 1)) <= sum * 1e-17 || sum === Number.POSITIVE_INFINITY) return sum;
  }
  if (a === Number.POSITIVE_INFINITY) return 0;
  const power = a ** -s;
  sum += a ** (1 - s) / (s - 1) + power / 2;
  if (power === 0) return sum;
  let factor = (power * s) / (2 * a);
  for (const [j, b] of bernoulli.entries()) {
    const term = factor * b;
    sum += term;
    if (Math.abs(term) < sum * 1e-17) break;
    factor *= ((s + 2 * j + 1) * (s + 2 * j + 2)) / ((2 * j + 3) * (2 * j + 4) * a * a);
  }
  return sum;
}

/**
 * The same for q ≤ 0, where the terms have poles, and are real only for whole s. Those with q + n < 0 are the powers of
 * g = −q mod 1 and so on up to −q, a difference of two zeta functions, and those with q + n > 0 start from 1 − g.
 */
function zetaBelow(s: number, q: number): number {
  if (Number.isInteger(q)) return Number.POSITIVE_INFINITY;
  if (!Number.isInteger(s) || q === Number.NEGATIVE_INFINITY) return Number.NaN;
  const g = -q % 1;
  const [up, down, past] = [zeta(s, 1 - g), zeta(s, g), zeta(s, 1 - q)];
  // In this order what cancels cancels exactly.
  return s % 2 === 0 ? up + (down - past) : up - down + past;
}

/** ζ(k) − 1 for k = 2, 3 … */
const zetasLessOne = Array.from({ length: 30 }, (_, i) => zeta(i + 2, 2));
/** Euler's constant γ. */
const eulersConstant = 0.5772156649015329;

/** log |Γ(x)| */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) === Number.POSITIVE_INFINITY || (x <= 0 && Number.isInteger(x)))
    return Number.POSITIVE_INFINITY;
  if (x < 0) return lgammaBelow(x);
  if (x < 0.5) return aroundTwo(x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) return aroundTwo(x - 1) - Math.log1p(x - 1);
  let [product, z] = [1, x];
  if (x < far) {
    for (; z >= 2.5; z--) product *= z - 1;
    return aroundTwo(z - 2) + Math.log(product);
  }
  return stirling(x);
}

/** Γ(x) Γ(−x) = −π / (x sin πx), so written that nothing underflows near 0. */
function lgammaBelow(x: number): number {
  const ratio = (Math.PI * x) / Math.sin(Math.PI * (x - Math.round(x)));
  return Math.log(Math.abs(ratio)) - 2 * Math.log(-x) - lgamma(-x);
}

/**
 * log Γ(2 + z) for |z| ≤ ½: (1 − γ) z + Σ (ζ(k) − 1) (−z)ᵏ/k, in which nothing cancels at the zeros of log Γ
 * (Abramowitz & Stegun 6.1.33).
 */
function aroundTwo(z: number): number {
  let [sum, power] = [(1 - eulersConstant) * z, -z];
  for (const [i, less] of zetasLessOne.entries()) {
    power *= -z;
    sum += (less * power) / (i + 2);
  }
  return sum;
}

/** (x − ½) log x − x + ½ log 2π + Σ B₂ₖ / (2k (2k − 1) x^(2k−1))  (Abramowitz & Stegun 6.1.41) */
function stirling(x: number): number {
  const start = (x - 0.5) * (Math.log(x) - 1) - 0.5 + 0.5 * Math.log(2 * Math.PI);
  return start + series(x, (k) => 1 / (2 * k * (2 * k - 1))) * x;
}

/** Σ B₂ₖ · weight(k) · x^(−2k), to as many terms as doubles can tell. */
function series(x: number, weight: (k: number) => number): number {
  let [sum, power] = [0, 1];
  for (const [i, b] of bernoulli.slice(0, 9).entries()) {
    power /= x * x;
    sum += b * weight(i + 1) * power;
  }
  return sum;
}

/** The root of ψ in two parts, of which the second is what the first lacks. */
const digammaRoot = [1.4616321449683622, 9.549995429965697e-17] as const;

/**
 * ψ(x) = Γ′(x)/Γ(x): log x − 1/2x − Σ B₂ₖ / (2k x^(2k)) far out (Abramowitz & Stegun 6.3.18), to where the recurrence
 * ψ(x + 1) = ψ(x) + 1/x leads, and the reflection ψ(1 − x) = ψ(x) + π / tan πx for the negative.
 */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  if (x < 0) {
    if (Number.isInteger(x) || x === Number.NEGATIVE_INFINITY) return Number.NaN;
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.round(x)));
  }
  if (Math.abs(x - digammaRoot[0]) < 0.1) return aroundRoot(x - digammaRoot[0] - digammaRoot[1]);
  let [sum, z] = [0, x];
  for (; z < far; z++) sum -= 1 / z;
  return sum + Math.log(z) - 1 / (2 * z) - series(z, (k) => 1 / (2 * k));
}

/** Its slopes there: ψ⁽ᵏ⁾/k! = (−1)^(k+1) ζ(k + 1, x)  (Abramowitz & Stegun 6.4.10). */
const slopesAtRoot = Array.from({ length: 16 }, (_, i) => (i % 2 ? -1 : 1) * zeta(i + 2, digammaRoot[0]));

/** ψ near its root by Taylor's series, where logarithm and sum would cancel. */
function aroundRoot(z: number): number {
  let sum = 0;
  for (const slope of [...slopesAtRoot].reverse()) sum = z * (slope + sum);
  return sum;
}

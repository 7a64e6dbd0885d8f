const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/**
 * The error function. Near zero by the series with positive terms only,
 * erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!  (Abramowitz & Stegun 7.1.6),
 * and 1 − erfc x further out.
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(a)) return x;
  if (a >= 6) return Math.sign(x);
  if (a >= 2) return Math.sign(x) * (1 - erfcTail(a));
  return seriesOfErf(x);
}

/** The complement 1 − erf x, exact in the tail where the difference would cancel. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x >= 1) return erfcTail(x);
  return x <= -2 ? 2 - erfcTail(-x) : 1 - seriesOfErf(x);
}

/** e^(x²) · erfc x, whose factors underflow and overflow where it does not. */
export function erfcx(x: number): number {
  if (x >= 1) return scaledTail(x);
  return Math.exp(x * x) * erfc(x);
}

function seriesOfErf(x: number): number {
  const twoSquares = 2 * x * x;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
    term *= twoSquares / (2 * n + 1);
    sum += term;
  }
  return twoOverRootPi * Math.exp(-x * x) * sum;
}

/**
 * e^(x²) erfc x for x ≥ 1 by the continued fraction
 * √π e^(x²) erfc x = 1/(x + ½/(x + 1/(x + 3⁄2/(x + 2/(x + …)))))  (Abramowitz & Stegun 7.1.14),
 * summed from the back, from a level deep enough for double precision.
 */
function scaledTail(x: number): number {
  let tail = x;
  for (let n = Math.ceil(30 + 300 / (x * x)); n >= 1; n--) tail = x + n / 2 / tail;
  return 1 / (Math.sqrt(Math.PI) * tail);
}

function erfcTail(x: number): number {
  return x > 27.3 ? 0 : Math.exp(-x * x) * scaledTail(x);
}

/**
 * The number below which a normal variable lies with the chance p, −√2 erfc⁻¹(2p). In the tail by Newton's method on
 * log erfc y = log(e^(x²) erfc y) − y², which is nearly a parabola.
 */
export function ndtri(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p > 0.5) return -ndtri(1 - p);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  // From y = 1 on.
  if (p > 0.0786) return -Math.SQRT2 * erfinv(1 - 2 * p) + 0;
  const target = Math.log(p) + Math.LN2;
  let y = Math.sqrt(-target);
  for (let step = 0; step < 6; step++) {
    const scaled = scaledTail(y);
    y += ((Math.log(scaled) - y * y - target) * scaled) / twoOverRootPi;
  }
  return -Math.SQRT2 * y;
}

/**
 * The inverse of erf: Winitzki's approximation, which is good to 2e-3, and three steps of Halley's method,
 * y − u / (1 + y u) with u = (erf y − x) / erf′ y. Towards ±1 it is erfc that is compared, as erf would round to 1.
 * Source: S. Winitzki, "A handy approximation for the error function and its inverse" (2008)
 */
export function erfinv(x: number): number {
  const size = Math.abs(x);
  if (!(size < 1)) return size === 1 ? x * Number.POSITIVE_INFINITY : Number.NaN;
  const rest = 1 - size;
  const a = 0.147;
  const log = Math.log(rest) + Math.log1p(size);
  const half = 2 / (Math.PI * a) + log / 2;
  let y = Math.sqrt(Math.sqrt(half * half - log / a) - half);
  for (let step = 0; step < 3; step++) {
    const error = size < 0.5 ? erf(y) - size : rest - erfc(y);
    const u = error / (twoOverRootPi * Math.exp(-y * y));
    y -= u / (1 + y * u);
  }
  return x < 0 || Object.is(x, -0) ? -y : y;
}

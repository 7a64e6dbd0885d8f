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
 * erfc x for x ≥ 1 by the continued fraction
 * √π e^(x²) erfc x = 1/(x + ½/(x + 1/(x + 3⁄2/(x + 2/(x + …)))))  (Abramowitz & Stegun 7.1.14),
 * summed from the back, from a level deep enough for double precision.
 */
function erfcTail(x: number): number {
  if (x > 27.3) return 0;
  let tail = x;
  for (let n = Math.ceil(30 + 300 / (x * x)); n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}

/** From here on the asymptotic series of both orders are good to the last digit: their least term is near e^(−2x). */
const far = 30;

/** I₀ and I₁, the modified Bessel functions of the first kind. */
export const i0 = (x: number): number => besselI(0, x);
export const i1 = (x: number): number => besselI(1, x);

/** The same times e^(−|x|). */
export const i0e = (x: number): number => scaledBesselI(0, x);
export const i1e = (x: number): number => scaledBesselI(1, x);

function besselI(order: 0 | 1, x: number): number {
  const size = Math.abs(x);
  if (size < far) return powerSeries(order, x);
  if (size > 720) return order === 1 ? x * Number.POSITIVE_INFINITY : Number.POSITIVE_INFINITY;
  // In two halves, as e^x overflows before I(x) does.
  const half = Math.exp(size / 2);
  return half * scaledBesselI(order, x) * half;
}

function scaledBesselI(order: 0 | 1, x: number): number {
  const size = Math.abs(x);
  if (size < far) return Math.exp(-size) * powerSeries(order, x);
  if (size === Number.POSITIVE_INFINITY) return order === 1 && x < 0 ? -0 : 0;
  return order === 1 && x < 0 ? -asymptotic(order, size) : asymptotic(order, size);
}

/** (x/2)^ν Σ (x²/4)ᵏ / (k! (k + ν)!), of positive terms alone  (Abramowitz & Stegun 9.6.10). */
function powerSeries(order: 0 | 1, x: number): number {
  const square = (x * x) / 4;
  let [term, sum] = [1, 1];
  for (let k = 1; term > sum * 1e-18; k++) {
    term *= square / (k * (k + order));
    sum += term;
  }
  return order === 1 ? (x / 2) * sum : sum;
}

/** e^(−x) I(x) ~ 1/√(2πx) Σ (−1)ᵏ (4ν² − 1)(4ν² − 9)…(4ν² − (2k−1)²) / (k! (8x)ᵏ)  (Abramowitz & Stegun 9.7.1). */
function asymptotic(order: 0 | 1, x: number): number {
  let [term, sum] = [1, 1];
  for (let k = 1; Math.abs(term) > 1e-18; k++) {
    term *= -(4 * order * order - (2 * k - 1) ** 2) / (8 * k * x);
    sum += term;
  }
  return sum / Math.sqrt(2 * Math.PI * x);
}

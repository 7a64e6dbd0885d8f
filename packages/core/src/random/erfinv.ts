import { exp32, log32 } from './libm32.ts';

/** What it is to work in float32 or in float64. */
export interface Precision {
  /** The nearest number of this precision. */
  readonly round: (x: number) => number;
  readonly exp: (x: number) => number;
  readonly log: (x: number) => number;
}

export const float32: Precision = { round: Math.fround, exp: exp32, log: log32 };
export const float64: Precision = { round: (x) => x, exp: Math.exp, log: Math.log };

/** Rational functions p/q, the coefficients from the lowest power up. */
interface Rational {
  readonly p: readonly number[];
  readonly q: readonly number[];
}

/**
 * The error function piece by piece, as in Sun's fdlibm (`s_erf.c`, `s_erff.c`):
 * x + x·R(x²) near 0, erf(1) + R(x − 1) near 1, and 1 − exp(−x² − 0.5625 + R(x⁻²))/x further out.
 */
const near0: Rational = {
  p: [
    0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442,
    -2.3763016656650163e-5,
  ],
  q: [
    1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164,
    -3.960228278775368e-6,
  ],
};
const near1: Rational = {
  p: [
    -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175,
    -0.11089469428239668, 0.035478304325618236, -0.002166375594868791,
  ],
  q: [
    1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905,
    0.011984499846799107,
  ],
};
const upTo20over7: Rational = {
  p: [
    -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006, -162.39666946257347,
    -184.60509290671104, -81.2874355063066, -9.814329344169145,
  ],
  q: [
    1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679, 429.00814002756783,
    108.63500554177944, 6.570249770319282, -0.0604244152148581,
  ],
};
const upTo6: Rational = {
  p: [
    -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192, -637.5664433683896,
    -1025.0951316110772, -483.5191916086514,
  ],
  q: [
    1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955, 2553.0504064331644,
    474.52854120695537, -22.44095244658582,
  ],
};
/** erf(1), in so few bits that what is added to it decides the rest. */
const erf1 = 0.8450629115104675;

/** The error function, 2/√π ∫₀ˣ exp(−t²) dt, with every step rounded to `precision`. */
export function erf(x: number, precision: Precision = float64): number {
  const { round } = precision;
  const size = Math.abs(x);
  if (size < 0.84375) return round(x + round(x * ratio(near0, round(x * x), round)));
  if (!(size < 6)) return Math.sign(x);
  const positive =
    size < 1.25
      ? round(erf1 + ratio(near1, round(size - 1), round))
      : round(1 - round(erfcTail(size, precision) / size));
  return x < 0 ? -positive : positive;
}

/** x·erfc(x) for x of [1.25, 6): x² is split so that the square of its upper 12 bits is exact. */
function erfcTail(x: number, { round, exp }: Precision): number {
  const exponent = ratio(x < 1 / 0.35 ? upTo20over7 : upTo6, round(1 / round(x * x)), round);
  const unit = x < 2 ? 2 ** -11 : x < 4 ? 2 ** -10 : 2 ** -9;
  const upper = Math.floor(x / unit) * unit;
  const rest = round(round(round(upper - x) * round(upper + x)) + exponent);
  return round(exp(round(round(-upper * upper) - 0.5625)) * exp(rest));
}

function ratio({ p, q }: Rational, x: number, round: Precision['round']): number {
  return round(horner(p, x, round) / horner(q, x, round));
}

/** Horner's rule with a rounding after each product and each sum. */
function horner(coefficients: readonly number[], x: number, round: Precision['round']): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--)
    sum = round(round(coefficients[i] as number) + round(sum * x));
  return sum;
}

/** Where a first guess at the inverse goes from one formula to the other. */
const central = 0.7;
const guessCentral: Rational = {
  p: [0.886226899, -1.645349621, 0.914624893, -0.140543331],
  q: [1, -2.118377725, 1.442710462, -0.329097515, 0.012229801],
};
const guessTail: Rational = {
  p: [-1.970840454, -1.624906493, 3.429567803, 1.641345311],
  q: [1, 3.5438892, 1.6370678],
};

/**
 * The inverse of `erf`: a rational guess, then two steps of Newton's method.
 * Source: G. Pavlis's erfinv of 1996, which PyTorch computes in the tensor's own precision.
 */
export function erfinv(y: number, precision: Precision = float64): number {
  const { round } = precision;
  const size = Math.abs(y);
  if (!(size < 1)) return size === 1 ? y * Infinity : Number.NaN;
  let x: number;
  if (size <= round(central)) {
    const z = round(y * y);
    x = round(round(y * fusedHorner(guessCentral.p, z, round)) / fusedHorner(guessCentral.q, z, round));
  } else {
    const z = round(Math.sqrt(-precision.log(round((1 - size) / 2))));
    const guess = round(fusedHorner(guessTail.p, z, round) / fusedHorner(guessTail.q, z, round));
    x = y < 0 ? -guess : guess;
  }
  for (let step = 0; step < 2; step++) {
    const slope = round(round(2 / round(Math.sqrt(Math.PI))) * precision.exp(round(-x * x)));
    x = round(x - round(round(erf(x, precision) - y) / slope));
  }
  return x;
}

/** Horner's rule in fused multiply-adds: one rounding for each coefficient. */
function fusedHorner(coefficients: readonly number[], x: number, round: Precision['round']): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = round(sum * x + round(coefficients[i] as number));
  return sum;
}

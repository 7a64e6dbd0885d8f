import { ArgumentError } from '../../errors.ts';
import * as bessel from './special/bessel.ts';
import { erf, erfc, erfcx, erfinv, ndtri } from './special/error-function.ts';
import * as gamma from './special/gamma.ts';

/** What an elementwise op means on numbers. `integer` stands where doubles would not give C's integer result. */
interface Meaning<F> {
  readonly real: F;
  readonly integer?: F;
}

type Unary = (x: number) => number;
type Binary = (a: number, b: number) => number;

const sign: Unary = (x) => (x > 0 ? 1 : x < 0 ? -1 : Number.isNaN(x) ? Number.NaN : 0);

/** Halves go to the even neighbour, as IEEE 754 rounds. */
const round: Unary = (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/** Evaluated on the side where the exponential cannot overflow. */
const sigmoid: Unary = (x) => {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
};

/** −0 and 0 are equal, but 1 divided by them is not. */
const signbit: Unary = (x) => Number(x < 0 || (x === 0 && 1 / x < 0));

/** x = mantissa · 2^exponent with a mantissa of [½, 1); what has none is its own mantissa. */
function scaleOf(x: number): { readonly mantissa: number; readonly exponent: number } {
  if (x === 0 || !Number.isFinite(x)) return { mantissa: x, exponent: 0 };
  // Powers of two are exact, and the logarithm is off by one at most. In two steps, as 2¹⁰²⁴ is no double.
  const guess = Math.min(1023, Math.floor(Math.log2(Math.abs(x))));
  const rest = x / 2 ** guess;
  const beyond = Math.abs(rest) >= 2 ? 2 : Math.abs(rest) >= 1 ? 1 : 0;
  return { mantissa: rest / 2 ** beyond, exponent: guess + beyond };
}

const meaningsOfUnary = {
  neg: { real: (x) => -x },
  abs: { real: Math.abs },
  sign: { real: sign },
  floor: { real: Math.floor },
  ceil: { real: Math.ceil },
  round: { real: round },
  trunc: { real: Math.trunc },
  exp: { real: Math.exp },
  expm1: { real: Math.expm1 },
  log: { real: Math.log },
  log1p: { real: Math.log1p },
  sqrt: { real: Math.sqrt },
  sin: { real: Math.sin },
  cos: { real: Math.cos },
  tan: { real: Math.tan },
  asin: { real: Math.asin },
  acos: { real: Math.acos },
  atan: { real: Math.atan },
  sinh: { real: Math.sinh },
  cosh: { real: Math.cosh },
  tanh: { real: Math.tanh },
  asinh: { real: Math.asinh },
  acosh: { real: Math.acosh },
  atanh: { real: Math.atanh },
  sigmoid: { real: sigmoid },
  // −0 stays −0, as in PyTorch; Math.max would make it 0.
  relu: { real: (x) => (x >= 0 || Number.isNaN(x) ? x : 0) },
  logit: { real: (x) => Math.log(x / (1 - x)) },
  // At 0, x log x is NaN.
  entr: { real: (x) => (x === 0 ? 0 : x < 0 ? Number.NEGATIVE_INFINITY : -x * Math.log(x)) },
  angle: { real: (x) => (x < 0 ? Math.PI : Number.isNaN(x) ? x : 0) },
  sinc: { real: (x) => (x === 0 ? 1 : Math.sin(Math.PI * (x % 2)) / (Math.PI * x)) },
  erf: { real: erf },
  erfc: { real: erfc },
  erfcx: { real: erfcx },
  erfinv: { real: erfinv },
  ndtri: { real: ndtri },
  lgamma: { real: gamma.lgamma },
  digamma: { real: gamma.digamma },
  i0: { real: bessel.i0 },
  i1: { real: bessel.i1 },
  i0e: { real: bessel.i0e },
  i1e: { real: bessel.i1e },
  signbit: { real: signbit },
  mantissa: { real: (x) => scaleOf(x).mantissa },
  exponent: { real: (x) => scaleOf(x).exponent },
  isnan: { real: (x) => Number(Number.isNaN(x)) },
  isinf: { real: (x) => Number(Math.abs(x) === Number.POSITIVE_INFINITY) },
  logicalNot: { real: (x) => Number(x === 0) },
} as const satisfies Record<string, Meaning<Unary>>;

/** C's pow: 1 to any power is 1, also to NaN; (−1)^±∞ is 1. JavaScript's `**` says NaN to both. */
const pow: Binary = (x, p) =>
  x === 1 || (x === -1 && Math.abs(p) === Number.POSITIVE_INFINITY) ? 1 : x ** p;

/** Exact modulo 2³², where `**` would round. */
const integerPow: Binary = (x, p) => {
  if (p < 0) {
    throw new ArgumentError({
      op: 'pow',
      got: `${x} to the power of ${p} in integers`,
      want: 'powers ≥ 0',
      fix: "Convert to float32 first: x.to('float32').",
    });
  }
  let [result, base] = [1, x];
  for (let rest = p; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
};

/** Python's modulo: the result has the divisor's sign. */
const remainder: Binary = (a, b) => {
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r;
};

/** The quotient rounded down; from the remainder, so that it fits `remainder` where a / b rounds up to a whole. */
const floorDivide: Binary = (a, b) => {
  if (b === 0) return a / b;
  const rest = a % b;
  const quotient = (a - rest) / b - Number(rest !== 0 && rest < 0 !== b < 0);
  if (quotient !== 0) return Math.round(quotient);
  return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
};

const byInteger =
  (op: string, divide: Binary): Binary =>
  (a, b) => {
    if (b !== 0) return divide(a, b);
    throw new ArgumentError({ op, got: `${a} divided by 0 in integers`, want: 'a divisor that is not 0' });
  };

/** log(eᵃ + eᵇ) to any base, whose logarithm is `unit`: the larger one, and what the smaller one adds to it. */
const logOfSum =
  (unit: number): Binary =>
  (a, b) => {
    if (a === b) return a + Math.LN2 / unit;
    return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b) * unit)) / unit;
  };

/** a · log b, where no chance at all outweighs any logarithm but NaN. */
const timesLog =
  (log: Unary): Binary =>
  (a, b) =>
    a === 0 && !Number.isNaN(b) ? 0 : a * log(b);

/** Euclid's algorithm. */
const gcd: Binary = (a, b) => {
  let [divisor, rest] = [Math.abs(a), Math.abs(b)];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return divisor;
};

/** Wraps as C's integers do, before its sign is taken. */
const lcm: Binary = (a, b) => (a === 0 || b === 0 ? 0 : Math.abs(Math.imul(a / gcd(a, b), b)));

/** JavaScript shifts by b modulo 32. */
const shift =
  (within: Binary, beyond: Unary): Binary =>
  (a, b) =>
    b >= 0 && b < 32 ? within(a, b) : beyond(a);

const meaningsOfBinary = {
  add: { real: (a, b) => a + b },
  sub: { real: (a, b) => a - b },
  mul: { real: (a, b) => a * b, integer: Math.imul },
  div: { real: (a, b) => a / b },
  floorDivide: { real: floorDivide, integer: byInteger('floorDivide', floorDivide) },
  pow: { real: pow, integer: integerPow },
  remainder: { real: remainder, integer: byInteger('remainder', remainder) },
  fmod: { real: (a, b) => a % b, integer: byInteger('fmod', (a, b) => a % b) },
  atan2: { real: Math.atan2 },
  maximum: { real: Math.max },
  minimum: { real: Math.min },
  copysign: { real: (a, b) => (signbit(a) === signbit(b) ? a : -a) },
  hypot: { real: Math.hypot },
  logaddexp: { real: logOfSum(1) },
  logaddexp2: { real: logOfSum(Math.LN2) },
  xlogy: { real: timesLog(Math.log) },
  xlog1py: { real: timesLog(Math.log1p) },
  zeta: { real: gamma.zeta },
  gcd: { real: gcd },
  lcm: { real: lcm },
  bitwiseAnd: { real: (a, b) => a & b },
  bitwiseOr: { real: (a, b) => a | b },
  bitwiseXor: { real: (a, b) => a ^ b },
  bitwiseLeftShift: {
    real: shift(
      (a, b) => a << b,
      () => 0,
    ),
  },
  bitwiseRightShift: {
    real: shift(
      (a, b) => a >> b,
      (a) => a >> 31,
    ),
  },
  gate: { real: (g, y) => (y <= 0 ? 0 : g) },
  eq: { real: (a, b) => Number(a === b) },
  ne: { real: (a, b) => Number(a !== b) },
  lt: { real: (a, b) => Number(a < b) },
  le: { real: (a, b) => Number(a <= b) },
  gt: { real: (a, b) => Number(a > b) },
  ge: { real: (a, b) => Number(a >= b) },
  logicalAnd: { real: (a, b) => Number(a !== 0 && b !== 0) },
  logicalOr: { real: (a, b) => Number(a !== 0 || b !== 0) },
  logicalXor: { real: (a, b) => Number((a !== 0) !== (b !== 0)) },
} as const satisfies Record<string, Meaning<Binary>>;

/** The elementwise kernels of one argument; the reference backend has them all, so its table names them. */
export type UnaryKernel = keyof typeof meaningsOfUnary;
/** The elementwise kernels of two arguments. */
export type BinaryKernel = keyof typeof meaningsOfBinary;

export const unaryScalars: Readonly<Record<UnaryKernel, Meaning<Unary>>> = meaningsOfUnary;
export const binaryScalars: Readonly<Record<BinaryKernel, Meaning<Binary>>> = meaningsOfBinary;

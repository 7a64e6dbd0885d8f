import { type DType, isFloat } from '../../dtype.ts';
import type { BinaryKernel, UnaryKernel } from '../reference/scalars.ts';
import { wrapped } from './oracle.ts';
import * as special from './special-functions.ts';
import { type Accept, orNearer, rounded, roundedOrZero, within } from './tolerance.ts';

const floats = ['float32', 'float64'] as const;
const numbers = [...floats, 'int32', 'uint8'] as const;
const integers = ['int32', 'uint8'] as const;
const bits = [...integers, 'bool'] as const;
const all = [...numbers, 'bool'] as const;

/** What a kernel does to the elements of a dtype, and how nearly. */
export interface Meaning<F> {
  readonly f: F;
  /** The dtypes that its operands may have. */
  readonly dtypes: readonly DType[];
  /** The dtype of its output, where it is not that of the operands. */
  readonly result?: DType;
  readonly accept: (dtype: DType) => Accept;
}

type Unary = (x: number) => number;
type Binary = (a: number, b: number) => number;

/**
 * IEEE 754 defines the result to the last bit. A float32 result may be computed in float64 and rounded again: float64
 * has more than twice the digits, so that the two roundings of + − · ÷ √ are as good as one.
 */
const exact = (f: Unary, dtypes: readonly DType[] = all): Meaning<Unary> => ({ f, dtypes, accept: rounded });
const truth = (f: Unary): Meaning<Unary> => ({
  f,
  dtypes: all,
  result: 'bool',
  accept: () => rounded('bool'),
});
/** Four units in the last place: what a good polynomial in float32 attains, and PyTorch's vectorised functions do. */
const near = (f: Unary): Meaning<Unary> => ({ f, dtypes: floats, accept: (dtype) => within(dtype, 4) });

/**
 * Near a multiple of π the result is as small as the error of the reduced argument, which a reduction in three float32
 * parts brings to about 1e-7. Near 0 there is nothing to reduce, and elementwise.ts
 * asks for all digits.
 */
const periodic = (f: Unary): Meaning<Unary> => ({
  f,
  dtypes: floats,
  accept: (dtype) => orNearer(dtype === 'float32' ? 1e-7 : 1e-13, within(dtype, 4)),
});

/** Near the zeros of a function, where what it is made of cancels, as near as that is to its true value. */
function about(dtype: DType): Accept {
  return orNearer(2e-14, within(dtype, 4));
}

export const unaryMeanings: Readonly<Record<UnaryKernel, Meaning<Unary>>> = {
  neg: exact((x) => -x, numbers),
  abs: exact(Math.abs),
  // PyTorch has 0 for the sign of −0.
  sign: exact((x) => Math.sign(x) + 0),
  floor: exact(Math.floor),
  ceil: exact(Math.ceil),
  round: exact(roundHalfToEven),
  trunc: exact(Math.trunc),
  exp: near(Math.exp),
  expm1: near(Math.expm1),
  log: near(Math.log),
  log1p: near(Math.log1p),
  sqrt: exact(Math.sqrt, floats),
  sin: periodic(Math.sin),
  cos: periodic(Math.cos),
  tan: periodic(Math.tan),
  asin: near(Math.asin),
  acos: near(Math.acos),
  atan: near(Math.atan),
  sinh: near(Math.sinh),
  cosh: near(Math.cosh),
  tanh: near(Math.tanh),
  asinh: near(Math.asinh),
  acosh: near(Math.acosh),
  atanh: near(Math.atanh),
  sigmoid: near(sigmoid),
  // PyTorch keeps −0, as 0 is not greater.
  relu: exact((x) => (x >= 0 || Number.isNaN(x) ? x : 0), numbers),
  // Near ½ the logarithm of the ratio is as small as the rounding of the ratio, and nothing is lost in the tails.
  logit: { ...near((x) => Math.log(x) - Math.log1p(-x)), accept: about },
  entr: near((x) => (x === 0 ? 0 : x < 0 ? -1 / 0 : -x * Math.log(x))),
  angle: exact((x) => (Number.isNaN(x) ? x : Math.atan2(0, x < 0 ? -1 : 1)), floats),
  sinc: { ...near(sinc), accept: about },
  erf: near(special.erf),
  erfc: near(special.erfc),
  erfcx: near(special.erfcx),
  erfinv: near(special.erfinv),
  // Near ½ it is as small as the rounding of 1 − 2p.
  ndtri: { ...near(special.ndtri), accept: about },
  lgamma: { ...near(special.lgamma), accept: about },
  digamma: { ...near(special.digamma), accept: about },
  i0: near((x) => special.besselI(0, x)),
  i1: near((x) => special.besselI(1, x)),
  i0e: near((x) => special.scaledBesselI(0, x)),
  i1e: near((x) => special.scaledBesselI(1, x)),
  isnan: truth((x) => Number(Number.isNaN(x))),
  isinf: truth((x) => Number(x === 1 / 0 || x === -1 / 0)),
  logicalNot: truth((x) => Number(x === 0)),
  mantissa: exact((x) => bitsOf(x).mantissa, floats),
  exponent: exact((x) => bitsOf(x).exponent, floats),
  signbit: truth((x) => Number(x < 0 || Object.is(x, -0))),
};

/** IEEE 754's fields: ±1.f · 2^(e − 1023), of normal numbers, is a half of that times one power more. */
function bitsOf(x: number): { mantissa: number; exponent: number } {
  if (x === 0 || !Number.isFinite(x)) return { mantissa: x, exponent: 0 };
  const isNormal = Math.abs(x) >= 2 ** -1022;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, isNormal ? x : x * 2 ** 60);
  const high = view.getUint16(0);
  view.setUint16(0, (high & 0x800f) | (1022 << 4));
  return { mantissa: view.getFloat64(0), exponent: ((high >> 4) & 0x7ff) - 1022 - (isNormal ? 0 : 60) };
}

function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  // −½ goes to −0.
  return below % 2 === 0 ? below : Math.ceil(x);
}

/** At whole numbers, where πx is none, as good as 0. */
function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * (x - 2 * Math.round(x / 2))) / (Math.PI * x);
}

/** e^x / (1 + e^x), where e^x is small, is e^x itself. */
function sigmoid(x: number): number {
  return x < -40 ? Math.exp(x) : 1 / (1 + Math.exp(-x));
}

type Whole = (a: bigint, b: bigint) => bigint;

/** Integers are computed exactly, and then wrapped. */
function binary(
  real: Binary,
  whole: Whole | null,
  dtypes: readonly DType[],
  accept = rounded,
): Meaning<(dtype: DType) => Binary> {
  const f = (dtype: DType): Binary =>
    whole === null || isFloat(dtype) ? real : (a, b) => wrapped(dtype, whole(BigInt(a), BigInt(b)));
  return { f, dtypes, accept };
}

const comparison = (f: Binary): Meaning<(dtype: DType) => Binary> => ({
  f: () => f,
  dtypes: all,
  result: 'bool',
  accept: () => rounded('bool'),
});

export const binaryMeanings: Readonly<Record<BinaryKernel, Meaning<(dtype: DType) => Binary>>> = {
  add: binary(
    (a, b) => a + b,
    (a, b) => a + b,
    all,
  ),
  sub: binary(
    (a, b) => a - b,
    (a, b) => a - b,
    numbers,
  ),
  mul: binary(
    (a, b) => a * b,
    (a, b) => a * b,
    all,
  ),
  div: binary((a, b) => a / b, null, floats),
  // The quotient of large numbers is not a float, and may be rounded before it is rounded down.
  floorDivide: binary(
    floorDivide,
    (a, b) => (a - modulo(a, b)) / b,
    numbers,
    (dtype) => within(dtype, 1),
  ),
  pow: binary(
    pow,
    (a, b) => a ** b,
    numbers,
    (dtype) => within(dtype, 4),
  ),
  remainder: binary(remainder, modulo, numbers),
  fmod: binary(
    (a, b) => a % b,
    (a, b) => a % b,
    numbers,
  ),
  atan2: binary(Math.atan2, null, floats, (dtype) => within(dtype, 4)),
  // Which zero is the larger depends on the order of the operands in PyTorch, so either will do.
  maximum: binary(Math.max, null, all, roundedOrZero),
  minimum: binary(Math.min, null, all, roundedOrZero),
  copysign: binary((a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a)), null, floats),
  hypot: binary(hypot, null, floats, (dtype) => within(dtype, 4)),
  logaddexp: binary(logOfSum(1), null, floats, about),
  logaddexp2: binary(logOfSum(Math.LN2), null, floats, about),
  xlogy: binary(
    (a, b) => (a === 0 && !Number.isNaN(b) ? 0 : a * Math.log(b)),
    null,
    floats,
    (dtype) => within(dtype, 4),
  ),
  xlog1py: binary(
    (a, b) => (a === 0 && !Number.isNaN(b) ? 0 : a * Math.log1p(b)),
    null,
    floats,
    (dtype) => within(dtype, 4),
  ),
  zeta: binary(special.zeta, null, floats, (dtype) => within(dtype, 4)),
  gcd: ofIntegers(gcd),
  lcm: ofIntegers((a, b) => {
    const multiple = a === 0n || b === 0n ? 0n : BigInt.asIntN(32, (a / gcd(a, b)) * b);
    return multiple < 0n ? -multiple : multiple;
  }),
  bitwiseAnd: ofIntegers((a, b) => a & b, bits),
  bitwiseOr: ofIntegers((a, b) => a | b, bits),
  bitwiseXor: ofIntegers((a, b) => a ^ b, bits),
  bitwiseLeftShift: ofIntegers((a, b) => (b < 0n || b >= 32n ? 0n : a << b)),
  bitwiseRightShift: ofIntegers((a, b) => a >> (b < 0n ? 32n : b)),
  gate: binary((g, y) => (y <= 0 ? 0 : g), null, all),
  eq: comparison((a, b) => Number(a === b)),
  ne: comparison((a, b) => Number(a !== b)),
  lt: comparison((a, b) => Number(a < b)),
  le: comparison((a, b) => Number(a <= b)),
  gt: comparison((a, b) => Number(a > b)),
  ge: comparison((a, b) => Number(a >= b)),
  logicalAnd: comparison((a, b) => Number(a !== 0 && b !== 0)),
  logicalOr: comparison((a, b) => Number(a !== 0 || b !== 0)),
  logicalXor: comparison((a, b) => Number((a === 0) !== (b === 0))),
};

function ofIntegers(f: Whole, dtypes: readonly DType[] = integers): Meaning<(dtype: DType) => Binary> {
  return binary(() => Number.NaN, f, dtypes);
}

/** Euclid's algorithm. */
function gcd(a: bigint, b: bigint): bigint {
  const [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  return y === 0n ? x : gcd(y, x % y);
}

function hypot(a: number, b: number): number {
  const [large, small] = [Math.max(Math.abs(a), Math.abs(b)), Math.min(Math.abs(a), Math.abs(b))];
  if (Math.abs(a) === 1 / 0 || Math.abs(b) === 1 / 0) return 1 / 0;
  return large === 0 ? 0 : large * Math.sqrt(1 + (small / large) ** 2);
}

/** The base has the logarithm `unit`. The smaller power may be less than the last digit of the larger one. */
function logOfSum(unit: number): Binary {
  return (a, b) => {
    const larger = Math.max(a, b);
    if (Math.abs(larger) === 1 / 0) return larger;
    return larger + Math.log1p(Math.exp(-Math.abs(a - b) * unit)) / unit;
  };
}

/** C's pow, in which 1 to any power is 1, and (−1)^±∞ too. */
function pow(x: number, p: number): number {
  if (x === 1 || (x === -1 && Math.abs(p) === 1 / 0)) return 1;
  return x ** p;
}

/** As Python's %: the remainder with the sign of the divisor, and a remainder of 0 with that of the dividend. */
function remainder(a: number, b: number): number {
  const rest = a % b;
  const onOtherSide = (rest > 0 && b < 0) || (rest < 0 && b > 0);
  return onOtherSide ? rest + b : rest;
}

function modulo(a: bigint, b: bigint): bigint {
  return ((a % b) + b) % b;
}

/**
 * As Python's //, with −1 for a finite number by an infinite one of the other sign, and NaN for infinite ones. Finite
 * floats are whole multiples of a power of two, and so divide as whole numbers.
 */
function floorDivide(a: number, b: number): number {
  if (b === 0 || a === 0) return a / b;
  if (Math.abs(a) === 1 / 0 || Number.isNaN(a + b)) return Number.NaN;
  if (Math.abs(b) === 1 / 0) return a > 0 === b > 0 ? 0 : -1;
  const scale = BigInt(Math.max(scaleOf(a), scaleOf(b)));
  const [x, y] = [multipleOf(a, scale), multipleOf(b, scale)];
  return Number((x - modulo(x, y)) / y);
}

/** How often a finite number must be doubled to be whole. */
function scaleOf(x: number): number {
  let count = 0;
  for (let rest = x; !Number.isInteger(rest); rest *= 2) count++;
  return count;
}

function multipleOf(x: number, scale: bigint): bigint {
  const own = scaleOf(x);
  let whole = x;
  for (let n = 0; n < own; n++) whole *= 2;
  return BigInt(whole) << (scale - BigInt(own));
}

import type { V128 } from '../assembler/code.ts';
import { f32x4, f64x2, i32x4, v128 } from '../assembler/instructions.ts';
import {
  type Arithmetic,
  bounded,
  inDoubles,
  infinity,
  one,
  polynomial,
  signBit,
  withSignOf,
} from './arithmetic.ts';
import * as doubles from './doubles.ts';

// Transcendental functions of four float32 at a time, within 2 ulp of the true value, denormals included.
//
// Where it says fdlibm, the scheme is that of K. C. Ng's library (Sun Microsystems, 1993); Cephes is S. Moshier's
// (1984–1992). The series are Taylor's, cut off where their terms are below a tenth of an ulp, unless a fit is named.

const { const: constant, add, sub, mul, div, abs } = f32x4;

// 1.5 · 2²³: added to a small number it leaves the nearest whole number in the low bits.
const rounder = 1.5 * 2 ** 23;
// ln 2 in two parts (Cephes), the first so short that its whole multiples here are exact.
const ln2High = 0.693359375;
const ln2Low = -2.1219444005469057e-4;

/** 1/2!, 1/3!, … */
const factorials = [1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040];

/** x = n ln 2 + r with |r| ≤ ln 2 / 2; gives n + `rounder`, and eʳ − 1 = r + r² (1/2! + r/3! + …). */
function reduceExponent(m: Arithmetic, x: V128): { bits: V128; expm1: V128 } {
  const { f, madd } = m;
  const bits = f.let(madd(x, constant(Math.LOG2E), constant(rounder)));
  const n = f.let(sub(bits, constant(rounder)));
  const r = f.let(madd(n, constant(-ln2Low), madd(n, constant(-ln2High), x)));
  return { bits, expm1: madd(mul(r, r), polynomial(m, r, factorials), r) };
}

/** 2ⁿ, for −126 ≤ n ≤ 127, of which the low bits are given. */
function powerOfTwo(bits: V128): V128 {
  return i32x4.add(i32x4.shl(bits, 23), one);
}

/** eˣ where neither it nor its inverse overflows. */
export function expInRange(m: Arithmetic, x: V128): V128 {
  const { bits, expm1 } = reduceExponent(m, x);
  return mul(add(expm1, one), powerOfTwo(bits));
}

/** eˣ · 2ᵏ, of a whole k: times 2ⁿ in two steps, so that it gets to ∞ and to denormals with a single rounding. */
export function exp(m: Arithmetic, x: V128, k = 0): V128 {
  const { f } = m;
  const { bits, expm1 } = reduceExponent(m, f.let(bounded(x, -105, 90)));
  const n = f.let(i32x4.sub(bits, constant(rounder - k)));
  const half = f.let(i32x4.shr(n, 1));
  return mul(mul(add(expm1, one), powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half)));
}

/** eˣ − 1 = 2 (2ⁿ⁻¹ (eʳ − 1) + (2ⁿ⁻¹ − ½)) */
export function expm1(m: Arithmetic, x: V128): V128 {
  const { f, madd } = m;
  const { bits, expm1 } = reduceExponent(m, f.let(bounded(x, -20, 89)));
  const scale = f.let(powerOfTwo(i32x4.sub(bits, i32x4.const(1))));
  const half = f.let(madd(scale, expm1, sub(scale, constant(0.5))));
  return withSignOf(x, add(half, half));
}

/**
 * ln u + correction for u > 0, and what ln u is for any other. As fdlibm: u = 2ⁿ (1 + y) with √½ ≤ 1 + y < √2,
 * s = y / (2 + y), ln (1 + y) = 2 artanh s = y − y²/2 + s (y²/2 + 2/3 s² + 2/5 s⁴ + …).
 */
function logarithm(m: Arithmetic, u: V128, correction: V128): V128 {
  const { f, madd } = m;
  // Denormals become normal first.
  const tiny = f.let(f32x4.lt(u, constant(2 ** -126)));
  const normal = f.let(v128.select(tiny, mul(u, constant(2 ** 23)), u));
  const rootHalf = constant(Math.SQRT1_2);
  const shifted = f.let(i32x4.sub(normal, rootHalf));
  const exponent = i32x4.sub(i32x4.shr(shifted, 23), v128.and(tiny, i32x4.const(23)));
  const n = f.let(f32x4.convertI32(exponent));
  const y = f.let(sub(i32x4.add(v128.and(shifted, i32x4.const(0x7fffff)), rootHalf), one));
  const s = f.let(div(y, add(y, constant(2))));
  const square = f.let(mul(s, s));
  const series = mul(square, polynomial(m, square, [2 / 3, 2 / 5, 2 / 7, 2 / 9]));
  const half = f.let(mul(mul(y, y), constant(0.5)));
  const small = f.let(madd(n, constant(ln2Low), madd(s, add(half, series), correction)));
  const result = madd(n, constant(ln2High), sub(y, sub(half, small)));
  // √ gives NaN for negative numbers and NaN, and ∞ for ∞.
  const special = v128.select(f32x4.eq(u, v128.zero), constant(Number.NEGATIVE_INFINITY), f32x4.sqrt(u));
  const ordinary = v128.and(f32x4.gt(u, v128.zero), f32x4.lt(u, infinity));
  return v128.select(ordinary, result, special);
}

export function log(m: Arithmetic, x: V128): V128 {
  return logarithm(m, x, v128.zero);
}

/** ln (1 + x) = ln u + (x − (u − 1)) / u with u = 1 + x as rounded (fdlibm). */
export function log1p(m: Arithmetic, x: V128): V128 {
  const u = m.f.let(add(x, one));
  const correction = m.f.let(div(sub(x, sub(u, one)), u));
  return withSignOf(x, logarithm(m, u, correction));
}

/**
 * 1 / (1 + e⁻ˣ), or eˣ / (1 + eˣ), on the side where the exponential cannot overflow. What 1 + eˣ loses of eˣ is a
 * relative error that is taken off the quotient.
 */
export function sigmoid(m: Arithmetic, x: V128): V128 {
  const { f, madd } = m;
  const power = f.let(exp(m, f.let(v128.or(x, signBit))));
  const sum = f.let(add(power, one));
  const excess = sub(sub(sum, one), power);
  const quotient = f.let(div(v128.select(f32x4.lt(x, v128.zero), power, one), sum));
  return madd(quotient, excess, quotient);
}

/**
 * x + x P(x²) up to 1, and 1 − e^Q(x) beyond. P and Q are fitted with least greatest error to erf x / x − 1 and ln erfc x,
 * the errors relative to erf x; they are 0.02 · 2⁻²⁴.
 */
export function erf(m: Arithmetic, x: V128): V128 {
  const { f, madd } = m;
  const a = f.let(abs(x));
  const p = polynomial(
    m,
    f.let(mul(a, a)),
    [0.12837916, -0.37612626, 0.11283585, -0.02685381, 0.005188328, -0.00080101925, 7.853858e-5],
  );
  const near = madd(a, p, a);
  const q = polynomial(
    m,
    f.let(f32x4.pmin(a, constant(4))),
    [-3.4151258e-4, -1.1270893, -0.6381447, -0.10310682, 0.021838097, -0.0029476669, 0.00018638009],
  );
  const far = sub(one, expInRange(m, q));
  return withSignOf(x, v128.select(f32x4.lt(a, one), near, far));
}

/** ln (eᵃ + eᵇ) = a + ln (1 + eᵇ⁻ᵃ) for a ≥ b, in float64, as the two may cancel; within 0.501 ulp but where they do. */
export function logaddexp(m: Arithmetic, a: V128, b: V128): V128 {
  return inDoubles(m, [a, b], (x, y) => {
    // Equal infinities have no difference.
    const distance = v128.andnot(f64x2.abs(f64x2.sub(x, y)), f64x2.eq(x, y));
    const power = m.f.let(doubles.exp(m.wide, m.f.let(f64x2.neg(distance))));
    const log = doubles.log(m.wide, m.f.let(f64x2.add(power, f64x2.const(1))), power);
    return f64x2.add(f64x2.max(x, y), log);
  });
}

/** ln (x / (1 − x)), in float64, as the quotient may be near 1; within 0.501 ulp. */
export function logit(m: Arithmetic, x: V128): V128 {
  return inDoubles(m, [x], (p) => doubles.log(m.wide, m.f.let(f64x2.div(p, f64x2.sub(f64x2.const(1), p)))));
}

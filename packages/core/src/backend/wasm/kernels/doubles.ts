import type { V128 } from '../assembler/code.ts';
import { f64x2, i32x4, i64x2, shuffle32, v128 } from '../assembler/instructions.ts';
import { polynomial, type Sums } from './arithmetic.ts';

// eˣ and ln x of two float64 at a time, for functions that lose digits on their way to float32. Their relative errors are
// below 2⁻³⁷, so that what is rounded to float32 is within 0.5002 ulp.

const { const: constant, add, sub, mul, div } = f64x2;
const one = constant(1);

/** 1.5 · 2⁵²: added to a small number it leaves the nearest whole number in the low bits. */
export const rounder = constant(1.5 * 2 ** 52);

/** Taylor's 1/2!, 1/3!, … of eʳ, whose next term is 2⁻³⁷ at r = ln 2 / 2. */
const factorials = [1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362880];

/** eˣ, of x cut off at −110 and 90, where float32 holds neither it nor its half. */
export function exp(m: Sums, x: V128): V128 {
  const { f, madd } = m;
  const near = f.let(f64x2.pmin(f64x2.pmax(x, constant(-110)), constant(90)));
  const bits = f.let(madd(near, constant(Math.LOG2E), rounder));
  const r = f.let(madd(sub(bits, rounder), constant(-Math.LN2), near));
  const power = i64x2.add(i64x2.shl(bits, 52), one);
  return mul(add(madd(mul(r, r), polynomial(m, r, factorials), r), one), power);
}

/** The high word of √½; and of a float64 all bits but those of sign and exponent. */
const rootHalf = i32x4.consts(0, 0x3fe6a09e, 0, 0x3fe6a09e);
const fraction = i32x4.consts(-1, 0xfffff, -1, 0xfffff);

/**
 * ln u, of a u that is no denormal: u = 2ⁿ (1 + y) with √½ ≤ 1 + y < √2, s = y / (2 + y), and ln (1 + y) = 2 artanh s.
 * @param less u − 1 where u is near 1, if it is known better
 */
export function log(m: Sums, u: V128, less?: V128): V128 {
  const { f, madd } = m;
  const shifted = f.let(i32x4.sub(u, rootHalf));
  const n = f.let(f64x2.convertLowI32(i32x4.shr(shuffle32(shifted, shifted, [1, 3, 1, 3]), 20)));
  const rest = sub(i32x4.add(v128.and(shifted, fraction), rootHalf), one);
  const y = f.let(less ? v128.select(f64x2.eq(n, v128.zero), less, rest) : rest);
  const s = f.let(div(y, add(y, constant(2))));
  const square = f.let(mul(s, s));
  const series = polynomial(
    m,
    square,
    [3, 5, 7, 9, 11, 13, 15].map((k) => 2 / k),
  );
  const result = madd(n, constant(Math.LN2), madd(mul(s, square), series, add(s, s)));
  const ordinary = v128.and(f64x2.gt(u, v128.zero), f64x2.lt(u, constant(Number.POSITIVE_INFINITY)));
  // −∞ for 0, NaN for numbers below it and for NaN, and ∞ for ∞.
  const notNegative = v128.or(u, f64x2.lt(u, v128.zero));
  const special = v128.select(f64x2.eq(u, v128.zero), constant(Number.NEGATIVE_INFINITY), notNegative);
  return f.let(v128.select(ordinary, result, special));
}

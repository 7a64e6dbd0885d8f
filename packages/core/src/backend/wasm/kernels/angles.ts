import type { V128 } from '../assembler/code.ts';
import { f32x4, f64x2, i32x4, shuffle32, v128 } from '../assembler/instructions.ts';
import {
  type Arithmetic,
  bothHalves,
  inDoubles,
  infinity,
  narrowed,
  one,
  polynomial,
  type Sums,
  signBit,
  withSignOf,
} from './arithmetic.ts';
import { rounder } from './doubles.ts';

// The trigonometric functions of four float32 at a time and their inverses, within 2 ulp of the true value: over all
// exponents tan is off by 0.54 ulp at most, acos by 1.1, asin by 1.4, atan and atan2 by 1.6.
// Fits are polynomials with the least greatest error relative to the whole function.

const { const: constant, abs, add, sub, mul, div, eq, gt } = f32x4;

// π/2 in two parts of float64, the first of 27 bits, so that its multiples up to 2²⁶ are exact.
const quarterHigh = Math.floor((Math.PI / 2) * 2 ** 26) / 2 ** 26;
const quarterLow = 9.920935796805404e-10;
/** Above this the multiples of π/2 would need more bits. */
const farthest = 1e8;

/** Lanes too far from 0 for `sin` and `cos`; infinite ones are not, as NaN needs no precision. */
export function beyondReduction(x: V128): V128 {
  return v128.and(f32x4.gt(abs(x), constant(farthest)), f32x4.lt(abs(x), infinity));
}

/**
 * x = n π/2 + r with |r| ≤ π/4, in float64 (W. J. Cody, W. Waite, 1980): near multiples of π few bits are left.
 * @returns n in the low words
 */
function reduced({ f }: Sums, x: V128): { readonly n: V128; readonly r: V128 } {
  const n = f.let(f64x2.add(f64x2.mul(x, f64x2.const(2 / Math.PI)), rounder));
  const whole = f.let(f64x2.sub(n, rounder));
  const rest = f64x2.sub(x, f64x2.mul(whole, f64x2.const(quarterHigh)));
  return { n, r: f.let(f64x2.sub(rest, f64x2.mul(whole, f64x2.const(quarterLow)))) };
}

/** The same for four lanes, r rounded to float32. */
function reduceAngle(m: Arithmetic, x: V128): { readonly n: V128; readonly r: V128 } {
  const [low, high] = bothHalves(m, [x], (half) => reduced(m, half));
  return {
    n: m.f.let(shuffle32(low.n, high.n, [0, 2, 4, 6])),
    r: m.f.let(narrowed(low.r, high.r)),
  };
}

function isOdd(n: V128): V128 {
  return i32x4.ne(v128.and(n, i32x4.const(1)), v128.zero);
}

/** sin (r + n π/2) by the series of sine and cosine, of which n picks one and the sign. */
function sine(m: Arithmetic, n: V128, r: V128): V128 {
  const { f, madd } = m;
  const square = f.let(mul(r, r));
  const sines = polynomial(m, square, [-1 / 6, 1 / 120, -1 / 5040, 1 / 362880]);
  const cosines = polynomial(m, square, [-1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800]);
  const value = v128.select(isOdd(n), madd(square, cosines, one), madd(mul(square, r), sines, r));
  return v128.xor(value, i32x4.shl(v128.and(n, i32x4.const(2)), 30));
}

export function sin(m: Arithmetic, x: V128): V128 {
  const { n, r } = reduceAngle(m, x);
  // Sine keeps the sign of a zero, which the reduction loses.
  return v128.select(f32x4.eq(x, v128.zero), x, sine(m, n, r));
}

/** cos x = sin (x + π/2) */
export function cos(m: Arithmetic, x: V128): V128 {
  const { n, r } = reduceAngle(m, x);
  return sine(m, m.f.let(i32x4.add(n, i32x4.const(1))), r);
}

/**
 * tan r ≈ r + r³ P(r²), fitted up to π/4 with an error of 0.04 · 2⁻²⁴, and tan (r + π/2) = −1 / tan r: in float64, as the
 * rounding of r would be doubled.
 */
export function tan(m: Arithmetic, x: V128): V128 {
  const tangent = inDoubles(m, [x], (half) => {
    const { f, madd } = m.wide;
    const { n, r } = reduced(m, half);
    const square = f.let(f64x2.mul(r, r));
    const p = polynomial(
      m.wide,
      square,
      [0.333333438, 0.133327788, 0.0540538485, 0.0212877718, 0.010870086, 7.51836893e-10, 0.00443767556],
    );
    const value = f.let(madd(f64x2.mul(r, square), p, r));
    const turned = isOdd(shuffle32(n, n, [0, 0, 2, 2]));
    return v128.select(turned, f64x2.div(f64x2.const(-1), value), value);
  });
  return v128.select(eq(x, v128.zero), x, tangent);
}

const quarter = constant(Math.PI / 2);
const half = constant(Math.PI);
/** By how much of itself π/2 is off as a float32. */
const excess = constant(Math.PI / 2 / Math.fround(Math.PI / 2) - 1);

/** `turn`, a multiple of π/2 as rounded, without the rounding, and another angle. */
function plus({ madd }: Arithmetic, turn: V128, angle: V128): V128 {
  return add(turn, madd(turn, excess, angle));
}

/** The angle of the point (x, y): that below a diagonal, atan z ≈ z + z³ P(z²), fitted up to 1 with an error of 0.08 · 2⁻²⁴. */
export function atan2(m: Arithmetic, y: V128, x: V128): V128 {
  const { f, madd } = m;
  const [a, b] = [f.let(abs(y)), f.let(abs(x))];
  const [least, most] = [f.let(f32x4.min(a, b)), f.let(f32x4.max(a, b))];
  // Two zeros count as 0 : 1, two infinities as 1 : 1.
  const onDiagonal = v128.andnot(one, eq(least, v128.zero));
  const z = f.let(v128.select(eq(least, most), onDiagonal, div(least, most)));
  const square = f.let(mul(z, z));
  const p = polynomial(
    m,
    square,
    [
      -0.333333124, 0.199988422, -0.142663464, 0.109585824, -0.0841065457, 0.0579135417, -0.0309912903,
      0.0107485003, -0.00174370115,
    ],
  );
  const angle = madd(mul(z, square), p, z);
  const isSteep = f.let(gt(a, b));
  const isLeft = f.let(i32x4.shr(x, 31));
  const turn = f.let(v128.select(isSteep, quarter, v128.and(isLeft, half)));
  const back = v128.and(v128.xor(isSteep, isLeft), signBit);
  return withSignOf(y, plus(m, turn, v128.xor(angle, back)));
}

export function atan(m: Arithmetic, x: V128): V128 {
  return atan2(m, x, one);
}

/**
 * asin s ≈ s + s³ P(s²), fitted up to 0.55 with an error of 0.04 · 2⁻²⁴: of |x|, or beyond 0.55, where asin |x| is π/2 less
 * twice that, of √((1 − |x|) / 2); a little beyond ½, so that the angle to be doubled is rounded as one below it.
 */
function arcsine(m: Arithmetic, x: V128): { readonly isFar: V128; readonly angle: V128 } {
  const { f, madd } = m;
  const size = f.let(abs(x));
  const isFar = f.let(gt(size, constant(0.55)));
  const square = f.let(v128.select(isFar, mul(sub(one, size), constant(0.5)), mul(size, size)));
  const s = f.let(v128.select(isFar, f32x4.sqrt(square), size));
  const p = polynomial(
    m,
    square,
    [0.166666498, 0.0750134541, 0.0443352735, 0.0333789738, 0.00853634647, 0.0455578162],
  );
  const angle = f.let(madd(mul(s, square), p, s));
  return { isFar, angle: f.let(v128.select(isFar, add(angle, angle), angle)) };
}

export function asin(m: Arithmetic, x: V128): V128 {
  const { isFar, angle } = arcsine(m, x);
  const back = v128.xor(angle, v128.and(isFar, signBit));
  return withSignOf(x, plus(m, v128.and(isFar, quarter), back));
}

/** π/2 − asin x; where x is far from 0, the π/2 are not added that were to be taken off. */
export function acos(m: Arithmetic, x: V128): V128 {
  const { isFar, angle } = arcsine(m, x);
  const turn = m.f.let(v128.select(isFar, v128.and(i32x4.shr(x, 31), half), quarter));
  return plus(m, turn, v128.xor(angle, v128.and(signBit, v128.xor(x, v128.andnot(signBit, isFar)))));
}

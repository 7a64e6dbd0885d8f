import type { V128 } from '../assembler/code.ts';
import { f32x4, f64x2, i32x4, shuffle32, v128 } from '../assembler/instructions.ts';
import { type Arithmetic, bothHalves, infinity, narrowed, one, polynomial } from './arithmetic.ts';

// The trigonometric functions of four float32 at a time, within 2 ulp of the true value.

const { const: constant, abs, mul } = f32x4;

// π/2 in two parts of float64, the first of 27 bits, so that its multiples up to 2²⁶ are exact.
const quarterHigh = Math.floor((Math.PI / 2) * 2 ** 26) / 2 ** 26;
const quarterLow = 9.920935796805404e-10;
/** Above this the multiples of π/2 would need more bits. */
const farthest = 1e8;
const rounder64 = 1.5 * 2 ** 52;

/** Lanes too far from 0 for `sin` and `cos`; infinite ones are not, as NaN needs no precision. */
export function beyondReduction(x: V128): V128 {
  return v128.and(f32x4.gt(abs(x), constant(farthest)), f32x4.lt(abs(x), infinity));
}

/** x = n π/2 + r with |r| ≤ π/4, found in float64 (W. J. Cody, W. Waite, 1980): near multiples of π few bits are left. */
function reduceAngle(m: Arithmetic, x: V128): { n: V128; r: V128 } {
  const { f } = m;
  const reduced = (wide: V128) => {
    const bits = f.let(f64x2.add(f64x2.mul(wide, f64x2.const(2 / Math.PI)), f64x2.const(rounder64)));
    const n = f.let(f64x2.sub(bits, f64x2.const(rounder64)));
    const rest = f64x2.sub(wide, f64x2.mul(n, f64x2.const(quarterHigh)));
    return { bits, r: f64x2.sub(rest, f64x2.mul(n, f64x2.const(quarterLow))) };
  };
  const [low, high] = bothHalves(m, [x], reduced);
  return {
    n: f.let(shuffle32(low.bits, high.bits, [0, 2, 4, 6])),
    r: f.let(narrowed(low.r, high.r)),
  };
}

/** sin (r + n π/2) by the series of sine and cosine, of which n picks one and the sign. */
function sine(m: Arithmetic, n: V128, r: V128): V128 {
  const { f, madd } = m;
  const square = f.let(mul(r, r));
  const sines = polynomial(m, square, [-1 / 6, 1 / 120, -1 / 5040, 1 / 362880]);
  const cosines = polynomial(m, square, [-1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800]);
  const odd = i32x4.ne(v128.and(n, i32x4.const(1)), v128.zero);
  const value = v128.select(odd, madd(square, cosines, one), madd(mul(square, r), sines, r));
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

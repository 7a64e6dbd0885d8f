import type { V128 } from '../assembler/code.ts';
import { f32x4, f64x2, v128 } from '../assembler/instructions.ts';
import { type Arithmetic, inDoubles, infinity, one, signBit } from './arithmetic.ts';
import * as doubles from './doubles.ts';

const { const: constant, abs, add, mul, div, sqrt, eq, lt, gt, trunc } = f32x4;
const lowest = constant(Number.NEGATIVE_INFINITY);

/** As C's pow, and unlike √, (−0)^½ is 0 and (−∞)^½ is ∞. */
const rootPower = (x: V128): V128 => v128.select(eq(x, lowest), infinity, add(sqrt(x), v128.zero));

/** Powers by the arithmetic that they stand for, where it is as good as any. */
export const powers: ReadonlyMap<number, (x: V128) => V128> = new Map<number, (x: V128) => V128>([
  [0, () => one],
  [1, (x) => x],
  [2, (x) => mul(x, x)],
  [3, (x) => mul(mul(x, x), x)],
  [-1, (x) => div(one, x)],
  [0.5, rootPower],
  [-0.5, (x) => div(one, rootPower(x))],
]);

/** C's pow: e^(p ln |x|) with the sign of x if p is odd, within 0.501 ulp. */
export function pow(m: Arithmetic, x: V128, p: V128): V128 {
  const { f } = m;
  const size = inDoubles(m, [abs(x), p], (base, exponent) => {
    // ±1 is not to meet ∞, and to any such power all other bases are 0 or ∞.
    const finite = f64x2.pmin(f64x2.pmax(exponent, f64x2.const(-(2 ** 60))), f64x2.const(2 ** 60));
    return doubles.exp(m.wide, f.let(f64x2.mul(finite, doubles.log(m.wide, base))));
  });
  const half = f.let(mul(p, constant(0.5)));
  const whole = f.let(eq(trunc(p), p));
  const odd = v128.andnot(whole, eq(trunc(half), half));
  const unreal = v128.andnot(v128.and(lt(x, v128.zero), gt(x, lowest)), whole);
  const signed = v128.or(size, v128.and(v128.and(x, signBit), odd));
  // A lane of ones is NaN.
  return v128.select(v128.or(eq(x, one), eq(p, v128.zero)), one, v128.or(signed, unreal));
}

/** √(a² + b²): squares of float32 are exact in float64, and neither over- nor underflow. An infinity outweighs NaN. */
export function hypot(m: Arithmetic, a: V128, b: V128): V128 {
  const root = inDoubles(m, [a, b], (x, y) => f64x2.sqrt(f64x2.add(f64x2.mul(x, x), f64x2.mul(y, y))));
  return v128.select(v128.or(eq(abs(a), infinity), eq(abs(b), infinity)), infinity, root);
}

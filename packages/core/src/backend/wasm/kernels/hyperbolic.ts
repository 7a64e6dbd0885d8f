import type { V128 } from '../assembler/code.ts';
import { f32x4, f64x2, v128 } from '../assembler/instructions.ts';
import { type Arithmetic, inDoubles, one, polynomial, withSignOf } from './arithmetic.ts';
import * as doubles from './doubles.ts';
import { exp, expInRange } from './functions.ts';

// The hyperbolic functions of four float32 at a time and their inverses: over all exponents tanh is off by 1.2 ulp at most,
// cosh by 1.4, sinh by 1.6 and the inverses by 0.501.

const { const: constant, abs, add, sub, mul, div, lt } = f32x4;

/** eᵃ/2 − e⁻ᵃ/2; up to 1 a + a³ P(a²), fitted with an error of 0.002 · 2⁻²⁴. */
export function sinh(m: Arithmetic, x: V128): V128 {
  const { f, madd } = m;
  const a = f.let(abs(x));
  const square = f.let(mul(a, a));
  const p = polynomial(m, square, [0.166666665, 0.00833335082, 0.000198358714, 2.819029e-6]);
  const half = f.let(exp(m, a, -1));
  const far = sub(half, div(constant(0.25), half));
  return withSignOf(x, v128.select(lt(a, one), madd(mul(a, square), p, a), far));
}

/** eᵃ/2 + e⁻ᵃ/2 */
export function cosh(m: Arithmetic, x: V128): V128 {
  const half = m.f.let(exp(m, m.f.let(abs(x)), -1));
  return add(half, div(constant(0.25), half));
}

/** x + x³ P(x²) up to 0.625, P by Cephes (tanhf), and 1 − 2 / (e²ˣ + 1) beyond. */
export function tanh(m: Arithmetic, x: V128): V128 {
  const { f, madd } = m;
  const a = f.let(abs(x));
  const square = f.let(mul(a, a));
  const p = polynomial(
    m,
    square,
    [-3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3],
  );
  const near = madd(mul(a, square), p, a);
  const power = expInRange(m, f.let(mul(f32x4.pmin(a, constant(10)), constant(2))));
  const far = sub(one, div(constant(2), add(power, one)));
  return withSignOf(x, v128.select(f32x4.lt(a, constant(0.625)), near, far));
}

// The inverses are logarithms, which near 0 and 1 take more digits than float32 has.

const wideOne = f64x2.const(1);

/** ln (a + √(a² + 1)), which is ln (1 + a + a² / (1 + √(a² + 1))) */
export function asinh(m: Arithmetic, x: V128): V128 {
  const size = inDoubles(m, [abs(x)], (a) => {
    const square = m.f.let(f64x2.mul(a, a));
    const root = m.f.let(f64x2.sqrt(f64x2.add(square, wideOne)));
    const less = f64x2.add(a, f64x2.div(square, f64x2.add(root, wideOne)));
    return doubles.log(m.wide, m.f.let(f64x2.add(a, root)), less);
  });
  return withSignOf(x, size);
}

/** ln (x + √(x² − 1)), and NaN below 1. */
export function acosh(m: Arithmetic, x: V128): V128 {
  return inDoubles(m, [x], (a) => {
    const root = f64x2.sqrt(f64x2.sub(f64x2.mul(a, a), wideOne));
    return doubles.log(m.wide, m.f.let(v128.or(f64x2.add(a, root), f64x2.lt(a, wideOne))));
  });
}

/** ½ ln ((1 + a) / (1 − a)), which is ½ ln (1 + 2a / (1 − a)) */
export function atanh(m: Arithmetic, x: V128): V128 {
  const size = inDoubles(m, [abs(x)], (a) => {
    const less = m.f.let(f64x2.div(f64x2.add(a, a), f64x2.sub(wideOne, a)));
    const log = doubles.log(m.wide, m.f.let(f64x2.add(less, wideOne)), less);
    return f64x2.mul(log, f64x2.const(0.5));
  });
  return withSignOf(x, size);
}

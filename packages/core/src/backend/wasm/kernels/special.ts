import type { V128 } from '../assembler/code.ts';
import { f32x4, f64x2, v128 } from '../assembler/instructions.ts';
import { type Arithmetic, inDoubles, infinity, one, polynomial } from './arithmetic.ts';
import * as doubles from './doubles.ts';

// Special functions of four float32 at a time, by way of float64. Fits are polynomials with the least greatest error
// relative to the whole function.

const { const: constant, abs, add, sub, mul, div, lt } = f64x2;

/**
 * e^(−a²) P(t) / (1 + 2a) with t = (a − 2) / (a + 2) (M. Shepherd, J. Laframboise, 1981), fitted up to 10.5, where nothing is
 * left, with an error of 0.02 · 2⁻²⁴; and 2 less that below 0. Within 0.52 ulp.
 */
export function erfc(m: Arithmetic, x: V128): V128 {
  return inDoubles(m, [x], (y) => {
    const { f } = m;
    const a = f.let(f64x2.pmin(abs(y), constant(10.5)));
    const t = f.let(div(sub(a, constant(2)), add(a, constant(2))));
    const p = polynomial(
      m.wide,
      t,
      [
        1.2769783827, -0.09276381985, -0.1660305227, 0.1640510141, -0.05421783318, -0.008030651363,
        0.008709282206, 0.001252077321, -0.001421651874, -0.0004003514683, 0.0001704849145, 7.987432469e-5,
      ],
    );
    const tail = f.let(
      mul(doubles.exp(m.wide, f.let(f64x2.neg(mul(a, a)))), div(p, add(add(a, a), constant(1)))),
    );
    return v128.select(lt(y, v128.zero), sub(constant(2), tail), tail);
  });
}

/**
 * x P(w) with w = −ln (1 − x²) (M. Giles, 2010): P is a polynomial in w up to 5 and one in √w from there to 16, beyond which
 * there is no float32 but 1, fitted with errors of 0.1 · 2⁻²⁴. Within 0.6 ulp.
 */
export function erfinv(m: Arithmetic, x: V128): V128 {
  const { f } = m;
  const inside = inDoubles(m, [x], (y) => {
    const square = f.let(mul(y, y));
    const w = f.let(f64x2.neg(doubles.log(m.wide, f.let(sub(constant(1), square)), f64x2.neg(square))));
    const near = polynomial(
      m.wide,
      f.let(sub(w, constant(2.5))),
      [
        1.5014093593, 0.24664028615, -0.0041773867778, -0.00125274187, 0.00021834443298, -4.9633545079e-6,
        -3.462702513e-6, 4.6617240783e-7, 2.3232432127e-8, -8.7911983407e-9,
      ],
    );
    const far = polynomial(
      m.wide,
      f.let(sub(f64x2.sqrt(w), constant(3))),
      [
        2.8329767957, 1.0016750867, 0.0094456842538, -0.0076394094442, 0.0056831715612, -0.0035869892446,
        0.0014958590135, -7.6618216522e-5, -0.0003187251051, 0.00012896429071,
      ],
    );
    return mul(y, v128.select(lt(w, constant(5)), near, far));
  });
  return v128.select(f32x4.eq(f32x4.abs(x), one), f32x4.mul(x, infinity), inside);
}

import type { V128 } from '../assembler/code.ts';
import { f32x4, f64x2, v128 } from '../assembler/instructions.ts';
import { type Arithmetic, inDoubles, infinity, polynomial, type Sums } from './arithmetic.ts';
import * as doubles from './doubles.ts';

// ln |Γ| and its slope of four float32 at a time, by way of float64: fits from 1.5 to 2.5 and beyond, to where the recurrence
// leads from ½, and reflection from ½ down. The fits have the least greatest error, below 1e-13, so that little is lost where
// terms cancel. Both are within 0.501 ulp but for the float32 next to zeros that are not whole.

const { const: constant, abs, add, sub, mul, div, lt, eq, nearest } = f64x2;
const [half, one] = [constant(0.5), constant(1)];

/** ln Γ(2 + t) / (t (1 + t)), for |t| ≤ ½. */
const logGamma = [
  0.422784335098484, -0.100317301674414, 0.0329650006146396, -0.0123841921844922, 0.00499864157939517,
  -0.002108131215581, 0.000915367050074457, -0.000405700186615107, 0.000182664103556108, -8.31647578680254e-5,
  3.75279613918194e-5, -1.73046501926187e-5, 1.00134298140419e-5, -4.75989509792801e-6,
];
/** y (ln Γ(y) − (y − ½) ln y + y − ½ ln 2π) in powers of 1/y², for y ≥ 2.5. */
const logGammaFar = [
  0.083333333333319, -0.00277777776208322, 0.000793647954363747, -0.000595037671414476, 0.000834472937012971,
  -0.00176150864368546, 0.00424777947665269, -0.00828912128595257, 0.00839948489460565,
];
/** ψ(2 + t), for |t| ≤ ½. */
const psi = [
  0.422784335098472, 0.644934066848188, -0.202056903161976, 0.0823232337177251, -0.0369277549444261,
  0.0173430616518201, -0.00834928370172217, 0.00407736379941374, -0.00200829451244028, 0.000994482541874915,
  -0.000495015054027491, 0.000246727162566867, -0.000118902434527161, 5.87365334105372e-5,
  -3.95133658035474e-5, 2.03906245341063e-5,
];
/** y² (ln y − 1/2y − ψ(y)) in powers of 1/y², for y ≥ 2.5. */
const psiFar = [
  0.0833333333331311, -0.00833333311088897, 0.00396821344853308, -0.00416378232097733, 0.00746982953388493,
  -0.0187835470567368, 0.0504417846245933, -0.104420998163294, 0.109276882775807,
];

/** sin πt / πt and cos πt in powers of (πt)² (Taylor), for |t| ≤ ½. */
const sine = series(1);
const cosine = series(0);

function series(first: 0 | 1): number[] {
  const coefficients = [1];
  for (let k = first + 2; coefficients.length < 10; k += 2) {
    coefficients.push(-(coefficients.at(-1) as number) / (k * (k - 1)));
  }
  return coefficients;
}

/** What both functions need to know of x: y is x, or 1 − x where that is the larger one, and πt leads to the nearest pole. */
function parts({ f }: Sums, x: V128) {
  const isReflected = f.let(lt(x, half));
  const y = f.let(v128.select(isReflected, sub(one, x), x));
  // Up to 1.5 the recurrence leads to y + 1.
  const isLow = f.let(lt(y, constant(1.5)));
  const t = f.let(sub(y, v128.select(isLow, one, constant(2))));
  const far = f.let(div(one, mul(y, y)));
  // −0 minus itself would be 0.
  const turns = v128.select(lt(abs(x), half), x, sub(x, nearest(x)));
  const angle = f.let(mul(turns, constant(Math.PI)));
  return {
    isReflected,
    isLow,
    isNear: lt(y, constant(2.5)),
    y,
    t,
    far,
    angle,
    square: f.let(mul(angle, angle)),
  };
}

/** ln |Γ(x)|, of x < ½ as ln (π / |sin πx|) − ln Γ(1 − x). */
export function lgamma(m: Arithmetic, x: V128): V128 {
  const { wide } = m;
  const finite = inDoubles(m, [x], (z) => {
    const { isReflected, isLow, isNear, y, t, far, angle, square } = parts(wide, z);
    const log = doubles.log(wide, y);
    const near = mul(mul(t, add(t, one)), polynomial(wide, t, logGamma));
    const stirling = add(sub(mul(sub(y, half), log), y), constant(Math.log(2 * Math.PI) / 2));
    const beyond = add(stirling, div(polynomial(wide, far, logGammaFar), y));
    const above = wide.f.let(v128.select(isNear, sub(near, v128.and(log, isLow)), beyond));
    const sineOverPi = wide.f.let(
      mul(abs(mul(angle, constant(1 / Math.PI))), polynomial(wide, square, sine)),
    );
    const reflected = f64x2.neg(add(doubles.log(wide, sineOverPi), above));
    return v128.select(isReflected, reflected, above);
  });
  return v128.select(f32x4.eq(f32x4.abs(x), infinity), infinity, finite);
}

/** ψ(x), of x < ½ as ψ(1 − x) − π / tan πx: NaN at whole numbers below 0, and −∞ and ∞ at 0 and −0. */
export function digamma(m: Arithmetic, x: V128): V128 {
  const { wide } = m;
  return inDoubles(m, [x], (z) => {
    const { isReflected, isLow, isNear, y, t, far, angle, square } = parts(wide, z);
    const inverse = wide.f.let(div(one, y));
    const near = sub(polynomial(wide, t, psi), v128.and(inverse, isLow));
    const slope = sub(doubles.log(wide, y), mul(inverse, half));
    const beyond = sub(slope, mul(polynomial(wide, far, psiFar), far));
    const above = wide.f.let(v128.select(isNear, near, beyond));
    const tangent = div(mul(angle, polynomial(wide, square, sine)), polynomial(wide, square, cosine));
    const reflected = sub(above, div(constant(Math.PI), tangent));
    const isPole = v128.and(eq(angle, v128.zero), lt(z, v128.zero));
    return v128.or(v128.select(isReflected, reflected, above), isPole);
  });
}

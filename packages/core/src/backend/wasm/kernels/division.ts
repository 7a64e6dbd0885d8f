import type { V128 } from '../assembler/code.ts';
import { f64x2, i32x4, v128 } from '../assembler/instructions.ts';
import { type Arithmetic, inDoubles, type Sums } from './arithmetic.ts';

// Division of float32 with a whole quotient, exact for quotients of any size.

const { const: constant, abs, add, sub, mul, div, lt, eq, ge, trunc, nearest, pmin } = f64x2;
const signBit = constant(-0);
const infinity = constant(Number.POSITIVE_INFINITY);

/** The upper 27 bits of a float64: times one that was a float32, they are exact, and so is what is left to divide. */
const upper = i32x4.consts(-(2 ** 26), -1, -(2 ** 26), -1);

/**
 * What is left of a, with its sign, when b is taken from it as often as it goes: by long division, 27 bits of the quotient
 * at a time, of which most quotients have no more. That many bits of it are right, as the operands have only 24.
 */
function rest({ f }: Sums, a: V128, b: V128): V128 {
  // Any number that is larger than all float32 stands for ∞, whose products with 0 are NaN.
  const divisor = f.let(pmin(abs(b), constant(2 ** 200)));
  const left = f.let(a);
  const quotient = f.local('v128');
  const size = f.local('v128');
  f.doWhile(
    () => {
      f.set(quotient, trunc(div(left, divisor)));
      f.set(left, sub(left, mul(v128.and(quotient, upper), divisor)));
      f.set(size, abs(quotient));
    },
    v128.anyTrue(v128.and(ge(size, constant(2 ** 27)), lt(size, infinity))),
  );
  return f.let(v128.or(abs(left), v128.and(a, signBit)));
}

/** The remainder of the quotient rounded towards 0, as C has it. */
export function fmod(m: Arithmetic, a: V128, b: V128): V128 {
  return inDoubles(m, [a, b], (x, y) => rest(m.wide, x, y));
}

/** The remainder of the quotient rounded down, as Python has it. */
export function remainder(m: Arithmetic, a: V128, b: V128): V128 {
  return inDoubles(m, [a, b], (x, y) => {
    const r = rest(m.wide, x, y);
    return v128.select(isOpposite(r, y), add(r, y), r);
  });
}

/** The quotient rounded down; from the remainder, so that it fits `remainder` where a / b rounds up to a whole. */
export function floorDivide(m: Arithmetic, a: V128, b: V128): V128 {
  const { f } = m;
  return inDoubles(m, [a, b], (x, y) => {
    const r = rest(m.wide, x, y);
    const below = v128.and(isOpposite(r, y), constant(-1));
    const quotient = f.let(nearest(add(div(sub(x, r), y), below)));
    const zero = v128.and(v128.xor(x, y), signBit);
    const ordinary = v128.select(eq(quotient, v128.zero), zero, quotient);
    return v128.select(eq(y, v128.zero), div(x, y), ordinary);
  });
}

/** Whether two numbers, neither of them 0, differ in sign; their products do not underflow here. */
function isOpposite(a: V128, b: V128): V128 {
  return lt(mul(a, b), v128.zero);
}

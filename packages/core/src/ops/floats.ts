import { cast } from '../primitives/copy.ts';
import { dtypeRule } from '../primitives/elementwise/rows.ts';
import { exponent, mantissa } from '../primitives/elementwise/scale.ts';
import * as base from '../primitives/elementwise.ts';
import { promoted, type TensorLike } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { finfo } from './facts.ts';

export interface MantissaAndExponent {
  /** Of [½, 1) in size; 0, ±∞ and NaN are their own. */
  readonly mantissa: Tensor;
  /** int32 */
  readonly exponent: Tensor;
}

/**
 * Floats taken apart, x = mantissa · 2^exponent. @see ldexp
 * @throws DTypeError for integers
 */
export function frexp(x: TensorLike): MantissaAndExponent {
  const [value] = promoted('frexp', [x], dtypeRule('frexp', 'floats')) as [Tensor];
  return { mantissa: mantissa(value), exponent: cast(exponent(value), 'int32') };
}

/**
 * The next number of the dtype from x on towards `other`. It has no gradient.
 *
 * x and a step of 0.6 of the distance from |x| to twice |x|, in which there are 1 / epsilon numbers, lie nearest to the
 * next number: above x numbers are between half and all of that step apart, below a power of two half as far.
 * @throws DTypeError for integers
 */
export function nextafter(x: TensorLike, other: TensorLike): Tensor {
  const both = promoted('nextafter', [x, other], dtypeRule('nextafter', 'floats'));
  const [a, b] = both.map((value) => value.detach()) as [Tensor, Tensor];
  const { eps, max, smallestSubnormal } = finfo(a.dtype);
  const step = base.maximum(base.mul(base.abs(a), 0.6 * eps), smallestSubnormal);
  const moved = base.where(base.gt(b, a), base.add(a, step), base.sub(a, step));
  const fromInfinity = base.mul(base.sign(a), max);
  const next = base.where(base.isinf(a), fromInfinity, moved);
  const isThere = base.eq(a, b).logicalOr(base.isnan(b));
  return base.where(isThere, b, next);
}

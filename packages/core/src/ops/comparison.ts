import { ArgumentError } from '../errors.ts';
import { cast, clone } from '../primitives/copy.ts';
import { abs, add, eq, isinf, isnan, logicalNot, logicalOr, mul, sub } from '../primitives/elementwise.ts';
import { asTensor, checkTensor, constant, type TensorLike } from '../primitives/operand.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { checkSameDType } from './positions.ts';
import { all } from './reduction.ts';

/** Where an element is neither infinite nor NaN. */
export function isfinite(x: TensorLike): Tensor {
  return logicalNot(logicalOr(isnan(x), isinf(x)));
}

/** Where an element is ∞. */
export function isposinf(x: TensorLike): Tensor {
  return eq(x, Number.POSITIVE_INFINITY);
}

/** Where an element is −∞. */
export function isneginf(x: TensorLike): Tensor {
  return eq(x, Number.NEGATIVE_INFINITY);
}

/** Where an element has no imaginary part: everywhere, as there are no complex numbers here. */
export function isreal(x: TensorLike): Tensor {
  return clone(constant(asTensor('isreal', x).shape, 1, 'bool'));
}

/** True if two tensors have the same shape and the same elements. */
export function equal(a: Tensor, b: Tensor): boolean {
  const same = sameShape(checkTensor('equal', a).shape, checkTensor('equal', b).shape);
  return same && all(eq(a, b)).item() === 1;
}

export interface AllcloseOptions {
  /** Default 1e-5. */
  rtol?: number;
  /** Default 1e-8. */
  atol?: number;
  /** Whether NaN equals NaN. Default false. */
  equalNan?: boolean;
}

/**
 * True where |a − b| ≤ atol + rtol · |b|.
 * @throws DTypeError for two dtypes
 */
export function isclose(
  a: Tensor,
  b: Tensor,
  ...rest: Optional<AllcloseOptions, ['rtol', 'atol', 'equalNan']>
): Tensor {
  const options = optional<AllcloseOptions>('isclose', rest, ['rtol', 'atol', 'equalNan']);
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  if (!(rtol >= 0 && atol >= 0))
    throw new ArgumentError({ op: 'isclose', got: `rtol ${rtol}, atol ${atol}`, want: 'tolerances ≥ 0' });
  // In float64, where the distance of whole numbers is exact: int32 would wrap.
  const dtype = checkTensor('isclose', a).isFloatingPoint ? a.dtype : 'float64';
  const [x, y] = [cast(a, dtype), cast(checkSameDType('isclose', a, b), dtype)];
  const near = abs(sub(x, y))
    .le(add(mul(abs(y), rtol), atol))
    .logicalAnd(logicalNot(isinf(y)));
  const same = eq(x, y).logicalOr(near);
  return equalNan ? same.logicalOr(isnan(a).logicalAnd(isnan(b))) : same;
}

/** True if all elements of two tensors are close. */
export function allclose(
  a: Tensor,
  b: Tensor,
  ...rest: Optional<AllcloseOptions, ['rtol', 'atol', 'equalNan']>
): boolean {
  return all(isclose(a, b, ...rest)).item() === 1;
}

import { allocate, type DType, type TypedArray } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { denseStrides } from '../memory-order.ts';
import { checkTensor } from '../primitives/operand.ts';
import { Tensor } from '../tensor.ts';
import { fromTypedArray } from './creation.ts';
import { copy_ } from './inplace.ts';

/**
 * The elements of a vector as a tensor of the shape of `x` whose dims lie in memory in the order of those of `x`. PyTorch
 * draws for the elements of a tensor in the order in which they lie in memory, and not row by row.
 */
export function laidOut(vector: Tensor, x: Tensor): Tensor {
  const { shape } = x;
  const tensor = new Tensor(vector.storage, { shape, strides: denseStrides(x), offset: 0 });
  return tensor.requiresGrad_(vector.requiresGrad);
}

export const floats: readonly DType[] = ['float32', 'float64'];

/** The elements of `x` replaced by what `fill` draws for them in the order in which they lie in memory, in place. */
export function redraw<T extends TypedArray>(
  op: string,
  x: Tensor,
  known: readonly DType[],
  fill: (out: T) => void,
): Tensor {
  const { dtype, numel } = checkTensor(op, x);
  if (!known.includes(dtype)) throw new DTypeError({ op, got: dtype, want: known.join(' or ') });
  const out = allocate(dtype, numel) as T;
  fill(out);
  return copy_(x, laidOut(fromTypedArray(out, [numel], dtype), x));
}

import type { DType } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { cast, clone as copyOf } from '../primitives/copy.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType } from './arguments.ts';

/** A copy with memory of its own, through which gradients flow. */
export function clone(x: Tensor): Tensor {
  return copyOf(checkTensor('clone', x));
}

/** In a dtype, or on a device (`'cpu'` is the only one), or in the dtype of another tensor; itself where it is so already. */
export function to(x: Tensor, target: DType | 'cpu' | Tensor): Tensor {
  if (target === 'cpu') return checkTensor('to', x);
  if (typeof target === 'object' && target !== null)
    return cast(checkTensor('to', x), checkTensor('to', target).dtype);
  if (typeof target !== 'string')
    throw new ArgumentError({ op: 'to', got: describe(target), want: 'a dtype, a device or a tensor' });
  return cast(checkTensor('to', x), checkDType('to', target));
}

/** The elements as float32. */
export function float(x: Tensor): Tensor {
  return to(x, 'float32');
}

/** The elements as float64. */
export function double(x: Tensor): Tensor {
  return to(x, 'float64');
}

/** The elements as int32, rounded towards 0. */
export function int(x: Tensor): Tensor {
  return to(x, 'int32');
}

/** True where an element differs from 0. */
export function bool(x: Tensor): Tensor {
  return to(x, 'bool');
}

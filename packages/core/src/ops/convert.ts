import type { DType } from '../dtype.ts';
import { ArgumentError, DTypeError } from '../errors.ts';
import { cast, clone as copyOf } from '../primitives/copy.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import { Tensor } from '../tensor.ts';
import { checkDType, type Optional, optional } from './arguments.ts';

/** A copy with memory of its own, through which gradients flow. */
export function clone(x: Tensor): Tensor {
  return copyOf(checkTensor('clone', x));
}

export interface ToOptions {
  /** Besides a device. */
  dtype?: DType;
  /** Copy also what is so already. Default false. */
  copy?: boolean;
}

/** In a dtype, or on a device (`'cpu'` is the only one), or in the dtype of another tensor; itself where it is so already. */
export function to(
  x: Tensor,
  target: DType | 'cpu' | Tensor,
  ...rest: Optional<ToOptions, ['dtype']>
): Tensor {
  const { dtype = dtypeFor(checkTensor('to', x), target), copy = false } = optional<ToOptions>(
    'to',
    rest,
    ['dtype'],
    ['copy'],
  );
  const result = cast(x, checkDType('to', dtype));
  return copy && result === x ? clone(x) : result;
}

function dtypeFor(x: Tensor, target: DType | 'cpu' | Tensor): DType {
  if (target === 'cpu') return x.dtype;
  if (typeof target === 'string') return target;
  if (target instanceof Tensor) return target.dtype;
  throw new ArgumentError({ op: 'to', got: describe(target), want: 'a dtype, a device or a tensor' });
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

/** The elements as int32, rounded towards 0: there is no int64, which PyTorch's `long()` gives. */
export function long(x: Tensor): Tensor {
  return to(x, 'int32');
}

/** The elements as uint8. */
export function byte(x: Tensor): Tensor {
  return to(x, 'uint8');
}

/** True where an element differs from 0. */
export function bool(x: Tensor): Tensor {
  return to(x, 'bool');
}

/** The elements in the dtype of another tensor. */
export function typeAs(x: Tensor, other: Tensor): Tensor {
  return to(x, checkTensor('typeAs', other));
}

/**
 * The tensor itself.
 * @throws DTypeError for truth values
 */
export function positive(x: Tensor): Tensor {
  if (checkTensor('positive', x).dtype !== 'bool') return x;
  throw new DTypeError({ op: 'positive', got: 'bool', want: 'numbers' });
}

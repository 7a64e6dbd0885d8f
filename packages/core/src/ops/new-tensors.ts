import { checkTensor } from '../primitives/operand.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type SizesThenOptions, splitOptions } from './arguments.ts';
import {
  type CreationOptions,
  checkCreation,
  empty,
  full,
  ones,
  type TensorData,
  tensor,
  zeros,
} from './creation.ts';

// Methods that make a tensor with the dtype of another.

/** New data in the dtype of `x`, unless `options` says otherwise. */
export function newTensor(x: Tensor, data: TensorData, options: CreationOptions = {}): Tensor {
  return tensor(data, inDType('newTensor', x, options));
}

/** One value everywhere, in the dtype of `x`. */
export function newFull(
  x: Tensor,
  size: Shape | number,
  value: number | boolean,
  options: CreationOptions = {},
): Tensor {
  return full(size, value, inDType('newFull', x, options));
}

function inDType(op: string, x: Tensor, options: CreationOptions = {}): CreationOptions {
  checkCreation(op, options);
  return { ...options, dtype: options.dtype ?? checkTensor(op, x).dtype };
}

/** As arguments of a method, whose type is inferred, they must not be readonly. */
type Writable<T extends readonly unknown[]> = T extends readonly [...infer U] ? U : never;
type Sizes = Writable<SizesThenOptions<CreationOptions>>;

const inDTypeOf =
  (op: string, make: typeof zeros) =>
  (x: Tensor, ...args: Sizes): Tensor => {
    const [shape, options] = splitOptions(op, args);
    return make(shape, inDType(op, x, options));
  };

/** Zeros in the dtype of `x`: `x.newZeros(2, 3)` or `x.newZeros([2, 3])`. */
export const newZeros = inDTypeOf('newZeros', zeros);
/** Ones in the dtype of `x`. */
export const newOnes = inDTypeOf('newOnes', ones);
/** Zeroed memory in the dtype of `x`. */
export const newEmpty = inDTypeOf('newEmpty', empty);

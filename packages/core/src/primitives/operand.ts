import type { View } from '../backend/backend.ts';
import { defaultBackend } from '../backend/select.ts';
import { allocate, type DType, dtypeOfValue, type Operand, resultType } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { broadcastStrides, type Shape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { cast } from './copy.ts';

/** What arithmetic takes: a tensor, or a bare value that follows the tensor's dtype. */
export type TensorLike = Tensor | number | boolean;

/** A tensor of one value everywhere that holds it only once (all strides 0). */
export function constant(shape: Shape, value: number, dtype: DType): Tensor {
  const data = allocate(dtype, 1);
  data[0] = dtype === 'bool' ? Number(value !== 0) : value;
  const storage = defaultBackend.adopt(dtype, data);
  storage.isInitial = true;
  return new Tensor(storage, { shape, strides: shape.map(() => 0), offset: 0 });
}

/** Zeros, for a cotangent that is zero everywhere. */
export function zerosFor({ shape, dtype }: { shape: Shape; dtype: DType }): Tensor {
  return constant(shape, 0, dtype);
}

/** An operand as a kernel wants it: in the shape of the output, its elements repeated where need be. */
export function broadcastTo(x: View, { shape }: View): View {
  return { storage: x.storage, shape, strides: broadcastStrides(x, shape), offset: x.offset };
}

/** @throws ArgumentError if `value` is not a tensor */
export function checkTensor(op: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  throw new ArgumentError({
    op,
    got: describe(value),
    want: 'a Tensor',
    fix: 'Make one with tensor(value).',
  });
}

/** A tensor as it is, a bare value as a 0-d tensor. */
export function asTensor(op: string, value: TensorLike): Tensor {
  return isBare(value) ? constant([], Number(value), dtypeOfValue(value)) : checkTensor(op, value);
}

/** The operands in the dtype they promote to. */
export function promoted(
  op: string,
  values: readonly TensorLike[],
  toResult = (dtype: DType) => dtype,
): Tensor[] {
  const dtype = toResult(commonDType(values) ?? resultType(values.map((value) => operandOf(op, value))));
  return values.map((value) =>
    isBare(value) ? constant([], Number(value), dtype) : cast(checkTensor(op, value), dtype),
  );
}

/** The dtype of tensors that have one in common, which need not be promoted. */
function commonDType(values: readonly TensorLike[]): DType | undefined {
  let common: DType | undefined;
  for (const value of values) {
    if (!(value instanceof Tensor) || (common !== undefined && value.dtype !== common)) return undefined;
    common = value.dtype;
  }
  return common;
}

function operandOf(op: string, value: TensorLike): Operand {
  if (isBare(value)) return { dtype: dtypeOfValue(value), kind: 'number' };
  const { dtype, ndim } = checkTensor(op, value);
  return { dtype, kind: ndim === 0 ? 'scalar' : 'tensor' };
}

function isBare(value: TensorLike): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

/** A value as messages show it. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return `an object (${value.constructor?.name ?? 'no class'})`;
  if (typeof value === 'function')
    return `the ${/^class\b/.test(String(value)) ? 'class' : 'function'} ${value.name}`;
  return `${typeof value} ${String(value)}`;
}

import { type DType, Tensor, type TypedArray, tensor } from '@retrograd/core';
import type { Recorded, RecordedTensor, Tagged } from './case.ts';

/** PyTorch's dtypes as ours; it has more integers, which all live in int32 here, and no half floats. */
const dtypes: Readonly<Record<string, DType>> = {
  float32: 'float32',
  float64: 'float64',
  int64: 'int32',
  int32: 'int32',
  int16: 'int32',
  int8: 'int32',
  uint8: 'uint8',
  bool: 'bool',
};

/** A recorded value that has no counterpart here. */
export class Unsupported extends Error {}

export function dtypeOf(name: string): DType {
  const dtype = dtypes[name];
  if (dtype === undefined) throw new Unsupported(`dtype ${name}`);
  return dtype;
}

/**
 * A decoded argument or output. Lists and tuples become arrays, a dict an object; `memory_format` and `layout` become
 * `undefined`.
 */
export type Value =
  | number
  | string
  | boolean
  | null
  | undefined
  | Tensor
  | Slice
  | readonly Value[]
  | { readonly [name: string]: Value };

/** Part of an index: `start:stop:step`. */
export class Slice {
  readonly bounds: readonly (number | null)[];
  constructor(bounds: readonly (number | null)[]) {
    this.bounds = bounds;
  }
}

/** A Python tuple, where it matters that it is no list: `x[1, 2]` and `x[[1, 2]]` differ. */
export class Tuple extends Array<Value> {}

/** Part of an index: `...`. */
export const ellipsis = '...';

export function decode(recorded: Recorded): Value {
  if (recorded === null || typeof recorded !== 'object') return recorded;
  if (isList(recorded)) return recorded.map(decode);
  if (recorded.tensor) return decodeTensor(recorded.tensor);
  if (recorded.tuple) return Tuple.from(recorded.tuple, decode);
  if (recorded.float !== undefined) return Number(recorded.float);
  if (recorded.int !== undefined) return Number(recorded.int);
  if (recorded.dtype !== undefined) return dtypeOf(recorded.dtype);
  if (recorded.device !== undefined) return recorded.device;
  if (recorded.memory_format !== undefined || recorded.layout !== undefined) return undefined;
  if (recorded.slice !== undefined) return new Slice(recorded.slice);
  if (recorded.ellipsis !== undefined) return ellipsis;
  if (recorded.dict !== undefined)
    return Object.fromEntries(Object.entries(recorded.dict).map(([key, value]) => [key, decode(value)]));
  throw new Unsupported(Object.keys(recorded).join());
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: Tagged | readonly Recorded[]): value is readonly Recorded[] {
  return Array.isArray(value);
}

/** A tensor that lies in memory as PyTorch's did: with the same strides and the same offset. */
function decodeTensor({ dtype: name, shape, data, ...recorded }: RecordedTensor): Tensor {
  const dtype = dtypeOf(name);
  const { strides = rowMajor(shape), storage_offset: offset = 0, requires_grad = false } = recorded;
  const reach = shape.includes(0) ? 0 : shape.reduce((sum, n, d) => sum + (n - 1) * (strides[d] ?? 0), 1);
  const elements: TypedArray = tensor([], { dtype }).storage.backend.allocate(dtype, offset + reach).data;
  data.forEach((value, i) => {
    const number = Number(value);
    if (dtype === 'int32' && number !== (number | 0)) throw new Unsupported(`the int64 element ${value}`);
    elements[offset + positionOf(i, shape, strides)] = number;
  });
  const { storage } = tensor([], { dtype });
  const decoded = new Tensor(storage.backend.adopt(dtype, elements), { shape, strides, offset });
  return requires_grad ? decoded.requiresGrad_() : decoded;
}

function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, d) => shape.slice(d + 1).reduce((n, size) => n * size, 1));
}

/** Where the i-th element in row-major order lies. */
function positionOf(i: number, shape: readonly number[], strides: readonly number[]): number {
  let [rest, position] = [i, 0];
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] ?? 1;
    position += (rest % size) * (strides[d] ?? 0);
    rest = Math.floor(rest / size);
  }
  return position;
}

/** The tensors in a value, by their paths: `args.0`, `args.0.1` … */
export function tensorsIn(value: Value, path: string): [path: string, tensor: Tensor][] {
  if (value instanceof Tensor) return [[path, value]];
  if (!Array.isArray(value)) return [];
  return value.flatMap((item, i) => tensorsIn(item, `${path}.${i}`));
}

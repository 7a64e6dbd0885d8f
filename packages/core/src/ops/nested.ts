import { type DType, defaultDtype, dtypeOfArray, kindOfArray, promote, type TypedArray } from '../dtype.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { describe } from '../primitives/operand.ts';
import { type Shape, sameShape, showShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/** Numbers or booleans in arrays of any depth, typed arrays, or tensors. */
export type TensorData = number | boolean | TypedArray | Tensor | readonly TensorData[];

/** What nested data would be as a tensor; no dtype where there is nothing to decide it. */
interface Facts {
  readonly shape: Shape;
  readonly dtype: DType | undefined;
}

const aNumber: Facts = { shape: [], dtype: defaultDtype };
const aBoolean: Facts = { shape: [], dtype: 'bool' };

/** PyTorch's limit on dims; an array that contains itself reaches it, too. */
const mostArrays = 64;

/**
 * The shape of nested data, and the dtype that all of it promotes to, a bare number being of the default one.
 *
 * @throws ShapeError for ragged arrays, ArgumentError for what is neither a number, a boolean, an array nor a tensor
 */
export function factsOfNested(data: unknown, depth = 0): Facts {
  if (typeof data === 'number') return aNumber;
  if (typeof data === 'boolean') return aBoolean;
  if (data instanceof Tensor) return data;
  if (isArrayOfNumbers(data)) return { shape: [data.length], dtype: dtypeOfArray(data) ?? defaultDtype };
  if (!Array.isArray(data)) throw noElement(data);
  if (depth < mostArrays) return factsOfArray(data, depth + 1);
  throw new ArgumentError({
    op: 'tensor',
    got: `arrays in more than ${mostArrays} arrays`,
    want: `${mostArrays} dims at most`,
    fix: 'Does an array contain itself?',
  });
}

function factsOfArray(data: readonly unknown[], depth: number): Facts {
  let first: Facts | undefined;
  let dtype: DType | undefined;
  // By index, which visits the holes of an array, too.
  for (let i = 0; i < data.length; i++) {
    const item = factsOfNested(data[i], depth);
    first ??= item;
    if (item !== first) checkAlike(first.shape, item.shape, i);
    dtype = dtype === undefined ? item.dtype : promote(dtype, item.dtype ?? dtype);
  }
  return { shape: [data.length, ...(first?.shape ?? [])], dtype };
}

function checkAlike(first: Shape, shape: Shape, i: number): void {
  if (sameShape(shape, first)) return;
  throw new ShapeError({
    op: 'tensor',
    got: `ragged arrays: item 0 has shape ${showShape(first)}, item ${i} has ${showShape(shape)}`,
    want: 'items of one shape',
  });
}

/** True for typed arrays of any kind but those of bigints. */
function isArrayOfNumbers(data: unknown): data is TypedArray {
  return /^(Float|Int|Uint)/.test(kindOfArray(data) ?? '');
}

/** Writes the elements of nested data in order, from a position on; gives the position behind them. */
export function writeNested(data: TensorData, out: TypedArray, dtype: DType, from = 0): number {
  if (data instanceof Tensor) return writeNested(data.data, out, dtype, from);
  if (typeof data === 'number' || typeof data === 'boolean') {
    out[from] = checkedElement(data, dtype);
    return from + 1;
  }
  const kind = dtypeOfArray(data);
  if (kind !== undefined && promote(kind, dtype) === dtype) {
    out.set(data as TypedArray, from);
    return from + data.length;
  }
  let at = from;
  for (let i = 0; i < data.length; i++) at = writeNested(data[i] as TensorData, out, dtype, at);
  return at;
}

const integerRange: Partial<Record<DType, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
};

function checkedElement(value: number | boolean, dtype: DType): number {
  if (dtype === 'bool') return Number(Number(value) !== 0);
  const range = integerRange[dtype];
  const number = Number(value);
  if (range === undefined) return number;
  if (Number.isNaN(number) || Math.trunc(number) < range[0] || Math.trunc(number) > range[1]) {
    throw new DTypeError({
      op: 'tensor',
      got: `the element ${value}`,
      want: `${dtype}, which holds ${range[0]} to ${range[1]}`,
    });
  }
  return Math.trunc(number);
}

function noElement(value: unknown): ArgumentError {
  return new ArgumentError({
    op: 'tensor',
    got: `${describe(value)} among the elements`,
    want: 'numbers or booleans',
    fix: /^bigint|BigInt/.test(describe(value)) ? 'There is no int64: convert with Number().' : undefined,
  });
}

/** The element types. Integers are `int32` and `uint8`; there is no `int64` (files of it load as `int32`, checked). */
export type DType = 'float32' | 'float64' | 'int32' | 'uint8' | 'bool';

/** The typed arrays that hold elements; `bool` lives in a `Uint8Array` of zeros and ones. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

type Category = 'bool' | 'integer' | 'float';

interface DTypeFacts {
  readonly array: {
    new (length: number): TypedArray;
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
  };
  readonly category: Category;
  /** The promotion lattice is a chain: the result of two dtypes is the one of higher rank. */
  readonly rank: number;
}

const facts: Record<DType, DTypeFacts> = {
  bool: { array: Uint8Array, category: 'bool', rank: 0 },
  uint8: { array: Uint8Array, category: 'integer', rank: 1 },
  int32: { array: Int32Array, category: 'integer', rank: 2 },
  float32: { array: Float32Array, category: 'float', rank: 3 },
  float64: { array: Float64Array, category: 'float', rank: 4 },
};

/** Every dtype, in order of promotion. */
export const dtypes = ['bool', 'uint8', 'int32', 'float32', 'float64'] as const satisfies readonly DType[];

/** The dtype that fractions get when nothing else decides. */
export const defaultDtype: DType = 'float32';

export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(facts, value);
}

export function isFloat(dtype: DType): boolean {
  return facts[dtype].category === 'float';
}

export interface FloatLimits {
  readonly bits: number;
  /** The distance from 1 to the next number. */
  readonly eps: number;
  /** The largest finite number. */
  readonly max: number;
  /** Its negative. */
  readonly min: number;
  /** The least positive number of all digits. */
  readonly tiny: number;
  /** The least positive number. */
  readonly smallestSubnormal: number;
}

const largest = { float32: (2 - 2 ** -23) * 2 ** 127, float64: Number.MAX_VALUE } as const;

/** What IEEE 754 says of the float dtypes. */
export const floatLimits = {
  float32: {
    bits: 32,
    eps: 2 ** -23,
    max: largest.float32,
    min: -largest.float32,
    tiny: 2 ** -126,
    smallestSubnormal: 2 ** -149,
  },
  float64: {
    bits: 64,
    eps: 2 ** -52,
    max: largest.float64,
    min: -largest.float64,
    tiny: 2 ** -1022,
    smallestSubnormal: 2 ** -1074,
  },
} as const satisfies Partial<Record<DType, FloatLimits>>;

/** A zeroed typed array for `length` elements of a dtype. */
export function allocate(dtype: DType, length: number): TypedArray {
  return new facts[dtype].array(length);
}

/**
 * The kind of a typed array (`Float32Array`, or a DataView), by its tag, which is the same in every realm: a vm's context and
 * Jest's jsdom have classes of their own, of which none of ours is the instance. `undefined` for anything else.
 */
export function kindOfArray(value: unknown): string | undefined {
  return ArrayBuffer.isView(value) ? (value as TypedArray)[Symbol.toStringTag] : undefined;
}

/** The dtype whose elements a typed array, from whatever realm, holds. `undefined` for anything else. */
export function dtypeOfArray(value: unknown): DType | undefined {
  const kind = kindOfArray(value);
  return kind === undefined ? undefined : dtypeByKind[kind];
}

const dtypeByKind: Readonly<Record<string, DType | undefined>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int32Array: 'int32',
  Uint8Array: 'uint8',
};

/** A typed array that holds elements of a dtype, from whatever realm, as one of this realm on the same memory. */
export function ofThisRealm(data: TypedArray, dtype: DType): TypedArray {
  const { array } = facts[dtype];
  return data instanceof array ? data : new array(data.buffer, data.byteOffset, data.length);
}

/** The higher of two dtypes on the chain bool → uint8 → int32 → float32 → float64. */
export function promote(a: DType, b: DType): DType {
  return facts[a].rank >= facts[b].rank ? a : b;
}

/** The dtype itself if it is a float, and the default float otherwise: what `exp` of an integer gives. */
export function toFloat(dtype: DType): DType {
  return isFloat(dtype) ? dtype : defaultDtype;
}

/** The dtype of a bare JavaScript value: whole numbers count as integers, as a Python `int` would. */
export function dtypeOfValue(value: number | boolean): DType {
  if (typeof value === 'boolean') return 'bool';
  return Number.isInteger(value) ? 'int32' : defaultDtype;
}

/** An operand as promotion sees it: a tensor with dims, a 0-d tensor, or a bare number. */
export interface Operand {
  readonly dtype: DType;
  readonly kind: 'tensor' | 'scalar' | 'number';
}

/**
 * PyTorch's type promotion: tensors with dims decide; a 0-d tensor, and after it a bare number, has a say only
 * when it is of a higher category (bool < integer < float) than what decided so far.
 * Source: the "Type Promotion" section of PyTorch's tensor attributes.
 */
export function resultType(operands: readonly Operand[]): DType {
  let result: DType | undefined;
  for (const kind of ['tensor', 'scalar', 'number'] as const) {
    let lower: DType | undefined;
    for (const operand of operands) {
      if (operand.kind === kind) lower = lower === undefined ? operand.dtype : promote(lower, operand.dtype);
    }
    if (lower === undefined) continue;
    const outranks = result === undefined || categoryRank(lower) > categoryRank(result);
    if (outranks) result = result === undefined ? lower : promote(result, lower);
  }
  return result ?? defaultDtype;
}

function categoryRank(dtype: DType): number {
  const { category } = facts[dtype];
  return category === 'float' ? 2 : category === 'integer' ? 1 : 0;
}

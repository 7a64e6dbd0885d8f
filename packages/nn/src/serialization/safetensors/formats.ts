import type { DType, TypedArray } from '@retrograd/core';
import { SafetensorsError, shown } from './error.ts';

/** How elements of one of the format's dtypes lie in a file, little-endian, and what becomes of them here. */
export interface Format {
  /** Bytes of an element. */
  readonly bytes: number;
  readonly dtype: DType;
  /** The elements. The bytes, memory of their own, may be taken over. @throws SafetensorsError for what does not fit */
  decode(bytes: Uint8Array<ArrayBuffer>, name: string): TypedArray;
}

/** Numbers beyond int32 are refused, not wrapped. */
function checked(name: string, values: Int32Array, fits: (i: number) => boolean): Int32Array {
  for (let i = 0; i < values.length; i++) {
    if (fits(i)) continue;
    throw new SafetensorsError({
      op: 'load',
      got: `element ${i} of ${shown(name)}, which is beyond int32`,
      want: 'whole numbers of int32, as which they are loaded',
      fix: 'Save it in a float dtype, or leave it out with `only`.',
    });
  }
  return values;
}

/** 64-bit integers as pairs of words, low and high; the high one may only say the sign. */
function narrowed(name: string, words: Int32Array, high: (low: number) => number): Int32Array {
  const low = Int32Array.from({ length: words.length / 2 }, (_, i) => words[2 * i] as number);
  return checked(name, low, (i) => words[2 * i + 1] === high(low[i] as number));
}

/** IEEE 754 half precision, each of its 2¹⁶ numbers: ±m·2⁻²⁴ below 2⁻¹⁴, else ±(1 + m/2¹⁰)·2ᵉ⁻¹⁵. */
const halves = Float32Array.from({ length: 2 ** 16 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
});

/**
 * Every dtype that is read, in the order in which tensors are written: the widest first, so that each begins at a
 * multiple of its own size.
 */
export const formats: Readonly<Record<string, Format>> = {
  U64: {
    bytes: 8,
    dtype: 'int32',
    // Of an unsigned number within int32 the high word is zero, and so is the low one's sign bit.
    decode: ({ buffer }, name) => narrowed(name, new Int32Array(buffer), (low) => (low < 0 ? Number.NaN : 0)),
  },
  I64: {
    bytes: 8,
    dtype: 'int32',
    decode: ({ buffer }, name) => narrowed(name, new Int32Array(buffer), (low) => low >> 31),
  },
  F64: { bytes: 8, dtype: 'float64', decode: ({ buffer }) => new Float64Array(buffer) },
  F32: { bytes: 4, dtype: 'float32', decode: ({ buffer }) => new Float32Array(buffer) },
  U32: {
    bytes: 4,
    dtype: 'int32',
    decode: ({ buffer }, name) => {
      const values = new Int32Array(buffer);
      return checked(name, values, (i) => (values[i] as number) >= 0);
    },
  },
  I32: { bytes: 4, dtype: 'int32', decode: ({ buffer }) => new Int32Array(buffer) },
  BF16: {
    bytes: 2,
    dtype: 'float32',
    // The upper half of a float32.
    decode: ({ buffer }) =>
      new Float32Array(Uint32Array.from(new Uint16Array(buffer), (upper) => upper << 16).buffer),
  },
  F16: {
    bytes: 2,
    dtype: 'float32',
    decode: ({ buffer }) => Float32Array.from(new Uint16Array(buffer), (bits) => halves[bits] as number),
  },
  U16: { bytes: 2, dtype: 'int32', decode: ({ buffer }) => Int32Array.from(new Uint16Array(buffer)) },
  I16: { bytes: 2, dtype: 'int32', decode: ({ buffer }) => Int32Array.from(new Int16Array(buffer)) },
  I8: { bytes: 1, dtype: 'int32', decode: ({ buffer }) => Int32Array.from(new Int8Array(buffer)) },
  U8: { bytes: 1, dtype: 'uint8', decode: (bytes) => bytes },
  BOOL: { bytes: 1, dtype: 'bool', decode: (bytes) => bytes.map(Math.sign) },
};

/** As what each dtype is written. */
export const formatOf: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  int32: 'I32',
  uint8: 'U8',
  bool: 'BOOL',
};

import { DatasetError, type DType, type TypedArray } from '@retrograd/core';

/**
 * The IDX format of the MNIST files: two zero bytes, a type code, the number of dims, each size as a big-endian
 * uint32, then the elements in row-major order, big-endian.
 * Source: "The IDX file format", http://yann.lecun.com/exdb/mnist/
 */

/** An array as an IDX file holds it. */
export interface IdxArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** What the reader of a file counts on; `null` stands for any size. */
export interface IdxExpectation {
  readonly dtype?: DType;
  readonly shape?: readonly (number | null)[];
}

export interface ParseIdxOptions {
  /** Where the bytes come from, for error messages. Default: `'IDX data'`. */
  readonly source?: string;
  /** Refuse files that hold something else. Default: anything goes. */
  readonly expect?: IdxExpectation;
}

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  readonly dtype: DType;
  readonly array: new (length: number) => TypedArray;
  /** The DataView accessors, less their `get` and `set`. */
  readonly access: 'Uint8' | 'Int8' | 'Int16' | 'Int32' | 'Float32' | 'Float64';
}

/** Types that retrograd has no dtype for (byte, short) load as `int32`, which holds them exactly. */
const elementTypes: Readonly<Record<number, ElementType>> = {
  8: { name: 'unsigned byte', bytes: 1, dtype: 'uint8', array: Uint8Array, access: 'Uint8' },
  9: { name: 'byte', bytes: 1, dtype: 'int32', array: Int32Array, access: 'Int8' },
  11: { name: 'short', bytes: 2, dtype: 'int32', array: Int32Array, access: 'Int16' },
  12: { name: 'int', bytes: 4, dtype: 'int32', array: Int32Array, access: 'Int32' },
  13: { name: 'float', bytes: 4, dtype: 'float32', array: Float32Array, access: 'Float32' },
  14: { name: 'double', bytes: 8, dtype: 'float64', array: Float64Array, access: 'Float64' },
};

/** The code under which each dtype is written. */
const codeOf: Readonly<Record<DType, number>> = { bool: 8, uint8: 8, int32: 12, float32: 13, float64: 14 };

const knownTypes = Object.entries(elementTypes)
  .map(([code, type]) => `${hex(Number(code))} (${type.name})`)
  .join(', ');

/**
 * Reads an IDX file that is already decompressed.
 *
 * @returns The dtype, the shape, and the elements in row-major order: a copy, in the machine's own byte order.
 * @throws DatasetError when the bytes are no IDX file, end too early or too late, or hold something other than
 * `expect` asks for.
 *
 * @example
 * ```ts
 * const { shape, data } = parseIdx(bytes, { source: 'train-labels', expect: { dtype: 'uint8', shape: [null] } });
 * ```
 */
export function parseIdx(bytes: Uint8Array, options: ParseIdxOptions = {}): IdxArray {
  const { data, ...rest } = readIdx(bytes, options);
  return { ...rest, data: data.buffer === bytes.buffer ? data.slice() : data };
}

/** The same, but bytes are a view of those given, not a copy. */
export function readIdx(
  bytes: Uint8Array,
  { source = 'IDX data', expect = {} }: ParseIdxOptions = {},
): IdxArray {
  const refuse = (got: string, want: string, fix?: string): never => {
    throw new DatasetError({ op: 'parseIdx', got: `${source}: ${got}`, want, ...(fix ? { fix } : {}) });
  };
  if (bytes.length < 4) refuse(`${bytes.length} bytes`, 'at least the 4 bytes of an IDX header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const code = view.getUint8(2);
  const dims = view.getUint8(3);
  if (view.getUint16(0) !== 0) {
    const gzipped = isGzip(bytes) ? 'This is gzip: decompress it first (`gunzip`).' : undefined;
    refuse(`first bytes ${hex(view.getUint8(0))} ${hex(view.getUint8(1))}`, 'two zero bytes', gzipped);
  }
  const type = elementTypes[code] ?? refuse(`element type ${hex(code)}`, `one of ${knownTypes}`);
  const header = 4 + 4 * dims;
  if (bytes.length < header) refuse(`${bytes.length} bytes`, `a header of ${header} bytes for ${dims} dims`);

  const shape = Array.from({ length: dims }, (_, dim) => view.getUint32(4 + 4 * dim));
  const length = elementCount(shape);
  const wanted = header + length * type.bytes;
  // Sizes whose product overflows to something inexact or infinite are far beyond any file: they end here too.
  if (wanted !== bytes.length) {
    const state = wanted > bytes.length ? 'cut short' : 'too long';
    refuse(`${bytes.length} bytes (${state})`, `${wanted} bytes for ${type.name}[${shape.join(', ')}]`);
  }
  if (expect.dtype !== undefined && expect.dtype !== type.dtype)
    refuse(`${type.name} elements`, expect.dtype);
  if (expect.shape !== undefined && !fits(shape, expect.shape)) {
    refuse(`shape [${shape.join(', ')}]`, `[${expect.shape.map((size) => size ?? 'any').join(', ')}]`);
  }
  return { dtype: type.dtype, shape, data: decode(view, header, length, type) };
}

/**
 * Writes an IDX file. `bool` is written as unsigned bytes, every other dtype under its own type.
 *
 * @throws DatasetError when the shape does not fit the data or the format (255 dims, sizes below 2³²).
 */
export function encodeIdx({ dtype, shape, data }: IdxArray): Uint8Array<ArrayBuffer> {
  const code = codeOf[dtype];
  const type = elementTypes[code];
  const length = elementCount(shape);
  const sizesFit = shape.every((size) => Number.isInteger(size) && size >= 0 && size < 2 ** 32);
  if (type === undefined || shape.length > 255 || !sizesFit || length !== data.length) {
    throw new DatasetError({
      op: 'encodeIdx',
      got: `${data.length} elements of ${dtype} for shape [${shape.join(', ')}]`,
      want: 'as many elements as the shape has, in at most 255 dims of whole sizes below 2^32',
    });
  }
  const header = 4 + 4 * shape.length;
  const bytes = new Uint8Array(header + length * type.bytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(2, code);
  view.setUint8(3, shape.length);
  shape.forEach((size, dim) => {
    view.setUint32(4 + 4 * dim, size);
  });
  for (let i = 0; i < length; i++) view[`set${type.access}`](header + i * type.bytes, data[i] as number);
  return bytes;
}

/** Whether bytes start like a gzip member (RFC 1952: 1f 8b). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function decode(view: DataView, header: number, length: number, type: ElementType): TypedArray {
  if (type.dtype === 'uint8') return new Uint8Array(view.buffer, view.byteOffset + header, length);
  const data = new type.array(length);
  for (let i = 0; i < length; i++) data[i] = view[`get${type.access}`](header + i * type.bytes);
  return data;
}

/** Zero wins over an infinite product of the other sizes. */
function elementCount(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}

function fits(shape: readonly number[], want: readonly (number | null)[]): boolean {
  return shape.length === want.length && want.every((size, dim) => size === null || size === shape[dim]);
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

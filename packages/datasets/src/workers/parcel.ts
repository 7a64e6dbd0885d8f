import { ArgumentError, type DType, fromTypedArray, Tensor, type TypedArray } from '@retrograd/core';

/** A value on its way between threads. What is no object goes as it is. */
export type Parcel = Packed | null | undefined | string | number | bigint | boolean;

type Packed =
  | {
      kind: 'tensor';
      data: TypedArray;
      shape: readonly number[];
      dtype: DType;
      requiresGrad: boolean;
    }
  | { kind: 'bytes'; type: string; buffer: ArrayBuffer }
  | { kind: 'shared'; value: ArrayBufferView | ArrayBufferLike }
  | { kind: 'array'; items: Parcel[] }
  | { kind: 'object'; fields: Record<string, Parcel> }
  | { kind: 'date'; time: number };

const sendable =
  'tensors, typed arrays, numbers, strings, booleans, null, dates, and arrays and plain objects of them';

/**
 * Makes a value ready for another thread.
 *
 * @param op What is said to refuse other values.
 * @param buffers Receives the memory that may be handed over instead of being copied; it belongs to the parcel alone.
 * @throws ArgumentError for what cannot be sent, or would arrive as something else (an instance of a class, a function)
 */
export function pack(op: string, value: unknown, buffers: ArrayBuffer[]): Parcel {
  const inner = (part: unknown) => pack(op, part, buffers);
  if (typeof value === 'function' || typeof value === 'symbol') throw unsendable(op, `a ${typeof value}`);
  if (typeof value !== 'object' || value === null) return value as Parcel;
  if (value instanceof Tensor) return packTensor(op, value, buffers);
  if (isShared(value)) return { kind: 'shared', value };
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return packBytes(value, buffers);
  if (Array.isArray(value)) return { kind: 'array', items: Array.from(value, inner) };
  if (value instanceof Date) return { kind: 'date', time: value.getTime() };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype)
    throw unsendable(op, `an instance of ${value.constructor?.name ?? 'a class'}`);
  const fields = Object.entries(value).map(([key, part]) => [key, inner(part)]);
  return { kind: 'object', fields: Object.fromEntries(fields) };
}

/** The value again. */
export function unpack(parcel: Parcel): unknown {
  if (typeof parcel !== 'object' || parcel === null) return parcel;
  switch (parcel.kind) {
    case 'tensor':
      return fromTypedArray(parcel.data, parcel.shape, parcel.dtype, parcel.requiresGrad);
    case 'bytes':
      return viewOf(parcel.type, parcel.buffer);
    case 'shared':
      return parcel.value;
    case 'array':
      return parcel.items.map(unpack);
    case 'object':
      return Object.fromEntries(Object.entries(parcel.fields).map(([key, part]) => [key, unpack(part)]));
    case 'date':
      return new Date(parcel.time);
  }
}

function packTensor(op: string, tensor: Tensor, buffers: ArrayBuffer[]): Parcel {
  if (!tensor.isLeaf) {
    const want = 'one without a history, which no other thread could follow';
    throw new ArgumentError({ op, got: 'a tensor with a gradient', want, fix: 'Send x.detach().' });
  }
  const { data, shape, dtype, requiresGrad } = tensor;
  buffers.push(data.buffer as ArrayBuffer);
  return { kind: 'tensor', data, shape: [...shape], dtype, requiresGrad };
}

/** Shared memory, or a view of it: it stays where it is, and all threads see it. */
function isShared(value: object): value is ArrayBufferView | ArrayBufferLike {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  return buffer instanceof SharedArrayBuffer;
}

/** A copy of what the view shows: the rest of its buffer stays here. */
function packBytes(value: ArrayBufferView | ArrayBuffer, buffers: ArrayBuffer[]): Parcel {
  const bytes =
    value instanceof ArrayBuffer
      ? new Uint8Array(value)
      : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const { buffer } = Uint8Array.from(bytes);
  buffers.push(buffer);
  return { kind: 'bytes', type: Object.prototype.toString.call(value).slice('[object '.length, -1), buffer };
}

function viewOf(type: string, buffer: ArrayBuffer): unknown {
  if (type === 'ArrayBuffer') return buffer;
  const View = (globalThis as unknown as Record<string, new (buffer: ArrayBuffer) => ArrayBufferView>)[type];
  return View === undefined ? buffer : new View(buffer);
}

function unsendable(op: string, got: string): ArgumentError {
  return new ArgumentError({ op, got, want: sendable });
}

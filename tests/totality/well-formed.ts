import { dtypes, Tensor } from '@retrograd/core';

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** What is wrong with a result: `null` for anything but tensors, also those in arrays and objects, that is broken. */
export function flaw(result: unknown): string | null {
  if (result instanceof Tensor) return flawOf(result);
  if (typeof result !== 'object' || result === null || ArrayBuffer.isView(result)) return null;
  for (const part of Object.values(result)) {
    const found = part === result ? null : flaw(part);
    if (found !== null) return found;
  }
  return null;
}

function flawOf(x: Tensor): string | null {
  const { shape, strides, offset, storage, dtype, numel } = x;
  if (!dtypes.includes(dtype) || !(storage.data instanceof arrays[dtype])) return `dtype ${dtype}`;
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return `shape [${shape}]`;
  if (strides.length !== shape.length || !strides.every(Number.isSafeInteger)) return `strides [${strides}]`;
  if (!Number.isSafeInteger(offset) || offset < 0) return `offset ${offset}`;
  if (numel === 0) return null;
  const reaches = shape.map((size, d) => (size - 1) * (strides[d] ?? 0));
  const low = reaches.reduce((sum, reach) => sum + Math.min(reach, 0), offset);
  const high = reaches.reduce((sum, reach) => sum + Math.max(reach, 0), offset);
  if (low < 0 || high >= storage.data.length) return `elements ${low} to ${high} of ${storage.data.length}`;
  // An expanded view may be larger than any memory; its elements are those of the storage.
  const elements = numel <= 1e5 ? x.data : [];
  // What fills its storage was computed; asStrided shows what lies between the elements of others, too, which is 113.
  const isWhole = storage.data.length === numel;
  if (isWhole && dtype === 'bool' && !elements.every((element) => element === 0 || element === 1))
    return 'a bool that is not 0 or 1';
  return null;
}

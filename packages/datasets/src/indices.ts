import {
  ArgumentError,
  describe,
  dtypeOfArray,
  fromTypedArray,
  IndexError,
  type Tensor,
} from '@retrograd/core';

/** Positions in a dataset, as samplers give them: a list of numbers or an `Int32Array`. */
export type Indices = readonly number[] | Int32Array;

/** How many items something has. @throws ArgumentError unless its `length` is a whole number */
export function checkLength(op: string, source: { readonly length: unknown } | null): number {
  const length = source?.length;
  if (Number.isSafeInteger(length) && (length as number) >= 0) return length as number;
  throw new ArgumentError({
    op,
    got: `something whose length is ${describe(length)}`,
    want: 'a length that is a whole number ≥ 0',
    fix: typeof length === 'function' ? 'Make it a field or a getter: get length() { … }.' : undefined,
  });
}

/**
 * A position in a set of `length` items, counted from the front; negative ones count from the end.
 *
 * @throws IndexError when there is no such item.
 */
export function positionOf(op: string, index: number, length: number): number {
  if (Number.isInteger(index) && index >= -length && index < length)
    return index < 0 ? index + length : index;
  throw new IndexError({
    op,
    got: `index ${index} in a dataset of ${length}`,
    want: length === 0 ? 'a dataset that is not empty' : `a whole number from ${-length} to ${length - 1}`,
  });
}

/** Several positions, checked and counted from the front. */
export function positionsOf(op: string, indices: Indices, length: number): Int32Array<ArrayBuffer> {
  if (!Array.isArray(indices) && dtypeOfArray(indices) !== 'int32') {
    throw new ArgumentError({ op, got: typeof indices, want: 'a list of indices' });
  }
  const positions = new Int32Array(indices.length);
  for (let i = 0; i < positions.length; i++)
    positions[i] = positionOf(op, indices[i] as unknown as number, length);
  return positions;
}

/** Positions as a vector for `indexSelect`. */
export function indexVector(op: string, indices: Indices, length: number): Tensor {
  return fromTypedArray(positionsOf(op, indices, length), [indices.length], 'int32');
}

import {
  ArgumentError,
  type DType,
  DTypeError,
  ShapeError,
  showShape,
  Tensor,
  tensor,
} from '@retrograd/core';

/**
 * Sequences of several lengths without padding: all first steps, then all second steps, and so on, the sequences
 * sorted by falling length. Make one with `packPaddedSequence` or `packSequence`; a recurrent layer takes it and
 * gives one back.
 *
 * @throws ArgumentError, DTypeError or ShapeError for parts that do not make up such a sequence
 */
export class PackedSequence {
  /** `(Σ batchSizes, …)` */
  readonly data: Tensor;
  /** int32, how many sequences take part in each step: one or more, never rising. */
  readonly batchSizes: Tensor;
  /** int32, which sequence of the original order stands where in the batch; `null` if none was moved. */
  readonly sortedIndices: Tensor | null;
  /** int32, the inverse of `sortedIndices`. */
  readonly unsortedIndices: Tensor | null;

  constructor(
    data: Tensor,
    batchSizes: Tensor,
    sortedIndices: Tensor | null = null,
    unsortedIndices: Tensor | null = invertPermutation(sortedIndices),
  ) {
    const sizes = wholeNumbers('PackedSequence', 'batchSizes', batchSizes);
    const falling = sizes.every((size, t) => size > 0 && size <= (sizes[t - 1] ?? size));
    if (sizes.length === 0 || !falling) {
      throw new ArgumentError({
        op: 'PackedSequence',
        got: `batchSizes [${sizes.join(', ')}]`,
        want: 'at least one number above 0, none larger than the one before',
        fix: 'Let packPaddedSequence or packSequence make it.',
      });
    }
    const rows = sizes.reduce((sum, size) => sum + size, 0);
    if (!(data instanceof Tensor) || data.shape[0] !== rows) {
      throw new ShapeError({
        op: 'PackedSequence',
        got: data instanceof Tensor ? `data of shape ${showShape(data.shape)}` : `data ${typeof data}`,
        want: `as many rows as the batch sizes make up: (${rows}, …)`,
      });
    }
    for (const permutation of [sortedIndices, unsortedIndices])
      if (permutation !== null) checkPermutation(permutation, sizes[0] as number);
    this.data = data;
    this.batchSizes = batchSizes;
    this.sortedIndices = sortedIndices;
    this.unsortedIndices = unsortedIndices;
  }

  /** The same sequences of other elements. */
  with(data: Tensor): PackedSequence {
    return new PackedSequence(data, this.batchSizes, this.sortedIndices, this.unsortedIndices);
  }

  /** Converts the elements. */
  to(dtype: DType): PackedSequence {
    return this.with(this.data.to(dtype));
  }

  /** Converts the elements to float32. */
  float(): PackedSequence {
    return this.to('float32');
  }

  /** Converts the elements to float64. */
  double(): PackedSequence {
    return this.to('float64');
  }
}

/** The permutation that undoes another: `inverse[permutation[i]] = i`. It is read. */
export function invertPermutation(permutation: Tensor): Tensor;
export function invertPermutation(permutation: Tensor | null): Tensor | null;
export function invertPermutation(permutation: Tensor | null): Tensor | null {
  if (permutation === null) return null;
  const places = wholeNumbers('invertPermutation', 'permutation', permutation);
  checkPermutation(permutation, places.length);
  const inverse = new Int32Array(places.length);
  for (const [i, place] of places.entries()) inverse[place] = i;
  return tensor(inverse);
}

function checkPermutation(permutation: Tensor, size: number): void {
  const places = wholeNumbers('PackedSequence', 'permutation', permutation);
  const met = new Set(places.filter((place) => place >= 0 && place < size));
  if (places.length === size && met.size === size) return;
  throw new ArgumentError({
    op: 'PackedSequence',
    got: `the permutation [${places.join(', ')}]`,
    want: `each number from 0 to ${size - 1} once`,
  });
}

/** The elements of a vector of whole numbers, which is read, or of an array. */
export function wholeNumbers(op: string, name: string, value: unknown): readonly number[] {
  if (Array.isArray(value) && value.every(Number.isInteger)) return value;
  if (!(value instanceof Tensor))
    throw new ArgumentError({ op, got: `${name} ${String(value)}`, want: 'whole numbers' });
  if (value.isFloatingPoint || value.dtype === 'bool')
    throw new DTypeError({ op, got: `${name} of ${value.dtype}`, want: 'int32' });
  if (value.ndim !== 1)
    throw new ShapeError({ op, got: `${name} of shape ${showShape(value.shape)}`, want: 'a vector' });
  return [...value.data];
}

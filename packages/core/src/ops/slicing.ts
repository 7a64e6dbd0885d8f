import { ArgumentError, IndexError, ShapeError } from '../errors.ts';
import * as base from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { checkRoom, normalizeIndex } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { checkIntegers, type Optional, optional } from './arguments.ts';
import { type AtDim, type DimOption, dimOf } from './dims.ts';

/** `length` elements of a dim from `start` on, as a view. A `start` that is a tensor of one element is read. */
export function narrow(x: Tensor, dim: number, start: number | Tensor, length: number): Tensor {
  const at = dimOf('narrow', x, dim);
  const size = x.shape[at] as number;
  const from = start instanceof Tensor ? start.item() : start;
  const first = from < 0 ? from + size : from;
  if (![from, length].every(Number.isInteger) || first < 0 || length < 0 || first + length > size) {
    throw new IndexError({
      op: 'narrow',
      got: `${String(length)} elements from ${String(from)} in dim ${dim} of size ${size}`,
      want: 'a range inside it',
    });
  }
  return base.slice(x, base.alongDim(x.shape, at, first, length, 1));
}

/** The element at `index` of a dim, without that dim. */
export function select(x: Tensor, dim: number, index: number): Tensor {
  const at = dimOf('select', x, dim);
  const first = normalizeIndex('select', index, x.shape[at] as number, at);
  const one = base.slice(x, base.alongDim(x.shape, at, first, 1, 1));
  return base.reshape(one, [...x.shape.slice(0, at), ...x.shape.slice(at + 1)]);
}

/**
 * Python's `x[start:end:step]` along a dim, as a view; `undefined` or `null` ends are the dim's own. A negative step,
 * which PyTorch does not have, runs backwards.
 */
export function slice(x: Tensor, dim: number, start?: number | null, end?: number | null, step = 1): Tensor {
  const at = dimOf('slice', x, dim);
  const size = x.shape[at] as number;
  if (!Number.isInteger(step) || step === 0)
    throw new ArgumentError({ op: 'slice', got: `step ${step}`, want: 'a whole number, not 0' });
  const [least, most] = step > 0 ? [0, size] : [-1, size - 1];
  const clamped = (index: number | null | undefined, own: number) => {
    if (index === undefined || index === null) return own;
    if (!Number.isInteger(index))
      throw new IndexError({ op: 'slice', got: `index ${index}`, want: 'whole numbers' });
    return Math.min(Math.max(index < 0 ? index + size : index, least), most);
  };
  const first = clamped(start, step > 0 ? 0 : size - 1);
  const stop = clamped(end, step > 0 ? size : -1);
  const length = Math.max(0, Math.ceil((stop - first) / step));
  return base.slice(x, base.alongDim(x.shape, at, first, length, step));
}

/** Pieces of `size` elements along a dim (the last may be smaller), or of the sizes in a list. */
export function split(x: Tensor, size: number | readonly number[], ...rest: AtDim): Tensor[] {
  const { dim = 0 } = optional<DimOption>('split', rest, ['dim']);
  const at = dimOf('split', x, dim);
  const length = x.shape[at] as number;
  const bad = (got: string) =>
    new ShapeError({ op: 'split', got, want: `sizes ≥ 0 that make up the ${length} of dim ${dim}` });
  let sizes: readonly number[];
  if (typeof size === 'number') {
    if (!Number.isInteger(size) || size < 0 || (size === 0 && length > 0)) throw bad(`size ${size}`);
    const count = Math.max(1, Math.ceil(length / Math.max(size, 1)));
    sizes = Array.from({ length: count }, (_, i) => Math.min(size, length - i * size));
  } else {
    sizes = checkIntegers('split', 'sizes', size);
    if (sizes.some((n) => n < 0) || sizes.reduce((a, b) => a + b, 0) !== length)
      throw bad(`sizes [${sizes.join(', ')}]`);
  }
  let start = 0;
  return sizes.map((n) => {
    const piece = base.slice(x, base.alongDim(x.shape, at, start, n, 1));
    start += n;
    return piece;
  });
}

/** At most `chunks` pieces along a dim, as equal as can be. */
export function chunk(x: Tensor, chunks: number, ...rest: AtDim): Tensor[] {
  const { dim = 0 } = optional<DimOption>('chunk', rest, ['dim']);
  if (!Number.isInteger(chunks) || chunks < 1)
    throw new ArgumentError({ op: 'chunk', got: `${chunks} chunks`, want: 'a whole number ≥ 1' });
  const at = dimOf('chunk', x, dim);
  const length = x.shape[at] as number;
  const size = Math.ceil(length / chunks);
  if (size > 0) return split(x, size, dim);
  checkRoom('chunk', [chunks]);
  return split(x, new Array<number>(chunks).fill(0), dim);
}

/** The slices along a dim, each without it. */
export function unbind(x: Tensor, ...rest: AtDim): Tensor[] {
  const { dim = 0 } = optional<DimOption>('unbind', rest, ['dim']);
  const at = dimOf('unbind', x, dim);
  return Array.from({ length: x.shape[at] as number }, (_, i) => select(x, at, i));
}

export interface DiagonalOptions {
  /** How far above (positive) or below the main diagonal. Default 0. */
  offset?: number;
  /** Default 0. */
  dim1?: number;
  /** Default 1. */
  dim2?: number;
}

/** The diagonal of two dims as the last dim of a view. */
export function diagonal(x: Tensor, ...rest: Optional<DiagonalOptions, ['offset', 'dim1', 'dim2']>): Tensor {
  const options = optional<DiagonalOptions>('diagonal', rest, ['offset', 'dim1', 'dim2']);
  const { offset = 0, dim1 = 0, dim2 = 1 } = options;
  const [a, b] = [dimOf('diagonal', x, dim1), dimOf('diagonal', x, dim2)];
  if (a === b || !Number.isInteger(offset)) {
    throw new ShapeError({
      op: 'diagonal',
      got: `dims ${dim1} and ${dim2}, offset ${offset}`,
      want: 'two different dims and a whole offset',
    });
  }
  return base.diagonal(x, { offset, dim1: a, dim2: b });
}

/** All windows of `size` elements, `step` apart, along a dim; a view with the window as its new last dim. */
export function unfoldDim(x: Tensor, dim: number, size: number, step: number): Tensor {
  const at = checkTensor('unfold', x).ndim === 0 ? 0 : dimOf('unfold', x, dim);
  const from = x.ndim === 0 ? base.reshape(x, [1]) : x;
  const length = from.shape[at] as number;
  if (![size, step].every(Number.isSafeInteger) || size < 0 || step < 1 || size > length) {
    throw new ShapeError({
      op: 'unfold',
      got: `windows of ${size} every ${step} in a dim of ${length}`,
      want: `a size from 0 to ${length} and a step ≥ 1`,
    });
  }
  const result = base.windows(from, { dim: at, size, step });
  return x.ndim === 0 ? base.reshape(result, [size]) : result;
}

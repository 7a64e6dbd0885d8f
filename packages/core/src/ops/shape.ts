import { IndexError, ShapeError } from '../errors.ts';
import { cast, clone } from '../primitives/copy.ts';
import * as base from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { sumToShape } from '../primitives/reduce.ts';
import { strided } from '../primitives/strided.ts';
import {
  checkRoom,
  checkSizes,
  extentOf,
  inferShape,
  normalizeDim,
  normalizeDims,
  type Shape,
  sameShape,
  showShape,
  viewStrides,
} from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkIntegers, type Optional, optional, type Sizes, sizesOf } from './arguments.ts';
import { accumulated } from './dims.ts';

/** A tensor of the same elements in row-major order; the tensor itself if they lie so already. */
export function contiguous(x: Tensor): Tensor {
  return checkTensor('contiguous', x).isContiguous ? x : clone(x);
}

/** Another shape of as many elements; one size may be −1. A view where one can be had, a copy elsewhere. */
export function reshape(x: Tensor, ...shape: Sizes): Tensor {
  return base.reshape(
    checkTensor('reshape', x),
    inferShape('reshape', sizesOf('reshape', shape), x.numel, x.shape),
  );
}

/** `reshape` to the shape of another tensor. */
export function reshapeAs(x: Tensor, other: Tensor): Tensor {
  return reshape(x, checkTensor('reshapeAs', other).shape);
}

/**
 * Another shape on the same memory.
 * @throws ShapeError if the strides allow no such view
 */
export function view(x: Tensor, ...shape: Sizes): Tensor {
  const target = inferShape('view', sizesOf('view', shape), checkTensor('view', x).numel, x.shape);
  if (viewStrides(x.shape, x.strides, target) === null) {
    throw new ShapeError({
      op: 'view',
      got: `shape ${showShape(x.shape)} with strides (${x.strides.join(', ')}) for shape ${showShape(target)}`,
      want: 'dims that step evenly through memory',
      fix: 'Use reshape(), which copies where it must, or contiguous().view().',
    });
  }
  return base.reshape(x, target);
}

/** `view` in the shape of another tensor. */
export function viewAs(x: Tensor, other: Tensor): Tensor {
  return view(x, checkTensor('viewAs', other).shape);
}

/** A new dim of size 1 in front of `dim`. */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const at = normalizeDim('unsqueeze', dim, checkTensor('unsqueeze', x).ndim + 1);
  return base.reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

export interface SqueezeOptions {
  /** Default: all dims. */
  dim?: number | readonly number[] | null;
}

/** Without its dims of size 1, or without those of `dim` that have size 1. */
export function squeeze(x: Tensor, ...rest: Optional<SqueezeOptions, ['dim']>): Tensor {
  const { dim } = optional<SqueezeOptions>('squeeze', rest, ['dim']);
  const dims = normalizeDims('squeeze', dim, checkTensor('squeeze', x).ndim);
  return base.reshape(
    x,
    x.shape.filter((size, d) => size !== 1 || !dims.includes(d)),
  );
}

export interface FlattenOptions {
  /** Default 0. */
  startDim?: number;
  /** The last that is flattened. Default −1. */
  endDim?: number;
}

/** Several dims as one; all of them if not said otherwise. */
export function flatten(x: Tensor, ...rest: Optional<FlattenOptions, ['startDim', 'endDim']>): Tensor {
  const options = optional<FlattenOptions>('flatten', rest, ['startDim', 'endDim']);
  const { startDim = 0, endDim = -1 } = options;
  const first = normalizeDim('flatten', startDim, checkTensor('flatten', x).ndim);
  const last = normalizeDim('flatten', endDim, x.ndim);
  if (first > last) {
    throw new IndexError({
      op: 'flatten',
      got: `dims ${startDim} to ${endDim}`,
      want: 'a first dim before the last',
    });
  }
  if (x.ndim === 0) return base.reshape(x, [1]);
  const size = x.shape.slice(first, last + 1).reduce((a, b) => a * b, 1);
  return base.reshape(x, [...x.shape.slice(0, first), size, ...x.shape.slice(last + 1)]);
}

/** All elements in one dim; a view where one can be had. */
export function ravel(x: Tensor): Tensor {
  return base.reshape(checkTensor('ravel', x), [x.numel]);
}

/** One dim as several; one of their sizes may be −1. */
export function unflatten(x: Tensor, dim: number, sizes: Shape): Tensor {
  const at = normalizeDim('unflatten', dim, checkTensor('unflatten', x).ndim);
  const size = x.shape[at] ?? 1;
  return base.reshape(x, [
    ...x.shape.slice(0, at),
    ...inferShape('unflatten', checkIntegers('unflatten', 'sizes', sizes), size, [size]),
    ...x.shape.slice(at + 1),
  ]);
}

/** A view that repeats dims of size 1, and new dims in front, to a shape; −1 leaves a size as it is. */
export function expand(x: Tensor, ...shape: Sizes): Tensor {
  const sizes = sizesOf('expand', shape);
  const lead = sizes.length - checkTensor('expand', x).ndim;
  const target = sizes.map((size, d) => (size === -1 && d >= lead ? (x.shape[d - lead] as number) : size));
  const fits =
    lead >= 0 &&
    target.every(
      (size, d) => size >= 0 && (d < lead || x.shape[d - lead] === size || x.shape[d - lead] === 1),
    );
  if (!fits) {
    throw new ShapeError({
      op: 'expand',
      got: `shape ${showShape(x.shape)} for ${showShape(sizes)}`,
      want: 'sizes that are equal, or 1 where they are to be repeated',
    });
  }
  return base.expand(x, target);
}

/** `expand` to the shape of another tensor. */
export function expandAs(x: Tensor, other: Tensor): Tensor {
  return expand(x, checkTensor('expandAs', other).shape);
}

/** `expand`, under NumPy's name. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return expand(x, shape);
}

/** Summed to a shape that broadcasts to the tensor's: the transpose of `expand`. Booleans and uint8 count as int32. */
export function sumToSize(x: Tensor, ...size: Sizes): Tensor {
  const shape = checkSizes('sumToSize', sizesOf('sumToSize', size));
  const lead = checkTensor('sumToSize', x).ndim - shape.length;
  if (lead < 0 || shape.some((n, d) => n !== 1 && n !== x.shape[lead + d])) {
    throw new ShapeError({
      op: 'sumToSize',
      got: `size ${showShape(shape)} for shape ${showShape(x.shape)}`,
      want: 'a shape that broadcasts to that of the tensor',
    });
  }
  return sameShape(x.shape, shape) ? x : sumToShape(cast(x, accumulated(x.dtype)), shape);
}

export interface StridedOptions {
  /** Default: where the tensor begins. */
  storageOffset?: number | null;
}

/**
 * A view on the storage itself: element `[i, j, …]` is the one at `storageOffset + i·stride[0] + j·stride[1] + …`.
 * Its elements may repeat; their gradients are summed.
 *
 * @throws ShapeError for a view that reaches beyond the storage
 */
export function asStrided(
  x: Tensor,
  size: Shape,
  stride: readonly number[],
  ...rest: Optional<StridedOptions, ['storageOffset']>
): Tensor {
  const op = 'asStrided';
  const { storageOffset } = optional<StridedOptions>(op, rest, ['storageOffset']);
  const { length } = checkTensor(op, x).storage.data;
  const [offset = 0] = checkIntegers(op, 'storageOffset', [storageOffset ?? x.offset]);
  const shape = checkSizes(op, checkIntegers(op, 'size', size));
  const strides = checkIntegers(op, 'stride', stride);
  const geometry = { shape, strides, offset };
  const forwards = offset >= 0 && strides.every((step) => step >= 0);
  if (shape.length !== strides.length || !forwards || extentOf(geometry)[1] > length) {
    throw new ShapeError({
      op,
      got: `size ${showShape(shape)}, strides (${strides.join(', ')}) and offset ${offset} in a storage of ${length}`,
      want: 'as many strides as sizes, none of them negative, and a view inside the storage',
    });
  }
  return strided(x, geometry);
}

/** The whole tensor repeated along each dim, new dims in front if there are more numbers than dims: always a copy. */
export function repeat(x: Tensor, ...repeats: Sizes): Tensor {
  const times = sizesOf('repeat', repeats);
  const lead = times.length - checkTensor('repeat', x).ndim;
  if (lead < 0 || times.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ShapeError({
      op: 'repeat',
      got: `[${times.join(', ')}] for shape ${showShape(x.shape)}`,
      want: 'a count ≥ 0 for each dim',
    });
  }
  const shape = [...new Array<number>(lead).fill(1), ...x.shape];
  const target = checkRoom(
    'repeat',
    shape.map((size, d) => size * (times[d] as number)),
  );
  const split = base.reshape(
    x,
    shape.flatMap((size) => [1, size]),
  );
  const repeated = base.expand(
    split,
    shape.flatMap((size, d) => [times[d] as number, size]),
  );
  return base.reshape(clone(repeated), target);
}

/** `repeat`, with ones in front of `dims` where they are fewer than the tensor's. */
export function tile(x: Tensor, dims: readonly number[]): Tensor {
  const times = checkIntegers('tile', 'dims', dims);
  const lead = Math.max(0, checkTensor('tile', x).ndim - times.length);
  return repeat(x, [...new Array<number>(lead).fill(1), ...times]);
}

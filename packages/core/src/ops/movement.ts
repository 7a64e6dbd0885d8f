import { ArgumentError, IndexError, ShapeError } from '../errors.ts';
import { clone } from '../primitives/copy.ts';
import * as base from '../primitives/movement.ts';
import { checkTensor, constant, describe, promoted } from '../primitives/operand.ts';
import {
  checkSizes,
  broadcastShapes as commonShape,
  inferShape,
  normalizeDim,
  normalizeDims,
  normalizeIndex,
  type Shape,
  sameShape,
  showShape,
  showShapes,
  viewStrides,
} from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkIntegers, type Optional, optional, type Sizes, sizesOf } from './arguments.ts';

export interface DimOption {
  /** Default 0. */
  dim?: number;
}

type AtDim = Optional<DimOption, ['dim']>;

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

/** The dims in another order, as a view. */
export function permute(x: Tensor, ...dims: Sizes): Tensor {
  const list = sizesOf('permute', dims);
  const order = normalizeDims('permute', list, checkTensor('permute', x).ndim);
  if (order.length !== x.ndim) {
    throw new ShapeError({
      op: 'permute',
      got: `dims [${list.join(', ')}]`,
      want: `each of the ${x.ndim} dims once`,
    });
  }
  return base.permute(x, order);
}

/** Two dims exchanged, as a view. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const a = normalizeDim('transpose', dim0, checkTensor('transpose', x).ndim);
  const b = normalizeDim('transpose', dim1, x.ndim);
  if (x.ndim === 0) return base.permute(x, []);
  return base.permute(
    x,
    x.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
  );
}

/** The transpose of a matrix; tensors of fewer dims are as they are. */
export function t(x: Tensor): Tensor {
  if (checkTensor('t', x).ndim > 2) {
    throw new ShapeError({
      op: 't',
      got: `shape ${showShape(x.shape)}`,
      want: 'at most 2 dims',
      fix: 'Use transpose(a, b).',
    });
  }
  return x.ndim < 2
    ? base.permute(
        x,
        x.shape.map((_, d) => d),
      )
    : transpose(x, 0, 1);
}

/** One or more dims moved to other places, the rest in their order. */
export function movedim(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const from = normalizeDims('movedim', source, checkTensor('movedim', x).ndim);
  const to = normalizeDims('movedim', destination, x.ndim);
  if (from.length !== to.length) {
    throw new ShapeError({
      op: 'movedim',
      got: `${from.length} dims for ${to.length} places`,
      want: 'as many',
    });
  }
  const rest = x.shape.map((_, d) => d).filter((d) => !from.includes(d));
  const order = x.shape.map((_, d) =>
    to.includes(d) ? (from[to.indexOf(d)] as number) : (rest.shift() as number),
  );
  return base.permute(x, order);
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

/** `expand`, under NumPy's name. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return expand(x, shape);
}

/**
 * The shape that all shapes broadcast to; a number is a shape of one dim.
 * @throws ShapeError if there is none
 */
export function broadcastShapes(...shapes: readonly (Shape | number)[]): Shape {
  return commonShape(
    'broadcastShapes',
    shapes.map((shape) => checkSizes('broadcastShapes', sizesOf('broadcastShapes', [shape] as Sizes))),
  );
}

/** All tensors expanded to their common shape. */
export function broadcastTensors(...tensors: Tensor[]): Tensor[] {
  const shape = commonShape(
    'broadcastTensors',
    tensors.map((x) => checkTensor('broadcastTensors', x).shape),
  );
  return tensors.map((x) => base.expand(x, shape));
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

/** `length` elements of a dim from `start` on, as a view. A `start` that is a tensor of one element is read. */
export function narrow(x: Tensor, dim: number, start: number | Tensor, length: number): Tensor {
  const at = dimOf('narrow', x, dim);
  const size = x.shape[at] as number;
  const from = Number(start);
  const first = from < 0 ? from + size : from;
  if (![from, length].every(Number.isInteger) || first < 0 || length < 0 || first + length > size) {
    throw new IndexError({
      op: 'narrow',
      got: `${length} elements from ${from} in dim ${dim} of size ${size}`,
      want: 'a range inside it',
    });
  }
  return base.slice(x, base.alongDim(x.shape, at, first, length, 1));
}

/** The dim of a tensor that must have dims. */
function dimOf(op: string, x: Tensor, dim: number): number {
  if (checkTensor(op, x).ndim > 0) return normalizeDim(op, dim, x.ndim);
  throw new IndexError({ op, got: 'a tensor without dims', want: 'at least one dim' });
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

/** The order along some dims reversed, as a view (PyTorch copies). All dims if none are given. */
export function flip(x: Tensor, dims?: number | readonly number[]): Tensor {
  const flipped = normalizeDims('flip', dims, checkTensor('flip', x).ndim).filter((d) => d < x.ndim);
  return base.slice(x, {
    starts: x.shape.map((size, d) => (flipped.includes(d) ? Math.max(size - 1, 0) : 0)),
    sizes: x.shape,
    steps: x.shape.map((_, d) => (flipped.includes(d) ? -1 : 1)),
  });
}

export interface Rot90Options {
  /** How many quarters of a turn. Default 1. */
  k?: number;
  /** The plane: turns go from the first towards the second. Default `[0, 1]`. */
  dims?: readonly number[];
}

/** Turned by multiples of 90° in the plane of two dims, as a view. */
export function rot90(x: Tensor, ...rest: Optional<Rot90Options, ['k', 'dims']>): Tensor {
  const { k = 1, dims = [0, 1] } = optional<Rot90Options>('rot90', rest, ['k', 'dims']);
  const plane = normalizeDims('rot90', checkIntegers('rot90', 'dims', dims), checkTensor('rot90', x).ndim);
  const [a, b] = plane;
  if (a === undefined || b === undefined || plane.length > 2 || x.ndim < 2) {
    throw new ShapeError({
      op: 'rot90',
      got: `shape ${showShape(x.shape)} and dims [${dims.join(', ')}]`,
      want: 'two dims of a tensor of at least two',
    });
  }
  const quarter = ((k % 4) + 4) % 4;
  if (quarter === 0) return flip(x, []);
  if (quarter === 2) return flip(x, [a, b]);
  return quarter === 1 ? flip(transpose(x, a, b), a) : transpose(flip(x, a), a, b);
}

/** Turned by 180° in the last two dims (or in `dims`): the flip that makes a convolution of a cross-correlation. */
export function rot180(x: Tensor, dims: readonly number[] = [-2, -1]): Tensor {
  return flip(x, dims);
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
  if (![size, step].every(Number.isInteger) || size < 0 || step < 1 || size > length) {
    throw new ShapeError({
      op: 'unfold',
      got: `windows of ${size} every ${step} in a dim of ${length}`,
      want: `a size from 0 to ${length} and a step ≥ 1`,
    });
  }
  const result = base.windows(from, { dim: at, size, step });
  return x.ndim === 0 ? base.reshape(result, [size]) : result;
}

function checkTensors(op: string, tensors: readonly Tensor[]): readonly [Tensor, ...Tensor[]] {
  if (Array.isArray(tensors) && tensors.length > 0) {
    for (const x of tensors) checkTensor(op, x);
    return tensors as readonly [Tensor, ...Tensor[]] & Tensor[];
  }
  throw new ArgumentError({
    op,
    got: Array.isArray(tensors) ? 'no tensors' : describe(tensors),
    want: 'a list of at least one tensor',
  });
}

/** Tensors one after the other along a dim. Dtypes promote; shapes agree but for that dim. */
export function cat(tensors: readonly Tensor[], ...rest: AtDim): Tensor {
  const { dim = 0 } = optional<DimOption>('cat', rest, ['dim']);
  checkTensors('cat', tensors);
  const all = promoted('cat', tensors);
  // PyTorch lets the empty tensor of one dim join anything.
  const joining = all.filter((x) => !sameShape(x.shape, [0]));
  const [first = all[0] as Tensor] = joining;
  const at = dimOf('cat', first, dim);
  const odd = joining.find(
    (x) => x.ndim !== first.ndim || x.shape.some((size, d) => d !== at && size !== first.shape[d]),
  );
  if (odd) {
    throw new ShapeError({
      op: 'cat',
      got: `shapes ${showShapes([first.shape, odd.shape])} along dim ${dim}`,
      want: 'sizes that agree in all other dims',
    });
  }
  return base.concat(joining.length > 0 ? joining : [first], at);
}

/** Tensors of one shape along a new dim. */
export function stack(tensors: readonly Tensor[], ...rest: AtDim): Tensor {
  const { dim = 0 } = optional<DimOption>('stack', rest, ['dim']);
  const [first] = checkTensors('stack', tensors);
  const odd = tensors.find((x) => !sameShape(x.shape, first.shape));
  if (odd) {
    throw new ShapeError({
      op: 'stack',
      got: `shapes ${showShapes([first.shape, odd.shape])}`,
      want: 'tensors of one shape',
    });
  }
  return cat(
    tensors.map((x) => unsqueeze(x, dim)),
    normalizeDim('stack', dim, first.ndim + 1),
  );
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
  return split(x, size === 0 ? new Array<number>(chunks).fill(0) : size, dim);
}

/** The slices along a dim, each without it. */
export function unbind(x: Tensor, ...rest: AtDim): Tensor[] {
  const { dim = 0 } = optional<DimOption>('unbind', rest, ['dim']);
  const at = dimOf('unbind', x, dim);
  return Array.from({ length: x.shape[at] as number }, (_, i) => select(x, at, i));
}

/** The whole tensor repeated along each dim, new dims in front if there are more numbers than dims. */
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
  const split = base.reshape(
    x,
    shape.flatMap((size) => [1, size]),
  );
  const repeated = base.expand(
    split,
    shape.flatMap((size, d) => [times[d] as number, size]),
  );
  return base.reshape(
    repeated,
    shape.map((size, d) => size * (times[d] as number)),
  );
}

/** `repeat`, with ones in front of `dims` where they are fewer than the tensor's. */
export function tile(x: Tensor, dims: readonly number[]): Tensor {
  const times = checkIntegers('tile', 'dims', dims);
  const lead = Math.max(0, checkTensor('tile', x).ndim - times.length);
  return repeat(x, [...new Array<number>(lead).fill(1), ...times]);
}

export interface ConstantPadOptions {
  /** Default 0. */
  value?: number;
}

/**
 * Elements added around the last dims, PyTorch's order: `[left, right, top, bottom, …]`, the last dim first.
 * Negative numbers crop.
 */
export function constantPad(
  x: Tensor,
  padding: readonly number[],
  ...rest: Optional<ConstantPadOptions, ['value']>
): Tensor {
  const { value = 0 } = optional<ConstantPadOptions>('pad', rest, ['value']);
  checkTensor('pad', x);
  const pairs = checkIntegers('pad', 'padding', padding).length / 2;
  if (!Number.isInteger(pairs) || pairs > x.ndim) {
    throw new ShapeError({
      op: 'pad',
      got: `[${padding.join(', ')}] for shape ${showShape(x.shape)}`,
      want: 'two whole numbers for each padded dim',
    });
  }
  const around = x.shape.map((_, d) => {
    const at = 2 * (x.ndim - 1 - d);
    return [padding[at] ?? 0, padding[at + 1] ?? 0] as const;
  });
  const shape = x.shape.map((size, d) => size + (around[d]?.[0] ?? 0) + (around[d]?.[1] ?? 0));
  if (shape.some((size) => size < 0)) {
    throw new ShapeError({
      op: 'pad',
      got: `[${padding.join(', ')}] for shape ${showShape(x.shape)}`,
      want: 'crops that leave something',
    });
  }
  const kept = base.slice(x, {
    starts: around.map(([before], d) => Math.min(Math.max(0, -before), x.shape[d] as number)),
    sizes: x.shape.map((size, d) =>
      Math.max(0, size + Math.min(0, around[d]?.[0] ?? 0) + Math.min(0, around[d]?.[1] ?? 0)),
    ),
    steps: x.shape.map(() => 1),
  });
  const whole = base.contiguous(shape);
  const inner = around.reduce(
    (offset, [before], d) => offset + Math.max(0, before) * (whole.strides[d] as number),
    0,
  );
  return base.overwrite(constant(shape, value, x.dtype), kept, {
    base: whole,
    region: { shape: kept.shape, strides: whole.strides, offset: kept.numel === 0 ? 0 : inner },
  });
}

export interface RollOptions {
  /** One for each shift. Default: the flattened tensor is rolled. */
  dims?: number | readonly number[];
}

/** Moved along dims, what falls off one end coming in at the other. */
export function roll(
  x: Tensor,
  shifts: number | readonly number[],
  ...rest: Optional<RollOptions, ['dims']>
): Tensor {
  const { dims } = optional<RollOptions>('roll', rest, ['dims']);
  if (dims === undefined) return base.reshape(roll(flatten(x), shifts, 0), x.shape);
  const places = normalizeDims('roll', dims, checkTensor('roll', x).ndim);
  const by = checkIntegers('roll', 'shifts', typeof shifts === 'number' ? [shifts] : shifts);
  if (by.length !== places.length)
    throw new ArgumentError({
      op: 'roll',
      got: `${by.length} shifts for ${places.length} dims`,
      want: 'as many',
    });
  return places.reduce((rolled, dim, i) => {
    const size = rolled.shape[dim] ?? 0;
    if (size === 0) return rolled;
    const shift = (((by[i] as number) % size) + size) % size;
    return cat([narrow(rolled, dim, size - shift, shift), narrow(rolled, dim, 0, size - shift)], dim);
  }, x);
}

import type { TypedArray } from '../dtype.ts';
import { ArgumentError, DTypeError, IndexError } from '../errors.ts';
import * as base from '../primitives/movement.ts';
import { constant, describe } from '../primitives/operand.ts';
import { normalizeIndex, type Shape, sameShape, showShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { tensor } from './creation.ts';
import { fromStart, positionsOf } from './positions.ts';

// What stands between the brackets of x[…] in Python, and what it says of a tensor: first a view, by whole numbers,
// slices, new axes and the ellipsis; then positions to look up in some dims of that view, by tensors and masks.

/** Python's `start:stop:step`, made by `slice()`. */
export class Slice {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number;

  /** @internal */
  constructor(start: number | null, stop: number | null, step: number) {
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
}

/** Whole numbers or booleans in arrays of any depth: an integer tensor or a mask. */
export type IndexArray = readonly (number | boolean | IndexArray)[];

/**
 * Part of an index: a position, a slice (`slice(1, 3)` or `'1:3'`), `'...'` for all the dims that the others leave,
 * `null` for a new axis, positions in a tensor or in arrays, or a mask.
 */
export type Index = number | boolean | string | null | Slice | Tensor | IndexArray | TypedArray;

/** A part once it is read: masks and positions are tensors. */
export type Part = number | null | '...' | Slice | Tensor;

const whole = new Slice(null, null, 1);

/**
 * Python's `start:stop:step` as a part of an index. `null` is the end of the dim; negative numbers count from there.
 *
 * @example
 * ```ts
 * x.at(slice(1, null), slice(null, -1)); // x[1:, :-1]
 * ```
 * @throws ArgumentError for a step that is not positive, which PyTorch does not have either: use flip
 */
export function slice(start: number | null, stop: number | null, step: number | null = 1): Slice {
  const known = (value: unknown) => value === null || Number.isInteger(value);
  const by = step ?? 1;
  if (known(start) && known(stop) && Number.isInteger(by) && by > 0) return new Slice(start, stop, by);
  throw new ArgumentError({
    op: 'slice',
    got: `start ${describe(start)}, stop ${describe(stop)}, step ${describe(step)}`,
    want: 'whole numbers, or null for the ends, and a step above 0',
    fix: 'Give both ends: slice(1) alone would be a stop in Python and a start in JavaScript.',
  });
}

const spelled = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?$/;

function parsed(op: string, text: string): Part {
  if (text === '...') return text;
  const found = spelled.exec(text);
  if (found === null)
    throw new ArgumentError({
      op,
      got: describe(text),
      want: "a slice such as ':', '1:3' or '::2', or '...'",
    });
  const [start = null, stop = null, step = null] = found
    .slice(1)
    .map((digits) => (digits === undefined ? null : Number(digits)));
  return slice(start, stop, step);
}

/** Arrays as a tensor of positions, or as a mask. */
function arrayed(op: string, list: IndexArray | TypedArray): Tensor {
  if (!Array.isArray(list)) return tensor(list as TypedArray);
  const leaves: unknown[] = list.flat(Number.POSITIVE_INFINITY);
  if (leaves.every(Number.isInteger)) return tensor(list, { dtype: 'int32' });
  if (leaves.every((leaf) => typeof leaf === 'boolean')) return tensor(list, { dtype: 'bool' });
  throw new ArgumentError({ op, got: 'an array of other things', want: 'whole numbers, or only booleans' });
}

/** @throws DTypeError unless the tensor holds positions or is a mask */
function checkPositions(op: string, index: Tensor): Tensor {
  if (index.dtype === 'int32' || index.dtype === 'bool') return index;
  throw new DTypeError({
    op,
    got: `an index of ${index.dtype}`,
    want: 'int32 positions, or a bool mask',
    fix: "Convert it: index.to('int32') for positions, index.ne(0) for a mask.",
  });
}

/** Positions or a mask, as a tensor; `null` for what is neither. */
export function readTensor(op: string, index: unknown): Tensor | null {
  if (index instanceof Tensor) return checkPositions(op, index);
  if (Array.isArray(index) || ArrayBuffer.isView(index))
    return checkPositions(op, arrayed(op, index as IndexArray | TypedArray));
  return typeof index === 'boolean' ? constant([], Number(index), 'bool') : null;
}

/** A part as Python's brackets take it: a position that comes as a tensor without dims is a number. */
export function readPart(op: string, index: Index): Part {
  const found = readTensor(op, index);
  if (found !== null) return found.ndim === 0 && found.dtype === 'int32' ? found.item() : found;
  if (index === null || typeof index === 'number' || index instanceof Slice) return index;
  if (typeof index === 'string') return parsed(op, index);
  throw new ArgumentError({
    op,
    got: describe(index),
    want: "whole numbers, slices, '...', null, int32 tensors, masks or arrays of whole numbers",
  });
}

/** Positions along some neighbouring dims of a view, as if these were one. */
export interface Lookup {
  /** The first of the dims. */
  readonly dim: number;
  readonly dims: number;
  /** From 0 on; int32, of any shape. */
  readonly positions: Tensor;
}

/** What an index says of a tensor. */
export interface Reading {
  readonly view: Tensor;
  readonly lookups: readonly Lookup[];
}

/** What one part does with the dims that it takes: where each begins, how many elements and how far apart. */
interface Taken {
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
  /** The dims that it leaves in the view. */
  readonly shape: Shape;
  readonly positions?: Tensor;
}

/** How many dims of the tensor a part takes. */
function dimsTakenBy(part: Part): number {
  if (part instanceof Tensor) return part.dtype === 'bool' ? part.ndim : 1;
  return part === null || part === '...' ? 0 : 1;
}

/** The ellipsis, or the end of the list, stands for all dims that the other parts leave. */
function filledUp(op: string, x: Tensor, parts: readonly Part[]): readonly Exclude<Part, '...'>[] {
  const taken = parts.reduce<number>((sum, part) => sum + dimsTakenBy(part), 0);
  if (taken > x.ndim) {
    throw new IndexError({
      op,
      got: `an index of ${taken} dims for a tensor of shape ${showShape(x.shape)}`,
      want: `at most ${x.ndim}`,
    });
  }
  const gap = parts.indexOf('...');
  if (gap !== parts.lastIndexOf('...'))
    throw new IndexError({ op, got: 'several ellipses', want: 'at most one' });
  const rest = new Array<Slice>(x.ndim - taken).fill(whole);
  const [before, after] = gap === -1 ? [parts, []] : [parts.slice(0, gap), parts.slice(gap + 1)];
  return [...before, ...rest, ...after] as Exclude<Part, '...'>[];
}

function taken(op: string, x: Tensor, dim: number, part: Exclude<Part, '...'>): Taken {
  if (part === null) return { starts: [], sizes: [], steps: [], shape: [1] };
  const size = x.shape[dim] as number;
  if (typeof part === 'number')
    return { starts: [normalizeIndex(op, part, size, dim)], sizes: [1], steps: [1], shape: [] };
  if (part instanceof Slice) return sliced(part, size);
  if (part.dtype === 'bool') return masked(op, x, dim, part);
  return { starts: [0], sizes: [size], steps: [1], shape: [size], positions: fromStart(op, part, size) };
}

function sliced({ start, stop, step }: Slice, size: number): Taken {
  const within = (end: number) => Math.min(Math.max(end < 0 ? end + size : end, 0), size);
  const first = within(start ?? 0);
  const count = Math.max(0, Math.ceil((within(stop ?? size) - first) / step));
  return { starts: [first], sizes: [count], steps: [step], shape: [count] };
}

function masked(op: string, x: Tensor, dim: number, mask: Tensor): Taken {
  const sizes = x.shape.slice(dim, dim + mask.ndim);
  if (!sameShape(sizes, mask.shape)) {
    throw new IndexError({
      op,
      got: `a mask of shape ${showShape(mask.shape)} for dims of ${showShape(sizes)}`,
      want: 'a mask of the same sizes',
    });
  }
  const [starts, steps] = [sizes.map(() => 0), sizes.map(() => 1)];
  // A mask without dims takes or leaves a new axis.
  return { starts, sizes, steps, shape: mask.ndim === 0 ? [1] : sizes, positions: positionsOf(mask) };
}

/** What the parts of an index say of `x`. Reads masks and positions. */
export function readIndex(op: string, x: Tensor, parts: readonly Part[]): Reading {
  const all: Taken[] = [];
  const lookups: Lookup[] = [];
  let [from, to] = [0, 0];
  for (const part of filledUp(op, x, parts)) {
    const found = taken(op, x, from, part);
    if (found.positions !== undefined)
      lookups.push({ dim: to, dims: found.shape.length, positions: found.positions });
    all.push(found);
    from += found.starts.length;
    to += found.shape.length;
  }
  return { view: viewed(x, all), lookups };
}

function viewed(x: Tensor, all: readonly Taken[]): Tensor {
  const sizes = all.flatMap((part) => part.sizes);
  const steps = all.flatMap((part) => part.steps);
  const isWhole = sameShape(sizes, x.shape) && steps.every((step) => step === 1);
  const shape = all.flatMap((part) => part.shape);
  const shown = isWhole ? x : base.slice(x, { starts: all.flatMap((part) => part.starts), sizes, steps });
  // A view of its own, also where it shows everything.
  return shown !== x && sameShape(shape, sizes) ? shown : base.reshape(shown, shape);
}

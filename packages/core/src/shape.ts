import { ArgumentError, IndexError, ShapeError } from './errors.ts';

/** Sizes along each dim, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** How far apart, in elements, neighbours along each dim lie in storage; 0 repeats, negative runs backwards. */
export type Strides = readonly number[];

/** Where the elements of a view lie in its storage. */
export interface Geometry {
  readonly shape: Shape;
  readonly strides: Strides;
  readonly offset: number;
}

/** Number of elements of a shape. */
export function numelOf(shape: Shape): number {
  let n = 1;
  for (const size of shape) n *= size;
  return n;
}

/** Row-major strides of a shape. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= Math.max(shape[d] as number, 1);
  }
  return strides;
}

/** True if the elements lie in row-major order without gaps (the strides of size-1 dims do not matter). */
export function isContiguous(shape: Shape, strides: Strides): boolean {
  let expected = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] as number;
    if (size === 0) return true;
    if (size !== 1 && strides[d] !== expected) return false;
    expected *= size;
  }
  return true;
}

/** True if two index tuples may reach the same element, as in an expanded tensor. */
export function mayOverlap(shape: Shape, strides: Strides): boolean {
  // Sorted by stride, each dim must step over everything that the finer dims span.
  const dims = shape
    .map((size, d) => ({ size, stride: Math.abs(strides[d] as number) }))
    .filter(({ size }) => size !== 1)
    .sort((a, b) => a.stride - b.stride);
  if (dims.some(({ size }) => size === 0)) return false;
  let span = 0;
  for (const { size, stride } of dims) {
    if (stride <= span) return true;
    span += (size - 1) * stride;
  }
  return false;
}

/** The lowest and one past the highest storage index that a geometry touches; `[0, 0]` if it is empty. */
export function extentOf({ shape, strides, offset }: Geometry): [low: number, high: number] {
  let [low, high] = [offset, offset];
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d] as number;
    if (size === 0) return [0, 0];
    const reach = (size - 1) * (strides[d] as number);
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [low, high + 1];
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return false;
  return true;
}

/** `(2, 3)`, the way shapes are written in messages. */
export function showShape(shape: Shape): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}

/** `(2, 3) and (4,)`, for messages. */
export function showShapes(shapes: readonly Shape[]): string {
  return shapes.map(showShape).join(' and ');
}

/**
 * The shape that all broadcast to: aligned at the last dim, each size is 1 or the common one.
 * @throws ShapeError if some dim has two different sizes that are not 1
 */
export function broadcastShapes(op: string, shapes: readonly Shape[]): Shape {
  const [first] = shapes;
  if (first !== undefined && shapes.every((shape) => sameShape(shape, first))) return first;
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let d = 0; d < shape.length; d++) {
      const at = rank - shape.length + d;
      const [size, known] = [shape[d] as number, result[at] as number];
      if (size === 1 || size === known) continue;
      if (known !== 1) {
        throw new ShapeError({
          op,
          got: `shapes ${showShapes(shapes)}`,
          want: `shapes that broadcast: aligned at the last dim, sizes equal or 1 (dim ${at - rank} has ${known} and ${size})`,
          fix: 'Insert or move a dim with unsqueeze(), transpose() or reshape().',
        });
      }
      result[at] = size;
    }
  }
  return result;
}

/** The strides with which a view of `shape` walks when it is expanded to `target`; dims that repeat get 0. */
export function broadcastStrides({ shape, strides }: Geometry, target: Shape): Strides {
  if (sameShape(shape, target)) return strides;
  const lead = target.length - shape.length;
  return target.map((size, d) => {
    const from = d - lead;
    return from < 0 || (shape[from] === 1 && size !== 1) ? 0 : (strides[from] as number);
  });
}

/** A dim counted from the front; negative ones count from the end. A scalar has the dims 0 and -1. */
export function normalizeDim(op: string, dim: number, rank: number): number {
  const bound = Math.max(rank, 1);
  if (!Number.isInteger(dim) || dim < -bound || dim >= bound) {
    throw new IndexError({
      op,
      got: `dim ${dim} for a tensor of ${rank} ${rank === 1 ? 'dim' : 'dims'}`,
      want: `an integer from ${-bound} to ${bound - 1}`,
    });
  }
  return dim < 0 ? dim + bound : dim;
}

/** Several dims, normalised and checked to be different; none given means all of them. */
export function normalizeDims(
  op: string,
  dims: number | readonly number[] | null | undefined,
  rank: number,
): number[] {
  if (dims === undefined || dims === null) return Array.from({ length: rank }, (_, d) => d);
  const list = Array.isArray(dims) ? (dims as readonly number[]) : [dims as number];
  const normal = list.map((dim) => normalizeDim(op, dim, rank));
  if (new Set(normal).size !== normal.length) {
    throw new IndexError({ op, got: `dims [${list.join(', ')}]`, want: 'each dim at most once' });
  }
  return normal;
}

/** An index into a dim of `size`, counted from the front. */
export function normalizeIndex(op: string, index: number, size: number, dim: number): number {
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new IndexError({
      op,
      got: `index ${index} in dim ${dim} of size ${size}`,
      want: size === 0 ? 'a dim that is not empty' : `an integer from ${-size} to ${size - 1}`,
    });
  }
  return index < 0 ? index + size : index;
}

/** Sizes as the user gave them, checked to be whole and not negative. */
export function checkSizes(op: string, sizes: Shape): Shape {
  for (const size of sizes) {
    if (!Number.isInteger(size) || size < 0) {
      throw new ShapeError({ op, got: `size ${size} in [${sizes.join(', ')}]`, want: 'whole sizes ≥ 0' });
    }
  }
  return sizes;
}

/** More elements than any machine that this runs on has room for. */
const tooMany = 2 ** 31;

/** Whether sizes are whole numbers, and strides would be: where there are no elements, these may still be too large. */
function hasStrides(shape: Shape): boolean {
  let span = 1;
  for (const size of shape) span *= Number.isSafeInteger(size) ? Math.max(size, 1) : Number.NaN;
  return span <= Number.MAX_SAFE_INTEGER;
}

/** The shape of a tensor that is to be made. @throws ShapeError if it is too large */
export function checkRoom(op: string, shape: Shape): Shape {
  if (numelOf(shape) <= tooMany && hasStrides(shape)) return shape;
  throw new ShapeError({
    op,
    got: `a result of shape ${showShape(shape)}, which is too large`,
    want: `at most ${tooMany} elements`,
  });
}

/**
 * A target shape in which one size may be -1, "whatever is left".
 * @throws ShapeError if the number of elements differs
 */
export function inferShape(op: string, target: Shape, numel: number, from: Shape): Shape {
  const holes = target.filter((size) => size === -1).length;
  const known = numelOf(target.filter((size) => size !== -1));
  const fits = holes === 0 ? known === numel : holes === 1 && known > 0 && numel % known === 0;
  if (!fits || target.some((size) => size < -1) || !hasStrides(target)) {
    throw new ShapeError({
      op,
      got: `a tensor of shape ${showShape(from)} (${numel} elements) for shape ${showShape(target)}`,
      want: holes > 1 ? 'at most one size of -1' : `a shape of ${numel} elements`,
    });
  }
  return holes === 0 ? target : target.map((size) => (size === -1 ? numel / known : size));
}

/**
 * The strides under which the same storage reads as `target`, or `null` where only a copy can.
 * Neighbouring dims that step evenly through storage are merged into chunks, and each chunk must split into whole
 * target dims.
 */
export function viewStrides(shape: Shape, strides: Strides, target: Shape): number[] | null {
  if (numelOf(shape) === 0) return contiguousStrides(target);
  const result = new Array<number>(target.length).fill(1);
  let t = target.length - 1;
  let chunkStride = (strides.at(-1) ?? 1) as number;
  let chunkSize = 1;
  let filled = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    chunkSize *= shape[d] as number;
    const next = d > 0 ? (shape[d - 1] as number) : undefined;
    const merges = next === 1 || (next !== undefined && strides[d - 1] === chunkSize * chunkStride);
    if (merges) continue;
    while (t >= 0 && (filled < chunkSize || target[t] === 1)) {
      result[t] = filled * chunkStride;
      filled *= target[t] as number;
      t--;
    }
    if (filled !== chunkSize) return null;
    if (d > 0) {
      chunkStride = strides[d - 1] as number;
      chunkSize = filled = 1;
    }
  }
  // What is left can only be dims of size 1, of whatever stride.
  return result;
}

/** As much padding before a dim as after it. */
export function onBothSides(padding: number): readonly [before: number, after: number] {
  return [padding, padding];
}

/** A per-dim argument such as a kernel size: one number for all `n` dims or a list of `n`. */
export function perDim(
  op: string,
  name: string,
  value: number | readonly number[],
  n: number,
  least: number,
): number[] {
  const given = Array.isArray(value) ? (value as readonly number[]) : [value as number];
  const list = given.length === 1 ? new Array<number>(n).fill(given[0] as number) : [...given];
  if (list.length !== n || list.some((v) => !Number.isInteger(v) || v < least)) {
    throw new ArgumentError({
      op,
      got: `${name} ${Array.isArray(value) ? `[${list.join(', ')}]` : String(value)}`,
      want: `an integer ≥ ${least}, or ${n} of them`,
    });
  }
  return list;
}

import { computeInPlace, writeInPlace } from '../autograd/inplace.ts';
import type { ScatterKernel } from '../backend/backend.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import { add, eq, mul } from '../primitives/elementwise.ts';
import { gatherAlong, scatterAlong, scatterRows } from '../primitives/gather.ts';
import { expand, permute, reshape } from '../primitives/movement.ts';
import { asTensor, checkTensor, type TensorLike } from '../primitives/operand.ts';
import { broadcastShapes, numelOf, type Shape, sameShape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkFlag, type Optional, optional } from './arguments.ts';
import { arange } from './creation.ts';
import { amax } from './extremes.ts';
import {
  type Index,
  type IndexArray,
  type Lookup,
  type Reading,
  readIndex,
  readPart,
  readTensor,
} from './indices.ts';
import { acrossRuns, asElement, checkIndex, checkSameDType } from './positions.ts';
import type { AccumulateOptions } from './scatter.ts';

/**
 * Python's `x[…]`: a part for each dim, from the first on. Whole numbers, slices, new axes and the ellipsis make a
 * view, which shares memory; positions (int32 tensors, or arrays of whole numbers) and masks make a copy. Those broadcast
 * with each other; their dims stand where they stood if they are neighbours, and in front if they are not.
 *
 * @example
 * ```ts
 * x.at(0);               // x[0]
 * x.at('...', slice(0, 3), null); // x[..., 0:3, None]
 * x.at([0, 2], ':');     // x[[0, 2], :]
 * x.at(x.gt(0));         // x[x > 0]
 * ```
 * @throws IndexError for too many parts, positions outside of their dim, or a mask of other sizes
 */
export function at(x: Tensor, ...index: Index[]): Tensor {
  const reading = read('at', x, index);
  return reading.lookups.length === 0 ? reading.view : lookedUp('at', reading);
}

/**
 * Python's `x[…] = value`, in place: the parts as for `at`, and the value last, which broadcasts.
 * Where positions repeat, the last one written stays.
 *
 * @example
 * ```ts
 * x.setAt(0, ':', 1);          // x[0, :] = 1
 * x.setAt(x.lt(0), 0);         // x[x < 0] = 0
 * ```
 * @returns the tensor itself
 */
export function setAt(x: Tensor, ...index: [...index: Index[], value: TensorLike]): Tensor {
  const parts = index.slice(0, -1) as Index[];
  const reading = read('setAt', x, parts);
  const value = withoutLeadingOnes(asTensor('setAt', index.at(-1) as TensorLike));
  if (reading.lookups.length === 0) writeInPlace('setAt', reading.view, value);
  else writeLookedUp('setAt', reading, value, 'set');
  return x;
}

function read(op: string, x: Tensor, index: readonly Index[]): Reading {
  return readIndex(
    op,
    checkTensor(op, x),
    index.map((part) => readPart(op, part)),
  );
}

/** Leading dims of size 1 are no hindrance to an assignment. */
function withoutLeadingOnes(value: Tensor): Tensor {
  const first = value.shape.findIndex((size) => size !== 1);
  return reshape(value, first === -1 ? [] : value.shape.slice(first));
}

/** Positions and masks for the first dims of a tensor; `null` leaves a dim whole. */
export type Indices = readonly (Tensor | IndexArray | null)[];

/** `input` with `values`, which broadcast, at the given positions: what `x[indices] = values` makes of a copy. */
export function indexPut(
  input: Tensor,
  indices: Indices,
  values: TensorLike,
  ...rest: Optional<AccumulateOptions, ['accumulate']>
): Tensor {
  const { reading, kernel } = puttingOf('indexPut', input, indices, rest);
  const placed = placesOf('indexPut', reading);
  return placed.restored(scatteredInto(placed, valuesFor('indexPut', placed, values), kernel));
}

/** `indexPut`, in place. */
export function indexPut_(
  input: Tensor,
  indices: Indices,
  values: TensorLike,
  ...rest: Optional<AccumulateOptions, ['accumulate']>
): Tensor {
  const { reading, kernel } = puttingOf('indexPut_', input, indices, rest);
  writeLookedUp('indexPut_', reading, values, kernel);
  return input;
}

function puttingOf(op: string, input: Tensor, indices: Indices, rest: readonly unknown[]) {
  const { accumulate = false } = optional<AccumulateOptions>(op, rest, ['accumulate']);
  const bad = (got: string) =>
    new ArgumentError({ op, got, want: 'an array of at least one int32 tensor or mask' });
  if (!Array.isArray(indices)) throw bad('indices that are no array');
  const parts = indices.map((index) => {
    const found = index === null ? null : readTensor(op, index);
    if (found === null && index !== null) throw bad('something else among the indices');
    return found ?? readPart(op, ':');
  });
  const reading = readIndex(op, checkTensor(op, input), parts);
  if (reading.lookups.length === 0) throw bad('none');
  const kernel: ScatterKernel = checkFlag(op, 'accumulate', accumulate) ? 'sum' : 'set';
  return { reading, kernel };
}

/** The dims that are looked up in as one, and for each result the position in it. */
interface Places {
  /** `(before, length, after)`: a view where one can be had. */
  readonly flat: Tensor;
  readonly dim: number;
  /** Positions along `dim`, in the shape `(before, count, after)`. */
  readonly index: Tensor;
  /** `(before, …index, after)` */
  readonly shape: Shape;
  /** What has the shape of `flat`, in the shape of the view again. */
  restored(flat: Tensor): Tensor;
}

function placesOf(op: string, { view, lookups }: Reading): Places {
  const dims = lookups.flatMap((lookup) => Array.from({ length: lookup.dims }, (_, i) => lookup.dim + i));
  const [first = 0] = dims;
  const neighbours = dims.every((d, i) => d === first + i);
  const dim = neighbours ? first : 0;
  const others = view.shape.map((_, d) => d).filter((d) => !dims.includes(d));
  const order = [...others.slice(0, dim), ...dims, ...others.slice(dim)];
  const turned = neighbours ? view : permute(view, order);
  const [before, after] = [turned.shape.slice(0, dim), turned.shape.slice(dim + dims.length)];
  const length = numelOf(turned.shape.slice(dim, dim + dims.length));
  const flat = reshape(turned, [...before, length, ...after]);
  const positions = flatPositions(op, view, lookups);
  return {
    flat,
    dim,
    index: acrossRuns(reshape(positions, [positions.numel]), flat.shape, dim),
    shape: [...before, ...positions.shape, ...after],
    restored: (result) => {
      const unfolded = reshape(result, turned.shape);
      return neighbours ? unfolded : permute(unfolded, inverse(order));
    },
  };
}

/** Row-major positions in all the dims that are looked up in: ((i₀ · n₁ + i₁) · n₂ + i₂) … */
function flatPositions(op: string, view: Tensor, lookups: readonly Lookup[]): Tensor {
  broadcastShapes(
    op,
    lookups.map(({ positions }) => positions.shape),
  );
  return lookups
    .map(({ dim, dims, positions }) => ({ positions, size: numelOf(view.shape.slice(dim, dim + dims)) }))
    .reduce((before, { positions, size }) => ({
      positions: add(mul(before.positions, size), positions),
      size,
    })).positions;
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, d) => order.indexOf(d));
}

function lookedUp(op: string, reading: Reading): Tensor {
  const { flat, dim, index, shape } = placesOf(op, reading);
  return reshape(gatherAlong(flat, dim, index), shape);
}

/** Values for all places, in the shape of their index. */
function valuesFor(op: string, { flat, index, shape }: Places, values: TensorLike): Tensor {
  const given = asTensor(op, values);
  const source = given.ndim === 0 ? asElement(op, values, flat.dtype) : checkSameDType(op, flat, given);
  if (sameShape(broadcastShapes(op, [source.shape, shape]), shape))
    return reshape(expand(source, shape), index.shape);
  throw new ShapeError({
    op,
    got: `values of shape ${showShape(source.shape)}`,
    want: `values that broadcast to ${showShape(shape)}`,
  });
}

function scatteredInto({ flat, dim, index }: Places, source: Tensor, kernel: ScatterKernel): Tensor {
  return scatterAlong(kernel, flat, dim, index, source);
}

function writeLookedUp(op: string, reading: Reading, values: TensorLike, kernel: ScatterKernel): void {
  const places = placesOf(op, reading);
  const { flat, dim, index } = places;
  const source = valuesFor(op, places, values);
  const isView = flat.storage === reading.view.storage;
  // Straight into the tensor, if the tape takes no part: as long as it takes to write these elements alone.
  if (isView && computeInPlace(op, scatterRows[kernel], flat, [flat, index, source], dim)) return;
  const written = scatteredInto(places, source, kernel);
  if (isView) writeInPlace(op, flat, written);
  else writeInPlace(op, reading.view, places.restored(written));
}

export interface OneHotOptions {
  /** Default −1: one more than the largest label. */
  numClasses?: number;
}

/** A new last dim of `numClasses` with a one at each label; int32. */
export function oneHot(labels: Tensor, ...rest: Optional<OneHotOptions, ['numClasses']>): Tensor {
  const { numClasses = -1 } = optional<OneHotOptions>('oneHot', rest, ['numClasses']);
  const index = checkIndex('oneHot', labels);
  const most = index.numel === 0 ? -1 : amax(index).item();
  const least = index.numel === 0 ? 0 : -amax(index.neg()).item();
  const classes = numClasses === -1 ? most + 1 : numClasses;
  if (!Number.isInteger(classes) || classes < 1 || least < 0 || most >= classes) {
    throw new ArgumentError({
      op: 'oneHot',
      got: `labels from ${least} to ${most} and ${classes} classes`,
      want: 'labels from 0 to the number of classes − 1',
    });
  }
  return cast(eq(reshape(index, [...index.shape, 1]), arange(classes)), 'int32');
}

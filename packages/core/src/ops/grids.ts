import { allocate } from '../dtype.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { gatherAlong } from '../primitives/gather.ts';
import * as base from '../primitives/movement.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import { checkRoom, numelOf, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, checkIntegers, type Optional, optional } from './arguments.ts';
import { type CreationOptions, checkCreation, fromTypedArray } from './creation.ts';
import { stack } from './joining.ts';
import { listed, type OptionsAfter, type Tensors } from './lists.ts';
import { ravel } from './shape.ts';

export interface MeshgridOptions {
  /** `'ij'` (default): the first tensor runs along dim 0. `'xy'`: along dim 1, as in a plot. */
  indexing?: 'ij' | 'xy';
}

/**
 * The coordinates of a grid: of vectors of `n`, `m` … elements the first one repeated along all dims but the first of
 * `(n, m, …)`, and so on. They are views.
 *
 * @example
 * ```ts
 * const [row, column] = meshgrid(arange(2), arange(3)); // both (2, 3)
 * ```
 */
export function meshgrid(...given: OptionsAfter<MeshgridOptions>): Tensor[] {
  const [tensors, { indexing = 'ij' }] = listed<MeshgridOptions>('meshgrid', given, ['indexing']);
  const vectors = checkVectors('meshgrid', tensors);
  if (indexing !== 'ij' && indexing !== 'xy')
    throw new ArgumentError({ op: 'meshgrid', got: `indexing ${describe(indexing)}`, want: "'ij' or 'xy'" });
  const swapped = indexing === 'xy' && vectors.length > 1;
  const [first, second, ...others] = vectors;
  const axes = swapped ? [second as Tensor, first as Tensor, ...others] : vectors;
  const shape = axes.map((x) => x.numel);
  const grids = axes.map((x, d) =>
    base.expand(
      base.reshape(
        x,
        shape.map((size, e) => (e === d ? size : 1)),
      ),
      shape,
    ),
  );
  const [a, b, ...rest] = grids;
  return swapped ? [b as Tensor, a as Tensor, ...rest] : grids;
}

function checkVectors(op: string, tensors: readonly Tensor[]): readonly Tensor[] {
  const [first] = tensors;
  const odd = tensors.find((x) => x.ndim > 1);
  if (odd) throw new ShapeError({ op, got: `shape ${showShape(odd.shape)}`, want: 'vectors' });
  const other = tensors.find((x) => x.dtype !== first?.dtype);
  if (other === undefined) return tensors;
  throw new DTypeError({ op, got: `${first?.dtype} and ${other.dtype}`, want: 'one dtype' });
}

/** All ways to take one element of each vector, one a row: `(n·m·…, count)`; of a single vector the vector itself. */
export function cartesianProd(...given: Tensors): Tensor {
  const [tensors] = listed('cartesianProd', given);
  const odd = tensors.find((x) => x.ndim !== 1);
  if (odd)
    throw new ShapeError({ op: 'cartesianProd', got: `shape ${showShape(odd.shape)}`, want: 'vectors' });
  const [only, ...others] = tensors;
  return only && others.length === 0 ? only : stack(meshgrid(tensors).map(ravel), 1);
}

export interface CombinationsOptions {
  /** How many elements to take. Default 2. */
  r?: number;
  /** Whether an element may be taken again. Default false. */
  withReplacement?: boolean;
}

/** All ways to take `r` elements of a vector in its order, one a row, as Python's `itertools.combinations`. */
export function combinations(
  x: Tensor,
  ...rest: Optional<CombinationsOptions, ['r', 'withReplacement']>
): Tensor {
  const op = 'combinations';
  const { r = 2, withReplacement = false } = optional<CombinationsOptions>(op, rest, [
    'r',
    'withReplacement',
  ]);
  if (checkTensor(op, x).ndim !== 1)
    throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: 'a vector' });
  if (!Number.isInteger(r) || r < 0)
    throw new ArgumentError({ op, got: `r ${describe(r)}`, want: 'a whole number ≥ 0' });
  if (r === 0) return base.slice(x, base.alongDim(x.shape, 0, 0, 0, 1));
  const rows = choices(op, x.numel, r, withReplacement);
  const index = fromTypedArray(rows, [rows.length], 'int32');
  return base.reshape(gatherAlong(x, 0, index), [rows.length / r, r]);
}

/** The positions of all choices of `r` out of `n`, in lexicographic order, one after the other. */
function choices(op: string, n: number, r: number, again: boolean): Int32Array {
  // C(n, r), or C(n + r − 1, r) if elements may be taken again.
  const pool = again ? n + r - 1 : n;
  let count = n === 0 || r > pool ? 0 : 1;
  for (let i = 0; i < r && count > 0 && count < 2 ** 40; i++) count = (count * (pool - i)) / (i + 1);
  const size = numelOf(checkRoom(op, [Math.round(count), r]));
  const result = new Int32Array(size);
  const choice = Array.from({ length: count > 0 ? r : 0 }, (_, i) => (again ? 0 : i));
  for (let at = 0; at < size; at += r) {
    result.set(choice, at);
    // The last position that can still move on does, and those behind it follow.
    let last = r - 1;
    while (last > 0 && choice[last] === (again ? n - 1 : n - r + last)) last--;
    choice[last] = (choice[last] as number) + 1;
    for (let i = last + 1; i < r; i++) choice[i] = (choice[i - 1] as number) + Number(!again);
  }
  return result;
}

export interface TriangleIndicesOptions extends Pick<CreationOptions, 'dtype' | 'device'> {
  /** Which diagonal is the border: positive ones lie above the main one. Default 0. */
  offset?: number;
}

function triangleIndices(
  op: string,
  columnsOf: (row: number, columns: number, offset: number) => [number, number],
) {
  return (row: number, col: number, ...rest: Optional<TriangleIndicesOptions, ['offset']>): Tensor => {
    const options = optional<TriangleIndicesOptions>(op, rest, ['offset'], ['dtype', 'device']);
    const { offset = 0, dtype = 'int32' } = options;
    checkCreation(op, options, ['offset']);
    const [rows = 0, columns = 0] = checkIntegers(op, 'row, col and offset', [row, col, offset]);
    if (rows < 0 || columns < 0 || checkDType(op, dtype) === 'bool') {
      throw new ArgumentError({
        op,
        got: `${rows} rows, ${columns} columns and dtype ${dtype}`,
        want: 'counts ≥ 0 and a dtype of numbers',
      });
    }
    checkRoom(op, [2, rows, columns]);
    const spans = Array.from({ length: rows }, (_, i) => columnsOf(i, columns, offset));
    const count = spans.reduce((sum, [from, to]) => sum + Math.max(0, to - from), 0);
    const data = allocate(dtype, 2 * count);
    let at = 0;
    for (const [i, [from, to]] of spans.entries()) {
      for (let j = from; j < to; j++, at++) {
        data[at] = i;
        data[count + at] = j;
      }
    }
    return fromTypedArray(data, [2, count], dtype);
  };
}

/** Where a matrix has its lower triangle, row by row: `(2, N)`, the rows and the columns. */
export const trilIndices = triangleIndices('trilIndices', (row, columns, offset) => [
  0,
  Math.min(columns, row + offset + 1),
]);
/** Where a matrix has its upper triangle, row by row: `(2, N)`, the rows and the columns. */
export const triuIndices = triangleIndices('triuIndices', (row, columns, offset) => [
  Math.max(0, row + offset),
  columns,
]);

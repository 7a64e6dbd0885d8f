import { isFloat } from '../dtype.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import { eq, where } from '../primitives/elementwise.ts';
import { gatherAlong, scatterAddAlong } from '../primitives/gather.ts';
import { expand, reshape } from '../primitives/movement.ts';
import { checkTensor, type TensorLike, zerosFor } from '../primitives/operand.ts';
import { normalizeDim, showShape, showShapes } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { arange } from './creation.ts';
import { amax } from './extremes.ts';
import { constantPad } from './padding.ts';

/** @throws DTypeError unless the elements are whole numbers */
function checkIndex(op: string, index: Tensor): Tensor {
  if (!isFloat(checkTensor(op, index).dtype) && index.dtype !== 'bool') return cast(index, 'int32');
  throw new DTypeError({
    op,
    got: `indices of ${index.dtype}`,
    want: 'int32',
    fix: "Make them with { dtype: 'int32' }, or convert with to('int32').",
  });
}

/** Sizes of an index must lie within the tensor's, but along the dim that it indexes. */
function checkWithin(op: string, x: Tensor, dim: number, index: Tensor): void {
  if (index.ndim === x.ndim && index.shape.every((size, d) => d === dim || size <= (x.shape[d] as number)))
    return;
  throw new ShapeError({
    op,
    got: `shapes ${showShapes([x.shape, index.shape])} along dim ${dim}`,
    want: 'an index of as many dims, no larger than the tensor in the other dims',
  });
}

/** A 0-d tensor as a vector of one, the way PyTorch indexes it. */
function atLeast1d(x: Tensor): Tensor {
  return x.ndim === 0 ? reshape(x, [1]) : x;
}

/** `out[i][j] = input[index[i][j]][j]` for dim 0, `input[i][index[i][j]]` for dim 1, and so on. */
export function gather(input: Tensor, dim: number, index: Tensor): Tensor {
  const [x, places] = [atLeast1d(checkTensor('gather', input)), atLeast1d(checkIndex('gather', index))];
  const at = normalizeDim('gather', dim, x.ndim);
  checkWithin('gather', x, at, places);
  return reshape(gatherAlong(x, at, places), index.shape);
}

/** `input` with `src[i][j]` added at `[index[i][j]][j]` for dim 0, and so on. */
export function scatterAdd(input: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  const [x, places, values] = [
    atLeast1d(checkTensor('scatterAdd', input)),
    atLeast1d(checkIndex('scatterAdd', index)),
    atLeast1d(checkTensor('scatterAdd', src)),
  ];
  const at = normalizeDim('scatterAdd', dim, x.ndim);
  checkWithin('scatterAdd', x, at, places);
  if (values.dtype !== x.dtype)
    throw new DTypeError({ op: 'scatterAdd', got: `${x.dtype} and ${values.dtype}`, want: 'one dtype' });
  if (values.ndim !== places.ndim || places.shape.some((size, d) => size > (values.shape[d] as number))) {
    throw new ShapeError({
      op: 'scatterAdd',
      got: `an index of shape ${showShape(index.shape)} and a source of ${showShape(src.shape)}`,
      want: 'a source at least as large as the index',
    });
  }
  const taken = places.shape.reduce((part, size, d) => part.narrow(d, 0, size), values);
  return reshape(scatterAddAlong(x, at, places, taken), input.shape);
}

/** The slices of a dim at the positions of a vector, in its order. */
export function indexSelect(input: Tensor, dim: number, index: Tensor): Tensor {
  const x = atLeast1d(checkTensor('indexSelect', input));
  const places = atLeast1d(checkIndex('indexSelect', index));
  if (places.ndim !== 1)
    throw new ShapeError({
      op: 'indexSelect',
      got: `an index of shape ${showShape(index.shape)}`,
      want: 'a vector',
    });
  const at = normalizeDim('indexSelect', dim, x.ndim);
  const column = reshape(
    places,
    x.shape.map((_, d) => (d === at ? places.numel : 1)),
  );
  const selected = gatherAlong(
    x,
    at,
    expand(
      column,
      x.shape.map((size, d) => (d === at ? places.numel : size)),
    ),
  );
  return input.ndim === 0 ? reshape(selected, []) : selected;
}

/** Elements of the flattened tensor at the given positions, in the shape of the index; negative ones count from the end. */
export function take(input: Tensor, index: Tensor): Tensor {
  const places = checkIndex('take', index);
  const size = checkTensor('take', input).numel;
  const counted = where(places.lt(0), places.add(size), places);
  return reshape(gatherAlong(reshape(input, [size]), 0, reshape(counted, [index.numel])), index.shape);
}

/** `input` with `value`, a number or a tensor without dims, where a mask, which broadcasts, is true. */
export function maskedFill(input: Tensor, mask: Tensor, value: TensorLike): Tensor {
  if (value instanceof Tensor && value.ndim > 0) {
    throw new ShapeError({
      op: 'maskedFill',
      got: `a value of shape ${showShape(value.shape)}`,
      want: 'a number, or a tensor without dims',
      fix: 'Use where(mask, value, x) for a value for each element.',
    });
  }
  if (checkTensor('maskedFill', mask).dtype !== 'bool') {
    throw new DTypeError({
      op: 'maskedFill',
      got: `a mask of ${mask.dtype}`,
      want: 'bool',
      fix: 'Compare it: x.maskedFill(m.ne(0), value).',
    });
  }
  return cast(where(mask, value, checkTensor('maskedFill', input)), input.dtype);
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

export interface TriangleOptions {
  /** Which diagonal: positive ones lie above the main one. Default 0. */
  diagonal?: number;
}

type AtDiagonal = Optional<TriangleOptions, ['diagonal']>;

function diagonalOf(op: string, rest: AtDiagonal): number {
  const { diagonal = 0 } = optional<TriangleOptions>(op, rest, ['diagonal']);
  if (Number.isInteger(diagonal)) return diagonal;
  throw new ArgumentError({ op, got: `diagonal ${diagonal}`, want: 'a whole number' });
}

/** The lower triangle of the last two dims, zeros above; `diagonal` moves the border up. */
export function tril(x: Tensor, ...rest: AtDiagonal): Tensor {
  const diagonal = diagonalOf('tril', rest);
  return triangle('tril', x, (row, column) => column.sub(row).le(diagonal));
}

/** The upper triangle of the last two dims, zeros below; `diagonal` moves the border up. */
export function triu(x: Tensor, ...rest: AtDiagonal): Tensor {
  const diagonal = diagonalOf('triu', rest);
  return triangle('triu', x, (row, column) => column.sub(row).ge(diagonal));
}

function triangle(op: string, x: Tensor, keeps: (row: Tensor, column: Tensor) => Tensor): Tensor {
  if (checkTensor(op, x).ndim < 2)
    throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: 'at least two dims' });
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return where(
    keeps(reshape(arange(rows), [rows, 1]), arange(columns)),
    x,
    zerosFor({ shape: [], dtype: x.dtype }),
  );
}

/** A vector on the diagonal of a matrix, or the diagonal of a matrix. */
export function diag(x: Tensor, ...rest: AtDiagonal): Tensor {
  const diagonal = diagonalOf('diag', rest);
  if (checkTensor('diag', x).ndim === 2) return x.diagonal({ offset: diagonal });
  if (x.ndim !== 1)
    throw new ShapeError({ op: 'diag', got: `shape ${showShape(x.shape)}`, want: 'a vector or a matrix' });
  const n = x.numel + Math.abs(diagonal);
  const row = reshape(arange(n), [n, 1]);
  const onDiagonal = eq(arange(n).sub(row), diagonal);
  // Below the main diagonal the column numbers the elements, above it the row.
  const padded = constantPad(x, [0, n - x.numel]);
  return where(
    onDiagonal,
    diagonal >= 0 ? reshape(padded, [n, 1]) : padded,
    zerosFor({ shape: [], dtype: x.dtype }),
  );
}

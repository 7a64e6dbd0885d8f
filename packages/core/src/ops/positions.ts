import { type DType, isFloat } from '../dtype.ts';
import { DTypeError, IndexError, ShapeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import { ne, remainder } from '../primitives/elementwise.ts';
import { nonzeroPositions } from '../primitives/gather.ts';
import { expand, reshape } from '../primitives/movement.ts';
import { checkTensor, constant, type TensorLike } from '../primitives/operand.ts';
import { amaxOver, aminOver } from '../primitives/reduce.ts';
import { type Shape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { sum } from './reduction.ts';

// What the ops that index have in common.

/** @throws DTypeError unless the elements are whole numbers */
export function checkIndex(op: string, index: Tensor): Tensor {
  if (!isFloat(checkTensor(op, index).dtype) && index.dtype !== 'bool') return cast(index, 'int32');
  throw new DTypeError({
    op,
    got: `indices of ${index.dtype}`,
    want: 'int32',
    fix: "Make them with { dtype: 'int32' }, or convert with to('int32').",
  });
}

/** @throws DTypeError unless `source` has the dtype of the tensor that it is written to */
export function checkSameDType(op: string, x: Tensor, source: Tensor): Tensor {
  if (checkTensor(op, source).dtype === x.dtype) return source;
  throw new DTypeError({
    op,
    got: `${source.dtype} for a tensor of ${x.dtype}`,
    want: 'one dtype',
    fix: `Convert it first: source.to('${x.dtype}').`,
  });
}

/**
 * One element for many places: a number, or a 0-d tensor, in a dtype.
 * @throws ShapeError for a tensor with dims
 */
export function asElement(op: string, value: TensorLike, dtype: DType): Tensor {
  if (typeof value === 'number' || typeof value === 'boolean') return constant([], Number(value), dtype);
  if (checkTensor(op, value).ndim === 0) return cast(value, dtype);
  throw new ShapeError({
    op,
    got: `a value of shape ${showShape(value.shape)}`,
    want: 'a number, or a tensor without dims',
  });
}

/** A 0-d tensor as a vector of one, the way PyTorch indexes it. */
export function atLeast1d(x: Tensor): Tensor {
  return x.ndim === 0 ? reshape(x, [1]) : x;
}

/**
 * Positions in a dim of `size`, of which negative ones count from its end, counted from its start. Reads them.
 * @throws IndexError for one outside of the dim
 */
export function fromStart(op: string, index: Tensor, size: number): Tensor {
  if (index.numel === 0) return index;
  const dims = index.shape.map((_, d) => d);
  const [least, most] = [aminOver(index, dims).item(), amaxOver(index, dims).item()];
  if (least < -size || most >= size) {
    throw new IndexError({
      op,
      got: `index ${least < -size ? least : most} into a dim of size ${size}`,
      want: size === 0 ? 'no index at all' : `indices from ${-size} to ${size - 1}`,
    });
  }
  return least < 0 ? remainder(index, size) : index;
}

/** The flat positions of the elements that differ from 0, which a mask's true ones do. Reads how many there are. */
export function positionsOf(mask: Tensor): Tensor {
  const truths = mask.dtype === 'bool' ? mask : ne(mask, 0);
  return nonzeroPositions(truths, sum(truths).item());
}

/** A vector of positions along a dim, the same for all runs of the others, as an index of `gather`; a view. */
export function acrossRuns(index: Tensor, shape: Shape, dim: number): Tensor {
  const along = shape.map((_, d) => (d === dim ? index.numel : 1));
  return expand(
    reshape(index, along),
    shape.map((size, d) => (d === dim ? index.numel : size)),
  );
}

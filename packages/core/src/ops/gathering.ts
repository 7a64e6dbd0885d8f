import { ShapeError } from '../errors.ts';
import { gatherAlong } from '../primitives/gather.ts';
import { expand, reshape } from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { broadcastShapes, normalizeDim, showShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import type { OneDimOptions } from './dims.ts';
import { atLeast1d, checkIndex, fromStart } from './positions.ts';

/** `out[i][j] = input[index[i][j]][j]` for dim 0, `input[i][index[i][j]]` for dim 1, and so on. */
export function gather(input: Tensor, dim: number, index: Tensor): Tensor {
  const [x, places] = [atLeast1d(checkTensor('gather', input)), atLeast1d(checkIndex('gather', index))];
  const at = normalizeDim('gather', dim, x.ndim);
  // An empty index fits every tensor.
  if (places.numel === 0)
    return reshape(gatherAlong(reshape(x, [x.numel]), 0, reshape(places, [0])), index.shape);
  const fits = places.shape.every((size, d) => d === at || size <= (x.shape[d] as number));
  if (places.ndim !== x.ndim || !fits) {
    throw new ShapeError({
      op: 'gather',
      got: `shapes ${showShapes([x.shape, places.shape])} along dim ${dim}`,
      want: 'an index of as many dims, no larger than the tensor in the other dims',
    });
  }
  return reshape(gatherAlong(x, at, places), index.shape);
}

/** Elements of the flattened tensor at the given positions, in the shape of the index; negative ones count from the end. */
export function take(input: Tensor, index: Tensor): Tensor {
  const size = checkTensor('take', input).numel;
  const places = fromStart('take', checkIndex('take', index), size);
  return reshape(gatherAlong(reshape(input, [size]), 0, reshape(places, [index.numel])), index.shape);
}

/**
 * `gather` of a tensor and an index that broadcast in all dims but the one along which elements are taken; without a
 * `dim`, from the flattened tensor by the flattened index. It undoes `argsort`.
 */
export function takeAlongDim(
  input: Tensor,
  indices: Tensor,
  ...rest: Optional<Pick<OneDimOptions, 'dim'>, ['dim']>
): Tensor {
  const { dim } = optional<Pick<OneDimOptions, 'dim'>>('takeAlongDim', rest, ['dim']);
  const [x, index] = [checkTensor('takeAlongDim', input), checkIndex('takeAlongDim', indices)];
  if (dim === undefined || dim === null)
    return gatherAlong(reshape(x, [x.numel]), 0, reshape(index, [index.numel]));
  if (x.ndim !== index.ndim) {
    throw new ShapeError({
      op: 'takeAlongDim',
      got: `shapes ${showShapes([x.shape, index.shape])}`,
      want: 'as many dims in both',
    });
  }
  const at = normalizeDim('takeAlongDim', dim, x.ndim);
  const common = broadcastShapes('takeAlongDim', [
    x.shape.map((size, d) => (d === at ? 1 : size)),
    index.shape.map((size, d) => (d === at ? 1 : size)),
  ]);
  const sized = (shape: readonly number[]) =>
    common.map((size, d) => (d === at ? (shape[d] as number) : size));
  return gather(expand(x, sized(x.shape)), dim, expand(index, sized(index.shape)));
}

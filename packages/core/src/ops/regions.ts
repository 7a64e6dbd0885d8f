import { noGrad } from '../autograd/mode.ts';
import { ShapeError } from '../errors.ts';
import { cast, clone } from '../primitives/copy.ts';
import { overwrite } from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { sameShape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { type DiagonalOptions, diagonal, select, slice } from './slicing.ts';

// Copies of a tensor in which what a view shows is something else.

/** `input` with `src` where the view `look` of it is. */
function withRegion(op: string, input: Tensor, src: Tensor, look: (x: Tensor) => Tensor): Tensor {
  const base = checkTensor(op, input).isContiguous ? input : clone(input);
  const region = noGrad(() => look(base));
  if (!sameShape(checkTensor(op, src).shape, region.shape)) {
    throw new ShapeError({
      op,
      got: `a source of shape ${showShape(src.shape)}`,
      want: `shape ${showShape(region.shape)}`,
    });
  }
  return overwrite(base, cast(src, input.dtype), {
    base: { shape: base.shape, strides: base.strides, offset: 0 },
    region: { shape: region.shape, strides: region.strides, offset: region.offset - base.offset },
  });
}

/** `input` with `src` in the place of `input.select(dim, index)`. */
export function selectScatter(input: Tensor, src: Tensor, dim: number, index: number): Tensor {
  return withRegion('selectScatter', input, src, (x) => select(x, dim, index));
}

export interface SliceOptions {
  /** Default 0. */
  dim?: number;
  /** Default: the first. */
  start?: number | null;
  /** The first that is left out. Default: none. */
  end?: number | null;
  /** Default 1. */
  step?: number;
}

/** `input` with `src` in the place of a slice of a dim. */
export function sliceScatter(
  input: Tensor,
  src: Tensor,
  ...rest: Optional<SliceOptions, ['dim', 'start', 'end', 'step']>
): Tensor {
  const options = optional<SliceOptions>('sliceScatter', rest, ['dim', 'start', 'end', 'step']);
  const { dim = 0, start, end, step } = options;
  return withRegion('sliceScatter', input, src, (x) => slice(x, dim, start, end, step));
}

/** `input` with `src` on the diagonal of two of its dims, where `input.diagonal(…)` is. */
export function diagonalScatter(
  input: Tensor,
  src: Tensor,
  ...rest: Optional<DiagonalOptions, ['offset', 'dim1', 'dim2']>
): Tensor {
  return withRegion('diagonalScatter', input, src, (x) => diagonal(x, ...rest));
}

import { ShapeError } from '../errors.ts';
import * as base from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { checkRoom, numelOf, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkIntegers, type Optional, optional } from './arguments.ts';
import { dimOf } from './dims.ts';
import { movedim } from './rearranging.ts';
import { sum } from './reduction.ts';
import { ravel } from './shape.ts';
import { type DiagonalOptions, diagonal } from './slicing.ts';

export interface DiagEmbedOptions extends DiagonalOptions {
  /** Default −2. */
  dim1?: number;
  /** Default −1. */
  dim2?: number;
}

/** Matrices, zero elsewhere, that have the last dim of `x` on a diagonal; `dim1` and `dim2` of the result are theirs. */
export function diagEmbed(
  x: Tensor,
  ...rest: Optional<DiagEmbedOptions, ['offset', 'dim1', 'dim2']>
): Tensor {
  const options = optional<DiagEmbedOptions>('diagEmbed', rest, ['offset', 'dim1', 'dim2']);
  const { offset = 0, dim1 = -2, dim2 = -1 } = options;
  checkIntegers('diagEmbed', 'offset', [offset]);
  const lead = dimOf('diagEmbed', x, 0) + x.ndim - 1;
  const size = (x.shape[lead] as number) + Math.abs(offset);
  const shape = checkRoom('diagEmbed', [...x.shape.slice(0, lead), size, size]);
  const whole = base.contiguous(shape);
  const placed = base.restride(x, {
    from: {
      shape: x.shape,
      strides: [...whole.strides.slice(0, lead), size + 1],
      offset: offset >= 0 ? offset : -offset * size,
    },
    to: whole,
    span: numelOf(shape),
  });
  return movedim(placed, [-2, -1], [dim1, dim2]);
}

/** The elements of `x`, in row-major order, on the diagonal of a matrix that is zero elsewhere. */
export function diagflat(x: Tensor, ...rest: Optional<Pick<DiagonalOptions, 'offset'>, ['offset']>): Tensor {
  const { offset = 0 } = optional<Pick<DiagonalOptions, 'offset'>>('diagflat', rest, ['offset']);
  return diagEmbed(ravel(x), { offset });
}

/** The sum of the diagonal of a matrix. */
export function trace(x: Tensor): Tensor {
  if (checkTensor('trace', x).ndim === 2) return sum(diagonal(x));
  throw new ShapeError({ op: 'trace', got: `shape ${showShape(x.shape)}`, want: 'a matrix' });
}

import { gatherAlong } from '../primitives/gather.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { normalizeDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { dropped } from './dims.ts';
import { atLeast1d } from './positions.ts';

// What the ops that go along the lines of one dim have in common. A 0-d tensor is a line of one element.

/** Elements along a dim, and where they are. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/** A tensor that has dims, and one of them. */
export interface Lines {
  readonly x: Tensor;
  readonly dim: number;
  readonly size: number;
}

/** The lines of a tensor along a dim. @throws IndexError for a dim that it does not have */
export function linesOf(op: string, x: Tensor, dim: number): Lines {
  const at = normalizeDim(op, dim, checkTensor(op, x).ndim);
  const lines = atLeast1d(x);
  return { x: lines, dim: at, size: lines.shape[at] as number };
}

/** A result that was computed along lines, as one for `x`: without the dim that a 0-d tensor was given. */
export function asGiven(x: Tensor, result: Tensor): Tensor {
  return x.ndim === 0 ? reshape(result, []) : result;
}

/** The elements of `x` at positions along lines, and the positions. */
export function pickedFrom(x: Tensor, { x: lines, dim }: Lines, indices: Tensor): ValuesAndIndices {
  return { values: asGiven(x, gatherAlong(lines, dim, indices)), indices: asGiven(x, indices) };
}

/** One element of each line, at positions `(…, 1, …)`; the dim is dropped, or kept with size 1. */
export function oneOfEach(
  x: Tensor,
  { x: lines, dim }: Lines,
  indices: Tensor,
  keepdim: boolean,
): ValuesAndIndices {
  const kept = keepdim && x.ndim > 0;
  return {
    values: dropped(gatherAlong(lines, dim, indices), [dim], kept),
    indices: dropped(indices, [dim], kept),
  };
}

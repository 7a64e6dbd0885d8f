import { ArgumentError, ShapeError } from '../errors.ts';
import { expand, reshape } from '../primitives/movement.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import { checkRoom, normalizeDim, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { fromTypedArray } from './creation.ts';
import { atLeast1d, checkIndex } from './positions.ts';
import { indexSelect } from './rows.ts';

const op = 'repeatInterleave';

export interface RepeatInterleaveOptions {
  /** Default: the flattened tensor. */
  dim?: number | null;
  /** How many elements the dim has afterwards; checked, if it is given. */
  outputSize?: number | null;
}

/**
 * Each element of a dim several times, one after the other; of counts alone, each position as often as its count says.
 *
 * @param repeats how often: a number for all, or a vector with one for each, which is read
 * @example
 * ```ts
 * tensor([1, 2, 3]).repeatInterleave(2); // [1, 1, 2, 2, 3, 3]
 * ```
 */
export function repeatInterleave(repeats: Tensor): Tensor;
export function repeatInterleave(
  input: Tensor,
  repeats: number | Tensor,
  ...rest: Optional<RepeatInterleaveOptions, ['dim']>
): Tensor;
export function repeatInterleave(
  input: Tensor,
  repeats?: number | Tensor,
  ...rest: readonly unknown[]
): Tensor {
  if (repeats === undefined) return repeatedPositions(checkCounts(input));
  const { dim, outputSize } = optional<RepeatInterleaveOptions>(op, rest, ['dim'], ['outputSize']);
  const flat = dim === undefined || dim === null;
  const x = flat ? reshape(checkTensor(op, input), [input.numel]) : atLeast1d(checkTensor(op, input));
  const at = flat ? 0 : normalizeDim(op, dim, x.ndim);
  const result =
    typeof repeats === 'number' ? equally(x, at, repeats) : byCounts(x, at, checkCounts(repeats));
  if (outputSize === undefined || outputSize === null || outputSize === result.shape[at]) return result;
  throw new ArgumentError({ op, got: `outputSize ${describe(outputSize)}`, want: `${result.shape[at]}` });
}

/** The same number for all: a view that repeats, laid out. */
function equally(x: Tensor, dim: number, times: number): Tensor {
  if (!Number.isInteger(times) || times < 0)
    throw new ArgumentError({ op, got: `repeats ${times}`, want: 'a whole number ≥ 0' });
  const around = (...sizes: number[]) => [...x.shape.slice(0, dim), ...sizes, ...x.shape.slice(dim + 1)];
  const size = x.shape[dim] as number;
  const target = checkRoom(op, around(size * times));
  return reshape(expand(reshape(x, around(size, 1)), around(size, times)), target);
}

function byCounts(x: Tensor, dim: number, counts: Tensor): Tensor {
  const size = x.shape[dim] as number;
  if (counts.numel === 1) return equally(x, dim, counts.item());
  if (counts.numel === size) return indexSelect(x, dim, repeatedPositions(counts));
  throw new ShapeError({
    op,
    got: `${counts.numel} repeats for a dim of size ${size}`,
    want: 'one, or one for each',
  });
}

function checkCounts(repeats: Tensor): Tensor {
  const counts = atLeast1d(checkIndex(op, repeats));
  if (counts.ndim === 1) return counts;
  throw new ShapeError({ op, got: `repeats of shape ${showShape(repeats.shape)}`, want: 'a vector' });
}

function repeatedPositions(counts: Tensor): Tensor {
  const times = counts.data;
  let total = 0;
  for (const count of times) {
    if (count < 0) throw new ArgumentError({ op, got: `${count} among the repeats`, want: 'numbers ≥ 0' });
    total += count;
  }
  const positions = new Int32Array(checkRoom(op, [total])[0] as number);
  let at = 0;
  for (const [i, count] of times.entries()) {
    positions.fill(i, at, at + count);
    at += count;
  }
  return fromTypedArray(positions, [total], 'int32');
}

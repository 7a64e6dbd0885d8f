import { ArgumentError, ShapeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import { div, floor, ge, le, logicalAnd, minimum, mul, sub, where } from '../primitives/elementwise.ts';
import { scatterAlong } from '../primitives/gather.ts';
import { alongDim, reshape, slice } from '../primitives/movement.ts';
import { checkTensor, constant, zerosFor } from '../primitives/operand.ts';
import { showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkInteger, checkNumber, type Optional, optional } from './arguments.ts';
import { checkFloat } from './dims.ts';
import { aminmax } from './extremes.ts';
import { checkIndex } from './positions.ts';

/** How much falls into each of `count` bins: the sums of the weights at the positions `(N)`. */
function sumsOf(positions: Tensor, weights: Tensor, count: number): Tensor {
  return scatterAlong('sum', zerosFor({ shape: [count], dtype: weights.dtype }), 0, positions, weights);
}

export interface BincountOptions {
  /** What each element counts `(N)`. Default: one. */
  weights?: Tensor | null;
  /** The least number of bins. Default 0. */
  minlength?: number;
}

/**
 * How often each of 0, 1, 2 … is among the whole numbers `(N)`; with weights, the sum of theirs. Reads how large the
 * largest is.
 *
 * @throws ArgumentError for negative numbers
 */
export function bincount(x: Tensor, ...rest: Optional<BincountOptions, ['weights', 'minlength']>): Tensor {
  const options = optional<BincountOptions>('bincount', rest, ['weights', 'minlength']);
  const least = checkInteger('bincount', 'minlength', options.minlength ?? 0, 0);
  const positions = checkIndex('bincount', x);
  const given = options.weights ?? null;
  const weights = given === null ? constant(x.shape, 1, 'int32') : checkTensor('bincount', given);
  if (x.ndim !== 1 || weights.ndim !== 1 || weights.numel !== x.numel) {
    throw new ShapeError({
      op: 'bincount',
      got: `shape ${showShape(x.shape)} and weights of ${showShape(weights.shape)}`,
      want: 'a vector, and as many weights',
    });
  }
  const { min, max } = x.numel === 0 ? { min: 0, max: -1 } : extremesOf(positions);
  if (min < 0)
    throw new ArgumentError({ op: 'bincount', got: `the element ${min}`, want: 'numbers from 0 on' });
  // Weights of whole numbers sum up in float64, as PyTorch has it.
  const counted = given === null || weights.dtype === 'float32' ? weights : cast(weights, 'float64');
  return sumsOf(positions, counted, Math.max(least, max + 1));
}

function extremesOf(x: Tensor): { min: number; max: number } {
  const { min, max } = aminmax(x);
  return { min: min.item(), max: max.item() };
}

export interface HistcOptions {
  /** How many. Default 100. */
  bins?: number;
  /** Where the first begins. */
  min?: number;
  /** Where the last ends, and is closed. If it equals `min` (default), the elements themselves say from where to where. */
  max?: number;
}

/**
 * How many elements fall into each of some bins of equal width, in the dtype of the elements; others are left out. Reads
 * the extreme elements where no bounds are given.
 */
export function histc(x: Tensor, ...rest: Optional<HistcOptions, ['bins', 'min', 'max']>): Tensor {
  const options = optional<HistcOptions>('histc', rest, ['bins', 'min', 'max']);
  const bins = checkInteger('histc', 'bins', options.bins ?? 100, 1);
  const [min, max] = boundsOf(checkFloat('histc', x), options);
  const values = reshape(x.detach(), [x.numel]);
  const inside = logicalAnd(ge(values, min), le(values, max));
  const places = minimum(floor(div(mul(sub(values, min), bins), max - min)), bins - 1);
  // What is outside is counted in a bin of its own.
  const positions = cast(where(inside, places, bins), 'int32');
  const counts = sumsOf(positions, constant(positions.shape, 1, x.dtype), bins + 1);
  return slice(counts, alongDim([bins + 1], 0, 0, bins, 1));
}

function boundsOf(x: Tensor, options: HistcOptions): [min: number, max: number] {
  let min = checkNumber('histc', 'min', options.min ?? 0);
  let max = checkNumber('histc', 'max', options.max ?? 0);
  if (min === max && x.numel > 0) ({ min, max } = extremesOf(x));
  if (min === max) return [min - 1, max + 1];
  if (min < max && Number.isFinite(max - min)) return [min, max];
  throw new ArgumentError({
    op: 'histc',
    got: `bins from ${min} to ${max}`,
    want: 'finite bounds, one after the other',
  });
}

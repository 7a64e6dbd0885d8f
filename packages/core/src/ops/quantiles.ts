import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import {
  ceil,
  floor,
  isnan,
  logicalNot,
  maximum,
  mul,
  round,
  sub,
  where,
} from '../primitives/elementwise.ts';
import { gatherAlong } from '../primitives/gather.ts';
import { alongDim, permute, reshape, slice } from '../primitives/movement.ts';
import { checkTensor, constant, describe } from '../primitives/operand.ts';
import { sumOver } from '../primitives/reduce.ts';
import { argsortAlong } from '../primitives/sort.ts';
import { showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { lerp } from './arithmetic.ts';
import { checkFloat, checkKeepdim, type OneDimOptions } from './dims.ts';
import { linesOf } from './lines.ts';

/** What a quantile is whose rank is between those of two elements. */
export type Interpolation = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest';

export interface QuantileOptions extends OneDimOptions {
  /** Between two elements: a weighted mean (default), one of them, or the mean. */
  interpolation?: Interpolation;
}

type QuantileRest = Optional<QuantileOptions, ['dim', 'keepdim']>;

/** The place of a rank, and how far from the element there it is to the next one, if any. */
interface Rounding {
  readonly place: (rank: Tensor) => Tensor;
  readonly weight?: (rank: Tensor, place: Tensor) => Tensor;
}

const roundings: Readonly<Record<Interpolation, Rounding>> = {
  linear: { place: floor, weight: sub },
  midpoint: { place: floor, weight: ({ dtype }) => constant([], 0.5, dtype) },
  lower: { place: floor },
  higher: { place: ceil },
  nearest: { place: round },
};

function checkInterpolation(op: string, name: unknown): Rounding {
  if (typeof name === 'string' && Object.hasOwn(roundings, name)) return roundings[name as Interpolation];
  const want = `one of ${Object.keys(roundings).join(', ')}`;
  throw new ArgumentError({ op, got: `interpolation ${describe(name)}`, want });
}

/** Quantiles as a tensor. Reads them. @throws unless they are one number or a vector of them, from 0 to 1 */
function checkLevels(op: string, q: number | Tensor, { dtype }: Tensor): Tensor {
  const levels = typeof q === 'number' ? constant([], q, dtype) : checkTensor(op, q);
  if (levels.dtype !== dtype)
    throw new DTypeError({ op, got: `q of ${levels.dtype} for a tensor of ${dtype}`, want: 'one dtype' });
  if (levels.ndim > 1)
    throw new ShapeError({ op, got: `q of shape ${showShape(levels.shape)}`, want: 'a number or a vector' });
  const wrong = levels.data.find((level) => !(level >= 0 && level <= 1));
  if (wrong === undefined) return levels;
  throw new ArgumentError({ op, got: `q ${wrong}`, want: 'numbers from 0 to 1' });
}

/** The ranks, counted from 0, of quantiles `(Q)` in the sorted lines `(…, N)`: `(…, Q)`. */
type Ranks = (levels: Tensor, sorted: Tensor) => Tensor;

/** Where there is NaN, it is the last, and the rank is its. */
const ranksOfAll: Ranks = (levels, sorted) => {
  const [dim, last] = [sorted.ndim - 1, (sorted.shape.at(-1) as number) - 1];
  const largest = slice(sorted, alongDim(sorted.shape, dim, last, 1, 1));
  return where(isnan(largest), last, mul(levels, last));
};

const ranksOfNumbers: Ranks = (levels, sorted) => {
  const count = sumOver(cast(logicalNot(isnan(sorted)), levels.dtype), [sorted.ndim - 1]);
  return mul(levels, maximum(sub(count, 1), 0));
};

function quantileOf(op: 'quantile' | 'nanquantile', ranksOf: Ranks) {
  return (x: Tensor, q: number | Tensor, ...rest: QuantileRest): Tensor => {
    const options = optional<QuantileOptions>(op, rest, ['dim', 'keepdim'], ['interpolation']);
    const keepdim = checkKeepdim(op, options.keepdim);
    const rounding = checkInterpolation(op, options.interpolation ?? 'linear');
    const levels = checkLevels(op, q, checkFloat(op, x));
    if (x.numel === 0)
      throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: 'at least one element' });
    const isWhole = options.dim === undefined || options.dim === null;
    const { x: from, dim } = linesOf(op, isWhole ? reshape(x, [x.numel]) : x, options.dim ?? 0);
    const others = from.shape.map((_, d) => d).filter((d) => d !== dim);
    const values = picked(
      permute(from, [...others, dim]),
      reshape(levels, [levels.numel]),
      ranksOf,
      rounding,
    );
    const kept = x.shape.flatMap((size, d) => (isWhole || d === dim ? (keepdim ? [1] : []) : [size]));
    return reshape(permute(values, [others.length, ...others.keys()]), [...levels.shape, ...kept]);
  };
}

/** Of lines `(…, N)` the quantiles `(Q)`: `(…, Q)`. */
function picked(x: Tensor, levels: Tensor, ranksOf: Ranks, { place, weight }: Rounding): Tensor {
  const [dim, count] = [x.ndim - 1, x.shape.at(-1) as number];
  const sorted = gatherAlong(x, dim, argsortAlong(x, { dim, descending: false, count }));
  const ranks = ranksOf(levels, sorted);
  const places = place(ranks).detach();
  const values = gatherAlong(sorted, dim, cast(places, 'int32'));
  if (weight === undefined) return values;
  return lerp(values, gatherAlong(sorted, dim, cast(ceil(ranks.detach()), 'int32')), weight(ranks, places));
}

/**
 * The quantiles `q`, a number or a vector from 0 to 1, of all elements or of those along a dim; NaN where there is any.
 * For a vector the result has its dim in front. Reads `q`.
 *
 * @example
 * ```ts
 * quantile(tensor([3, 1, 2]), 0.75); // 2.5
 * ```
 */
export const quantile = quantileOf('quantile', ranksOfAll);
/** The same of what is not NaN; NaN only where there is nothing else. */
export const nanquantile = quantileOf('nanquantile', ranksOfNumbers);

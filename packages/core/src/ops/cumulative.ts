import {
  allButFirst,
  allButLast,
  argcummaxAlong,
  argcumminAlong,
  recurrence,
} from '../primitives/cumulative.ts';
import { add, exp, isinf, log, sub, where } from '../primitives/elementwise.ts';
import { gatherAlong } from '../primitives/gather.ts';
import { alongDim, concat, slice } from '../primitives/movement.ts';
import { constant } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { checkFloat, type DTypeOptions } from './dims.ts';
import { asGiven, linesOf, pickedFrom, type ValuesAndIndices } from './lines.ts';
import { totals } from './whole-totals.ts';

type WithDType = Optional<DTypeOptions, []>;

function accumulated(op: 'cumsum' | 'cumprod', x: Tensor, dim: number, rest: WithDType): Tensor {
  const { dtype } = optional<DTypeOptions>(op, rest, [], ['dtype']);
  const { x: lines, dim: at } = linesOf(op, x, dim);
  const { kind, fold } = accumulations[op];
  return asGiven(x, totals(op, kind, lines, dtype, [at], fold));
}

/** What the elements of lines have come to, each with those before it. */
const accumulations = {
  cumsum: {
    kind: 'sum',
    fold(terms: Tensor, [dim = 0]: readonly number[]): Tensor {
      const later = Math.max(terms.size(dim) - 1, 0);
      return recurrence(constant(terms.shape.with(dim, later), 1, terms.dtype), terms, dim, false);
    },
  },
  cumprod: {
    kind: 'prod',
    fold(factors: Tensor, [dim = 0]: readonly number[]): Tensor {
      const later = allButFirst(factors, dim);
      const first = slice(factors, alongDim(factors.shape, dim, 0, Math.min(factors.size(dim), 1), 1));
      // −0 leaves everything as it is when it is added, 0 too.
      const starting = concat([first, constant(later.shape, -0, factors.dtype)], dim);
      return recurrence(later, starting, dim, false);
    },
  },
} as const;

/**
 * For each element the sum of all up to it along a dim. Booleans and uint8 count as int32.
 * @throws DTypeError for sums that int32 does not hold, unless `dtype` says what to sum up in
 */
export function cumsum(x: Tensor, dim: number, ...rest: WithDType): Tensor {
  return accumulated('cumsum', x, dim, rest);
}

/**
 * For each element the product of all up to it along a dim. Booleans and uint8 count as int32. The gradient is right also
 * where elements are 0.
 * @throws DTypeError for products that int32 does not hold, unless `dtype` says what to multiply in
 */
export function cumprod(x: Tensor, dim: number, ...rest: WithDType): Tensor {
  return accumulated('cumprod', x, dim, rest);
}

/** For each element the largest of all up to it along a dim, and where the last such is; NaN wins. */
export function cummax(x: Tensor, dim: number): ValuesAndIndices {
  const lines = linesOf('cummax', x, dim);
  return pickedFrom(x, lines, argcummaxAlong(lines.x, lines.dim));
}

/** For each element the smallest of all up to it along a dim, and where the last such is; NaN wins. */
export function cummin(x: Tensor, dim: number): ValuesAndIndices {
  const lines = linesOf('cummin', x, dim);
  return pickedFrom(x, lines, argcumminAlong(lines.x, lines.dim));
}

/**
 * For each element log Σ eˣ of all up to it along a dim, without overflow.
 *
 * With the running maximum m, the sums s of the exponentials less e^m follow sₜ₊₁ = e^(mₜ − mₜ₊₁) sₜ + e^(xₜ₊₁ − mₜ₊₁). No
 * factor is larger than 1, on the way back neither. (The online softmax of Milakov and Gimelshein, 2018.)
 */
export function logcumsumexp(x: Tensor, dim: number): Tensor {
  const { x: terms, dim: at } = linesOf('logcumsumexp', checkFloat('logcumsumexp', x), dim);
  const constants = terms.detach();
  const top = gatherAlong(constants, at, argcummaxAlong(constants, at));
  const level = where(isinf(top), constant([], 0, terms.dtype), top);
  const factors = exp(sub(allButLast(top, at), allButFirst(level, at)));
  const sums = recurrence(factors, exp(sub(terms, level)), at, false);
  return asGiven(x, add(log(sums), level));
}

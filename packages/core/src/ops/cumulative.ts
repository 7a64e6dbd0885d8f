import { cast } from '../primitives/copy.ts';
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
import { checkTensor, constant } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, type Optional, optional } from './arguments.ts';
import { accumulated, checkFloat, type DTypeOptions } from './dims.ts';
import { asGiven, type Lines, linesOf, pickedFrom, type ValuesAndIndices } from './lines.ts';

type WithDType = Optional<DTypeOptions, []>;

function accumulating(op: string, x: Tensor, dim: number, rest: WithDType): Lines {
  const { dtype } = optional<DTypeOptions>(op, rest, [], ['dtype']);
  const wanted =
    dtype === undefined || dtype === null ? accumulated(checkTensor(op, x).dtype) : checkDType(op, dtype);
  return linesOf(op, cast(checkTensor(op, x), wanted), dim);
}

/** For each element the sum of all up to it along a dim. Booleans and uint8 count as int32. */
export function cumsum(x: Tensor, dim: number, ...rest: WithDType): Tensor {
  const { x: terms, dim: at, size } = accumulating('cumsum', x, dim, rest);
  const ones = constant(terms.shape.with(at, Math.max(size - 1, 0)), 1, terms.dtype);
  return asGiven(x, recurrence(ones, terms, at, false));
}

/**
 * For each element the product of all up to it along a dim. Booleans and uint8 count as int32. The gradient is right also
 * where elements are 0.
 */
export function cumprod(x: Tensor, dim: number, ...rest: WithDType): Tensor {
  const { x: factors, dim: at, size } = accumulating('cumprod', x, dim, rest);
  const later = allButFirst(factors, at);
  const first = slice(factors, alongDim(factors.shape, at, 0, Math.min(size, 1), 1));
  // −0 leaves everything as it is when it is added, 0 too.
  const starting = concat([first, constant(later.shape, -0, factors.dtype)], at);
  return asGiven(x, recurrence(later, starting, at, false));
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

import { ArgumentError } from '../errors.ts';
import { dtypeRule } from '../primitives/elementwise/rows.ts';
import * as base from '../primitives/elementwise.ts';
import { asTensor, promoted, type TensorLike } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';

export interface RoundOptions {
  /** How many places behind the point; negative ones round to tens, hundreds … Default 0. */
  decimals?: number;
}

/** The nearest number of some decimals; halves go to the even one. */
export function round(x: TensorLike, ...rest: Optional<RoundOptions, []>): Tensor {
  const { decimals = 0 } = optional<RoundOptions>('round', rest, [], ['decimals']);
  if (!Number.isInteger(decimals))
    throw new ArgumentError({ op: 'round', got: `decimals ${decimals}`, want: 'a whole number' });
  const value = asTensor('round', x);
  if (decimals === 0 || !value.isFloatingPoint) return base.round(value);
  // A negative power of ten is no double; a positive one is exact up to 10²².
  const scale = 10 ** Math.abs(decimals);
  return decimals > 0
    ? base.div(base.round(base.mul(value, scale)), scale)
    : base.mul(base.round(base.div(value, scale)), scale);
}

/**
 * What `trunc` leaves off: the fraction, with the sign of x.
 * @throws DTypeError for integers
 */
export function frac(x: TensorLike): Tensor {
  const [value] = promoted('frac', [x], dtypeRule('frac', 'floats')) as [Tensor];
  return base.sub(value, base.trunc(value));
}

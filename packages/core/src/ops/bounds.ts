import { floatLimits } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { cast, clone } from '../primitives/copy.ts';
import * as base from '../primitives/elementwise.ts';
import { asTensor, checkTensor, describe, type TensorLike } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { checkSameDType } from './positions.ts';

export interface ClampOptions {
  /** Default: none. */
  min?: TensorLike | null;
  /** Default: none. Where it is less than `min`, it wins. */
  max?: TensorLike | null;
}

/** Brought between `min` and `max`, one of which may be left out; the slope is 1 inside and at the ends. */
export function clamp(x: Tensor, ...rest: Optional<ClampOptions, ['min', 'max']>): Tensor {
  const { min, max } = optional<ClampOptions>('clamp', rest, ['min', 'max']);
  if ((min === undefined || min === null) && (max === undefined || max === null)) {
    throw new ArgumentError({ op: 'clamp', got: 'neither a minimum nor a maximum', want: 'at least one' });
  }
  const raised = min === undefined || min === null ? x : base.clampMin(x, min);
  return max === undefined || max === null ? raised : base.clampMax(raised, max);
}

/** The larger, or the one that is not NaN; the gradient of equal operands goes to the first. */
export function fmax(a: TensorLike, b: TensorLike): Tensor {
  return base.where(base.logicalOr(base.ge(a, b), base.isnan(b)), a, b);
}

/** The smaller, or the one that is not NaN; the gradient of equal operands goes to the first. */
export function fmin(a: TensorLike, b: TensorLike): Tensor {
  return base.where(base.logicalOr(base.le(a, b), base.isnan(b)), a, b);
}

/**
 * The step function: 0 below 0, 1 above, and `values` at 0.
 * @throws DTypeError for two dtypes
 */
export function heaviside(x: Tensor, values: Tensor): Tensor {
  const at = checkTensor('heaviside', x);
  const middle = checkSameDType('heaviside', at, values);
  return base.where(base.eq(at, 0), middle, cast(base.gt(at, 0), at.dtype));
}

export interface NanToNumOptions {
  /** What stands for NaN. Default 0. */
  nan?: number | null;
  /** What stands for ∞. Default: the largest number of the dtype. */
  posinf?: number | null;
  /** What stands for −∞. Default: the lowest number of the dtype. */
  neginf?: number | null;
}

/** x with numbers for NaN and the infinities. */
export function nanToNum(
  x: TensorLike,
  ...rest: Optional<NanToNumOptions, ['nan', 'posinf', 'neginf']>
): Tensor {
  const options = optional<NanToNumOptions>('nanToNum', rest, ['nan', 'posinf', 'neginf']);
  const value = asTensor('nanToNum', x);
  const { dtype } = value;
  if (dtype !== 'float32' && dtype !== 'float64') return clone(value);
  const number = (name: keyof NanToNumOptions, otherwise: number): number => {
    const given = options[name] ?? otherwise;
    if (typeof given === 'number') return given;
    throw new ArgumentError({ op: 'nanToNum', got: `${name} ${describe(given)}`, want: 'a number' });
  };
  const most = floatLimits[dtype].max;
  const finite = base.where(base.isnan(value), number('nan', 0), value);
  const below = base.where(base.eq(value, Number.NEGATIVE_INFINITY), number('neginf', -most), finite);
  return base.where(base.eq(value, Number.POSITIVE_INFINITY), number('posinf', most), below);
}

import { ArgumentError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import { abs, div, eq, mul, pow, sign, sqrt, sub, where } from '../primitives/elementwise.ts';
import { describe } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, type Optional, optional } from './arguments.ts';
import { checkFloat, checkKeepdim, countOf, type DimOptions, dimsOf, type ReduceOptions } from './dims.ts';
import { amax, amin } from './extremes.ts';
import { mean, sum } from './reduction.ts';

export interface VarOptions extends DimOptions {
  /** What is taken off the count: 1 (default) for a sample's unbiased variance, 0 for a population's. */
  correction?: number | null;
  /** PyTorch's older word for it: true is a correction of 1, false one of 0. */
  unbiased?: boolean;
}

type AlongVar =
  | Optional<VarOptions, ['dim', 'unbiased', 'keepdim']>
  | [unbiased: boolean]
  | [unbiased: boolean, options: VarOptions];

/** Variance over some dims, or all. */
export function var_(x: Tensor, ...rest: AlongVar): Tensor {
  // PyTorch's oldest form: a lone truth value is `unbiased`.
  const given = typeof rest[0] === 'boolean' ? [null, ...rest] : rest;
  const options = optional<VarOptions>('var', given, ['dim', 'unbiased', 'keepdim'], ['correction']);
  const { dim, unbiased = true } = options;
  const keepdim = checkKeepdim('var', options.keepdim);
  const correction = options.correction ?? Number(unbiased);
  const dims = dimsOf('var', checkFloat('var', x), dim);
  const over = dims.length === 0 ? null : dims;
  const centred = sub(x, mean(x, over, { keepdim: true }));
  const freedom = Math.max(0, countOf(x, dims) - correction);
  return div(sum(mul(centred, centred), over, { keepdim }), freedom);
}

/** Standard deviation over some dims, or all. */
export function std(x: Tensor, ...rest: AlongVar): Tensor {
  return root(var_(x, ...rest));
}

export interface NormOptions extends ReduceOptions {
  /** Any number, ±Infinity among them; 0 counts what is not 0; `'fro'` is 2. Default 2. */
  p?: number | 'fro';
}

/** The p-norm (Σ |x|ᵖ)^(1/p) over some dims, or all. */
export function norm(x: Tensor, ...rest: Optional<NormOptions, ['p', 'dim', 'keepdim']>): Tensor {
  const options = optional<NormOptions>('norm', rest, ['p', 'dim', 'keepdim'], ['dtype']);
  const { dim, dtype } = options;
  const p = options.p === 'fro' ? 2 : (options.p ?? 2);
  if (typeof p !== 'number')
    throw new ArgumentError({ op: 'norm', got: `p ${describe(p)}`, want: "a number or 'fro'" });
  const keepdim = checkKeepdim('norm', options.keepdim);
  const from = dtype === undefined ? checkFloat('norm', x) : cast(x, checkDType('norm', dtype));
  if (p === Number.POSITIVE_INFINITY) return amax(abs(from), dim, { keepdim });
  if (p === Number.NEGATIVE_INFINITY) return amin(abs(from), dim, { keepdim });
  // A count does not move with what it counts, but it is on the tape like every norm.
  if (p === 0) return sum(sign(abs(from)), dim, { keepdim });
  if (p === 1) return sum(abs(from), dim, { keepdim });
  if (p === 2) {
    return root(sum(mul(from, from), dim, { keepdim }));
  }
  const atZero = p < 0 ? Number.POSITIVE_INFINITY : 0;
  const powers = awayFromZero(abs(from), (size) => pow(size, p), atZero);
  return awayFromZero(sum(powers, dim, { keepdim }), (total) => pow(total, 1 / p), 0);
}

/** √x, whose slope at 0 is taken as 0: what PyTorch's std and norm do. */
function root(x: Tensor): Tensor {
  return awayFromZero(x, sqrt, 0);
}

/** `f(x)`, and a constant where x is 0 and the slope of f may be infinite. */
function awayFromZero(x: Tensor, f: (x: Tensor) => Tensor, atZero: number): Tensor {
  const isZero = eq(x, 0);
  return where(isZero, atZero, f(where(isZero, 1, x)));
}

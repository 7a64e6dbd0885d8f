import { ArgumentError, ShapeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import { add, div, gt, mul, sub, where } from '../primitives/elementwise.ts';
import { describe } from '../primitives/operand.ts';
import { normalizeDim, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, checkFlag, checkNumber, type Optional, optional } from './arguments.ts';
import {
  checkFloat,
  checkKeepdim,
  countOf,
  type DimOptions,
  dimsOf,
  dropped,
  type ReduceOptions,
} from './dims.ts';
import { matrixNorm } from './linalg/norms.ts';
import { pNorm, root } from './p-norm.ts';
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

function moments(op: string, x: Tensor, rest: AlongVar): [variance: Tensor, mean: Tensor] {
  // PyTorch's oldest form: a lone truth value is `unbiased`.
  const given = typeof rest[0] === 'boolean' ? [null, ...rest] : rest;
  const options = optional<VarOptions>(op, given, ['dim', 'unbiased', 'keepdim'], ['correction']);
  const { dim, unbiased = true } = options;
  const keepdim = checkKeepdim(op, options.keepdim);
  const correction = checkNumber(
    op,
    'correction',
    options.correction ?? Number(checkFlag(op, 'unbiased', unbiased)),
  );
  const dims = dimsOf(op, checkFloat(op, x), dim);
  const over = dims.length === 0 ? null : dims;
  const centre = mean(x, over, { keepdim: true });
  const centred = sub(x, centre);
  const freedom = Math.max(0, countOf(x, dims) - correction);
  return [div(sum(mul(centred, centred), over, { keepdim }), freedom), dropped(centre, dims, keepdim)];
}

/** Variance over some dims, or all. */
export function var_(x: Tensor, ...rest: AlongVar): Tensor {
  return moments('var', x, rest)[0];
}

/** Standard deviation over some dims, or all. */
export function std(x: Tensor, ...rest: AlongVar): Tensor {
  return root(moments('std', x, rest)[0]);
}

/** Variance and mean over some dims, or all. */
export function varMean(x: Tensor, ...rest: AlongVar): [variance: Tensor, mean: Tensor] {
  return moments('varMean', x, rest);
}

/** Standard deviation and mean over some dims, or all. */
export function stdMean(x: Tensor, ...rest: AlongVar): [deviation: Tensor, mean: Tensor] {
  const [variance, centre] = moments('stdMean', x, rest);
  return [root(variance), centre];
}

export interface NormOptions extends ReduceOptions {
  /**
   * Any number, ±Infinity among them; 0 counts what is not 0; `'fro'` is 2; `'nuc'`, of the matrices of two dims, is the
   * sum of their singular values. Default 2.
   */
  p?: number | 'fro' | 'nuc';
}

/** The p-norm (Σ |x|ᵖ)^(1/p) over some dims, or all. */
export function norm(x: Tensor, ...rest: Optional<NormOptions, ['p', 'dim', 'keepdim']>): Tensor {
  const options = optional<NormOptions>('norm', rest, ['p', 'dim', 'keepdim'], ['dtype']);
  const { dim, dtype } = options;
  const p = options.p === 'fro' ? 2 : (options.p ?? 2);
  const keepdim = checkKeepdim('norm', options.keepdim);
  const from = dtype === undefined ? checkFloat('norm', x) : cast(x, checkDType('norm', dtype));
  if (p === 'nuc') return matrixNorm(from, { ord: p, dim: dim ?? [0, 1], keepdim });
  if (typeof p === 'number') return pNorm(from, p, { dim: dim ?? null, keepdim });
  throw new ArgumentError({ op: 'norm', got: `p ${describe(p)}`, want: "a number, 'fro' or 'nuc'" });
}

/**
 * Every slice of a dim, of which there must be two at least, scaled down so that its p-norm is at most `maxnorm`.
 * @throws ArgumentError unless p > 0 and maxnorm ≥ 0
 */
export function renorm(x: Tensor, p: number, dim: number, maxnorm: number): Tensor {
  if (checkFloat('renorm', x).ndim < 2)
    throw new ShapeError({ op: 'renorm', got: `shape ${showShape(x.shape)}`, want: 'at least two dims' });
  if (!(checkNumber('renorm', 'p', p) > 0 && checkNumber('renorm', 'maxnorm', maxnorm) >= 0))
    throw new ArgumentError({ op: 'renorm', got: `p ${p}, maxnorm ${maxnorm}`, want: 'p > 0, maxnorm ≥ 0' });
  const at = normalizeDim('renorm', dim, x.ndim);
  const others = x.shape.map((_, d) => d).filter((d) => d !== at);
  const sizes = norm(x, p, others, true);
  return mul(x, where(gt(sizes, maxnorm), div(maxnorm, add(sizes, 1e-7)), 1));
}

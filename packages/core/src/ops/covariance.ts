import { toFloat } from '../dtype.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import { div, mul, sqrt, sub } from '../primitives/elementwise.ts';
import { diagonal, permute, reshape } from '../primitives/movement.ts';
import { checkTensor, constant } from '../primitives/operand.ts';
import { sumOver } from '../primitives/reduce.ts';
import { showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkInteger, type Optional, optional } from './arguments.ts';
import { clamp } from './bounds.ts';
import { amin } from './extremes.ts';
import { matmul } from './products.ts';
import { squeeze } from './shape.ts';

export interface CovOptions {
  /** What is taken off the count of observations. Default 1. */
  correction?: number;
  /** How often each observation was made: whole numbers `(N)`. Default: once. */
  fweights?: Tensor | null;
  /** How much each observation counts `(N)`. Default: all the same. */
  aweights?: Tensor | null;
}

/** Weights of `count` observations; ones where there are none. @throws unless they fit and are not negative */
function weightsOf(name: 'fweights' | 'aweights', options: CovOptions, count: number): Tensor {
  const given = options[name] ?? null;
  if (given === null) return constant([count], 1, 'int32');
  const weights = checkTensor('cov', given);
  const got = `${name} of shape ${showShape(weights.shape)} and dtype ${weights.dtype}`;
  if (weights.ndim > 1 || weights.numel !== count)
    throw new ShapeError({ op: 'cov', got, want: `a weight for each of ${count} observations` });
  if (weights.isFloatingPoint !== (name === 'aweights') || weights.dtype === 'bool')
    throw new DTypeError({ op: 'cov', got, want: name === 'aweights' ? 'floats' : 'whole numbers' });
  if (count > 0 && amin(weights).item() < 0)
    throw new ArgumentError({ op: 'cov', got: `${name} below 0`, want: 'weights of at least 0' });
  return reshape(weights, [count]);
}

/**
 * The covariances of variables, each of which is a row of observations: `(M, N) → (M, M)`; of one variable `(N)`, its
 * variance. Reads the weights, if any are given.
 *
 * With the weights w = f · a it is Σ w (x − x̄)(y − ȳ) / (Σ w − correction · Σ w a / Σ w).
 */
export function cov(x: Tensor, ...rest: Optional<CovOptions, []>): Tensor {
  const options = optional<CovOptions>('cov', rest, [], ['correction', 'fweights', 'aweights']);
  const correction = checkInteger('cov', 'correction', options.correction ?? 1);
  if (checkTensor('cov', x).ndim > 2)
    throw new ShapeError({ op: 'cov', got: `shape ${showShape(x.shape)}`, want: 'at most two dims' });
  if (x.dtype === 'bool') throw new DTypeError({ op: 'cov', got: 'bool', want: 'numbers' });
  const rows = cast(x.ndim < 2 ? reshape(x, [1, x.numel]) : x, toFloat(x.dtype));
  const count = rows.shape[1] as number;
  const importance = weightsOf('aweights', options, count);
  const weights = mul(weightsOf('fweights', options, count), importance);
  const total = sumOver(weights, [0]);
  if ((options.fweights ?? options.aweights ?? null) !== null && total.item() === 0)
    throw new ArgumentError({ op: 'cov', got: 'weights that sum up to 0', want: 'some weight' });

  const centred = sub(rows, div(sumOver(mul(rows, weights), [1]), total));
  const products = matmul(centred, permute(mul(centred, weights), [1, 0]));
  const freedom = sub(total, mul(div(sumOver(mul(weights, importance), [0]), total), correction));
  return squeeze(div(products, clamp(freedom, 0)));
}

/** The coefficients of correlation of variables, each of which is a row of observations: `(M, N) → (M, M)`. */
export function corrcoef(x: Tensor): Tensor {
  const covariances = cov(x);
  // A single variable is as much itself as can be, unless it does not vary.
  if (covariances.ndim === 0) return div(covariances, covariances);
  const deviations = sqrt(diagonal(covariances, { offset: 0, dim1: 0, dim2: 1 }));
  const scaled = div(div(covariances, reshape(deviations, [deviations.numel, 1])), deviations);
  return clamp(scaled, -1, 1);
}

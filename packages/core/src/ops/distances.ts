import { ArgumentError, ShapeError } from '../errors.ts';
import { add, mul, relu, sub } from '../primitives/elementwise.ts';
import { matrixProduct, transposed } from '../primitives/matmul.ts';
import { checkTensor, describe, promoted } from '../primitives/operand.ts';
import { broadcastShapes, showShape, showShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkNumber, type Optional, optional } from './arguments.ts';
import { checkFloat } from './dims.ts';
import { triuIndices } from './grids.ts';
import { pNorm, root } from './p-norm.ts';
import { checkPair } from './product-checks.ts';
import { sum } from './reduction.ts';
import { indexSelect } from './rows.ts';
import { unsqueeze } from './shape.ts';
import { select } from './slicing.ts';

export interface DistanceOptions {
  /** The norm, a number ≥ 0 or Infinity. Default 2. */
  p?: number;
}

/** The p-norm of the difference of two tensors, which broadcast. */
export function dist(a: Tensor, b: Tensor, ...rest: Optional<DistanceOptions, ['p']>): Tensor {
  const { p = 2 } = optional<DistanceOptions>('dist', rest, ['p']);
  const [x, y] = promoted('dist', [checkTensor('dist', a), checkTensor('dist', b)]) as [Tensor, Tensor];
  return pNorm(sub(checkFloat('dist', x), y), checkNumber('dist', 'p', p));
}

const modes = [
  'use_mm_for_euclid_dist_if_necessary',
  'use_mm_for_euclid_dist',
  'donot_use_mm_for_euclid_dist',
] as const;

export interface CdistOptions extends DistanceOptions {
  /**
   * Whether euclidean distances come from |a|² + |b|² − 2ab, by a matrix product: faster, and less exact for vectors
   * that are close. Default: if there are more than 25 vectors on a side.
   */
  computeMode?: (typeof modes)[number];
}

/** The distances of each of `(…, P, M)` from each of `(…, R, M)`: `(…, P, R)`. Leading dims broadcast; the slope at 0 is 0. */
export function cdist(a: Tensor, b: Tensor, ...rest: Optional<CdistOptions, ['p', 'computeMode']>): Tensor {
  const op = 'cdist';
  const { p = 2, computeMode = modes[0] } = optional<CdistOptions>(op, rest, ['p', 'computeMode']);
  const [x, y] = checkPair(op, checkFloat(op, a), checkTensor(op, b));
  if (x.ndim < 2 || y.ndim < 2 || x.shape.at(-1) !== y.shape.at(-1))
    throw new ShapeError({
      op,
      got: `shapes ${showShapes([x.shape, y.shape])}`,
      want: '(…, P, M) and (…, R, M)',
    });
  broadcastShapes(op, [x.shape.slice(0, -2), y.shape.slice(0, -2)]);
  if (!modes.includes(computeMode))
    throw new ArgumentError({
      op,
      got: `computeMode ${describe(computeMode)}`,
      want: `one of ${modes.join(', ')}`,
    });
  const many = Math.max(x.shape.at(-2) as number, y.shape.at(-2) as number) > 25;
  const byProduct = computeMode === modes[1] || (computeMode === modes[0] && many);
  if (checkP(op, p) === 2 && byProduct) return euclidean(x, y);
  return pNorm(sub(unsqueeze(x, -2), unsqueeze(y, -3)), p, { dim: -1 });
}

function checkP(op: string, p: number): number {
  if (p >= 0) return p;
  throw new ArgumentError({ op, got: `p ${describe(p)}`, want: 'a number ≥ 0' });
}

function euclidean(x: Tensor, y: Tensor): Tensor {
  const [xx, yy] = [x, y].map((of) => sum(mul(of, of), -1, true)) as [Tensor, Tensor];
  const squares = sub(add(xx, transposed(yy)), mul(matrixProduct(x, transposed(y)), 2));
  // Rounding may leave less than 0; there, and at 0, the slope of the root is taken as 0.
  return root(relu(squares));
}

/** The distances of each two of `(N, M)` vectors, the first one's first: `(N (N − 1) / 2)`. */
export function pdist(x: Tensor, ...rest: Optional<DistanceOptions, ['p']>): Tensor {
  const { p = 2 } = optional<DistanceOptions>('pdist', rest, ['p']);
  const count = checkFloat('pdist', x).shape[0] ?? 0;
  if (x.ndim !== 2) throw new ShapeError({ op: 'pdist', got: `shape ${showShape(x.shape)}`, want: '(N, M)' });
  const pairs = triuIndices(count, count, 1);
  const [first, second] = [0, 1].map((side) => indexSelect(x, 0, select(pairs, 0, side))) as [Tensor, Tensor];
  return pNorm(sub(first, second), checkP('pdist', p), { dim: -1 });
}

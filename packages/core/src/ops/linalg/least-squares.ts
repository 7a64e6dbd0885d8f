import type { DType } from '../../dtype.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { cast } from '../../primitives/copy.ts';
import { gt, mul } from '../../primitives/elementwise.ts';
import { matrixOf } from '../../primitives/factorize.ts';
import { matrixProduct, transposed } from '../../primitives/matmul.ts';
import { checkTensor, constant, describe, type TensorLike } from '../../primitives/operand.ts';
import { pseudoinverse } from '../../primitives/pinv.ts';
import { broadcastShapes, type Shape, sameShape, showShapes } from '../../shape.ts';
import { Tensor } from '../../tensor.ts';
import { checkFlag, type Optional, optional } from '../arguments.ts';
import { add, sub } from '../arithmetic.ts';
import { zeros } from '../creation.ts';
import { finfo } from '../facts.ts';
import { stack } from '../joining.ts';
import { checkPair } from '../product-checks.ts';
import { sum } from '../reduction.ts';
import { expand, squeeze, unsqueeze } from '../shape.ts';
import { narrow } from '../slicing.ts';
import { checkMatrices, checkSquare } from './checks.ts';
import { svdvals } from './decompositions.ts';

export interface ToleranceOptions {
  /** Singular values up to this count as 0; a number, or a tensor of one for each matrix. Default 0. */
  atol?: TensorLike;
  /**
   * So do those up to this times the largest one. Default: max(M, N) times the distance from 1 to the next number of the
   * dtype, or 0 if `atol` is given.
   */
  rtol?: TensorLike;
  /** Whether the matrices are symmetric, of which then only the symmetric part is looked at. Default false. */
  hermitian?: boolean;
}

const toleranceNames = ['atol', 'rtol', 'hermitian'] as const;

interface Tolerant {
  readonly x: Tensor;
  /** The absolute and the relative tolerance, `(…, 1, 2)`. */
  readonly tolerances: Tensor;
}

function tolerant(op: string, x: Tensor, rest: Optional<ToleranceOptions, []>): Tolerant {
  const options = optional<ToleranceOptions>(op, rest, [], toleranceNames);
  const isSymmetric = checkFlag(op, 'hermitian', options.hermitian);
  const from = isSymmetric ? checkSquare(op, x) : checkMatrices(op, x);
  const { atol = 0, rtol = atol === 0 ? epsilonOf(from) : 0 } = options;
  const batch = from.shape.slice(0, -2);
  const [absolute, relative] = [toleranceOf(op, atol, from.dtype), toleranceOf(op, rtol, from.dtype)];
  const shape = broadcastShapes(op, [absolute.shape, relative.shape]);
  if (!sameShape(broadcastShapes(op, [shape, batch]), batch))
    throw new ShapeError({
      op,
      got: `tolerances of shape ${showShapes([shape])}`,
      want: 'at most one for each matrix',
    });
  return {
    x: isSymmetric ? mul(add(from, transposed(from)), 0.5) : from,
    tolerances: unsqueeze(stack([expand(absolute, shape), expand(relative, shape)], -1), -2),
  };
}

function toleranceOf(op: string, value: TensorLike, dtype: DType): Tensor {
  if (typeof value === 'number' && !Number.isNaN(value)) return constant([], value, dtype);
  if (value instanceof Tensor) return cast(value.detach(), dtype);
  throw new ArgumentError({ op, got: `the tolerance ${describe(value)}`, want: 'a number or a tensor' });
}

function epsilonOf({ dtype, shape }: Tensor): number {
  return Math.max(...matrixOf(shape)) * finfo(dtype).eps;
}

/**
 * The pseudoinverses of matrices, `(…, M, N) → (…, N, M)` (Moore and Penrose's): of all X for which A X comes nearest to B,
 * A⁺ B is the smallest.
 */
export function pinv(x: Tensor, ...rest: Optional<ToleranceOptions, []>): Tensor {
  const { x: from, tolerances } = tolerant('pinv', x, rest);
  return pseudoinverse(from, tolerances);
}

/** How many singular values of matrices `(…, M, N)` are not 0, to within a tolerance: `(…)`, int32. */
export function matrixRank(x: Tensor, ...rest: Optional<ToleranceOptions, []>): Tensor {
  const { x: from, tolerances } = tolerant('matrixRank', checkTensor('matrixRank', x).detach(), rest);
  return rankOf(svdvals(from), tolerances);
}

/** Of falling singular values, `(…, K)`. */
function rankOf(values: Tensor, tolerances: Tensor): Tensor {
  const [absolute, relative] = [0, 1].map((i) => narrow(squeeze(tolerances, -2), -1, i, 1)) as [
    Tensor,
    Tensor,
  ];
  const isLarge = gt(values, absolute).logicalAnd(
    gt(values, mul(narrow(values, -1, 0, Math.min(1, values.size(-1))), relative)),
  );
  return sum(isLarge, -1);
}

const drivers = ['gelsy', 'gels', 'gelsd', 'gelss'] as const;

export interface LstsqOptions {
  /** Singular values up to this times the largest count as 0. Default: max(M, N) times the epsilon of the dtype. */
  rcond?: number | null;
  /**
   * LAPACK's name for a method. All solve in one way here, and tell what they tell there: `'gelsy'` (default) the rank;
   * `'gels'`, for matrices of full rank, the residuals; `'gelsd'` and `'gelss'` these, the rank and the singular values.
   */
  driver?: (typeof drivers)[number] | null;
}

export interface LeastSquares {
  /** `(…, N, K)` */
  readonly solution: Tensor;
  /** The sums of squares of A X − B, `(…, K)`, if M > N and all matrices have full rank; else empty. */
  readonly residuals: Tensor;
  /** `(…)`, int32, or empty. */
  readonly rank: Tensor;
  /** `(…, min(M, N))`, or empty. */
  readonly singularValues: Tensor;
}

/**
 * The X for which A X comes nearest to B, of A `(…, M, N)` and B `(…, M, K)`; where there are many, the smallest one.
 * B may have one dim less than A, and is then a vector for each matrix. The ranks are read.
 */
export function lstsq(a: Tensor, b: Tensor, ...rest: Optional<LstsqOptions, ['rcond']>): LeastSquares {
  const op = 'lstsq';
  const { rcond, driver } = optional<LstsqOptions>(op, rest, ['rcond'], ['driver']);
  const told = driver ?? 'gelsy';
  if (!drivers.includes(told))
    throw new ArgumentError({ op, got: `driver ${describe(driver)}`, want: drivers.join(', ') });
  const [x, y] = checkPair(op, checkMatrices(op, a), checkTensor(op, b));
  const [m, n] = matrixOf(x.shape);
  const isVector = y.ndim === x.ndim - 1 && sameShape(y.shape, x.shape.slice(0, -1));
  const right = isVector ? unsqueeze(y, -1) : y;
  if (right.ndim < 2 || right.shape.at(-2) !== m)
    throw new ShapeError({
      op,
      got: `shapes ${showShapes([x.shape, y.shape])}`,
      want: '(…, M, N) and (…, M, K)',
    });
  broadcastShapes(op, [x.shape.slice(0, -2), right.shape.slice(0, -2)]);
  const { tolerances } = tolerant(op, x, [{ rtol: checkRatio(op, rcond) ?? epsilonOf(x) }]);
  const solution = matrixProduct(pseudoinverse(x, tolerances), right);
  const values = svdvals(x.detach());
  const rank = rankOf(values, tolerances);
  const nothing = (shape: Shape = [0]) => zeros(shape, { dtype: x.dtype });
  const isFull = told !== 'gelsy' && m > n && rank.data.every((count) => count === n);
  const missed = isFull ? sum(sub(matrixProduct(x, solution), right).square(), -2) : nothing();
  return {
    solution: isVector ? squeeze(solution, -1) : solution,
    residuals: missed,
    rank: told === 'gels' ? zeros([0], { dtype: 'int32' }) : rank,
    singularValues: told === 'gelsd' || told === 'gelss' ? values : nothing(),
  };
}

function checkRatio(op: string, rcond: number | null | undefined): number | null {
  if (rcond === null || rcond === undefined) return null;
  if (typeof rcond === 'number' && !Number.isNaN(rcond)) return rcond;
  throw new ArgumentError({ op, got: `rcond ${describe(rcond)}`, want: 'a number' });
}

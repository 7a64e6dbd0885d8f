import { ArgumentError, ShapeError } from '../../errors.ts';
import { identity } from '../../primitives/factorize.ts';
import { matrixProduct, transposed } from '../../primitives/matmul.ts';
import { checkTensor, describe } from '../../primitives/operand.ts';
import { solution } from '../../primitives/solve.ts';
import { broadcastShapes, showShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { checkFlag, checkOptions, type Optional, optional } from '../arguments.ts';
import { add } from '../arithmetic.ts';
import { checkPair } from '../product-checks.ts';
import { tril, triu } from '../triangles.ts';
import { checkSquare } from './checks.ts';

export interface SolveTriangularOptions {
  /** Which triangle of A is looked at. */
  upper: boolean;
  /** Whether A X = B is solved, or else X A = B. Default true. */
  left?: boolean;
  /** Whether A counts as having ones on its diagonal. Default false. */
  unitriangular?: boolean;
}

/**
 * X with A X = B, for triangular A `(…, N, N)` and B `(…, N, M)`, whose leading dims broadcast.
 *
 * @example
 * ```ts
 * const x = linalg.solveTriangular(linalg.cholesky(a), b, { upper: false });
 * ```
 * @throws ArgumentError if there is a 0 on the diagonal
 */
export function solveTriangular(a: Tensor, b: Tensor, options: SolveTriangularOptions): Tensor {
  const op = 'solveTriangular';
  checkOptions(op, options, ['upper', 'left', 'unitriangular']);
  const { upper, left, unitriangular } = options ?? {};
  if (typeof upper !== 'boolean')
    throw new ArgumentError({ op, got: `upper ${describe(upper)}`, want: 'true or false' });
  const [x, y] = checkSides(op, a, b, checkFlag(op, 'left', left ?? true));
  const within = checkFlag(op, 'unitriangular', unitriangular) ? 1 : 0;
  const triangle = upper ? triu(x, within) : tril(x, -within);
  const factor = within === 1 ? add(triangle, identity(x)) : triangle;
  return (left ?? true) ? solution(factor, y) : transposed(solution(transposed(factor), transposed(y)));
}

/** @throws RetrogradError unless there are square matrices, and others that they can be divided into */
function checkSides(op: string, a: Tensor, b: Tensor, left: boolean): readonly [Tensor, Tensor] {
  const [x, y] = checkPair(op, checkSquare(op, a), checkTensor(op, b));
  if (y.ndim < 2 || y.shape.at(left ? -2 : -1) !== x.shape.at(-1))
    throw new ShapeError({
      op,
      got: `shapes ${showShapes([x.shape, y.shape])}`,
      want: left ? '(…, N, N) and (…, N, M)' : '(…, N, N) and (…, M, N)',
    });
  broadcastShapes(op, [x.shape.slice(0, -2), y.shape.slice(0, -2)]);
  return [x, y];
}

export interface CholeskyFactorOptions {
  /** Whether the factor is U with A = Uᵀ U, instead of L with A = L Lᵀ. Default false. */
  upper?: boolean;
}

type Factor = Optional<CholeskyFactorOptions, ['upper']>;

function lowerOf(op: string, factor: Tensor, rest: Factor): Tensor {
  const { upper } = optional<CholeskyFactorOptions>(op, rest, ['upper']);
  return checkFlag(op, 'upper', upper)
    ? transposed(triu(checkSquare(op, factor)))
    : tril(checkSquare(op, factor));
}

/** X with A X = B, for B `(…, N, M)` and the Cholesky factor of A, `(…, N, N)`. */
export function choleskySolve(b: Tensor, factor: Tensor, ...rest: Factor): Tensor {
  const op = 'choleskySolve';
  const [lower, right] = checkSides(op, lowerOf(op, factor, rest), b, true);
  return solution(transposed(lower), solution(lower, right));
}

/** A⁻¹ of the Cholesky factor of A, `(…, N, N)`. */
export function choleskyInverse(factor: Tensor, ...rest: Factor): Tensor {
  const lower = lowerOf('choleskyInverse', factor, rest);
  const inverse = solution(lower, identity(lower));
  return matrixProduct(transposed(inverse), inverse);
}

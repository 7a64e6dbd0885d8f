import { ShapeError } from '../../errors.ts';
import { identity } from '../../primitives/factorize.ts';
import { transposed } from '../../primitives/matmul.ts';
import { reshape } from '../../primitives/movement.ts';
import { checkTensor } from '../../primitives/operand.ts';
import { solution } from '../../primitives/solve.ts';
import { broadcastShapes, sameShape, showShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type Optional, optional } from '../arguments.ts';
import { checkPair } from '../product-checks.ts';
import { checkSquare } from './checks.ts';

/**
 * The inverses of square matrices, `(…, N, N)`.
 * @throws ArgumentError for a singular one
 */
export function inv(x: Tensor): Tensor {
  return solution(checkSquare('inv', x), identity(x));
}

export interface SolveOptions {
  /** Whether A X = B is solved, or else X A = B. Default true. */
  left?: boolean;
}

/**
 * X with A X = B, for A `(…, N, N)` and B `(…, N, M)`, whose leading dims broadcast; or B `(N)`, or B with one dim less
 * than A and the sizes of its leading dims, which is a vector for each matrix.
 *
 * @throws ArgumentError if a matrix is singular
 */
export function solve(a: Tensor, b: Tensor, ...rest: Optional<SolveOptions, ['left']>): Tensor {
  const { left = true } = optional<SolveOptions>('solve', rest, ['left']);
  const [x, y] = checkPair('solve', checkSquare('solve', a), checkTensor('solve', b));
  const isVector = y.ndim === 1 || (y.ndim === x.ndim - 1 && sameShape(y.shape, x.shape.slice(0, -1)));
  const right = isVector
    ? reshape(y, left ? [...y.shape, 1] : [...y.shape.slice(0, -1), 1, y.shape.at(-1) ?? 1])
    : y;
  if (right.ndim < 2 || right.shape.at(left ? -2 : -1) !== x.shape.at(-1)) {
    throw new ShapeError({
      op: 'solve',
      got: `shapes ${showShapes([x.shape, y.shape])}`,
      want: left ? '(…, N, N) and (…, N, M)' : '(…, N, N) and (…, M, N)',
    });
  }
  broadcastShapes('solve', [x.shape.slice(0, -2), right.shape.slice(0, -2)]);
  const solved = left ? solution(x, right) : transposed(solution(transposed(x), transposed(right)));
  const dropped = solved.ndim - (left ? 1 : 2);
  return isVector
    ? reshape(
        solved,
        solved.shape.filter((_, d) => d !== dropped),
      )
    : solved;
}

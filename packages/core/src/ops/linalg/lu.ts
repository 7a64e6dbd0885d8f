import { DTypeError, IndexError, ShapeError } from '../../errors.ts';
import { cast } from '../../primitives/copy.ts';
import { identity, matrixOf } from '../../primitives/factorize.ts';
import { luOf, pivotsOf } from '../../primitives/lu.ts';
import { transposed } from '../../primitives/matmul.ts';
import { checkTensor } from '../../primitives/operand.ts';
import { solution } from '../../primitives/solve.ts';
import { broadcastShapes, sameShape, showShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { checkFlag, type Optional, optional } from '../arguments.ts';
import { add } from '../arithmetic.ts';
import { fromTypedArray } from '../creation.ts';
import { takeAlongDim } from '../gathering.ts';
import { cat } from '../joining.ts';
import { checkPair } from '../product-checks.ts';
import { reshape } from '../shape.ts';
import { narrow } from '../slicing.ts';
import { argsort } from '../sorting.ts';
import { tril, triu } from '../triangles.ts';
import { asVector, checkMatrices, checkSquare } from './checks.ts';

export interface PackedFactors {
  /** L below the diagonal, without the ones of its own diagonal, and U on and above it: `(…, M, N)`. */
  readonly LU: Tensor;
  /** For each of the first min(M, N) rows, in turn, the row it changed places with, counted from 1: int32. */
  readonly pivots: Tensor;
}

/** L U of matrices `(…, M, N)` whose rows have been exchanged, as Gaussian elimination leaves it. */
export function luFactor(x: Tensor): PackedFactors {
  const [m, n] = matrixOf(checkMatrices('luFactor', x).shape);
  const pivots = cast(asVector(pivotsOf(x.detach())), 'int32');
  const ordered = inOrder(x, orderOf('luFactor', pivots, m));
  if (m >= n) return { LU: luOf(ordered), pivots };
  const first = luOf(narrow(ordered, -1, 0, m));
  return { LU: cat([first, solution(unitLower(first), narrow(ordered, -1, m, n - m))], -1), pivots };
}

export interface TriangularFactors {
  /** The permutation, `(…, M, M)`. */
  readonly P: Tensor;
  /** Lower triangular with ones on its diagonal, `(…, M, K)` with K = min(M, N). */
  readonly L: Tensor;
  /** Upper triangular, `(…, K, N)`. */
  readonly U: Tensor;
}

/** A = P L U of matrices `(…, M, N)`. */
export function lu(x: Tensor): TriangularFactors {
  checkMatrices('lu', x);
  const { LU, pivots } = luFactor(x);
  return luUnpack(LU, pivots);
}

/** P, L and U of what `luFactor` gave. The pivots are read. */
export function luUnpack(LU: Tensor, pivots: Tensor): TriangularFactors {
  const [m, n] = matrixOf(checkMatrices('luUnpack', LU).shape);
  const k = Math.min(m, n);
  const order = orderOf('luUnpack', checkPivots('luUnpack', LU, pivots), m);
  const unit = identity(LU);
  return {
    P: transposed(inOrder(unit, order)),
    L: add(tril(narrow(LU, -1, 0, k), -1), narrow(unit, -1, 0, k)),
    U: triu(narrow(LU, -2, 0, k)),
  };
}

export interface LuSolveOptions {
  /** Whether A X = B is solved, or else X A = B. Default true. */
  left?: boolean;
  /** Whether Aᵀ stands for A. Default false. */
  adjoint?: boolean;
}

/**
 * X with A X = B for what `luFactor` gave of A, `(…, N, N)`, and B `(…, N, M)`; leading dims broadcast.
 * @throws ArgumentError if a matrix is singular
 */
export function luSolve(
  LU: Tensor,
  pivots: Tensor,
  b: Tensor,
  ...rest: Optional<LuSolveOptions, []>
): Tensor {
  const op = 'luSolve';
  const options = optional<LuSolveOptions>(op, rest, [], ['left', 'adjoint']);
  const left = checkFlag(op, 'left', options.left ?? true);
  const adjoint = checkFlag(op, 'adjoint', options.adjoint);
  const [factors, right] = checkPair(op, checkSquare(op, LU), checkTensor(op, b));
  const order = orderOf(op, checkPivots(op, factors, pivots), factors.shape.at(-1) ?? 0);
  if (right.ndim < 2 || right.shape.at(left ? -2 : -1) !== factors.shape.at(-1))
    throw new ShapeError({
      op,
      got: `shapes ${showShapes([factors.shape, right.shape])}`,
      want: left ? '(…, N, N) and (…, N, M)' : '(…, N, N) and (…, M, N)',
    });
  broadcastShapes(op, [factors.shape.slice(0, -2), right.shape.slice(0, -2)]);
  if (left) return solved(factors, order, right, adjoint);
  return transposed(solved(factors, order, transposed(right), !adjoint));
}

/** A X = B is X = U⁻¹ L⁻¹ Pᵀ B, and Aᵀ X = B is X = P L⁻ᵀ U⁻ᵀ B. */
function solved(factors: Tensor, order: Tensor, b: Tensor, adjoint: boolean): Tensor {
  const [lower, upper] = [unitLower(factors), triu(factors)];
  if (!adjoint) return solution(upper, solution(lower, inOrder(b, order)));
  const x = solution(transposed(lower), solution(transposed(upper), b));
  return inOrder(x, argsort(order, -1));
}

/** The rows of matrices in another order, `(…, M)`; leading dims broadcast. */
function inOrder(x: Tensor, order: Tensor): Tensor {
  const lead = new Array<number>(Math.max(0, order.ndim + 1 - x.ndim)).fill(1);
  const before = new Array<number>(Math.max(0, x.ndim - order.ndim - 1)).fill(1);
  return takeAlongDim(reshape(x, [...lead, ...x.shape]), reshape(order, [...before, ...order.shape, 1]), -2);
}

function unitLower(square: Tensor): Tensor {
  return add(tril(square, -1), identity(square));
}

/** @throws ShapeError, DTypeError unless there is a whole number for each pivot */
function checkPivots(op: string, LU: Tensor, pivots: Tensor): Tensor {
  const want = [...LU.shape.slice(0, -2), Math.min(...matrixOf(LU.shape))];
  if (checkTensor(op, pivots).dtype !== 'int32')
    throw new DTypeError({ op, got: pivots.dtype, want: 'int32 pivots' });
  if (sameShape(pivots.shape, want)) return pivots;
  throw new ShapeError({
    op,
    got: `shapes ${showShapes([LU.shape, pivots.shape])}`,
    want: '(…, M, N) and (…, min(M, N))',
  });
}

/** Where each row comes from after all exchanges, `(…, M)`. */
function orderOf(op: string, pivots: Tensor, m: number): Tensor {
  const exchanges = pivots.data;
  const count = pivots.shape.at(-1) ?? 0;
  const batch = pivots.shape.slice(0, -1);
  const orders = new Int32Array(batch.reduce((product, size) => product * size, 1) * m);
  for (let start = 0, from = 0; start < orders.length; start += m, from += count) {
    const order = orders.subarray(start, start + m).map((_, i) => i);
    for (let k = 0; k < count; k++) {
      const other = (exchanges[from + k] as number) - 1;
      if (!(other >= 0 && other < m))
        throw new IndexError({ op, got: `the pivot ${other + 1}`, want: `rows from 1 to ${m}` });
      const held = order[k] as number;
      order[k] = order[other] as number;
      order[other] = held;
    }
    orders.set(order, start);
  }
  return fromTypedArray(orders, [...batch, m], 'int32');
}

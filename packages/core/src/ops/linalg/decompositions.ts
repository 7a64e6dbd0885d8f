import { ArgumentError } from '../../errors.ts';
import { choleskyOf, eighOf, svdOf } from '../../primitives/factorize.ts';
import { transposed } from '../../primitives/matmul.ts';
import { describe } from '../../primitives/operand.ts';
import type { Tensor } from '../../tensor.ts';
import { type Optional, optional } from '../arguments.ts';
import { constantPad } from '../padding.ts';
import { narrow } from '../slicing.ts';
import { asVector, checkMatrices, checkSquare } from './checks.ts';

export interface CholeskyOptions {
  /** Whether to give U with A = Uᵀ U, instead of L with A = L Lᵀ. Default false. */
  upper?: boolean;
}

/**
 * The lower triangular L with A = L Lᵀ of symmetric positive definite matrices, `(…, N, N)`. Only their symmetric part
 * is looked at.
 *
 * @throws ArgumentError for one that is not positive definite
 */
export function cholesky(x: Tensor, ...rest: Optional<CholeskyOptions, ['upper']>): Tensor {
  const { upper = false } = optional<CholeskyOptions>('cholesky', rest, ['upper']);
  const lower = choleskyOf(checkSquare('cholesky', x));
  return upper ? transposed(lower) : lower;
}

export interface SingularValues {
  readonly U: Tensor;
  /** Falling, `(…, K)`. */
  readonly S: Tensor;
  readonly Vh: Tensor;
}

export interface SvdOptions {
  /** Whether U and Vh are square, instead of `(…, M, K)` and `(…, K, N)`. Default true. */
  fullMatrices?: boolean;
}

/**
 * A = U diag(S) Vh of matrices `(…, M, N)`, with K = min(M, N) singular values.
 *
 * Gradients are those of what does not depend on the choice of vectors, as S or U Vh: the vectors' signs are free, and
 * those of equal values may turn.
 */
export function svd(x: Tensor, ...rest: Optional<SvdOptions, ['fullMatrices']>): SingularValues {
  const { fullMatrices = true } = optional<SvdOptions>('svd', rest, ['fullMatrices']);
  const [m = 0, n = 0] = checkMatrices('svd', x).shape.slice(-2);
  // The decomposition of a square matrix is full; zeros besides the matrix leave its own part as it is.
  const { u, s, v } = svdOf(
    fullMatrices ? constantPad(x, [0, Math.max(0, m - n), 0, Math.max(0, n - m)]) : x,
  );
  const k = Math.min(m, n);
  const [left, right] = fullMatrices ? [m, n] : [k, k];
  return {
    U: narrow(narrow(u, -2, 0, m), -1, 0, left),
    S: asVector(narrow(s, -1, 0, k)),
    Vh: transposed(narrow(narrow(v, -2, 0, n), -1, 0, right)),
  };
}

/** The singular values of matrices, falling: `(…, M, N) → (…, min(M, N))`. */
export function svdvals(x: Tensor): Tensor {
  return asVector(svdOf(checkMatrices('svdvals', x)).s);
}

export interface Eigenpairs {
  /** Rising, `(…, N)`. */
  readonly eigenvalues: Tensor;
  /** As columns, `(…, N, N)`. */
  readonly eigenvectors: Tensor;
}

export interface EighOptions {
  /** Which triangle PyTorch reads. Here it is the symmetric part of the whole. Default `'L'`. */
  UPLO?: 'L' | 'U';
}

function checkTriangle(op: string, rest: Optional<EighOptions, ['UPLO']>): void {
  const { UPLO = 'L' } = optional<EighOptions>(op, rest, ['UPLO']);
  if (UPLO !== 'L' && UPLO !== 'U')
    throw new ArgumentError({ op, got: `UPLO ${describe(UPLO)}`, want: "'L' or 'U'" });
}

/** Eigenvalues and eigenvectors of symmetric matrices, `(…, N, N)`. Only their symmetric part is looked at. */
export function eigh(x: Tensor, ...rest: Optional<EighOptions, ['UPLO']>): Eigenpairs {
  checkTriangle('eigh', rest);
  const { v, w } = eighOf(checkSquare('eigh', x));
  return { eigenvalues: asVector(w), eigenvectors: v };
}

/** The eigenvalues of symmetric matrices, rising. */
export function eigvalsh(x: Tensor, ...rest: Optional<EighOptions, ['UPLO']>): Tensor {
  checkTriangle('eigvalsh', rest);
  return asVector(eighOf(checkSquare('eigvalsh', x)).w);
}

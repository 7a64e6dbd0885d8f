import { ArgumentError, ShapeError } from '../../errors.ts';
import { mul } from '../../primitives/elementwise.ts';
import { identity, matrixOf } from '../../primitives/factorize.ts';
import { matrixProduct, transposed } from '../../primitives/matmul.ts';
import { describe } from '../../primitives/operand.ts';
import { completeQrOf, qrOf } from '../../primitives/qr.ts';
import { sameShape, showShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type Optional, optional } from '../arguments.ts';
import { sub } from '../arithmetic.ts';
import { zeros } from '../creation.ts';
import { checkFloat } from '../dims.ts';
import { cat } from '../joining.ts';
import { constantPad } from '../padding.ts';
import { expand, unsqueeze } from '../shape.ts';
import { narrow, select } from '../slicing.ts';
import { tril } from '../triangles.ts';
import { checkMatrices } from './checks.ts';

export interface OrthogonalFactors {
  /** Orthonormal columns. */
  readonly Q: Tensor;
  /** Upper triangular. */
  readonly R: Tensor;
}

type QrMode = 'reduced' | 'complete' | 'r';

export interface QrOptions {
  /**
   * `'reduced'` (default): Q `(…, M, K)` and R `(…, K, N)` with K = min(M, N); `'complete'`: Q `(…, M, M)` and R
   * `(…, M, N)`; `'r'`: the reduced R alone, and an empty Q.
   */
  mode?: QrMode;
}

/**
 * A = Q R of matrices `(…, M, N)`. A diagonal element of R has the sign that LAPACK gives it, which is opposite to that
 * of the first element of what is left of its column.
 *
 * Gradients need the first K columns to be linearly independent. The columns that a complete Q has more than N may be
 * chosen freely, so of those there is none.
 */
export function qr(x: Tensor, ...rest: Optional<QrOptions, ['mode']>): OrthogonalFactors {
  const { mode = 'reduced' } = optional<QrOptions>('qr', rest, ['mode']);
  if (mode !== 'reduced' && mode !== 'complete' && mode !== 'r')
    throw new ArgumentError({
      op: 'qr',
      got: `mode ${describe(mode)}`,
      want: "'reduced', 'complete' or 'r'",
    });
  const [m, n] = matrixOf(checkMatrices('qr', x).shape);
  if (mode === 'complete' && m > n) return complete(x, m, n);
  const { Q, R } = m < n ? wide(x, m, n) : reduced(x);
  return mode === 'r' ? { Q: zeros([0], { dtype: x.dtype }), R } : { Q, R };
}

function reduced(x: Tensor): OrthogonalFactors {
  const { q, r } = qrOf(x);
  return { Q: q, R: r };
}

/** The first columns decide on Q; the others come out of Qᵀ A. */
function wide(x: Tensor, m: number, n: number): OrthogonalFactors {
  const { Q, R } = reduced(narrow(x, -1, 0, m));
  return { Q, R: cat([R, matrixProduct(transposed(Q), narrow(x, -1, m, n - m))], -1) };
}

/** Reflections leave columns of zeros besides the matrix as they are, and complete Q. */
function complete(x: Tensor, m: number, n: number): OrthogonalFactors {
  const { q, r } = completeQrOf(constantPad(x, [0, m - n]));
  return { Q: q, R: narrow(r, -1, 0, n) };
}

/**
 * The first N columns of the product (1 − τ₁ v₁ v₁ᵀ)(1 − τ₂ v₂ v₂ᵀ)… of reflections: vᵢ lies below the diagonal of column
 * i of `x`, `(…, M, N)`, with a one on it, and `tau` is `(…, K)` with K ≤ N ≤ M.
 */
export function householderProduct(x: Tensor, tau: Tensor): Tensor {
  const op = 'householderProduct';
  const [m, n] = matrixOf(checkMatrices(op, x).shape);
  const count = checkFloat(op, tau).shape.at(-1) ?? 0;
  const fits = tau.ndim === x.ndim - 1 && sameShape(tau.shape.slice(0, -1), x.shape.slice(0, -2));
  if (!fits || m < n || count > n || tau.dtype !== x.dtype)
    throw new ShapeError({
      op,
      got: `shapes ${showShapes([x.shape, tau.shape])} of ${x.dtype} and ${tau.dtype}`,
      want: '(…, M, N) and (…, K) of one dtype, with K ≤ N ≤ M',
    });
  const unit = narrow(identity(constantPad(x, [0, m - n])), -1, 0, n);
  const vectors = tril(x, -1).add(unit);
  let product = expand(unit, x.shape);
  for (let i = count - 1; i >= 0; i--) {
    const v = narrow(vectors, -1, i, 1);
    const scaled = mul(v, unsqueeze(unsqueeze(select(tau, -1, i), -1), -1));
    product = sub(product, matrixProduct(scaled, matrixProduct(transposed(v), product)));
  }
  return product;
}

import { given, notDifferentiable, primitive } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, neg, sub } from './elementwise.ts';
import { identity, matrixOf } from './factorize.ts';
import { batched, matrixProduct, transposed } from './matmul.ts';

/**
 * With P = A⁺ of constant rank, dP = −P dA P + P Pᵀ dAᵀ (1 − A P) + (1 − P A) dAᵀ Pᵀ P.
 * Source: Golub & Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
 * separate (1973), equation 4.12.
 */
const pinvRow = primitive<null>({
  name: 'pinv',
  vjp: [
    given([0, 'out'], (g, [a, p]) => {
      const [gt, pt] = [transposed(g), transposed(p)];
      const [ap, pa] = [matrixProduct(a, p), matrixProduct(p, a)];
      const within = matrixProduct(matrixProduct(pt, g), pt);
      const down = matrixProduct(matrixProduct(sub(identity(ap), ap), gt), matrixProduct(p, pt));
      const across = matrixProduct(matrixProduct(pt, p), matrixProduct(gt, sub(identity(pa), pa)));
      return add(neg(within), add(down, across));
    }),
    notDifferentiable('a tolerance decides, and has no slope'),
  ],
  samples: [
    {
      inputs: [
        { shape: [3, 3], diagonal: 4 },
        { shape: [1, 2], from: 0, to: 1e-9 },
      ],
      params: null,
    },
    { inputs: [{ shape: [2, 3, 2] }, { shape: [2, 1, 2], from: 0, to: 1e-9 }], params: null },
    { inputs: [{ shape: [2, 3] }, { shape: [1, 2], from: 0, to: 1e-9 }], params: null },
    { inputs: [{ shape: [0, 2] }, { shape: [1, 2], from: 0, to: 1e-9 }], params: null },
  ],
  infer: ([a, tolerances]) => {
    const [m, n] = matrixOf(a.shape);
    const batch = broadcastShapes('pinv', [a.shape.slice(0, -2), tolerances.shape.slice(0, -2)]);
    return { shape: [...batch, n, m], dtype: a.dtype };
  },
  forward: (backend, [a, tolerances], out) => {
    const batch = out.shape.slice(0, -2);
    backend.pinv(
      { storage: a.storage, ...batched(a, batch) },
      { storage: tolerances.storage, ...batched(tolerances, batch) },
      out,
    );
  },
});

/**
 * The pseudoinverses of matrices `(…, M, N)`: singular values count as 0 up to an absolute and a relative tolerance,
 * `(…, 1, 2)`.
 */
export function pseudoinverse(a: Tensor, tolerances: Tensor): Tensor {
  return apply(pinvRow, [a, tolerances], null);
}

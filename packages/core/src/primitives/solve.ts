import { given, primitive } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { neg } from './elementwise.ts';
import { batched, matrixProduct, transposed } from './matmul.ts';

/** With X = A⁻¹ B and the cotangent G of X: that of B is A⁻ᵀ G, and that of A is −A⁻ᵀ G Xᵀ. */
const solveRow = primitive<null>({
  name: 'solve',
  vjp: [
    given([0, 'out'], (g, [a, x]) => neg(matrixProduct(solution(transposed(a), g), transposed(x)))),
    given([0], (g, [a]) => solution(transposed(a), g)),
  ],
  samples: [
    { inputs: [{ shape: [3, 3], diagonal: 4 }, { shape: [3, 2] }], params: null },
    { inputs: [{ shape: [2, 1, 2, 2], diagonal: 3 }, { shape: [3, 2, 1] }], params: null },
    { inputs: [{ shape: [2, 2], from: -1, to: 1 }, { shape: [2, 2] }], params: null },
    { inputs: [{ shape: [0, 0] }, { shape: [0, 2] }], params: null },
  ],
  infer: ([a, b]) => ({
    shape: [...broadcastShapes('solve', [a.shape.slice(0, -2), b.shape.slice(0, -2)]), ...b.shape.slice(-2)],
    dtype: a.dtype,
  }),
  forward: (backend, [a, b], out) => {
    const batch = out.shape.slice(0, -2);
    backend.solve(
      { storage: a.storage, ...batched(a, batch) },
      { storage: b.storage, ...batched(b, batch) },
      out,
    );
  },
});

/** `a⁻¹ @ b` for `(…, N, N)` and `(…, N, M)` of one float dtype, whose leading dims broadcast. */
export function solution(a: Tensor, b: Tensor): Tensor {
  return apply(solveRow, [a, b], null);
}

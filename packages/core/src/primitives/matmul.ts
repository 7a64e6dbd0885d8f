import { given, primitive } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import { broadcastShapes, broadcastStrides, type Geometry, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { permute } from './movement.ts';

const matmulRow = primitive<null>({
  name: 'matmul',
  vjp: [
    given([1], (g, [b]) => matrixProduct(g, transposed(b))),
    given([0], (g, [a]) => matrixProduct(transposed(a), g)),
  ],
  samples: [
    { inputs: [{ shape: [2, 3] }, { shape: [3, 4] }], params: null },
    { inputs: [{ shape: [2, 1, 2, 3] }, { shape: [3, 3, 1] }], params: null },
    { inputs: [{ shape: [1, 1] }, { shape: [1, 1] }], params: null },
    { inputs: [{ shape: [2, 0] }, { shape: [0, 3] }], params: null },
  ],
  infer: ([a, b]) => ({
    shape: [...batchOf(a, b), a.shape.at(-2) ?? 1, b.shape.at(-1) ?? 1],
    dtype: a.dtype,
  }),
  forward: (backend, [a, b], out) => {
    const batch = out.shape.slice(0, -2);
    backend.matmul(
      { storage: a.storage, ...batched(a, batch) },
      { storage: b.storage, ...batched(b, batch) },
      out,
    );
  },
});

/** `(…, M, K) @ (…, K, N) → (…, M, N)`; the leading dims broadcast. Shapes and dtypes are the caller's to check. */
export function matrixProduct(a: Tensor, b: Tensor): Tensor {
  return apply(matmulRow, [a, b], null);
}

function batchOf(a: Geometry, b: Geometry): Shape {
  return broadcastShapes('matmul', [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
}

/** Matrices repeated along the leading dims of the result. */
export function batched(x: Geometry, batch: Shape): Geometry {
  const shape = [...batch, ...x.shape.slice(-2)];
  return { shape, strides: broadcastStrides(x, shape), offset: x.offset };
}

/** The last two dims exchanged. */
export function transposed(x: Tensor): Tensor {
  const last = x.ndim - 1;
  return permute(
    x,
    x.shape.map((_, d) => (d === last ? last - 1 : d === last - 1 ? last : d)),
  );
}

import { notDifferentiable, primitive } from '../autograd/primitive.ts';
import type { PoolGeometry } from '../backend/backend.ts';
import { apply } from '../dispatch.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

interface PoolParams extends PoolGeometry {
  /** Sizes of the output's spatial dims, which depend on the rounding mode. */
  readonly sizes: Shape;
}

const maxPoolIndicesRow = primitive<PoolParams>({
  name: 'maxPoolIndices',
  vjp: notDifferentiable('a position is a whole number'),
  samples: [
    {
      inputs: [{ shape: [2, 2, 5, 4] }],
      params: {
        kernel: [2, 2],
        stride: [2, 2],
        dilation: [1, 1],
        padding: [
          [0, 0],
          [0, 0],
        ],
        sizes: [2, 2],
      },
    },
    {
      inputs: [{ shape: [1, 1, 6] }],
      params: { kernel: [3], stride: [1], dilation: [2], padding: [[1, 1]], sizes: [4] },
    },
  ],
  infer: ([x], { sizes }) => ({ shape: [...x.shape.slice(0, 2), ...sizes], dtype: 'int32' }),
  forward: (backend, [x], out, geometry) => backend.maxPoolIndices(x, out, geometry),
});

/**
 * Where the first largest element of each window lies, as its flat position in the spatial dims of `x (N, C, …S)`.
 * Max-pooling is this and a gather, which brings the gradient.
 */
export function maxPoolIndices(x: Tensor, params: PoolParams): Tensor {
  return apply(maxPoolIndicesRow, [x], params);
}

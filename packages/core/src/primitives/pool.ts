import { given, notDifferentiable, primitive } from '../autograd/primitive.ts';
import type { PoolGeometry } from '../backend/backend.ts';
import { apply } from '../dispatch.ts';
import { numelOf, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { gatherAlong } from './gather.ts';
import { reshape } from './movement.ts';

interface PoolParams extends PoolGeometry {
  /** Sizes of the output's spatial dims, which depend on the rounding mode. */
  readonly sizes: Shape;
}

const planes: PoolParams = {
  kernel: [2, 2],
  stride: [2, 2],
  dilation: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  sizes: [2, 2],
};

/** Windows that overlap. */
const lines: PoolParams = { kernel: [3], stride: [1], dilation: [2], padding: [[1, 1]], sizes: [4] };

const maxPoolIndicesRow = primitive<PoolParams>({
  name: 'maxPoolIndices',
  vjp: notDifferentiable('a position is a whole number'),
  samples: [
    { inputs: [{ shape: [2, 2, 5, 4] }], params: planes },
    { inputs: [{ shape: [1, 1, 6] }], params: lines },
  ],
  infer: ([x], { sizes }) => ({ shape: [...x.shape.slice(0, 2), ...sizes], dtype: 'int32' }),
  forward: (backend, [x], out, geometry) => backend.maxPoolIndices(x, out, geometry),
});

const maxPoolRow = primitive<PoolParams>({
  name: 'maxPool',
  vjp: given([0], (g, [x], { params }) => apply(maxPoolGradientRow, [x, g], params)),
  samples: [
    { inputs: [{ shape: [2, 2, 5, 4] }], params: planes },
    { inputs: [{ shape: [1, 1, 6] }], params: lines },
  ],
  infer: ([x], { sizes }) => ({ shape: [...x.shape.slice(0, 2), ...sizes], dtype: x.dtype }),
  forward: (backend, [x], out, geometry) => backend.maxPool(x, out, geometry),
});

/** Which element is the largest does not change with it, so that `x` has no gradient here. */
const maxPoolGradientRow = primitive<PoolParams>({
  name: 'maxPoolGradient',
  vjp: [given([], () => null), given([0], (g, [x], { params }) => atPositions(g, maxPoolIndices(x, params)))],
  samples: [
    { inputs: [{ shape: [2, 2, 5, 4] }, { shape: [2, 2, 2, 2] }], params: planes },
    { inputs: [{ shape: [1, 1, 6] }, { shape: [1, 1, 4] }], params: lines },
  ],
  infer: ([x]) => x,
  forward: (backend, [x, g], out, geometry) => backend.maxPoolGradient(x, g, out, geometry),
});

/** Where the first largest element of each window lies, as its flat position in the spatial dims of `x (N, C, …S)`. */
export function maxPoolIndices(x: Tensor, params: PoolParams): Tensor {
  return apply(maxPoolIndicesRow, [x], params);
}

/** The largest element of each window of `x (N, C, …S)`. */
export function maxPool(x: Tensor, params: PoolParams): Tensor {
  return apply(maxPoolRow, [x], params);
}

/** The elements of `x (N, C, …S)` at flat positions in its spatial dims. */
export function atPositions(x: Tensor, positions: Tensor): Tensor {
  const lead = x.shape.slice(0, 2);
  const flat = (view: Tensor) => reshape(view, [...lead, numelOf(view.shape.slice(2))]);
  return reshape(gatherAlong(flat(x), 2, flat(positions)), positions.shape);
}

import { notDifferentiable, primitive } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';

interface ArgsortParams {
  readonly dim: number;
  readonly descending: boolean;
  /** How many positions are wanted, from the first one on. */
  readonly count: number;
}

const argsortRow = primitive<ArgsortParams>({
  name: 'argsort',
  vjp: notDifferentiable('a position is a whole number'),
  samples: [
    { inputs: [{ shape: [7] }], params: { dim: 0, descending: false, count: 7 } },
    { inputs: [{ shape: [2, 5, 3] }], params: { dim: 1, descending: true, count: 2 } },
    { inputs: [{ shape: [0, 4] }], params: { dim: 1, descending: false, count: 4 } },
    { inputs: [{ shape: [3, 4] }], params: { dim: 0, descending: true, count: 0 } },
  ],
  infer: ([x], { dim, count }) => ({ shape: x.shape.with(dim, count), dtype: 'int32' }),
  forward: (backend, [x], out, { dim, descending }) => backend.argsort(x, dim, descending, out),
});

/**
 * Where the first `count` elements along a dim of a sorted order lie. Equal elements stay in the order they were in, and
 * NaN is larger than all numbers. Sorting is this and a gather, which brings the gradient.
 */
export function argsortAlong(x: Tensor, params: ArgsortParams): Tensor {
  return apply(argsortRow, [x], params);
}

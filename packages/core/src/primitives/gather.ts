import { given, notDifferentiable, primitive } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import { zerosFor } from './operand.ts';

const noIndexGradient = notDifferentiable('an index is a whole number');

const gatherRow = primitive<number>({
  name: 'gather',
  vjp: [
    given([1], (g, [index], { params: dim, inputs: [x] }) => scatterAddAlong(zerosFor(x), dim, index, g)),
    noIndexGradient,
  ],
  samples: [
    { inputs: [{ shape: [3, 4] }, { shape: [2, 4], dtype: 'int32', from: 0, to: 3 }], params: 0 },
    { inputs: [{ shape: [2, 3] }, { shape: [2, 5], dtype: 'int32', from: 0, to: 3 }], params: 1 },
    { inputs: [{ shape: [3] }, { shape: [0], dtype: 'int32', from: 0, to: 3 }], params: 0 },
  ],
  infer: ([x, index]) => ({ shape: index.shape, dtype: x.dtype }),
  forward: (backend, [x, index], out, dim) => backend.gather(x, dim, index, out),
});

const scatterAddRow = primitive<number>({
  name: 'scatterAdd',
  vjp: [
    given([], (g) => g),
    noIndexGradient,
    given([1], (g, [index], { params: dim }) => gatherAlong(g, dim, index)),
  ],
  samples: [
    {
      inputs: [{ shape: [3, 4] }, { shape: [2, 4], dtype: 'int32', from: 0, to: 3 }, { shape: [2, 4] }],
      params: 0,
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [2, 5], dtype: 'int32', from: 0, to: 3 }, { shape: [2, 5] }],
      params: 1,
    },
  ],
  infer: ([x]) => x,
  forward: (backend, [x, index, src], out, dim) => {
    backend.copy(x, out);
    backend.scatterAdd(out, dim, index, src);
  },
});

/** `x[i][index[i][j][k]][k]` for dim 1; sizes of `index` are at most those of `x` but along `dim`. */
export function gatherAlong(x: Tensor, dim: number, index: Tensor): Tensor {
  return apply(gatherRow, [x, index], dim);
}

/** `x` plus `src[i][j][k]` at `[i][index[i][j][k]][k]` for dim 1; the transpose of gather. */
export function scatterAddAlong(x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  return apply(scatterAddRow, [x, index, src], dim);
}

import { given, notDifferentiable, primitive } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import { DTypeError } from '../errors.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { broadcastTo, checkTensor, promoted, type TensorLike } from './operand.ts';

const piecewiseRow = primitive<null>({
  name: 'piecewise',
  isElementwise: true,
  vjp: [
    notDifferentiable('a condition is a truth value'),
    given([0, 3], (g, [condition, x]) => piecewise(x, condition, g, 0)),
    given([0, 3], (g, [condition, x]) => piecewise(x, condition, 0, g)),
    given([], () => null),
  ],
  samples: [
    {
      inputs: [{ shape: [2, 3], dtype: 'bool' }, { shape: [2, 3] }, { shape: [2, 3] }, { shape: [2, 3] }],
      params: null,
    },
    {
      inputs: [{ shape: [3], dtype: 'bool' }, { shape: [2, 1] }, { shape: [] }, { shape: [3] }],
      params: null,
    },
    { inputs: [{ shape: [0], dtype: 'bool' }, { shape: [1] }, { shape: [0] }, { shape: [0] }], params: null },
  ],
  infer: ([condition, a, b]) => ({
    shape: broadcastShapes('piecewise', [condition.shape, a.shape, b.shape]),
    dtype: a.dtype,
  }),
  forward: (backend, [condition, a, b], out) =>
    backend.where(broadcastTo(condition, out), broadcastTo(a, out), broadcastTo(b, out), out),
});

/**
 * `where(condition, a, b)` for a condition that was made of x, on which the result then depends, if only in steps. What
 * differs is the slope of a function of straight pieces: it is a function of x too, with slope 0, where that of `where`
 * would be a constant, which cannot be differentiated again.
 */
export function piecewise(x: Tensor, condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  if (checkTensor('piecewise', condition).dtype !== 'bool')
    throw new DTypeError({ op: 'piecewise', got: `a condition of ${condition.dtype}`, want: 'bool' });
  const branches = promoted('piecewise', [a, b]);
  return apply(piecewiseRow, [condition, ...branches, checkTensor('piecewise', x)], null);
}

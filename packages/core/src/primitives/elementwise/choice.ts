import { given, notDifferentiable, primitive } from '../../autograd/primitive.ts';
import { apply } from '../../dispatch.ts';
import { DTypeError } from '../../errors.ts';
import { broadcastShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { broadcastTo, checkTensor, promoted, type TensorLike } from '../operand.ts';
import { div, mul } from './arithmetic.ts';
import { eq, ge, gt, le, lt } from './comparison.ts';
import { binary, flat, positive, unary } from './rows.ts';

const whereRow = primitive<null>({
  name: 'where',
  isElementwise: true,
  vjp: [
    notDifferentiable('a condition is a truth value'),
    given([0], (g, [condition]) => where(condition, g, 0)),
    given([0], (g, [condition]) => where(condition, 0, g)),
  ],
  samples: [
    { inputs: [{ shape: [2, 3], dtype: 'bool' }, { shape: [2, 3] }, { shape: [2, 3] }], params: null },
    { inputs: [{ shape: [3], dtype: 'bool' }, { shape: [2, 1] }, { shape: [] }], params: null },
    { inputs: [{ shape: [0], dtype: 'bool' }, { shape: [1] }, { shape: [0] }], params: null },
  ],
  infer: ([condition, a, b]) => ({
    shape: broadcastShapes('where', [condition.shape, a.shape, b.shape]),
    dtype: a.dtype,
  }),
  forward: (backend, [condition, a, b], out) =>
    backend.where(broadcastTo(condition, out), broadcastTo(a, out), broadcastTo(b, out), out),
});

/**
 * Elements of `a` where `condition` holds and of `b` elsewhere; all three broadcast.
 * @throws DTypeError if `condition` is not bool
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  if (checkTensor('where', condition).dtype !== 'bool') {
    throw new DTypeError({
      op: 'where',
      got: `a condition of ${condition.dtype}`,
      want: 'bool',
      fix: 'Compare it: where(c.ne(0), a, b).',
    });
  }
  return apply(whereRow, [condition, ...promoted('where', [a, b])], null);
}

/** The larger; equal operands share the gradient; NaN wins. */
export const maximum = binary('maximum', 'same', [
  given([0, 1], (g, [a, b]) => shareOfWinner(g, lt(a, b), eq(a, b))),
  given([0, 1], (g, [a, b]) => shareOfWinner(g, lt(b, a), eq(a, b))),
]);
/** The smaller; equal operands share the gradient; NaN wins. */
export const minimum = binary('minimum', 'same', [
  given([0, 1], (g, [a, b]) => shareOfWinner(g, gt(a, b), eq(a, b))),
  given([0, 1], (g, [a, b]) => shareOfWinner(g, gt(b, a), eq(a, b))),
]);

/** The larger, as `maximum` has it, but the gradient of equal operands goes to the first. */
export const clampMin = binary(
  'maximum',
  'same',
  [
    given([0, 1], (g, [x, bound]) => where(ge(x, bound), g, 0)),
    given([0, 1], (g, [x, bound]) => where(lt(x, bound), g, 0)),
  ],
  { name: 'clampMin' },
);
/** The smaller, as `minimum` has it, but the gradient of equal operands goes to the first. */
export const clampMax = binary(
  'minimum',
  'same',
  [
    given([0, 1], (g, [x, bound]) => where(le(x, bound), g, 0)),
    given([0, 1], (g, [x, bound]) => where(gt(x, bound), g, 0)),
  ],
  { name: 'clampMax' },
);
/** The size of a with the sign of b, also of −0. */
export const copysign = binary(
  'copysign',
  'float',
  [given([0, 'out'], (g, [a, y]) => where(eq(a, 0), 0, mul(g, div(y, a)))), flat],
  positive,
);

/** g where y is above 0 or NaN, and 0 elsewhere: the gradient of `relu`, which depends on y, if only with slope 0. */
export const gate = binary('gate', 'same', [given([1], (g, [y]) => gate(g, y)), flat], positive);
/** max(x, 0); the slope at 0 is 0. */
export const relu = unary(
  'relu',
  'numbers',
  given(['out'], (g, [y]) => gate(g, y)),
  positive,
);

/** The cotangent for one of two that compete: none if it lost, half if they tied. */
function shareOfWinner(g: Tensor, lost: Tensor, tied: Tensor): Tensor {
  return where(lost, 0, where(tied, div(g, 2), g));
}

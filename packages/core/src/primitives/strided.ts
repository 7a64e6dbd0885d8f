import { given, primitive } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import { extentOf, type Geometry, mayOverlap, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { div } from './elementwise.ts';
import { contiguous, restride } from './movement.ts';
import { constant } from './operand.ts';

interface StridedParams {
  /** Where the input lies in the storage. */
  readonly from: Geometry;
  /** Where the view lies in it. */
  readonly to: Geometry;
}

const onSix = contiguous([2, 3]);
const overlapping: Geometry = { shape: [2, 2], strides: [1, 1], offset: 1 };

const stridedRow = primitive<StridedParams>({
  name: 'asStrided',
  vjp: given([], (g, _, { params: { from, to } }) => {
    const span = Math.max(extentOf(from)[1], extentOf(to)[1]);
    const back = restride(g, { from: to, to: from, span });
    if (!mayOverlap(from.shape, from.strides)) return back;
    // Elements of the input that share a place share what comes back to it.
    const whole = contiguous([span]);
    const shown = restride(constant(from.shape, 1, g.dtype), { from, to: whole, span });
    return div(back, restride(shown, { from: whole, to: from, span }));
  }),
  samples: [
    { inputs: [{ shape: [2, 3] }], params: { from: onSix, to: overlapping } },
    {
      inputs: [{ shape: [2, 3] }],
      params: { from: onSix, to: { shape: [3], strides: [2], offset: 0 } },
    },
  ],
  // An input that lies elsewhere than was said is read through a copy.
  view: (input, { from, to }) => (isSame(input, from) ? to : null),
});

function isSame(a: Geometry, b: Geometry): boolean {
  return sameShape(a.shape, b.shape) && sameShape(a.strides, b.strides) && a.offset === b.offset;
}

/** The storage of `x` through any geometry that lies inside it. */
export function strided(x: Tensor, to: Geometry): Tensor {
  const { shape, strides, offset } = x;
  return apply(stridedRow, [x], { from: { shape, strides, offset }, to });
}

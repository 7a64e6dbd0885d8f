import { given, primitive } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import { toFloat } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './copy.ts';
import { div, maximum, mul, sub } from './elementwise.ts';
import { broadcastTo, checkTensor, constant } from './operand.ts';

/**
 * The slope is 1 / p = (1 − p) / (p (1 − p)), whose denominator is kept from 0. So the slope of the cross-entropy
 * −t log p − (1 − t) log(1 − p) is (p − t) / max(p (1 − p), 10⁻¹²), which is PyTorch's.
 */
const boundedLogRow = primitive<null>({
  name: 'boundedLog',
  vjp: [
    given([0], (g, [p]) => {
      const rest = sub(1, p);
      return mul(g, div(rest, maximum(mul(p, rest), 1e-12)));
    }),
  ],
  samples: [{ inputs: [{ shape: [2, 3], from: 0.1, to: 0.9 }], params: null }],
  infer: ([p]) => ({ shape: p.shape, dtype: p.dtype }),
  forward: (backend, [p], out) => {
    backend.unary('log', p, out);
    backend.binary('maximum', out, broadcastTo(constant([], -100, out.storage.dtype), out), out);
  },
});

/** log p of a probability, no less than −100, with a finite slope at 0: what binary cross-entropy is made of. */
export function boundedLog(p: Tensor): Tensor {
  return apply(boundedLogRow, [cast(p, toFloat(checkTensor('boundedLog', p).dtype))], null);
}

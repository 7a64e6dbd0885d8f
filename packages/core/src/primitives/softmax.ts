import { given, type Primitive, primitive, type Rule, type Sample } from '../autograd/primitive.ts';
import type { SoftmaxKernel } from '../backend/backend.ts';
import { apply } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import { exp, mul, sub } from './elementwise.ts';
import { OnePass } from './one-pass.ts';
import { sumOver } from './reduce.ts';

/** The params are the dim. */
const samples: readonly Sample<number>[] = [
  { inputs: [{ shape: [2, 3] }], params: 1 },
  { inputs: [{ shape: [3, 2, 2] }], params: 0 },
  { inputs: [{ shape: [2, 5, 1] }], params: 1 },
  { inputs: [{ shape: [0, 3] }], params: 1 },
];

function normalization(kernel: SoftmaxKernel, rule: Rule<number>): Primitive<number> {
  return primitive<number>({
    name: kernel,
    vjp: [rule],
    samples,
    infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
    forward: (backend, [x], out, dim) => backend.softmax(kernel, x, dim, out),
  });
}

const softmaxSlope = new OnePass('softmaxBackward', 3, 0, (g, y, total) => mul(y, sub(g, total)));
const logSoftmaxSlope = new OnePass('logSoftmaxBackward', 3, 0, (g, y, total) => sub(g, mul(exp(y), total)));

// dyᵢ / dxⱼ = yᵢ (δᵢⱼ − yⱼ)
const softmaxRow = normalization(
  'softmax',
  given(['out'], (g, [y], { params: dim }: { params: number }) =>
    softmaxSlope.call([g, y, sumOver(mul(g, y), [dim])], []),
  ),
);

// dyᵢ / dxⱼ = δᵢⱼ − e^yⱼ
const logSoftmaxRow = normalization(
  'logSoftmax',
  given(['out'], (g, [y], { params: dim }: { params: number }) =>
    logSoftmaxSlope.call([g, y, sumOver(g, [dim])], []),
  ),
);

/** eˣ / Σ eˣ of a float tensor along a dim that is not empty. */
export function softmaxAlong(x: Tensor, dim: number): Tensor {
  return apply(softmaxRow, [x], dim);
}

/** The logarithm of the same, without the overflow and the rounding of taking it afterwards. */
export function logSoftmaxAlong(x: Tensor, dim: number): Tensor {
  return apply(logSoftmaxRow, [x], dim);
}

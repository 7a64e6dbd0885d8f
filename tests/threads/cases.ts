import {
  avgPool2d,
  type ConvOptions,
  cat,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  grad,
  logSoftmax,
  manualSeed,
  matmul,
  maxPool2d,
  randint,
  randn,
  setNumThreads,
  type Tensor,
  where,
} from '@retrograd/core';
import { F } from '@retrograd/nn';

/** Computes something from inputs that are the same each time. */
export type Case = () => readonly Tensor[];

setNumThreads(1); // no workers before somebody oversees them
manualSeed(11);
const leaf = (...shape: number[]) => randn(shape, { requiresGrad: true });

/** A result, and the gradients with respect to all that it is made of. */
function withGradients(inputs: readonly Tensor[], forward: () => Tensor): Case {
  const out = forward();
  const cotangent = randn(out.shape, { dtype: out.dtype as 'float32' });
  return () => {
    const result = forward();
    return [result, ...grad(result, inputs, { gradOutputs: cotangent })];
  };
}

type Convolution = (x: Tensor, w: Tensor, options: ConvOptions) => Tensor;

function convolution(
  conv: Convolution,
  [x, w]: readonly [x: readonly number[], w: readonly number[]],
  options: ConvOptions = {},
): Case {
  const [input, weight, bias] = [leaf(...x), leaf(...w), leaf(w[0] as number)];
  return withGradients([input, weight, bias], () => conv(input, weight, { ...options, bias }));
}

const convolutions: Record<string, Case> = {
  plain: convolution(conv2d, [
    [16, 3, 20, 20],
    [16, 3, 3, 3],
  ]),
  'one channel': convolution(conv2d, [
    [32, 1, 28, 28],
    [16, 1, 3, 3],
  ]),
  'stride and padding': convolution(
    conv2d,
    [
      [8, 6, 21, 19],
      [12, 6, 5, 3],
    ],
    { stride: [2, 3], padding: 2 },
  ),
  dilation: convolution(
    conv2d,
    [
      [8, 5, 24, 24],
      [7, 5, 3, 3],
    ],
    { dilation: 2, padding: 1 },
  ),
  groups: convolution(
    conv2d,
    [
      [8, 8, 18, 18],
      [12, 4, 3, 3],
    ],
    { groups: 2 },
  ),
  depthwise: convolution(
    conv2d,
    [
      [8, 24, 18, 18],
      [24, 1, 3, 3],
    ],
    { groups: 24, padding: 1 },
  ),
  pointwise: convolution(conv2d, [
    [8, 24, 15, 15],
    [40, 24, 1, 1],
  ]),
  'rows shorter than a vector': convolution(conv2d, [
    [64, 16, 5, 5],
    [32, 16, 3, 3],
  ]),
  'one dim': convolution(
    conv1d,
    [
      [8, 12, 300],
      [20, 12, 7],
    ],
    { padding: 3 },
  ),
  'three dims': convolution(conv3d, [
    [4, 3, 10, 11, 12],
    [6, 3, 3, 3, 3],
  ]),
  transposed: convolution(
    (x, w, { bias }) => convTranspose2d(x, w, { bias: bias ?? null, stride: 2 }),
    [
      [8, 12, 13, 13],
      [12, 12, 3, 3],
    ],
  ),
};

function product(a: readonly number[], b: readonly number[], dtype: 'float32' | 'float64' = 'float32'): Case {
  const operands = [a, b].map((shape) => randn(shape, { dtype, requiresGrad: true })) as [Tensor, Tensor];
  return withGradients(operands, () => matmul(...operands));
}

const products: Record<string, Case> = {
  square: product([256, 256], [256, 256]),
  'of odd sizes': product([131, 67], [67, 259]),
  'of few rows': product([3, 700], [700, 901]),
  'of few columns': product([900, 300], [300, 5]),
  batched: product([9, 40, 50], [9, 50, 61]),
  'of one matrix with many': product([9, 64, 50], [50, 70]),
  'in float64': product([120, 110], [110, 130], 'float64'),
};

const million = randn(1_000_003);
const plane = randn(1003, 997);
const block = randn(100, 50, 60);
const double = randn(300_001).to('float64');
const integers = randint(-50, 50, [700_001]);

const reductions: Record<string, Case> = {
  'sums of all': () => [million.sum(), plane.t().sum(), block.mean(), double.sum(), integers.sum()],
  'sums along a dim': () => [plane.sum(0), plane.sum(1), block.sum(1), block.sum([0, 2]), integers.sum(0)],
  products: () => [million.mul(0.001).add(1).prod(), plane.mul(0.01).add(1).prod(0)],
  extremes: () => [million.amax(), million.amin(), plane.amax(0), plane.amin(1), integers.amax()],
  positions: () => [plane.argmax(0), plane.argmax(1), plane.argmin(1), block.argmin(1)],
  'spread and size': () => [million.std(), plane.norm(2, 1), plane.softmax(1), plane.logsumexp(0)],
};

const [a, b] = [randn(300_007), randn(300_007)];
const [rows, column] = [randn(601, 499), randn(601, 1)];
const slot = leaf(301, 1000);

const elementwise: Record<string, Case> = {
  'of one': () => [a.exp(), a.tanh(), a.sigmoid(), a.sin(), a.relu(), a.abs().sqrt(), a.abs().log(), a.neg()],
  'of two': () => [a.add(b), a.mul(b), a.div(b), a.maximum(b), a.sub(b, { alpha: 0.3 }), a.lt(b), a.pow(2)],
  broadcast: () => [rows.mul(column), rows.add(rows.narrow(0, 3, 1)), rows.mul(0.7)],
  strided: () => [
    rows.t().add(1),
    rows.t().contiguous(),
    rows.narrow(1, 5, 480).exp(),
    rows.flip([1]).mul(2),
  ],
  choices: () => [where(a.gt(b), a, b), a.maskedFill(b.gt(0), 9)],
  conversions: () => [a.to('float64'), a.mul(9).to('int32'), a.gt(0).to('float32'), double.to('float32')],
  'in place': () => [a.clone().add_(b).mul_(b).exp_(), rows.clone().mul_(column)],
  'in float64': () => [double.exp(), double.mul(double), double.tanh()],
  'and their gradients': withGradients([slot], () => slot.tanh().mul(slot).add(slot.sigmoid())),
};

const images = leaf(16, 16, 32, 32);
const pools: Record<string, Case> = {
  'of pairs': withGradients([images], () => maxPool2d(images, 2)),
  'that overlap': withGradients([images], () => maxPool2d(images, 3, { stride: 2, padding: 1 })),
  'of averages': withGradients([images], () => avgPool2d(images, 3)),
};

const table = leaf(400, 200);
const [across, down] = [randint(0, 200, [400, 300]), randint(0, 400, [900, 200])];
const [labels, picks] = [randint(0, 200, [400]), randint(0, 400, [1000])];
const additions = randn(400, 300);
const lookups: Record<string, Case> = {
  'along rows': withGradients([table], () => table.gather(1, across)),
  'along columns': withGradients([table], () => table.gather(0, down)),
  'of rows': withGradients([table], () => table.indexSelect(0, picks)),
  'added up': () => [table.detach().scatterAdd(1, across, additions)],
  'put side by side': withGradients([table], () => cat([table, table.mul(2)], 1)),
  'of losses': withGradients([table], () => F.crossEntropy(logSoftmax(table.mul(3), 1), labels)),
};

export const families = { convolutions, products, reductions, elementwise, pools, lookups };

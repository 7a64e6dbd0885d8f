/** What a process is asked to do: repeat a piece of work, or, newly started, a first result or a training run. */
export type Kind = 'time' | 'cold' | 'memory';

export interface Case {
  readonly name: string;
  /** What `--only` takes beside the name. */
  readonly group: string;
  readonly about: string;
  readonly kind: Kind;
  readonly unit: 'ms' | 'µs' | 'MiB';
  /** Floating-point operations, a multiply-add being two. */
  readonly flops?: number;
  /** The number by which the peers must agree. */
  readonly check?: string;
  /** Takes slow peers minutes: they run it only if `--only` names it. */
  readonly long?: true;
}

// Multiply-adds of one image through the network: 1 → 16 and 16 → 32 channels, 3 × 3, then 800 → 10.
const conv1 = 16 * 26 * 26 * 9;
const conv2 = 32 * 11 * 11 * 16 * 9;
const linear = 800 * 10;
const forward = conv1 + conv2 + linear;
/** Each layer's weights have a gradient, and each layer's input but the first's. */
const backward = conv1 + 2 * (conv2 + linear);

const batch = 64;
const mlp = 2 * (784 * 256 + 256 * 10) + 256 * 10;

export const cases: readonly Case[] = [
  {
    name: 'step',
    group: 'step',
    about: 'training step of the MNIST CNN, batch 64: forward, loss, backward, SGD',
    kind: 'time',
    unit: 'ms',
    flops: 2 * batch * (forward + backward),
    check: 'loss of the fifth step',
  },
  {
    name: 'mlp',
    group: 'mlp',
    about: 'training step of an MLP 784-256-10, batch 64',
    kind: 'time',
    unit: 'ms',
    flops: 2 * batch * mlp,
    check: 'loss of the fifth step',
  },
  {
    name: 'inference-1',
    group: 'inference',
    about: 'the CNN forward, batch 1, no gradient',
    kind: 'time',
    unit: 'ms',
    flops: 2 * forward,
    check: 'sum of magnitudes',
  },
  {
    name: 'inference-64',
    group: 'inference',
    about: 'the CNN forward, batch 64, no gradient',
    kind: 'time',
    unit: 'ms',
    flops: 2 * batch * forward,
    check: 'sum of magnitudes',
  },
  ...[512, 1024].map(
    (n): Case => ({
      name: `matmul-${n}`,
      group: 'matmul',
      about: `product of two ${n} × ${n} matrices`,
      kind: 'time',
      unit: 'ms',
      flops: 2 * n ** 3,
      check: 'sum of magnitudes',
    }),
  ),
  {
    name: 'chain-forward',
    group: 'chain',
    about: 'tanh(x)·y + z of 1,000,000 elements, no gradient',
    kind: 'time',
    unit: 'ms',
    check: 'sum of magnitudes',
  },
  {
    name: 'chain',
    group: 'chain',
    about: 'the same with its sum, forward and backward to x, y and z',
    kind: 'time',
    unit: 'ms',
    check: "x's gradient, magnitudes",
  },
  {
    name: 'tiny',
    group: 'tiny',
    about: 'one addition of two vectors of 4, no gradient',
    kind: 'time',
    unit: 'µs',
  },
  {
    name: 'tiny-tape',
    group: 'tiny',
    about: 'the same, recorded on the tape',
    kind: 'time',
    unit: 'µs',
  },
  {
    name: 'cold',
    group: 'cold',
    about: 'a new process: from the import to the first product of two 64 × 64 matrices',
    kind: 'cold',
    unit: 'ms',
  },
  {
    name: 'vgg16',
    group: 'vgg16',
    about: 'VGG16 forward of one 224 × 224 image',
    kind: 'time',
    unit: 'ms',
    flops: 30.94e9,
    check: 'sum of magnitudes',
    long: true,
  },
  {
    name: 'epoch',
    group: 'epoch',
    about: "an epoch of the example script, its loader's work included",
    kind: 'time',
    unit: 'ms',
    check: 'mean loss',
    long: true,
  },
  {
    name: 'memory',
    group: 'memory',
    about: 'peak resident memory of a new process that trains two such epochs',
    kind: 'memory',
    unit: 'MiB',
    long: true,
  },
];

import {
  ArgumentError,
  checkTensor,
  type Generator,
  noGrad,
  numelOf,
  type Optional,
  optional,
  randn,
  randperm,
  ShapeError,
  showShape,
  type Tensor,
  tensor as tensorOf,
  truncatedNormal_,
  zeros,
} from '@retrograd/core';

/** Functions that fill a tensor in place, outside the tape, and give it back. They draw as PyTorch's `nn.init` does. */
export interface InitOptions {
  /** Where the numbers come from. Default: the generator that `manualSeed` seeds. */
  generator?: Generator;
}

export interface UniformOptions extends InitOptions {
  /** Default 0. */
  a?: number;
  /** Default 1. */
  b?: number;
}

export interface NormalOptions extends InitOptions {
  /** Default 0. */
  mean?: number;
  /** Default 1. */
  std?: number;
}

export interface TruncNormalOptions extends NormalOptions {
  /** The least value. Default −2. */
  a?: number;
  /** The largest value. Default 2. */
  b?: number;
}

export interface GainOptions extends InitOptions {
  /** What the standard deviation is multiplied by. Default 1. */
  gain?: number;
}

/** What follows the layer, to keep variances the same through both. */
export type Nonlinearity = keyof typeof gains | 'leakyRelu';

export interface KaimingOptions extends InitOptions {
  /** The slope below 0 of a leaky relu. Default 0. */
  a?: number;
  /** Keep the variance in the forward pass (`'fanIn'`, default) or in the backward pass. */
  mode?: 'fanIn' | 'fanOut';
  /** Default `'leakyRelu'`. */
  nonlinearity?: Nonlinearity;
}

const uniformOrder = ['a', 'b'] as const;
const normalOrder = ['mean', 'std'] as const;
const truncNormalOrder = ['mean', 'std', 'a', 'b'] as const;
const gainOrder = ['gain'] as const;
const kaimingOrder = ['a', 'mode', 'nonlinearity'] as const;

type GainRest = Optional<GainOptions, typeof gainOrder>;
type KaimingRest = Optional<KaimingOptions, typeof kaimingOrder>;

/** Uniform numbers in [a, b). */
export function uniform_(tensor: Tensor, ...rest: Optional<UniformOptions, typeof uniformOrder>): Tensor {
  const {
    a = 0,
    b = 1,
    generator,
  } = optional<UniformOptions>('init.uniform_', rest, uniformOrder, ['generator']);
  return noGrad(() => tensor.uniform_(a, b, { generator }));
}

/** Normal numbers. */
export function normal_(tensor: Tensor, ...rest: Optional<NormalOptions, typeof normalOrder>): Tensor {
  const {
    mean = 0,
    std = 1,
    generator,
  } = optional<NormalOptions>('init.normal_', rest, normalOrder, ['generator']);
  return noGrad(() => tensor.normal_(mean, std, { generator }));
}

/** Normal numbers that are kept within [a, b]. */
export function truncNormal_(
  tensor: Tensor,
  ...rest: Optional<TruncNormalOptions, typeof truncNormalOrder>
): Tensor {
  const options = optional<TruncNormalOptions>('init.truncNormal_', rest, truncNormalOrder, ['generator']);
  return noGrad(() => truncatedNormal_(tensor, options));
}

/** One value everywhere. */
export function constant_(tensor: Tensor, value: number): Tensor {
  return noGrad(() => tensor.fill_(value));
}

/** Ones. */
export function ones_(tensor: Tensor): Tensor {
  return constant_(tensor, 1);
}

/** Zeros. */
export function zeros_(tensor: Tensor): Tensor {
  return constant_(tensor, 0);
}

/** Ones on the diagonal of a matrix, zeros elsewhere. */
export function eye_(tensor: Tensor): Tensor {
  if (checkTensor('init.eye_', tensor).ndim !== 2) throw badShape('init.eye_', tensor, 'a matrix');
  const columns = tensor.size(1);
  return refilled(
    tensor,
    Float64Array.from({ length: tensor.numel }, (_, i) => Number(Math.floor(i / columns) === i % columns)),
  );
}

/** Glorot's: uniform within ±gain · √(6 / (fanIn + fanOut)). */
export function xavierUniform_(tensor: Tensor, ...rest: GainRest): Tensor {
  const options = optional<GainOptions>('init.xavierUniform_', rest, gainOrder, ['generator']);
  const bound = Math.sqrt(3) * xavierStd('init.xavierUniform_', tensor, options);
  return uniform_(tensor, { a: -bound, b: bound, generator: options.generator });
}

/** Glorot's: normal, of standard deviation gain · √(2 / (fanIn + fanOut)). */
export function xavierNormal_(tensor: Tensor, ...rest: GainRest): Tensor {
  const options = optional<GainOptions>('init.xavierNormal_', rest, gainOrder, ['generator']);
  const std = xavierStd('init.xavierNormal_', tensor, options);
  return normal_(tensor, { std, generator: options.generator });
}

/** He's: uniform within ±gain · √(3 / fan). */
export function kaimingUniform_(tensor: Tensor, ...rest: KaimingRest): Tensor {
  const options = optional<KaimingOptions>('init.kaimingUniform_', rest, kaimingOrder, ['generator']);
  const bound = Math.sqrt(3) * kaimingStd('init.kaimingUniform_', tensor, options);
  return uniform_(tensor, { a: -bound, b: bound, generator: options.generator });
}

/** He's: normal, of standard deviation gain / √fan. */
export function kaimingNormal_(tensor: Tensor, ...rest: KaimingRest): Tensor {
  const options = optional<KaimingOptions>('init.kaimingNormal_', rest, kaimingOrder, ['generator']);
  const std = kaimingStd('init.kaimingNormal_', tensor, options);
  return normal_(tensor, { std, generator: options.generator });
}

/**
 * A convolution's weight `(out, in, …kernel)` that hands its inputs on, as far as there are channels: a one in the middle of
 * the kernel from each channel to the same one, within each of `groups` groups (default 1), and zeros elsewhere.
 *
 * @throws ShapeError unless it has 3 to 5 dims, ArgumentError unless the groups divide the outputs
 */
export function dirac_(tensor: Tensor, groups = 1): Tensor {
  const op = 'init.dirac_';
  const { shape, ndim } = checkTensor(op, tensor);
  if (ndim < 3 || ndim > 5) throw badShape(op, tensor, 'a convolution’s weight, of 3 to 5 dims');
  const [out, channels, ...kernel] = shape as [number, number, ...number[]];
  if (!Number.isInteger(groups) || groups < 1 || out % groups !== 0)
    throw new ArgumentError({
      op,
      got: `${groups} groups of ${out} outputs`,
      want: 'groups that divide them',
    });
  const perGroup = out / groups;
  const values = new Float64Array(tensor.numel);
  const taps = numelOf(kernel);
  const middle = kernel.reduce((at, size) => at * size + Math.floor(size / 2), 0);
  for (let o = 0; taps > 0 && o < out; o++) {
    const channel = o % perGroup;
    if (channel < channels) values[(o * channels + channel) * taps + middle] = 1;
  }
  return refilled(tensor, values);
}

const sparseOrder = ['std'] as const;

export interface SparseOptions extends InitOptions {
  /** The standard deviation of what is not zero. Default 0.01. */
  std?: number;
}

/**
 * A matrix of normal numbers of which, in each column, a share of `sparsity` is zero, as Martens (2010) has it.
 *
 * @throws ShapeError unless it is a matrix, ArgumentError unless `sparsity` is from 0 to 1
 */
export function sparse_(
  tensor: Tensor,
  sparsity: number,
  ...rest: Optional<SparseOptions, typeof sparseOrder>
): Tensor {
  const op = 'init.sparse_';
  const { std = 0.01, generator } = optional<SparseOptions>(op, rest, sparseOrder, ['generator']);
  if (checkTensor(op, tensor).ndim !== 2) throw badShape(op, tensor, 'a matrix');
  if (!(sparsity >= 0 && sparsity <= 1))
    throw new ArgumentError({ op, got: `sparsity ${String(sparsity)}`, want: 'a share from 0 to 1' });
  const [rows, columns] = tensor.shape as [number, number];
  const zeroed = Math.ceil(sparsity * rows);
  normal_(tensor, { std, generator });
  const cleared = zeros(rows, columns, { dtype: 'bool' });
  for (let column = 0; column < columns; column++) {
    const places = randperm(rows, { generator }).narrow(0, 0, zeroed);
    cleared.select(1, column).indexFill_(0, places, 1);
  }
  return noGrad(() => tensor.maskedFill_(cleared, 0));
}

/**
 * An orthogonal matrix (the first dim against all others), times `gain`: of a normal matrix, the Q of its QR
 * decomposition with a positive diagonal in R. That Q is unique, so Gram and Schmidt's way finds the same.
 */
export function orthogonal_(tensor: Tensor, ...rest: GainRest): Tensor {
  const { gain = 1, generator } = optional<GainOptions>('init.orthogonal_', rest, gainOrder, ['generator']);
  const op = 'init.orthogonal_';
  const rows = checkRank(op, tensor).shape[0] as number;
  const columns = numelOf(tensor.shape.slice(1));
  if (tensor.numel === 0) return tensor;
  return noGrad(() => {
    const drawn = randn([rows, columns], { dtype: tensor.dtype, generator }).double();
    const matrix = rows < columns ? orthonormal(drawn) : orthonormal(drawn.t()).t();
    return tensor.copy_(matrix.mul(gain).reshape(tensor.shape));
  });
}

/** Makes rows orthonormal, by Gram and Schmidt's way, gone twice for each row, which brings rounding down to the last bits. */
function orthonormal(matrix: Tensor): Tensor {
  const rows = matrix.clone();
  for (let i = 0; i < rows.size(0); i++) {
    const [row, earlier] = [rows.select(0, i), rows.narrow(0, 0, i)];
    for (const _ of ['once', 'twice']) row.sub_(earlier.t().matmul(earlier.matmul(row)));
    row.div_(row.square().sum().sqrt());
  }
  return rows;
}

const gains = {
  linear: 1,
  conv1d: 1,
  conv2d: 1,
  conv3d: 1,
  convTranspose1d: 1,
  convTranspose2d: 1,
  convTranspose3d: 1,
  sigmoid: 1,
  tanh: 5 / 3,
  relu: Math.SQRT2,
  selu: 3 / 4,
};

/** The standard deviation by which a nonlinearity shrinks its input, inverted; `param` is a leaky relu's slope. */
export function calculateGain(nonlinearity: Nonlinearity, param = 0.01): number {
  if (nonlinearity === 'leakyRelu') return Math.sqrt(2 / (1 + param ** 2));
  if (Object.hasOwn(gains, nonlinearity)) return gains[nonlinearity];
  throw new ArgumentError({
    op: 'init.calculateGain',
    got: `the nonlinearity '${nonlinearity}'`,
    want: `one of ${[...Object.keys(gains), 'leakyRelu'].join(', ')}`,
  });
}

/** How many inputs each output of a weight `(out, in, …kernel)` sees, and the other way round. */
export function fanInAndOut(op: string, weight: Tensor): { fanIn: number; fanOut: number } {
  const [out = 0, channels = 0, ...kernel] = checkRank(op, weight).shape;
  const taps = numelOf(kernel);
  return { fanIn: channels * taps, fanOut: out * taps };
}

function xavierStd(op: string, tensor: Tensor, { gain = 1 }: GainOptions): number {
  const { fanIn, fanOut } = fanInAndOut(op, tensor);
  return gain * Math.sqrt(2 / Math.max(fanIn + fanOut, 1));
}

function kaimingStd(op: string, tensor: Tensor, options: KaimingOptions): number {
  const { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' } = options;
  const fans = fanInAndOut(op, tensor);
  const fan: number | undefined = { fanIn: fans.fanIn, fanOut: fans.fanOut }[mode];
  if (fan === undefined) throw new ArgumentError({ op, got: `mode '${mode}'`, want: "'fanIn' or 'fanOut'" });
  // Of a weight without elements nothing is drawn, whatever the deviation.
  return calculateGain(nonlinearity, a) / Math.sqrt(Math.max(fan, 1));
}

function refilled(tensor: Tensor, elements: Float32Array | Float64Array): Tensor {
  return noGrad(() => tensor.copy_(tensorOf(elements).reshape(tensor.shape)));
}

function checkRank(op: string, tensor: Tensor): Tensor {
  if (checkTensor(op, tensor).ndim >= 2) return tensor;
  throw badShape(
    op,
    tensor,
    'at least two dims, (out, in, …)',
    'Biases and scales have no fans: use uniform_, normal_ or constant_.',
  );
}

function badShape(op: string, { shape }: Tensor, want: string, fix?: string): ShapeError {
  const got = `a tensor of shape ${showShape(shape)}`;
  return new ShapeError(fix === undefined ? { op, got, want } : { op, got, want, fix });
}

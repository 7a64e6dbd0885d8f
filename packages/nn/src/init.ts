import {
  ArgumentError,
  checkTensor,
  fillTruncatedNormal,
  type Generator,
  noGrad,
  numelOf,
  type Optional,
  optional,
  ShapeError,
  showShape,
  type Tensor,
  tensor as tensorOf,
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
export type Nonlinearity = 'linear' | 'conv' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'selu';

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
  return noGrad(() => tensor.uniform_(a, b, generator && { generator }));
}

/** Normal numbers. */
export function normal_(tensor: Tensor, ...rest: Optional<NormalOptions, typeof normalOrder>): Tensor {
  const {
    mean = 0,
    std = 1,
    generator,
  } = optional<NormalOptions>('init.normal_', rest, normalOrder, ['generator']);
  return noGrad(() => tensor.normal_(mean, std, generator && { generator }));
}

/** Normal numbers that are kept within [a, b]. */
export function truncNormal_(
  tensor: Tensor,
  ...rest: Optional<TruncNormalOptions, typeof truncNormalOrder>
): Tensor {
  const options = optional<TruncNormalOptions>('init.truncNormal_', rest, truncNormalOrder, ['generator']);
  const floats = checkTensor('init.truncNormal_', tensor).dtype === 'float64' ? Float64Array : Float32Array;
  return refilled(tensor, fillTruncatedNormal(new floats(tensor.numel), options));
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
  const columns = checkRank('init.eye_', tensor, tensor.ndim === 2).shape[1] as number;
  return refilled(
    tensor,
    Float64Array.from({ length: tensor.numel }, (_, i) => Number(Math.floor(i / columns) === i % columns)),
  );
}

/** Glorot's: uniform within ±gain · √(6 / (fanIn + fanOut)). */
export function xavierUniform_(tensor: Tensor, ...rest: GainRest): Tensor {
  const options = optional<GainOptions>('init.xavierUniform_', rest, gainOrder, ['generator']);
  const bound = Math.sqrt(3) * xavierStd('init.xavierUniform_', tensor, options);
  return uniform_(tensor, { a: -bound, b: bound, ...generatorOf(options) });
}

/** Glorot's: normal, of standard deviation gain · √(2 / (fanIn + fanOut)). */
export function xavierNormal_(tensor: Tensor, ...rest: GainRest): Tensor {
  const options = optional<GainOptions>('init.xavierNormal_', rest, gainOrder, ['generator']);
  return normal_(tensor, { std: xavierStd('init.xavierNormal_', tensor, options), ...generatorOf(options) });
}

/** He's: uniform within ±gain · √(3 / fan). */
export function kaimingUniform_(tensor: Tensor, ...rest: KaimingRest): Tensor {
  const options = optional<KaimingOptions>('init.kaimingUniform_', rest, kaimingOrder, ['generator']);
  const bound = Math.sqrt(3) * kaimingStd('init.kaimingUniform_', tensor, options);
  return uniform_(tensor, { a: -bound, b: bound, ...generatorOf(options) });
}

/** He's: normal, of standard deviation gain / √fan. */
export function kaimingNormal_(tensor: Tensor, ...rest: KaimingRest): Tensor {
  const options = optional<KaimingOptions>('init.kaimingNormal_', rest, kaimingOrder, ['generator']);
  return normal_(tensor, {
    std: kaimingStd('init.kaimingNormal_', tensor, options),
    ...generatorOf(options),
  });
}

/**
 * An orthogonal matrix (the first dim against all others), times `gain`: of a normal matrix, the Q of its QR
 * decomposition with a positive diagonal in R. That Q is unique, so Gram and Schmidt's way finds the same.
 */
export function orthogonal_(tensor: Tensor, ...rest: GainRest): Tensor {
  const options = optional<GainOptions>('init.orthogonal_', rest, gainOrder, ['generator']);
  const op = 'init.orthogonal_';
  const rows = checkRank(op, tensor, tensor.ndim >= 2).shape[0] as number;
  const columns = numelOf(tensor.shape.slice(1));
  const drawn = normal_(tensor, generatorOf(options)).detach().reshape(rows, columns);
  const byRows = rows < columns;
  const vectors = (byRows ? drawn : drawn.t()).to('float64').toArray() as number[][];
  orthonormalise(vectors);
  const matrix = tensorOf(vectors, { dtype: 'float64' }).mul(options.gain ?? 1);
  return noGrad(() => tensor.copy_((byRows ? matrix : matrix.t()).reshape(tensor.shape)));
}

/** Gram and Schmidt's way, gone twice for each vector, which brings rounding down to the last bits. */
function orthonormalise(vectors: number[][]): void {
  for (const [i, vector] of vectors.entries()) {
    for (const earlier of [...vectors.slice(0, i), ...vectors.slice(0, i)]) {
      const share = dot(vector, earlier);
      for (const [k, component] of earlier.entries()) vector[k] = (vector[k] as number) - share * component;
    }
    const length = Math.sqrt(dot(vector, vector));
    for (const k of vector.keys()) vector[k] = (vector[k] as number) / length;
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, component, k) => sum + component * (b[k] as number), 0);
}

const gains: Record<Exclude<Nonlinearity, 'leakyRelu'>, number> = {
  linear: 1,
  conv: 1,
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
  const [out = 0, channels = 0, ...kernel] = checkRank(op, weight, weight.ndim >= 2).shape;
  const taps = numelOf(kernel);
  return { fanIn: channels * taps, fanOut: out * taps };
}

function xavierStd(op: string, tensor: Tensor, { gain = 1 }: GainOptions): number {
  const { fanIn, fanOut } = fanInAndOut(op, tensor);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

function kaimingStd(op: string, tensor: Tensor, options: KaimingOptions): number {
  const { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' } = options;
  const fans = fanInAndOut(op, tensor);
  const fan: number | undefined = { fanIn: fans.fanIn, fanOut: fans.fanOut }[mode];
  if (fan === undefined) throw new ArgumentError({ op, got: `mode '${mode}'`, want: "'fanIn' or 'fanOut'" });
  return calculateGain(nonlinearity, a) / Math.sqrt(fan);
}

function generatorOf({ generator }: InitOptions): InitOptions {
  return generator === undefined ? {} : { generator };
}

function refilled(tensor: Tensor, elements: Float32Array | Float64Array): Tensor {
  return noGrad(() => tensor.copy_(tensorOf(elements).reshape(tensor.shape)));
}

function checkRank(op: string, tensor: Tensor, fits: boolean): Tensor {
  if (fits) return tensor;
  throw new ShapeError({
    op,
    got: `a tensor of shape ${showShape(tensor.shape)}`,
    want: op === 'init.eye_' ? 'a matrix' : 'at least two dims, (out, in, …)',
    fix: 'Biases and scales have no fans: use uniform_, normal_ or constant_.',
  });
}

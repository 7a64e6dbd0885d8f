import {
  ArgumentError,
  avgPool2d,
  checkNumber,
  checkTensor,
  clamp,
  constantPad,
  type Dims,
  describe,
  fuse,
  noGrad,
  norm,
  type Optional,
  optional,
  rsqrt,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  Tensor,
  type TensorLike,
} from '@retrograd/core';
import { checkFloat, checkSameDtype } from '../checks.ts';

/** What a norm multiplies by and adds in the end. */
export interface AffineOptions {
  /** What each channel (in layer norm, each element) is multiplied by. */
  weight?: Tensor | null;
  /** What is added to each. */
  bias?: Tensor | null;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

const affineOrder = ['weight', 'bias', 'eps'] as const;
type AffineRest = Optional<AffineOptions, typeof affineOrder>;

interface Scaling {
  /** Broadcasts to the input. */
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly eps: number;
}

const affine = fuse('affine', (x, factor, bias) => x.mul(factor).add(bias));
const affineOfEach = fuse('affineOfEach', (x, factor, weight, bias) => x.mul(factor).mul(weight).add(bias));
const scaledEach = fuse('scaledEach', (x, factor, weight) => x.mul(factor).mul(weight));

/** x / √(variance + eps) · weight + bias, with a weight and a bias for each channel: one pass over memory. */
function scaled(x: Tensor, variance: Tensor, { weight, bias, eps }: Scaling): Tensor {
  const inverse = rsqrt(variance.add(eps));
  const factor = weight ? inverse.mul(weight) : inverse;
  return bias ? affine(x, factor, bias) : x.mul(factor);
}

/** The same with a weight and a bias for each element of a row: with these, factors would be as many as elements. */
function scaledRows(x: Tensor, variance: Tensor, { weight, bias, eps }: Scaling): Tensor {
  const inverse = rsqrt(variance.add(eps));
  if (weight === null) return bias ? affine(x, inverse, bias) : x.mul(inverse);
  return bias ? affineOfEach(x, inverse, weight, bias) : scaledEach(x, inverse, weight);
}

/** Elements less their mean over some dims, the mean, and the (biased) variance. */
function statistics(x: Tensor, dims: Dims) {
  const mean = x.mean(dims, { keepdim: true });
  const centred = x.sub(mean);
  return { mean, centred, variance: centred.mul(centred).mean(dims, { keepdim: true }) };
}

export interface BatchNormFunctionOptions extends AffineOptions {
  /** Use the statistics of this batch, and update the running ones. Default false. */
  training?: boolean;
  /** How far the running statistics go towards those of the batch. Default 0.1. */
  momentum?: TensorLike;
}

const batchOrder = ['weight', 'bias', 'training', 'momentum', 'eps'] as const;

/**
 * (x − mean) / √(variance + eps) · weight + bias for each channel (dim 1) of `x (N, C, …)`; `weight` and `bias` are
 * `(C)`. In training the mean and the (biased) variance are those of the batch, and the running ones `(C)` move
 * towards them, with the unbiased variance; otherwise the running ones are used.
 *
 * @throws ShapeError for tensors without channels, or of one element a channel in training; DTypeError for two dtypes
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  ...rest: Optional<BatchNormFunctionOptions, typeof batchOrder>
): Tensor {
  const op = 'batchNorm';
  const { training = false, ...options } = optional<BatchNormFunctionOptions>(op, rest, batchOrder);
  const batch = dimsOf(op, x).filter((d) => d !== 1);
  return perChannel(op, x, { ...options, runningMean, runningVar }, training ? batch : null);
}

export interface InstanceNormFunctionOptions extends AffineOptions {
  /** `(C)`; moves towards the mean over the batch of the means of the instances. */
  runningMean?: Tensor | null;
  /** `(C)`; likewise, of the unbiased variances. */
  runningVar?: Tensor | null;
  /** Use the statistics of each instance, not the running ones. Default true. */
  useInputStats?: boolean;
  /** How far the running statistics go. Default 0.1. */
  momentum?: TensorLike;
}

const instanceOrder = [
  'runningMean',
  'runningVar',
  'weight',
  'bias',
  'useInputStats',
  'momentum',
  'eps',
] as const;

/**
 * Batch norm with statistics for each channel of each element of the batch, over the spatial dims of `x (N, C, …)`.
 * @see batchNorm
 */
export function instanceNorm(
  x: Tensor,
  ...rest: Optional<InstanceNormFunctionOptions, typeof instanceOrder>
): Tensor {
  const op = 'instanceNorm';
  const { useInputStats = true, ...options } = optional<InstanceNormFunctionOptions>(op, rest, instanceOrder);
  return perChannel(op, x, options, useInputStats ? dimsOf(op, x).slice(2) : null);
}

function dimsOf(op: string, x: Tensor): number[] {
  return checkTensor(op, x).shape.map((_, d) => d);
}

type ChannelOptions = Omit<BatchNormFunctionOptions & InstanceNormFunctionOptions, 'training'>;

/** Batch and instance norm, which differ in the dims that they take statistics over; `null` for the running ones. */
function perChannel(op: string, x: Tensor, options: ChannelOptions, dims: number[] | null): Tensor {
  const { weight = null, bias = null, runningMean = null, runningVar = null } = options;
  const { momentum = 0.1, eps = 1e-5 } = options;
  checkChannels(op, x, { weight, bias, runningMean, runningVar });
  if (!(momentum instanceof Tensor)) checkNumber(op, 'momentum', momentum);
  checkNumber(op, 'eps', eps);
  if (x.numel === 0) return x.clone();
  const wide = (tensor: Tensor) => tensor.reshape(x.shape.map((size, d) => (d === 1 ? size : 1)));
  const scaling = { weight: weight && wide(weight), bias: bias && wide(bias), eps };
  if (dims !== null) {
    const count = checkCount(op, x, dims);
    const { mean, variance, centred } = statistics(x, dims);
    // The batch, if the statistics kept it, is averaged over.
    const ofChannels = (statistic: Tensor) => statistic.flatten(1).mean(0);
    noGrad(() => {
      runningMean?.lerp_(ofChannels(mean), momentum);
      runningVar?.lerp_(ofChannels(variance).mul(count / (count - 1)), momentum);
    });
    return scaled(centred, variance, scaling);
  }
  if (runningMean !== null && runningVar !== null)
    return scaled(x.sub(wide(runningMean)), wide(runningVar), scaling);
  throw new ShapeError({
    op,
    got: 'no running mean or variance to use',
    want: 'both, of shape (C,)',
    fix: 'Give { training: true } (or useInputStats) to use the statistics of the input.',
  });
}

function checkChannels(op: string, x: Tensor, each: Record<string, Tensor | null>): void {
  checkFloat(op, x);
  // A vector of nothing is let through, as PyTorch does.
  const [, channels = 0] = x.shape;
  if (x.ndim < 2 && x.numel > 0)
    throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: '(N, C, …)' });
  for (const [name, tensor] of Object.entries(each)) if (tensor) checkSize(op, x, name, tensor, [channels]);
}

/** @throws ShapeError unless a weight, bias or statistic of `x` has the shape that it must have */
function checkSize(op: string, x: Tensor, name: string, tensor: Tensor, shape: Shape): void {
  checkFloat(op, tensor);
  if (!sameShape(tensor.shape, shape)) {
    throw new ShapeError({
      op,
      got: `an input of shape ${showShape(x.shape)} and a ${name} of shape ${showShape(tensor.shape)}`,
      want: `a ${name} of shape ${showShape(shape)}`,
      fix: 'The channels are dim 1 of the input.',
    });
  }
  checkSameDtype(op, x, name, tensor.dtype);
}

/** Elements of each mean, of which a variance needs two. */
function checkCount(op: string, x: Tensor, dims: readonly number[]): number {
  const count = dims.reduce((product, d) => product * (x.shape[d] as number), 1);
  if (count !== 1) return count;
  throw new ShapeError({
    op,
    got: `shape ${showShape(x.shape)} in training: one value for each channel`,
    want: 'several, to have a variance',
    fix: 'Use a larger batch, or eval().',
  });
}

/**
 * (x − mean) / √(variance + eps) · weight + bias with statistics over the last dims, which `normalizedShape` names and
 * whose shape `weight` and `bias` have.
 * @throws ShapeError unless `x` ends in `normalizedShape`
 */
export function layerNorm(x: Tensor, normalizedShape: Shape, ...rest: AffineRest): Tensor {
  const op = 'layerNorm';
  const { weight = null, bias = null, eps = 1e-5 } = optional<AffineOptions>(op, rest, affineOrder);
  const dims = trailingDims(op, x, normalizedShape, { weight, bias });
  const { centred, variance } = statistics(x, dims);
  return scaledRows(centred, variance, { weight, bias, eps });
}

export interface RMSNormFunctionOptions {
  /** Of the shape `normalizedShape`. */
  weight?: Tensor | null;
  /** Added to the mean square. Default (`null`): the gap between 1 and the next number of the dtype. */
  eps?: number | null;
}

const rmsOrder = ['weight', 'eps'] as const;

/** The gap between 1 and the next larger number. */
const machineEpsilon: Readonly<Record<string, number>> = { float32: 2 ** -23, float64: Number.EPSILON };

/** x / √(mean of squares + eps) · weight over the last dims (Zhang and Sennrich, 2019). @see layerNorm */
export function rmsNorm(
  x: Tensor,
  normalizedShape: Shape,
  ...rest: Optional<RMSNormFunctionOptions, typeof rmsOrder>
): Tensor {
  const { weight = null, eps = null } = optional<RMSNormFunctionOptions>('rmsNorm', rest, rmsOrder);
  const dims = trailingDims('rmsNorm', x, normalizedShape, { weight });
  const meanSquare = x.mul(x).mean(dims, { keepdim: true });
  return scaledRows(x, meanSquare, { weight, bias: null, eps: eps ?? (machineEpsilon[x.dtype] as number) });
}

/** The dims at the end of `x` that have a given shape. */
function trailingDims(op: string, x: Tensor, shape: Shape, each: Record<string, Tensor | null>): number[] {
  checkFloat(op, x);
  if (!Array.isArray(shape) || shape.length === 0)
    throw new ArgumentError({
      op,
      got: `normalizedShape ${Array.isArray(shape) ? '[]' : describe(shape)}`,
      want: 'an array of one size or more',
    });
  if (!sameShape(x.shape.slice(-shape.length), shape)) {
    throw new ShapeError({
      op,
      got: `an input of shape ${showShape(x.shape)} for the normalised shape ${showShape(shape)}`,
      want: `(…, ${shape.join(', ')})`,
    });
  }
  for (const [name, tensor] of Object.entries(each)) if (tensor) checkSize(op, x, name, tensor, shape);
  return shape.map((_, i) => i - shape.length);
}

/**
 * Each of `numGroups` groups of neighbouring channels of `x (N, C, …)` brought to mean 0 and variance 1, then scaled and
 * shifted by the channel's `weight (C)` and `bias (C)`.
 */
export function groupNorm(x: Tensor, numGroups: number, ...rest: AffineRest): Tensor {
  const op = 'groupNorm';
  const { weight = null, bias = null, eps = 1e-5 } = optional<AffineOptions>(op, rest, affineOrder);
  checkChannels(op, x, { weight, bias });
  const [batch = 0, channels = 0] = x.shape;
  const size = channels / checkGroups(op, numGroups, channels);
  const inside = x.shape.slice(2).reduce((a, b) => a * b, 1);
  const grouped = x.reshape(batch, numGroups, size, inside);
  const wide = (tensor: Tensor | null) => tensor?.reshape(numGroups, size, 1) ?? null;
  const { centred, variance } = statistics(grouped, [2, 3]);
  return scaled(centred, variance, { weight: wide(weight), bias: wide(bias), eps }).reshape(x.shape);
}

/** @throws ArgumentError unless the channels fall into so many groups */
export function checkGroups(op: string, groups: number, channels: number): number {
  if (Number.isInteger(groups) && groups >= 1 && channels % groups === 0) return groups;
  throw new ArgumentError({ op, got: `${groups} groups of ${channels} channels`, want: 'a divisor of them' });
}

export interface LocalResponseNormFunctionOptions {
  /** Default 1e-4. */
  alpha?: number;
  /** Default 0.75. */
  beta?: number;
  /** Default 1. */
  k?: number;
}

export const localResponseOrder = ['alpha', 'beta', 'k'] as const;

/**
 * x / (k + alpha · the mean of squares over `size` neighbouring channels)^beta for `x (N, C, …)`, zeros counting as
 * channels beyond the edge (Krizhevsky et al., 2012).
 */
export function localResponseNorm(
  x: Tensor,
  size: number,
  ...rest: Optional<LocalResponseNormFunctionOptions, typeof localResponseOrder>
): Tensor {
  const op = 'localResponseNorm';
  const options = optional<LocalResponseNormFunctionOptions>(op, rest, localResponseOrder);
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  checkFloat(op, x);
  if (x.ndim < 3) throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: '(N, C, L, …)' });
  if (!Number.isInteger(size) || size < 1)
    throw new ArgumentError({ op, got: `size ${size}`, want: 'a whole number ≥ 1' });
  if (x.numel === 0) return x.clone();
  const squares = x.mul(x).flatten(2).unsqueeze(1);
  const padded = constantPad(squares, [0, 0, Math.floor(size / 2), Math.ceil(size / 2) - 1]);
  const means = avgPool2d(padded, [size, 1], 1).reshape(x.shape);
  return x.div(means.mul(alpha).add(k).pow(beta));
}

export interface NormalizeOptions {
  /** Of the norm. Default 2. */
  p?: number;
  /** One dim, or several. Default 1. */
  dim?: number | readonly number[];
  /** The least that is divided by. Default 1e-12. */
  eps?: number;
}

const normalizeOrder = ['p', 'dim', 'eps'] as const;

/** x / max(‖x‖ₚ, eps) along a dim: vectors of length 1. */
export function normalize(x: Tensor, ...rest: Optional<NormalizeOptions, typeof normalizeOrder>): Tensor {
  const { p = 2, dim = 1, eps = 1e-12 } = optional<NormalizeOptions>('normalize', rest, normalizeOrder);
  checkFloat('normalize', x);
  return x.div(clamp(norm(x, { p, dim, keepdim: true }), { min: eps }));
}

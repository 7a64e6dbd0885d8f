import {
  ArgumentError,
  checkNumber,
  checkOptions,
  exp,
  log,
  noGrad,
  type Optional,
  optional,
  ShapeError,
  sameShape,
  showShapes,
  type Tensor,
  where,
} from '@retrograd/core';
import { checkFloat, checkSameDtype } from '../../checks.ts';
import { checkPair, type LossOptions, type Reduction, reduce } from './reduction.ts';

/** (input − target)² */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions('mseLoss', options, ['reduction']);
  checkPair('mseLoss', input, target);
  const difference = input.sub(target);
  return reduce('mseLoss', difference.mul(difference), options.reduction);
}

/** |input − target| */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions('l1Loss', options, ['reduction']);
  checkPair('l1Loss', input, target);
  return reduce('l1Loss', input.sub(target).abs(), options.reduction);
}

export interface SmoothL1LossOptions extends LossOptions {
  /** Up to which difference it is a parabola; 0 makes it `l1Loss`. Default 1. */
  beta?: number;
}

/**
 * (input − target)² / (2 beta) for differences below beta, |input − target| − beta / 2 above.
 * @throws ArgumentError for a beta below 0
 */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  checkOptions('smoothL1Loss', options, ['beta', 'reduction']);
  const { beta = 1, reduction } = options;
  if (!(beta >= 0))
    throw new ArgumentError({ op: 'smoothL1Loss', got: `beta ${beta}`, want: 'a number ≥ 0' });
  checkPair('smoothL1Loss', input, target);
  const difference = input.sub(target);
  const losses = beta === 0 ? difference.abs() : huber(difference, beta).div(beta);
  return reduce('smoothL1Loss', losses, reduction);
}

export interface HuberLossOptions extends LossOptions {
  /** Up to which difference it is a parabola. Default 1. */
  delta?: number;
}

export const huberOrder = ['reduction', 'delta'] as const;

/**
 * (input − target)² / 2 for differences below delta, delta · (|input − target| − delta / 2) above.
 * @throws ArgumentError for a delta that is not above 0
 */
export function huberLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Optional<HuberLossOptions, typeof huberOrder>
): Tensor {
  const { reduction, delta = 1 } = optional<HuberLossOptions>('huberLoss', rest, huberOrder);
  if (!(delta > 0))
    throw new ArgumentError({ op: 'huberLoss', got: `delta ${delta}`, want: 'a number above 0' });
  checkPair('huberLoss', input, target);
  return reduce('huberLoss', huber(input.sub(target), delta), reduction);
}

/** With c, the difference d kept within ±delta, both branches are c · (d − c / 2), and no branch overflows. */
function huber(difference: Tensor, delta: number): Tensor {
  const kept = difference.clamp(-delta, delta);
  return kept.mul(difference.sub(kept.mul(0.5)));
}

export interface KlDivOptions {
  /** `'batchmean'`, the sum divided by the size of the first dim, is the divergence proper. Default `'mean'`. */
  reduction?: Reduction | 'batchmean';
  /** Whether the target holds logarithms of probabilities, as the input does. Default false. */
  logTarget?: boolean;
}

/** target · (log target − input), the Kullback–Leibler divergence from log-probabilities `input` to a `target`. */
export function klDiv(input: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  checkOptions('klDiv', options, ['reduction', 'logTarget']);
  const { reduction, logTarget = false } = options;
  checkPair('klDiv', input, target);
  const losses = logTarget ? exp(target).mul(target.sub(input)) : timesLog(target).sub(target.mul(input));
  if (reduction !== 'batchmean') return reduce('klDiv', losses, reduction);
  return input.ndim === 0 ? losses : losses.sum().div(input.size(0));
}

/** x · log x, which is 0 at 0. */
function timesLog(x: Tensor): Tensor {
  return x.mul(log(where(x.eq(0), 1, x)));
}

export interface PoissonNllLossOptions extends LossOptions {
  /** Whether the input is the logarithm of the rate, or else the rate itself. Default true. */
  logInput?: boolean;
  /** Add Stirling's approximation of log target! for targets above 1. Default false. */
  full?: boolean;
  /** Keeps the logarithm of a rate finite. Default 1e−8. */
  eps?: number;
}

// PyTorch has deprecated arguments behind these; what follows them goes by name.
export const poissonOrder = ['logInput', 'full'] as const;

/** The negative log-likelihood of counts `target` under Poisson's distribution: rate − target · log rate. */
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Optional<PoissonNllLossOptions, typeof poissonOrder>
): Tensor {
  const op = 'poissonNllLoss';
  const options = optional<PoissonNllLossOptions>(op, rest, poissonOrder, ['eps', 'reduction']);
  const { logInput = true, full = false, eps = 1e-8, reduction } = options;
  checkPair(op, input, target);
  checkNumber(op, 'eps', eps);
  const losses = logInput ? exp(input).sub(target.mul(input)) : input.sub(target.mul(log(input.add(eps))));
  return reduce(op, full ? losses.add(logFactorial(target)) : losses, reduction);
}

/** Stirling's n log n − n + ½ log(2πn) above 1, else 0. */
function logFactorial(n: Tensor): Tensor {
  const few = n.le(1);
  const many = where(few, 1, n);
  const stirling = many
    .mul(log(many))
    .sub(many)
    .add(log(many.mul(2 * Math.PI)).mul(0.5));
  return where(few, 0, stirling);
}

export interface GaussianNllLossOptions extends LossOptions {
  /** Add the constant ½ log 2π. Default false. */
  full?: boolean;
  /** The least variance; smaller ones count as this one, but have gradients as if they did not. Default 1e−6. */
  eps?: number;
}

const gaussianOrder = ['full', 'eps', 'reduction'] as const;

/**
 * The negative log-likelihood of `target` under normal distributions of mean `input` and variance `variance`:
 * ½ (log variance + (input − target)² / variance). The variance is of the shape of the input, or has a size of 1 for
 * its last dim, or lacks that dim. It is read, to refuse those below 0.
 * @throws ArgumentError for a variance below 0, ShapeError for one that does not fit
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  ...rest: Optional<GaussianNllLossOptions, typeof gaussianOrder>
): Tensor {
  const op = 'gaussianNllLoss';
  const { full = false, eps = 1e-6, reduction } = optional<GaussianNllLossOptions>(op, rest, gaussianOrder);
  if (!(eps > 0)) throw new ArgumentError({ op, got: `eps ${eps}`, want: 'a number above 0' });
  checkSameDtype(op, checkFloat(op, input), 'target', checkFloat(op, target).dtype);
  checkSameDtype(op, input, 'variance', checkFloat(op, variance).dtype);
  const kept = perElement(op, variance, input).clone();
  if (kept.lt(0).any().item())
    throw new ArgumentError({
      op,
      got: `a variance of ${kept.amin().item()}`,
      want: 'variances of at least 0',
    });
  noGrad(() => kept.clamp_({ min: eps }));
  const difference = input.sub(target);
  const losses = log(kept).add(difference.mul(difference).div(kept)).mul(0.5);
  return reduce(op, full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses, reduction);
}

function perElement(op: string, variance: Tensor, input: Tensor): Tensor {
  const lead = input.shape.slice(0, -1);
  const fits = [input.shape, [...lead, 1]].some((shape) => sameShape(shape, variance.shape));
  if (fits) return variance;
  if (sameShape(lead, variance.shape)) return variance.unsqueeze(-1);
  throw new ShapeError({
    op,
    got: `shapes ${showShapes([input.shape, variance.shape])}`,
    want: 'a variance of the shape of the input, whose last dim may be 1 or missing',
  });
}

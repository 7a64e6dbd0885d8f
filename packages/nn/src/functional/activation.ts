import {
  ArgumentError,
  checkOptions,
  erf,
  exp,
  expm1,
  log1p,
  mul,
  type Optional,
  optional,
  sigmoid,
  type Tensor,
  tanh,
  where,
} from '@retrograd/core';

export { logSoftmax, relu, sigmoid, softmax, tanh } from '@retrograd/core';

export interface LeakyReluOptions {
  /** Slope below 0. Default 0.01. */
  negativeSlope?: number;
}

export const leakyReluOrder = ['negativeSlope'] as const;

/** x above 0, `negativeSlope` · x below. */
export function leakyRelu(x: Tensor, ...rest: Optional<LeakyReluOptions, typeof leakyReluOrder>): Tensor {
  const { negativeSlope = 0.01 } = optional<LeakyReluOptions>('leakyRelu', rest, leakyReluOrder);
  return where(x.gt(0), x, mul(x, negativeSlope));
}

export interface EluOptions {
  /** −alpha is the limit far below 0. Default 1. */
  alpha?: number;
}

export const eluOrder = ['alpha'] as const;

/** x above 0, alpha · (eˣ − 1) below. */
export function elu(x: Tensor, ...rest: Optional<EluOptions, typeof eluOrder>): Tensor {
  const { alpha = 1 } = optional<EluOptions>('elu', rest, eluOrder);
  return where(x.gt(0), x, expm1(negativePart(x)).mul(alpha));
}

/** x · σ(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

export interface GeluOptions {
  /** `'tanh'` for the approximation that some published models were trained with. Default `'none'`. */
  approximate?: 'none' | 'tanh';
}

/** x · Φ(x), Φ being the distribution function of the standard normal. */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  checkOptions('gelu', options, ['approximate']);
  const { approximate = 'none' } = options;
  if (approximate !== 'none' && approximate !== 'tanh')
    throw new ArgumentError({ op: 'gelu', got: `approximate '${approximate}'`, want: "'none' or 'tanh'" });
  const twicePhi =
    approximate === 'tanh'
      ? tanh(mul(x.add(x.mul(x).mul(x).mul(0.044715)), Math.sqrt(2 / Math.PI)))
      : erf(mul(x, Math.SQRT1_2));
  return mul(x, 0.5).mul(twicePhi.add(1));
}

export interface SoftplusOptions {
  /** How sharp the bend is. Default 1. */
  beta?: number;
  /** Above this value of beta · x it is x itself. Default 20. */
  threshold?: number;
}

export const softplusOrder = ['beta', 'threshold'] as const;

/** log(1 + e^(beta · x)) / beta, a smooth relu. */
export function softplus(x: Tensor, ...rest: Optional<SoftplusOptions, typeof softplusOrder>): Tensor {
  const { beta = 1, threshold = 20 } = optional<SoftplusOptions>('softplus', rest, softplusOrder);
  const scaled = x.mul(beta);
  return where(scaled.gt(threshold), x, logOnePlusExp(scaled).div(beta));
}

/** log σ(x), without underflow. */
export function logSigmoid(x: Tensor): Tensor {
  return logOnePlusExp(x.neg()).neg();
}

/**
 * log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|), with both kinks cut so that they agree at 0: the slope there is ½.
 */
export function logOnePlusExp(x: Tensor): Tensor {
  const positive = x.gt(0);
  return where(positive, x, 0).add(log1p(exp(where(positive, x.neg(), x))));
}

/** min(x, 0). What a branch does not use must not overflow: 0 · ∞ would be a NaN in its gradient. */
function negativePart(x: Tensor): Tensor {
  return where(x.gt(0), 0, x);
}

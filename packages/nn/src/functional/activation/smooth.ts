import {
  ArgumentError,
  abs,
  checkNumber,
  checkOptions,
  div,
  erf,
  exp,
  expm1,
  fuse,
  log1p,
  mul,
  type Optional,
  optional,
  sigmoid,
  sub,
  type Tensor,
  type TensorLike,
  tanh,
  where,
} from '@retrograd/core';
import { checkFloat, checkNumeric } from '../../checks.ts';
import { type InplaceOptions, inplaceOrder, placed } from './in-place.ts';

export interface EluOptions extends InplaceOptions {
  /** −alpha is the limit far below 0. Default 1. */
  alpha?: number;
}

export const eluOrder = ['alpha', 'inplace'] as const;

/** x above 0, alpha · (eˣ − 1) below. */
export function elu(x: Tensor, ...rest: Optional<EluOptions, typeof eluOrder>): Tensor {
  const { alpha = 1, inplace = false } = optional<EluOptions>('elu', rest, eluOrder);
  return placed(checkFloat('elu', x), inplace, (from) => plainElu(from, alpha));
}

/** `elu` in place. */
export function elu_(x: Tensor, alpha = 1): Tensor {
  return elu(x, { alpha, inplace: true });
}

/**
 * x above 0, alpha · (e^(x / alpha) − 1) below: an `elu` whose slope is continuous for every alpha.
 * @throws ArgumentError for an alpha of 0
 */
export function celu(x: Tensor, ...rest: Optional<EluOptions, typeof eluOrder>): Tensor {
  const { alpha = 1, inplace = false } = optional<EluOptions>('celu', rest, eluOrder);
  if (typeof alpha !== 'number' || alpha === 0)
    throw new ArgumentError({ op: 'celu', got: `alpha ${String(alpha)}`, want: 'a number that is not 0' });
  return placed(checkFloat('celu', x), inplace, (from) => smoothElu(from, alpha, 1 / alpha));
}

/** `celu` in place. */
export function celu_(x: Tensor, alpha = 1): Tensor {
  return celu(x, { alpha, inplace: true });
}

// For these two, activations of mean 0 and variance 1 stay so (Klambauer et al., Self-Normalizing Neural Networks, 2017).
const selu01 = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };

/** scale · `elu`(x), with a scale and an alpha that keep mean 0 and variance 1 from layer to layer. */
export function selu(x: Tensor, ...rest: Optional<InplaceOptions, typeof inplaceOrder>): Tensor {
  const { inplace = false } = optional<InplaceOptions>('selu', rest, inplaceOrder);
  const { alpha, scale } = selu01;
  return placed(checkFloat('selu', x), inplace, (from) => scaledElu(from, alpha, scale));
}

/** `selu` in place. */
export function selu_(x: Tensor): Tensor {
  return selu(x, { inplace: true });
}

/** x above 0, alpha · (e^(rate · x) − 1) below. The branch that is not used sees 0, since 0 · ∞ would be NaN. */
function exponentialBelow(x: Tensor, alpha: Tensor, rate: TensorLike): Tensor {
  const below = x.le(0);
  return where(below, expm1(mul(where(below, x, 0), rate)).mul(alpha), x);
}

const plainElu = fuse('elu', (x, alpha) => exponentialBelow(x, alpha, 1), 1);
const smoothElu = fuse('celu', (x, alpha, rate) => exponentialBelow(x, alpha, rate), 2);
const scaledElu = fuse('selu', (x, alpha, scale) => exponentialBelow(x, alpha, 1).mul(scale), 2);

const swish = fuse('silu', (x) => mul(x, sigmoid(x)));

/** x · σ(x), also called swish. */
export function silu(x: Tensor, ...rest: Optional<InplaceOptions, typeof inplaceOrder>): Tensor {
  const { inplace = false } = optional<InplaceOptions>('silu', rest, inplaceOrder);
  return placed(checkFloat('silu', x), inplace, swish);
}

const selfGated = fuse('mish', (x) => mul(x, tanh(logOnePlusExp(x))));

/** x · tanh(softplus(x)) */
export function mish(x: Tensor, ...rest: Optional<InplaceOptions, typeof inplaceOrder>): Tensor {
  const { inplace = false } = optional<InplaceOptions>('mish', rest, inplaceOrder);
  return placed(checkFloat('mish', x), inplace, selfGated);
}

export interface GeluOptions {
  /** `'tanh'` for the approximation that some published models were trained with. Default `'none'`. */
  approximate?: 'none' | 'tanh';
}

const geluByErf = fuse('gelu', (x) => mul(x, 0.5).mul(erf(mul(x, Math.SQRT1_2)).add(1)));
const geluByTanh = fuse('gelu', (x) => {
  const inner = mul(x.add(x.mul(x).mul(x).mul(0.044715)), Math.sqrt(2 / Math.PI));
  return mul(x, 0.5).mul(tanh(inner).add(1));
});

/** x · Φ(x), Φ being the distribution function of the standard normal. */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  checkOptions('gelu', options, ['approximate']);
  const { approximate = 'none' } = options;
  if (approximate !== 'none' && approximate !== 'tanh')
    throw new ArgumentError({ op: 'gelu', got: `approximate '${approximate}'`, want: "'none' or 'tanh'" });
  return (approximate === 'tanh' ? geluByTanh : geluByErf)(checkFloat('gelu', x));
}

export interface SoftplusOptions {
  /** How sharp the bend is. Default 1. */
  beta?: number;
  /** Above this value of beta · x it is x itself. Default 20. */
  threshold?: number;
}

export const softplusOrder = ['beta', 'threshold'] as const;

const bend = fuse(
  'softplus',
  (x, beta, inverse, threshold) => {
    const inner = x.mul(beta);
    return where(inner.gt(threshold), x, logOnePlusExp(inner).mul(inverse));
  },
  3,
);

/** log(1 + e^(beta · x)) / beta, a smooth relu. */
export function softplus(x: Tensor, ...rest: Optional<SoftplusOptions, typeof softplusOrder>): Tensor {
  const { beta = 1, threshold = 20 } = optional<SoftplusOptions>('softplus', rest, softplusOrder);
  const sharpness = checkNumber('softplus', 'beta', beta);
  return bend(checkFloat('softplus', x), sharpness, 1 / sharpness, threshold);
}

const logOfSigmoid = fuse('logsigmoid', (x) => logOnePlusExp(x.neg()).neg());

/** log σ(x), without underflow. */
export function logsigmoid(x: Tensor): Tensor {
  return logOfSigmoid(checkFloat('logsigmoid', x));
}

/** log(1 + e^−|x|), given where x is above 0: its slope at 0 is that from below, ½. */
export function logOnePlusExpBelow(x: Tensor, positive: Tensor): Tensor {
  return log1p(exp(where(positive, x.neg(), x)));
}

/**
 * log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|), with both kinks cut so that they agree at 0: the slope there is ½.
 */
export const logOnePlusExp: (x: Tensor) => Tensor = fuse('softplus', (x) => {
  const positive = x.gt(0);
  return where(positive, x, 0).add(logOnePlusExpBelow(x, positive));
});

const overItsSize = fuse('softsign', (x) => div(x, abs(x).add(1)));

/** x / (1 + |x|) */
export function softsign(x: Tensor): Tensor {
  return overItsSize(checkNumeric('softsign', x));
}

const lessTanh = fuse('tanhshrink', (x) => sub(x, tanh(x)));

/** x − tanh(x) */
export function tanhshrink(x: Tensor): Tensor {
  return lessTanh(checkNumeric('tanhshrink', x));
}

import {
  ArgumentError,
  type DType,
  fuse,
  type Generator,
  type Optional,
  onesLike,
  optional,
  ShapeError,
  showShape,
  sigmoid,
  softmax,
  type Tensor,
  zerosLike,
} from '@retrograd/core';
import { checkFloat, checkNumeric } from '../../checks.ts';

/** e⁻ˣ / Σ e⁻ˣ along a dim. */
export function softmin(x: Tensor, dim: number, ...rest: Optional<{ dtype?: DType }, ['dtype']>): Tensor {
  const { dtype } = optional<{ dtype?: DType }>('softmin', rest, ['dtype']);
  const from = dtype === undefined ? checkNumeric('softmin', x) : checkNumeric('softmin', x).to(dtype);
  return softmax(from.isFloatingPoint ? from.neg() : from.to('float32').neg(), dim);
}

export interface GluOptions {
  /** Which dim is halved. Default −1. */
  dim?: number;
}

export const gluOrder = ['dim'] as const;

const gate = fuse('glu', (a, b) => a.mul(sigmoid(b)));

/**
 * a · σ(b), a and b being the halves of x along a dim (Dauphin et al., Language Modeling with Gated Convolutional
 * Networks, 2017).
 * @throws ShapeError if the dim cannot be halved
 */
export function glu(x: Tensor, ...rest: Optional<GluOptions, typeof gluOrder>): Tensor {
  const { dim = -1 } = optional<GluOptions>('glu', rest, gluOrder);
  if (checkFloat('glu', x).ndim === 0) throw notHalved(x, dim);
  const size = x.size(dim);
  if (size % 2 !== 0) throw notHalved(x, dim);
  return gate(x.narrow(dim, 0, size / 2), x.narrow(dim, size / 2, size / 2));
}

function notHalved(x: Tensor, dim: number): ShapeError {
  return new ShapeError({
    op: 'glu',
    got: `shape ${showShape(x.shape)}`,
    want: `an even size along dim ${dim}`,
  });
}

export interface GumbelSoftmaxOptions {
  /** The temperature: the lower, the nearer to one-hot. Default 1. */
  tau?: number;
  /** Give one-hot vectors, with the gradients of the soft ones. Default false. */
  hard?: boolean;
  /** Default −1. */
  dim?: number;
  /** Where the noise comes from. Default: the generator that `manualSeed` seeds. */
  generator?: Generator;
}

const gumbelOrder = ['tau', 'hard'] as const;

/**
 * Samples of a categorical distribution, of which `logits` are the unnormalised logarithms, that gradients pass through
 * (Jang et al., Categorical Reparameterization with Gumbel-Softmax, 2017): softmax((logits + noise) / tau).
 */
export function gumbelSoftmax(
  logits: Tensor,
  ...rest: Optional<GumbelSoftmaxOptions, typeof gumbelOrder>
): Tensor {
  const options = optional<GumbelSoftmaxOptions>('gumbelSoftmax', rest, gumbelOrder, ['dim', 'generator']);
  const { tau = 1, hard = false, dim = -1, generator } = options;
  if (!(tau > 0))
    throw new ArgumentError({ op: 'gumbelSoftmax', got: `tau ${tau}`, want: 'a number above 0' });
  // −log E has Gumbel's distribution if E has the exponential one.
  const exponential = zerosLike(checkFloat('gumbelSoftmax', logits)).exponential_(1, { generator });
  const soft = softmax(logits.sub(exponential.log()).div(tau), dim);
  if (!hard) return soft;
  const chosen = soft.argmax(dim, { keepdim: true });
  const oneHot = zerosLike(soft).scatterAdd(dim, chosen, onesLike(soft));
  // The value of the one, the gradient of the other.
  return oneHot.sub(soft.detach()).add(soft);
}

import {
  ArgumentError,
  checkTensor,
  fuse,
  type Generator,
  type Optional,
  optional,
  type Shape,
  ShapeError,
  showShape,
  type Tensor,
  zeros,
} from '@retrograd/core';
import { checkFloat } from '../checks.ts';

export interface DropoutFunctionOptions {
  /** The probability with which an element is dropped. Default 0.5. */
  p?: number;
  /** Without it, nothing is dropped. Default true. */
  training?: boolean;
  /** Where the mask comes from. Default: the generator that `manualSeed` seeds. */
  generator?: Generator;
}

const order = ['p', 'training'] as const;
type Rest = Optional<DropoutFunctionOptions, typeof order>;

/** Makes elements 0 with probability `p`, and the others 1/(1 − p) times larger, so that the mean stays. */
export function dropout(x: Tensor, ...rest: Rest): Tensor {
  return dropped('dropout', x, checkTensor('dropout', x).shape, rest);
}

/** Drops whole channels of `(N, C, L)` (or `(C, L)`). @see dropout */
export function dropout1d(x: Tensor, ...rest: Rest): Tensor {
  return dropped('dropout1d', x, channelsOf('dropout1d', x, { 2: 1, 3: 2 }), rest);
}

/** Drops whole channels of `(N, C, H, W)`; a tensor of three dims is `(N, C, L)`, as in PyTorch. @see dropout */
export function dropout2d(x: Tensor, ...rest: Rest): Tensor {
  return dropped('dropout2d', x, channelsOf('dropout2d', x, { 3: 2, 4: 2 }), rest);
}

/** Drops whole channels of `(N, C, D, H, W)` (or `(C, D, H, W)`). @see dropout */
export function dropout3d(x: Tensor, ...rest: Rest): Tensor {
  return dropped('dropout3d', x, channelsOf('dropout3d', x, { 4: 1, 5: 2 }), rest);
}

/**
 * Dropout for SELU (Klambauer et al., 2017): what is dropped becomes SELU's lower limit, and all is scaled and shifted so
 * that the mean and the variance stay. `p` is 0.5 by default.
 */
export function alphaDropout(x: Tensor, ...rest: Rest): Tensor {
  return dropped('alphaDropout', x, checkTensor('alphaDropout', x).shape, rest, toLimit);
}

/** The same for whole channels of `(N, C, …)`. @see alphaDropout */
export function featureAlphaDropout(x: Tensor, ...rest: Rest): Tensor {
  const op = 'featureAlphaDropout';
  const { ndim, shape } = checkTensor(op, x);
  if (ndim < 2) throw new ShapeError({ op, got: `shape ${showShape(shape)}`, want: '(N, C, …)' });
  return dropped(op, x, perChannel(shape, 2), rest, toLimit);
}

/** The shape of a mask of channels: the sizes of the first dims, and 1 for the others. */
function perChannel(shape: Shape, lead: number): Shape {
  return shape.map((size, d) => (d < lead ? size : 1));
}

/** @param leading for each number of dims that an input may have, how many of the first ones tell its channels apart */
function channelsOf(op: string, x: Tensor, leading: Readonly<Record<number, number>>): Shape {
  const { ndim, shape } = checkTensor(op, x);
  const lead = leading[ndim];
  if (lead !== undefined) return perChannel(shape, lead);
  throw new ShapeError({
    op,
    got: `shape ${showShape(shape)}`,
    want: `${Object.keys(leading).join(' or ')} dims`,
  });
}

type Combine = (x: Tensor, kept: Tensor, p: number) => Tensor;

const scaled = fuse('dropout', (x, kept, keep) => x.mul(kept.div(keep)), 1);
const toZero: Combine = (x, kept, p) => scaled(x, kept, 1 - p);

/** Minus SELU's limit far below 0, scale · alpha. */
const limit = 1.7580993408473766;

const toLimit: Combine = (x, kept, p) => {
  const scale = 1 / Math.sqrt((limit ** 2 * p + 1) * (1 - p));
  const shift = kept
    .sub(1)
    .mul_(limit * scale)
    .add_(limit * scale * p);
  return x.mul(kept.mul_(scale)).add(shift);
};

/** The mask is drawn as PyTorch draws it, so that the same seed drops the same elements. */
function dropped(op: string, x: Tensor, mask: Shape, rest: Rest, combine = toZero): Tensor {
  const {
    p = 0.5,
    training = true,
    generator,
  } = optional<DropoutFunctionOptions>(op, rest, order, ['generator']);
  checkProbability(op, p);
  if (!training || p === 0 || x.numel === 0) return x;
  checkFloat(op, x);
  if (p === 1) return x.mul(0);
  const kept = zeros(mask, { dtype: x.dtype }).bernoulli(1 - p, { generator });
  return combine(x, kept, p);
}

/** @throws ArgumentError for what is no probability */
export function checkProbability(op: string, p: unknown): number {
  if (typeof p === 'number' && p >= 0 && p <= 1) return p;
  throw new ArgumentError({ op, got: `p ${String(p)}`, want: 'a probability from 0 to 1' });
}

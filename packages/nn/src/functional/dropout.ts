import {
  ArgumentError,
  checkTensor,
  type Generator,
  type Optional,
  optional,
  type Shape,
  ShapeError,
  showShape,
  type Tensor,
  zeros,
} from '@retrograd/core';

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

/** Drops whole channels of `(N, C, H, W)` (or `(C, H, W)`). @see dropout */
export function dropout2d(x: Tensor, ...rest: Rest): Tensor {
  if (checkTensor('dropout2d', x).ndim !== 3 && x.ndim !== 4) {
    throw new ShapeError({
      op: 'dropout2d',
      got: `shape ${showShape(x.shape)}`,
      want: '(N, C, H, W) or (C, H, W)',
    });
  }
  const channels = x.ndim - 2;
  const mask = x.shape.map((size, d) => (d < channels ? size : 1));
  return dropped('dropout2d', x, mask, rest);
}

/** The mask is drawn as PyTorch draws it, so that the same seed drops the same elements. */
function dropped(op: string, x: Tensor, mask: Shape, rest: Rest): Tensor {
  const {
    p = 0.5,
    training = true,
    generator,
  } = optional<DropoutFunctionOptions>(op, rest, order, ['generator']);
  checkProbability(op, p);
  if (!training || p === 0 || x.numel === 0) return x;
  if (p === 1) return x.mul(0);
  const kept = zeros(mask, { dtype: x.dtype }).bernoulli_(1 - p, generator && { generator });
  return x.mul(kept.div_(1 - p));
}

/** @throws ArgumentError for what is no probability */
export function checkProbability(op: string, p: unknown): number {
  if (typeof p === 'number' && p >= 0 && p <= 1) return p;
  throw new ArgumentError({ op, got: `p ${String(p)}`, want: 'a probability from 0 to 1' });
}

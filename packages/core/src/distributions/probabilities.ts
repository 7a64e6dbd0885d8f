import { ArgumentError } from '../errors.ts';
import { type Optional, optional } from '../ops/arguments.ts';
import { finfo } from '../ops/facts.ts';
import type { TensorLike } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import type { DistributionOptions } from './distribution.ts';

export interface ProbabilityOptions<T = TensorLike> extends DistributionOptions {
  /** Probabilities. One of the two is given. */
  probs?: T | null;
  /** Their log-odds; of several classes, their logarithms, but for a constant. */
  logits?: T | null;
}

export const probabilityOrder = ['probs', 'logits'] as const;

export type Probabilities<T = TensorLike> = Optional<ProbabilityOptions<T>, typeof probabilityOrder>;

/** The one of the two that is given. */
export type Given<T> = DistributionOptions & ({ probs: T; logits: null } | { probs: null; logits: T });

/** @throws ArgumentError unless one of the two is given */
export function given<T>(op: string, rest: Probabilities<T>): Given<T> {
  const { probs, logits, ...options } = optional<ProbabilityOptions<T>>(op, rest, probabilityOrder, [
    'validateArgs',
  ]);
  const [p, l] = [probs ?? null, logits ?? null];
  if (p !== null && l === null) return { probs: p, logits: null, ...options };
  if (p === null && l !== null) return { probs: null, logits: l, ...options };
  throw new ArgumentError({ op, got: p === null ? 'neither' : 'both', want: 'either probs or logits' });
}

/** Away from 0 and 1, where logarithms are infinite. */
export function clamped(probs: Tensor): Tensor {
  const { eps } = finfo(probs.dtype);
  return probs.clamp(eps, 1 - eps);
}

/** log(p / (1 − p)) */
export function logOdds(probs: Tensor): Tensor {
  const inside = clamped(probs);
  return inside.log().sub(inside.neg().log1p());
}

/** log(1 + eˣ) */
export function softplus(x: Tensor): Tensor {
  return x.logaddexp(x.mul(0));
}

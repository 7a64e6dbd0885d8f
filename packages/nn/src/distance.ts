import { type Optional, optional, type Tensor } from '@retrograd/core';
import {
  type CosineSimilarityOptions,
  cosineSimilarity,
  type PairwiseDistanceOptions,
  pairwiseDistance,
} from './functional/distance.ts';
import { Module } from './module.ts';

/** The cosine of the angle between vectors along a dim. */
export class CosineSimilarity extends Module {
  readonly dim: number;
  readonly eps: number;

  constructor(...rest: Optional<CosineSimilarityOptions, ['dim', 'eps']>) {
    super();
    const { dim = 1, eps = 1e-8 } = optional<CosineSimilarityOptions>('CosineSimilarity', rest, [
      'dim',
      'eps',
    ]);
    this.dim = dim;
    this.eps = eps;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return cosineSimilarity(x1, x2, this.dim, this.eps);
  }
}

/** The p-norm of the difference of vectors along the last dim. */
export class PairwiseDistance extends Module {
  readonly norm: number;
  readonly eps: number;
  readonly keepdim: boolean;

  constructor(...rest: Optional<PairwiseDistanceOptions, ['p', 'eps', 'keepdim']>) {
    super();
    const order = ['p', 'eps', 'keepdim'] as const;
    const {
      p = 2,
      eps = 1e-6,
      keepdim = false,
    } = optional<PairwiseDistanceOptions>('PairwiseDistance', rest, order);
    this.norm = p;
    this.eps = eps;
    this.keepdim = keepdim;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return pairwiseDistance(x1, x2, this.norm, this.eps, this.keepdim);
  }
}

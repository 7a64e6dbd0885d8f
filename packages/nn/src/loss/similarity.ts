import { checkOptions, type Optional, optional, type Tensor } from '@retrograd/core';
import {
  cosineEmbeddingLoss,
  type Distance,
  hingeEmbeddingLoss,
  type MarginLossOptions,
  marginOrder,
  marginRankingLoss,
  type TripletMarginLossOptions,
  type TripletMarginWithDistanceLossOptions,
  tripletMarginLoss,
  tripletMarginWithDistanceLoss,
  tripletOrder,
} from '../functional/loss/similarity.ts';
import { Loss } from './base.ts';

type Margin = Optional<MarginLossOptions, typeof marginOrder>;

abstract class MarginLoss extends Loss {
  readonly margin: number;

  /** @param margin what it is if it is not given */
  protected constructor(name: string, margin: number, rest: Margin) {
    const options = optional<MarginLossOptions>(name, rest, marginOrder, ['reduction']);
    super(options.reduction);
    this.margin = options.margin ?? margin;
  }
}

/** Pulls pairs of vectors `(N, D)` together (target 1) or apart (−1), to a cosine of `margin` (default 0) or less. */
export class CosineEmbeddingLoss extends MarginLoss {
  constructor(...rest: Margin) {
    super(new.target.name, 0, rest);
  }

  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return cosineEmbeddingLoss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** Distances themselves (target 1), or what they lack to `margin` (default 1; target −1). */
export class HingeEmbeddingLoss extends MarginLoss {
  constructor(...rest: Margin) {
    super(new.target.name, 1, rest);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(input, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** Wants `input1` above `input2` (target 1) or below (−1) by `margin` (default 0). */
export class MarginRankingLoss extends MarginLoss {
  constructor(...rest: Margin) {
    super(new.target.name, 0, rest);
  }

  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRankingLoss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** Wants an anchor nearer to a positive than to a negative by `margin` (default 1), of vectors `(N, D)`. */
export class TripletMarginLoss extends Loss {
  readonly margin: number;
  readonly p: number;
  readonly eps: number;
  readonly swap: boolean;

  constructor(...rest: Optional<TripletMarginLossOptions, typeof tripletOrder>) {
    const options = optional<TripletMarginLossOptions>(new.target.name, rest, tripletOrder, ['reduction']);
    super(options.reduction);
    this.margin = options.margin ?? 1;
    this.p = options.p ?? 2;
    this.eps = options.eps ?? 1e-6;
    this.swap = options.swap ?? false;
  }

  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { margin, p, eps, swap, reduction } = this;
    return tripletMarginLoss(anchor, positive, negative, { margin, p, eps, swap, reduction });
  }
}

/** `TripletMarginLoss` with a distance of your own. */
export class TripletMarginWithDistanceLoss extends Loss {
  readonly distanceFunction: Distance | null;
  readonly margin: number;
  readonly swap: boolean;

  constructor(options: TripletMarginWithDistanceLossOptions = {}) {
    checkOptions(new.target.name, options, ['distanceFunction', 'margin', 'swap', 'reduction']);
    super(options.reduction);
    this.distanceFunction = options.distanceFunction ?? null;
    this.margin = options.margin ?? 1;
    this.swap = options.swap ?? false;
  }

  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { distanceFunction, margin, swap, reduction } = this;
    return tripletMarginWithDistanceLoss(anchor, positive, negative, {
      distanceFunction,
      margin,
      swap,
      reduction,
    });
  }
}

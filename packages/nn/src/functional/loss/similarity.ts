import {
  checkOptions,
  checkTensor,
  type Optional,
  optional,
  ShapeError,
  showShapes,
  type Tensor,
  where,
} from '@retrograd/core';
import { checkFloat } from '../../checks.ts';
import { pairwiseDistance } from '../distance.ts';
import { checkSameShape, type LossOptions, reduce } from './reduction.ts';

export interface MarginLossOptions extends LossOptions {
  /** What is far enough. */
  margin?: number;
}

// PyTorch has deprecated arguments behind the margin; what follows them goes by name.
export const marginOrder = ['margin'] as const;
type Rest = Optional<MarginLossOptions, typeof marginOrder>;

/**
 * Pulls together pairs of vectors `(N, D)` (or `(D)`) with a `target` `(N)` of 1, to an angle of 0, and pushes those of
 * −1 apart, to a cosine of `margin` (default 0) or less.
 */
export function cosineEmbeddingLoss(input1: Tensor, input2: Tensor, target: Tensor, ...rest: Rest): Tensor {
  const op = 'cosineEmbeddingLoss';
  const { margin = 0, reduction } = optional<MarginLossOptions>(op, rest, marginOrder, ['reduction']);
  checkDims(op, [checkFloat(op, input1), checkFloat(op, input2)]);
  if (input1.ndim - 1 !== checkTensor(op, target).ndim || target.ndim > 1)
    throw new ShapeError({
      op,
      got: `shapes ${showShapes([input1.shape, input2.shape, target.shape])}`,
      want: '(N, D), (N, D) and (N), or (D), (D) and ()',
    });
  const lengths = lengthSquared(input1).mul(lengthSquared(input2)).sqrt();
  const cosine = input1.mul(input2).sum(-1).div(lengths);
  const losses = byTarget(target, cosine.neg().add(1), atLeast0(cosine.sub(margin)));
  return reduce(op, losses, reduction);
}

/** With PyTorch's epsilon for vectors of length 0. */
function lengthSquared(x: Tensor): Tensor {
  return x.mul(x).sum(-1).add(1e-12);
}

/** One loss where the target is 1, another where it is −1, and none elsewhere. */
function byTarget(target: Tensor, alike: Tensor, apart: Tensor): Tensor {
  return where(target.eq(1), alike, 0).add(where(target.eq(-1), apart, 0));
}

/** max(x, 0), with a slope of 1 at 0, as PyTorch's margins have it; relu's is 0 there. */
function atLeast0(x: Tensor): Tensor {
  return x.clamp({ min: 0 });
}

/** Distances `input`: themselves where the `target` is 1; what they lack to `margin` (default 1) where it is −1. */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, ...rest: Rest): Tensor {
  const op = 'hingeEmbeddingLoss';
  const { margin = 1, reduction } = optional<MarginLossOptions>(op, rest, marginOrder, ['reduction']);
  checkSameShape(op, checkFloat(op, input), checkTensor(op, target));
  // Other targets count as both, as in PyTorch.
  const alike = where(target.ne(-1), input, 0);
  const apart = where(target.ne(1), atLeast0(input.neg().add(margin)), 0);
  return reduce(op, alike.add(apart), reduction);
}

/**
 * max(0, −target · (input1 − input2) + margin): a `target` of 1 wants `input1` above `input2` by `margin` (default 0),
 * one of −1 below. Sizes broadcast; there are as many dims in all three.
 */
export function marginRankingLoss(input1: Tensor, input2: Tensor, target: Tensor, ...rest: Rest): Tensor {
  const op = 'marginRankingLoss';
  const { margin = 0, reduction } = optional<MarginLossOptions>(op, rest, marginOrder, ['reduction']);
  checkDims(op, [checkFloat(op, input1), checkFloat(op, input2), checkTensor(op, target)]);
  const losses = atLeast0(target.to(input1.dtype).neg().mul(input1.sub(input2)).add(margin));
  return reduce(op, losses, reduction);
}

/** Says how far apart two batches of vectors `(N, D)` are: `(N)`. */
export type Distance = (a: Tensor, b: Tensor) => Tensor;

interface TripletOptions extends MarginLossOptions {
  /** Compare with the distance from positive to negative where that is less (Balntas et al., 2016). Default false. */
  swap?: boolean;
}

export interface TripletMarginLossOptions extends TripletOptions {
  /** Which norm of the difference is the distance. Default 2. */
  p?: number;
  /** Added to the difference, so that slopes stay finite. Default 1e−6. */
  eps?: number;
}

export const tripletOrder = ['margin', 'p', 'eps', 'swap'] as const;

/** max(0, |anchor − positive| − |anchor − negative| + margin) for vectors `(N, D)` or `(D)`; `margin` is 1 if not given. */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  ...rest: Optional<TripletMarginLossOptions, typeof tripletOrder>
): Tensor {
  const op = 'tripletMarginLoss';
  const options = optional<TripletMarginLossOptions>(op, rest, tripletOrder, ['reduction']);
  const { p = 2, eps = 1e-6, ...others } = options;
  return triplet(op, [anchor, positive, negative], (a, b) => pairwiseDistance(a, b, { p, eps }), others);
}

export interface TripletMarginWithDistanceLossOptions extends TripletOptions {
  /** Default: `pairwiseDistance`. */
  distanceFunction?: Distance | null;
}

/** `tripletMarginLoss` with a distance of your own. */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginWithDistanceLossOptions = {},
): Tensor {
  const op = 'tripletMarginWithDistanceLoss';
  checkOptions(op, options, ['distanceFunction', 'margin', 'swap', 'reduction']);
  const { distanceFunction, ...others } = options;
  return triplet(
    op,
    [anchor, positive, negative],
    distanceFunction ?? ((a, b) => pairwiseDistance(a, b)),
    others,
  );
}

function triplet(
  op: string,
  vectors: readonly [anchor: Tensor, positive: Tensor, negative: Tensor],
  distance: Distance,
  { margin = 1, swap = false, reduction }: TripletOptions,
): Tensor {
  for (const x of vectors) checkFloat(op, x);
  checkDims(op, vectors);
  const [anchor, positive, negative] = vectors;
  const near = distance(anchor, positive);
  const far = distance(anchor, negative);
  const farthest = swap ? far.minimum(distance(positive, negative)) : far;
  return reduce(op, atLeast0(near.sub(farthest).add(margin)), reduction);
}

/** @throws ShapeError unless there are as many dims in each */
function checkDims(op: string, tensors: readonly Tensor[]): void {
  if (tensors.every(({ ndim }) => ndim === tensors[0]?.ndim)) return;
  throw new ShapeError({
    op,
    got: `shapes ${showShapes(tensors.map(({ shape }) => shape))}`,
    want: 'as many dims in each',
  });
}

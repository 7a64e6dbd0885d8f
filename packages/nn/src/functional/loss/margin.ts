import {
  ArgumentError,
  arange,
  checkOptions,
  checkTensor,
  gather,
  logicalAnd,
  logicalNot,
  type Optional,
  optional,
  relu,
  ShapeError,
  sameShape,
  showShape,
  showShapes,
  type Tensor,
  where,
  zerosLike,
} from '@retrograd/core';
import { checkFloat, checkSameDtype } from '../../checks.ts';
import { checkLabelDtype, entriesAt } from './labels.ts';
import { type LossOptions, reduce, type WeightedLossOptions } from './reduction.ts';

export interface MultiMarginLossOptions extends WeightedLossOptions {
  /** 1 or 2: the power of what is lacking to the margin. Default 1. */
  p?: number;
  /** By how much the score of the label should be above the others. Default 1. */
  margin?: number;
  /** `(C)`, how much each class counts. */
  weight?: Tensor | null;
}

export const multiMarginOrder = ['p', 'margin', 'weight'] as const;

/**
 * Σᵢ max(0, margin − x[label] + x[i])ᵖ / C over the other classes i, for scores `(N, C)` and labels `(N)`, or `(C)` and
 * one label.
 * @throws IndexError for a label that is no class
 */
export function multiMarginLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Optional<MultiMarginLossOptions, typeof multiMarginOrder>
): Tensor {
  const op = 'multiMarginLoss';
  const options = optional<MultiMarginLossOptions>(op, rest, multiMarginOrder, ['reduction']);
  const { p = 1, margin = 1, weight = null, reduction } = options;
  if (p !== 1 && p !== 2) throw new ArgumentError({ op, got: `p ${p}`, want: '1 or 2' });
  const scores = rowsOf(op, input);
  const [rows, classes] = scores.shape as [number, number];
  if (checkLabelDtype(op, target).numel !== rows || target.ndim > 1)
    throw misfit(op, input, target, 'scores (N, C) and labels (N), or (C) and one label');
  const labels = target.to('int32').reshape([rows, 1]);
  const lacking = relu(scores.sub(entriesAt(op, scores, 1, labels)).add(margin));
  const powers = p === 1 ? lacking : lacking.mul(lacking);
  const losses = where(labels.eq(arange(classes)), 0, powers);
  const counted = weight === null ? losses : losses.mul(weightsAt(op, weight, scores, labels));
  return reduce(op, counted.sum(1).div(classes).reshape(target.shape), reduction);
}

function weightsAt(op: string, weight: Tensor, scores: Tensor, labels: Tensor): Tensor {
  checkSameDtype(op, scores, 'weight', checkTensor(op, weight).dtype);
  if (sameShape(weight.shape, scores.shape.slice(1))) return gather(weight.expand(scores.shape), 1, labels);
  throw misfit(op, scores, weight, 'a weight for each class');
}

/**
 * Σⱼ Σᵢ max(0, 1 − x[j] + x[i]) / C, over the labels j and all classes i that are none, for scores `(N, C)` or `(C)`.
 * Each row of the target, of the same shape, lists its labels; −1 ends the list.
 * @throws IndexError for a label that is no class
 */
export function multilabelMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const op = 'multilabelMarginLoss';
  checkOptions(op, options, ['reduction']);
  const scores = rowsOf(op, input);
  const classes = scores.shape[1] as number;
  const { shape, ndim, numel } = checkLabelDtype(op, target);
  const fits = input.ndim === 2 ? sameShape(shape, input.shape) : ndim < 2 && numel === input.numel;
  if (!fits) throw misfit(op, input, target, 'one shape');
  const listed = target.to('int32').reshape(scores.shape);
  const isLabel = listed.eq(-1).cumsum(1).eq(0);
  // What follows the end of a list must be in range too, as in PyTorch.
  const labels = where(listed.eq(-1), 0, listed);
  const ofLabels = entriesAt(op, scores, 1, labels);
  const labelled = zerosLike(labels).scatterAdd(1, labels, isLabel.to('int32')).gt(0);
  // (N, label, class)
  const counts = logicalAnd(isLabel.unsqueeze(2), logicalNot(labelled).unsqueeze(1));
  const lacking = relu(scores.unsqueeze(1).sub(ofLabels.unsqueeze(2)).add(1));
  const losses = where(counts, lacking, 0).sum([1, 2]).div(classes);
  return reduce(op, losses.reshape(input.shape.slice(0, -1)), options.reduction);
}

/** Scores `(N, C)`; one row of `(C)` or of a lone number. */
function rowsOf(op: string, input: Tensor): Tensor {
  const rows = checkFloat(op, input).ndim < 2 ? input.reshape([1, -1]) : input;
  if (rows.ndim === 2 && rows.shape[1] !== 0) return rows;
  throw new ShapeError({
    op,
    got: `shape ${showShape(input.shape)}`,
    want: 'scores (N, C) or (C), with a class at least',
  });
}

function misfit(op: string, input: Tensor, other: Tensor, want: string): ShapeError {
  return new ShapeError({ op, got: `shapes ${showShapes([input.shape, other.shape])}`, want });
}

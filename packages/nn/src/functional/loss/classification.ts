import {
  ArgumentError,
  checkInteger,
  checkTensor,
  logSoftmax,
  type Optional,
  ones,
  optional,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  showShapes,
  type Tensor,
  where,
} from '@retrograd/core';
import { checkFloat, checkSameDtype } from '../../checks.ts';
import { checkLabelDtype, entriesAt } from './labels.ts';
import { type LossOptions, type Reduction, reduce, weightOrder } from './reduction.ts';

export interface NllLossOptions extends LossOptions {
  /** `(C)`, how much each class counts. */
  weight?: Tensor | null;
  /** Labels of this value take no part. Default −100. */
  ignoreIndex?: number;
}

export interface CrossEntropyOptions extends NllLossOptions {
  /** The share of the target that is spread evenly over all classes. Default 0. */
  labelSmoothing?: number;
}

const named = ['ignoreIndex', 'reduction'] as const;
const leftOut = 'The first class is 0; give { ignoreIndex } for labels that are to be left out.';

/**
 * The negative log-likelihood of labels under the softmax of `input`: the loss of classification.
 *
 * `input` holds logits, `(N, C)`, `(C)` or `(N, C, d1, …)`. `target` holds class labels (int32 or uint8) of that shape
 * without `C`, or (floats) probabilities of that very shape. The mean is over the labels that are not ignored, each
 * counting as much as its class's weight; over all positions if the target holds probabilities.
 *
 * @example
 * ```ts
 * F.crossEntropy(model.forward(images), labels).backward();
 * ```
 * @throws IndexError for a label that is no class, ShapeError and DTypeError for tensors that do not fit
 */
export function crossEntropy(
  input: Tensor,
  target: Tensor,
  ...rest: Optional<CrossEntropyOptions, typeof weightOrder>
): Tensor {
  const op = 'crossEntropy';
  const options = optional<CrossEntropyOptions>(op, rest, weightOrder, [...named, 'labelSmoothing']);
  const { labelSmoothing = 0, weight = null, reduction = 'mean' } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new ArgumentError({ op, got: `labelSmoothing ${labelSmoothing}`, want: 'a number from 0 to 1' });
  const { dim, classes } = checkScores(op, input, weight);
  if (checkTensor(op, target).isFloatingPoint) {
    checkProbabilities(op, input, target, dim);
    const smooth =
      labelSmoothing === 0 ? target : target.mul(1 - labelSmoothing).add(labelSmoothing / classes);
    const losses = weighted(logSoftmax(input, dim).mul(smooth), weight, dim).sum(dim).neg();
    // An empty batch has a mean of NaN, as in PyTorch.
    return reduction === 'mean' ? losses.sum().div(input.numel / classes) : reduce(op, losses, reduction);
  }
  const logp = logSoftmax(input, dim);
  const labels = readLabels(op, logp, target, dim, options);
  const likely = negativeLikelihood(op, logp, labels, dim);
  if (labelSmoothing === 0) return reduceLabels(op, likely, labels, reduction);
  const spread = zeroed(labels.ignored, weighted(logp, weight, dim).sum(dim)).neg();
  const losses = likely.mul(1 - labelSmoothing).add(spread.mul(labelSmoothing / classes));
  return reduceLabels(op, losses, labels, reduction);
}

/**
 * Minus the entries of `input` (log-probabilities, as `logSoftmax` gives them) at the labels. Shapes, weights and
 * ignored labels are those of `crossEntropy`.
 */
export function nllLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Optional<NllLossOptions, typeof weightOrder>
): Tensor {
  const options = optional<NllLossOptions>('nllLoss', rest, weightOrder, named);
  const { dim } = checkScores('nllLoss', input, options.weight ?? null);
  const labels = readLabels('nllLoss', input, target, dim, options);
  return reduceLabels(
    'nllLoss',
    negativeLikelihood('nllLoss', input, labels, dim),
    labels,
    options.reduction ?? 'mean',
  );
}

/** Labels in a form that can be computed with. */
interface Labels {
  /** The labels, 0 where they are ignored. */
  readonly index: Tensor;
  /** Which are ignored; `null` if none is. */
  readonly ignored: Tensor | null;
  /** How much each counts: the weight of its class, 0 where it is ignored; `null` if each counts 1. */
  readonly counts: Tensor | null;
}

function readLabels(
  op: string,
  scores: Tensor,
  target: Tensor,
  dim: number,
  { weight = null, ignoreIndex = -100 }: NllLossOptions,
): Labels {
  checkLabels(op, scores, target, dim);
  checkInteger(op, 'ignoreIndex', ignoreIndex);
  const labels = target.to('int32');
  // Labels mostly come from outside, so that to look at them keeps nobody waiting.
  const ignored = target.data.includes(ignoreIndex) ? labels.eq(ignoreIndex) : null;
  const index = zeroed(ignored, labels);
  const weights = weight && entriesAt(op, weight, 0, index.flatten(), leftOut).reshape(index.shape);
  const counts = weights ?? (ignored && ones(index.shape, { dtype: scores.dtype }));
  return { index, ignored, counts: counts && zeroed(ignored, counts) };
}

function zeroed(ignored: Tensor | null, values: Tensor): Tensor {
  return ignored === null ? values : where(ignored, 0, values);
}

function negativeLikelihood(op: string, logp: Tensor, labels: Labels, dim: number): Tensor {
  const { index, ignored, counts } = labels;
  const picked = zeroed(ignored, entriesAt(op, logp, dim, index.unsqueeze(dim), leftOut).squeeze(dim));
  return (counts === null ? picked : picked.mul(counts)).neg();
}

function reduceLabels(op: string, losses: Tensor, { counts }: Labels, reduction: Reduction): Tensor {
  const isWeighted = counts !== null && reduction === 'mean';
  return isWeighted ? losses.sum().div(counts.sum()) : reduce(op, losses, reduction);
}

function weighted(scores: Tensor, weight: Tensor | null, dim: number): Tensor {
  if (weight === null) return scores;
  return scores.mul(weight.reshape(scores.shape.map((size, d) => (d === dim ? size : 1))));
}

/** Which dim of the input holds the classes. */
function checkScores(op: string, input: Tensor, weight: Tensor | null): { dim: number; classes: number } {
  checkFloat(op, input);
  const dim = input.ndim === 1 ? 0 : 1;
  const classes = input.shape[dim];
  if (classes === undefined)
    throw new ShapeError({ op, got: 'an input without dims', want: '(N, C), (C) or (N, C, d1, …)' });
  if (weight === null) return { dim, classes };
  if (checkTensor(op, weight).ndim !== 1 || weight.numel !== classes)
    throw new ShapeError({ op, got: `a weight of shape ${showShape(weight.shape)}`, want: `(${classes},)` });
  checkSameDtype(op, input, 'weight', weight.dtype);
  return { dim, classes };
}

function withoutClasses({ shape }: Tensor, dim: number): Shape {
  return shape.filter((_, d) => d !== dim);
}

function checkProbabilities(op: string, input: Tensor, target: Tensor, dim: number): void {
  if (sameShape(target.shape, withoutClasses(input, dim))) checkLabelDtype(op, target);
  checkSameDtype(op, input, 'target', target.dtype);
  if (sameShape(target.shape, input.shape)) return;
  throw new ShapeError({
    op,
    got: `an input of shape ${showShape(input.shape)} and probabilities of shape ${showShape(target.shape)}`,
    want: 'one shape',
  });
}

function checkLabels(op: string, input: Tensor, target: Tensor, dim: number): void {
  const { shape } = checkLabelDtype(op, target);
  if (sameShape(shape, withoutClasses(input, dim))) return;
  throw new ShapeError({
    op,
    got: `shapes ${showShapes([input.shape, shape])}`,
    want: `labels of shape ${showShape(withoutClasses(input, dim))}: the input's without its classes (dim ${dim})`,
  });
}

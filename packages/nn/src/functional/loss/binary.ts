import {
  ArgumentError,
  boundedLog,
  checkOptions,
  checkTensor,
  fuse,
  type Optional,
  optional,
  ShapeError,
  type Tensor,
  where,
} from '@retrograd/core';
import { checkFloat } from '../../checks.ts';
import { logOnePlusExp, logOnePlusExpBelow } from '../activation/smooth.ts';
import { checkPair, type LossOptions, reduce, type WeightedLossOptions, weightOrder } from './reduction.ts';

/**
 * −t · log p − (1 − t) · log(1 − p) for probabilities `input` and `target`, with logarithms of at least −100 and finite
 * gradients. `binaryCrossEntropyWithLogits` is more exact where the probabilities come from a sigmoid. The input is
 * read, to refuse what is no probability.
 * @throws ArgumentError for inputs outside [0, 1]
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  ...rest: Optional<WeightedLossOptions, typeof weightOrder>
): Tensor {
  const op = 'binaryCrossEntropy';
  const { weight = null, reduction } = optional<WeightedLossOptions>(op, rest, weightOrder, ['reduction']);
  checkPair(op, input, target);
  if (input.numel > 0 && !(input.amin().item() >= 0 && input.amax().item() <= 1))
    throw new ArgumentError({
      op,
      got: `an input from ${input.amin().item()} to ${input.amax().item()}`,
      want: 'probabilities, from 0 to 1',
      fix: 'Use binaryCrossEntropyWithLogits for scores.',
    });
  const [yes, no] = [boundedLog(input), boundedLog(input.neg().add(1))];
  // −t · yes − (1 − t) · no
  return reduce(op, times(target.mul(no.sub(yes)).sub(no), weight), reduction);
}

export interface LogitsLossOptions extends WeightedLossOptions {
  /** How much a positive counts; it broadcasts. */
  posWeight?: Tensor | null;
}

/** Binary cross-entropy of the sigmoid of `input`, without its overflow. */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  ...rest: Optional<LogitsLossOptions, typeof weightOrder>
): Tensor {
  const op = 'binaryCrossEntropyWithLogits';
  const options = optional<LogitsLossOptions>(op, rest, weightOrder, ['posWeight', 'reduction']);
  const { weight = null, posWeight = null, reduction } = options;
  checkPair(op, input, target);
  return reduce(op, times(logitLosses(input, target, posWeight), weight), reduction);
}

/**
 * −yes · log σ(x) − no · log(1 − σ(x)) with yes = w t and no = 1 − t. Both logarithms hold log(1 + e^−|x|), and one of them |x|
 * besides, whose factor is exactly 0 where a label of 0 or 1 agrees: nothing cancels, in the loss or in its slope.
 */
function logitLoss(x: Tensor, yes: Tensor, no: Tensor): Tensor {
  const positive = x.gt(0);
  return where(positive, no, yes.neg())
    .mul(x)
    .add(logOnePlusExpBelow(x, positive).mul(yes.add(no)));
}

const plainLosses = fuse('binaryCrossEntropyWithLogits', (x, t) => logitLoss(x, t, t.neg().add(1)));
const weightedLosses = fuse('binaryCrossEntropyWithLogits', (x, t, w) =>
  logitLoss(x, t.mul(w), t.neg().add(1)),
);

function logitLosses(input: Tensor, target: Tensor, posWeight: Tensor | null): Tensor {
  return posWeight === null ? plainLosses(input, target) : weightedLosses(input, target, posWeight);
}

function times(losses: Tensor, weight: Tensor | null): Tensor {
  return weight === null ? losses : losses.mul(weight);
}

/**
 * Binary cross-entropy of logits `(…, C)`, averaged over the classes: each of them is one of two, whatever the others.
 * The target holds zeros and ones of the same shape.
 */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Optional<WeightedLossOptions, typeof weightOrder>
): Tensor {
  const op = 'multilabelSoftMarginLoss';
  const { weight = null, reduction } = optional<WeightedLossOptions>(op, rest, weightOrder, ['reduction']);
  if (checkFloat(op, input).ndim === 0)
    throw new ShapeError({ op, got: 'an input without dims', want: '(…, C)' });
  const labels = likeInput(op, input, target);
  return reduce(op, times(logitLosses(input, labels, null), weight).mean(-1), reduction);
}

/** log(1 + e^(−target · input)) for targets of 1 and −1. */
export function softMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const op = 'softMarginLoss';
  checkOptions(op, options, ['reduction']);
  const signs = likeInput(op, checkFloat(op, input), target);
  return reduce(op, logOnePlusExp(signs.mul(input).neg()), options.reduction);
}

/** Zeros and ones, or signs, in the shape of the input; whole numbers are converted. */
function likeInput(op: string, input: Tensor, target: Tensor): Tensor {
  const labels = checkTensor(op, target).isFloatingPoint ? target : target.to(input.dtype);
  checkPair(op, input, labels);
  return labels;
}

import {
  ArgumentError,
  checkOptions,
  log,
  type Optional,
  optional,
  ShapeError,
  sameShape,
  showShapes,
  type Tensor,
  where,
} from '@retrograd/core';
import { checkFloat, checkSameDtype } from '../checks.ts';
import { logOnePlusExp } from './activation.ts';

// PyTorch has deprecated arguments behind the weight; what follows them goes by name.
const order = ['weight'] as const;
const reductions = ['mean', 'sum', 'none'] as const;

/** What is made of the losses of the elements: their mean, their sum, or nothing. */
export type Reduction = (typeof reductions)[number];

export interface LossOptions {
  /** Default `'mean'`. */
  reduction?: Reduction;
}

export interface WeightedLossOptions extends LossOptions {
  /** Multiplies the losses of the elements; it broadcasts. */
  weight?: Tensor | null;
}

export interface LogitsLossOptions extends WeightedLossOptions {
  /** How much a positive counts; it broadcasts. */
  posWeight?: Tensor | null;
}

/** (input − target)² */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions('mseLoss', options, ['reduction']);
  checkPair('mseLoss', input, target);
  const difference = input.sub(target);
  return reduce('mseLoss', difference.mul(difference), options.reduction);
}

/** |input − target| */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions('l1Loss', options, ['reduction']);
  checkPair('l1Loss', input, target);
  return reduce('l1Loss', input.sub(target).abs(), options.reduction);
}

/**
 * −t · log p − (1 − t) · log(1 − p) for probabilities `input` and `target`, with logarithms of at least −100.
 * `binaryCrossEntropyWithLogits` is more exact where the probabilities come from a sigmoid.
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  ...rest: Optional<WeightedLossOptions, typeof order>
): Tensor {
  const op = 'binaryCrossEntropy';
  const options = optional<WeightedLossOptions>(op, rest, order, ['reduction']);
  checkPair(op, input, target);
  if (input.numel > 0 && !(input.amin().item() >= 0 && input.amax().item() <= 1))
    throw new ArgumentError({
      op,
      got: `an input from ${input.amin().item()} to ${input.amax().item()}`,
      want: 'probabilities, from 0 to 1',
      fix: 'Use binaryCrossEntropyWithLogits for scores.',
    });
  const losses = target
    .mul(boundedLog(input))
    .add(
      target
        .neg()
        .add(1)
        .mul(boundedLog(input.neg().add(1))),
    )
    .neg();
  return reduce(op, options.weight ? losses.mul(options.weight) : losses, options.reduction);
}

/** max(log p, −100), with a finite slope at 0. */
function boundedLog(p: Tensor): Tensor {
  const tooSmall = p.lt(Math.exp(-100));
  return where(tooSmall, -100, log(where(tooSmall, 1, p)));
}

/** Binary cross-entropy of the sigmoid of `input`, without its overflow. */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  ...rest: Optional<LogitsLossOptions, typeof order>
): Tensor {
  const op = 'binaryCrossEntropyWithLogits';
  const options = optional<LogitsLossOptions>(op, rest, order, ['posWeight', 'reduction']);
  checkPair(op, input, target);
  const { weight = null, posWeight = null } = options;
  // −log σ(x) = log(1 + e⁻ˣ), and −log(1 − σ(x)) is x more.
  const positive = posWeight === null ? 1 : posWeight.sub(1).mul(target).add(1);
  const losses = target.neg().add(1).mul(input).add(logOnePlusExp(input.neg()).mul(positive));
  return reduce(op, weight === null ? losses : losses.mul(weight), options.reduction);
}

export function reduce(op: string, losses: Tensor, reduction?: Reduction): Tensor {
  const checked = checkReduction(op, reduction);
  if (checked === 'none') return losses;
  return checked === 'mean' ? losses.mean() : losses.sum();
}

/** @throws ArgumentError for what is no reduction */
export function checkReduction(op: string, reduction: Reduction = 'mean'): Reduction {
  if (reductions.includes(reduction)) return reduction;
  throw new ArgumentError({ op, got: `reduction '${reduction}'`, want: `one of ${reductions.join(', ')}` });
}

function checkPair(op: string, input: Tensor, target: Tensor): void {
  checkFloat(op, input);
  checkFloat(op, target);
  checkSameDtype(op, input, 'target', target.dtype);
  if (sameShape(input.shape, target.shape)) return;
  throw new ShapeError({
    op,
    got: `shapes ${showShapes([input.shape, target.shape])}`,
    want: 'one shape: broadcasting here is nearly always a mistake',
    fix: 'Use squeeze(), unsqueeze() or expand() on one of them.',
  });
}

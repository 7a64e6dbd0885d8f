import {
  ArgumentError,
  checkTensor,
  DTypeError,
  ShapeError,
  sameShape,
  showShapes,
  type Tensor,
} from '@retrograd/core';
import { checkFloat, checkSameDtype } from '../../checks.ts';

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

// PyTorch has deprecated arguments behind the weight; what follows them goes by name.
export const weightOrder = ['weight'] as const;

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

/** @throws DTypeError or ShapeError unless a target is like its input */
export function checkPair(op: string, input: Tensor, target: Tensor): void {
  checkFloat(op, input);
  if (!checkTensor(op, target).isFloatingPoint)
    throw new DTypeError({
      op,
      got: `a target of ${target.dtype}`,
      want: input.dtype,
      fix: `Convert it: target.to('${input.dtype}').`,
    });
  checkSameDtype(op, input, 'target', target.dtype);
  checkSameShape(op, input, target);
}

/** @throws ShapeError unless shapes are equal */
export function checkSameShape(op: string, input: Tensor, target: Tensor): void {
  if (sameShape(input.shape, target.shape)) return;
  throw new ShapeError({
    op,
    got: `shapes ${showShapes([input.shape, target.shape])}`,
    want: 'one shape: broadcasting here is nearly always a mistake',
    fix: 'Use squeeze(), unsqueeze() or expand() on one of them.',
  });
}

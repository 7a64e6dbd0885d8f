import { checkOptions, type Optional, optional, type Tensor } from '@retrograd/core';
import {
  type CrossEntropyOptions,
  crossEntropy,
  type NllLossOptions,
  nllLoss,
} from '../functional/loss/classification.ts';
import {
  type MultiMarginLossOptions,
  multilabelMarginLoss,
  multiMarginLoss,
  multiMarginOrder,
} from '../functional/loss/margin.ts';
import { type LossOptions, weightOrder } from '../functional/loss/reduction.ts';
import { Loss } from './base.ts';

/** The negative log-likelihood of labels, of log-probabilities `(N, C, …)`. */
export class NLLLoss extends Loss {
  weight: Tensor | null;
  readonly ignoreIndex: number;

  constructor(...rest: Optional<NllLossOptions, typeof weightOrder>) {
    const options = optional<NllLossOptions>(new.target.name, rest, weightOrder, [
      'ignoreIndex',
      'reduction',
    ]);
    super(options.reduction);
    this.weight = this.registerBuffer('weight', options.weight ?? null);
    this.ignoreIndex = options.ignoreIndex ?? -100;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction } = this;
    return nllLoss(input, target, { weight, ignoreIndex, reduction });
  }
}

/**
 * The loss of classification: the negative log-likelihood of labels (or probabilities) under the softmax of logits
 * `(N, C, …)`.
 *
 * @example
 * ```ts
 * const loss = new nn.CrossEntropyLoss().forward(model.forward(images), labels);
 * ```
 */
export class CrossEntropyLoss extends Loss {
  weight: Tensor | null;
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;

  constructor(...rest: Optional<CrossEntropyOptions, typeof weightOrder>) {
    const options = optional<CrossEntropyOptions>(new.target.name, rest, weightOrder, [
      'ignoreIndex',
      'labelSmoothing',
      'reduction',
    ]);
    super(options.reduction);
    this.weight = this.registerBuffer('weight', options.weight ?? null);
    this.ignoreIndex = options.ignoreIndex ?? -100;
    this.labelSmoothing = options.labelSmoothing ?? 0;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, labelSmoothing, reduction } = this;
    return crossEntropy(input, target, { weight, ignoreIndex, labelSmoothing, reduction });
  }
}

/** What the score of a label lacks to `margin` above those of the other classes, of scores `(N, C)`. */
export class MultiMarginLoss extends Loss {
  readonly p: number;
  readonly margin: number;
  weight: Tensor | null;

  constructor(...rest: Optional<MultiMarginLossOptions, typeof multiMarginOrder>) {
    const options = optional<MultiMarginLossOptions>(new.target.name, rest, multiMarginOrder, ['reduction']);
    super(options.reduction);
    this.p = options.p ?? 1;
    this.margin = options.margin ?? 1;
    this.weight = this.registerBuffer('weight', options.weight ?? null);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { p, margin, weight, reduction } = this;
    return multiMarginLoss(input, target, { p, margin, weight, reduction });
  }
}

/** What the scores of several labels lack to 1 above those of all other classes, of scores `(N, C)`. */
export class MultiLabelMarginLoss extends Loss {
  constructor(options: LossOptions = {}) {
    checkOptions(new.target.name, options, ['reduction']);
    super(options.reduction);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelMarginLoss(input, target, { reduction: this.reduction });
  }
}

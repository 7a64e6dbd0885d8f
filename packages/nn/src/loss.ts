import { checkOptions, type Optional, optional, type Tensor } from '@retrograd/core';
import {
  type CrossEntropyOptions,
  crossEntropy,
  type NllLossOptions,
  nllLoss,
} from './functional/classification.ts';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  checkReduction,
  type LogitsLossOptions,
  type LossOptions,
  l1Loss,
  mseLoss,
  type Reduction,
  type WeightedLossOptions,
} from './functional/loss.ts';
import { Module } from './module.ts';

// PyTorch has deprecated arguments behind the weight; what follows them goes by name.
const order = ['weight'] as const;

/** A loss of two tensors; weights are buffers, as in PyTorch. */
abstract class Loss extends Module {
  readonly reduction: Reduction;

  constructor(reduction?: Reduction) {
    super();
    this.reduction = checkReduction(new.target.name, reduction);
  }

  abstract override forward(input: Tensor, target: Tensor): Tensor;
}

/** The mean of (input − target)². */
export class MSELoss extends Loss {
  constructor(options: LossOptions = {}) {
    checkOptions(new.target.name, options, ['reduction']);
    super(options.reduction);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, { reduction: this.reduction });
  }
}

/** The mean of |input − target|. */
export class L1Loss extends Loss {
  constructor(options: LossOptions = {}) {
    checkOptions(new.target.name, options, ['reduction']);
    super(options.reduction);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, { reduction: this.reduction });
  }
}

/** The negative log-likelihood of labels, of log-probabilities `(N, C, …)`. */
export class NLLLoss extends Loss {
  weight: Tensor | null;
  readonly ignoreIndex: number;

  constructor(...rest: Optional<NllLossOptions, typeof order>) {
    const options = optional<NllLossOptions>(new.target.name, rest, order, ['ignoreIndex', 'reduction']);
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

  constructor(...rest: Optional<CrossEntropyOptions, typeof order>) {
    const options = optional<CrossEntropyOptions>(new.target.name, rest, order, [
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

/** Binary cross-entropy of probabilities. */
export class BCELoss extends Loss {
  weight: Tensor | null;

  constructor(...rest: Optional<WeightedLossOptions, typeof order>) {
    const options = optional<WeightedLossOptions>(new.target.name, rest, order, ['reduction']);
    super(options.reduction);
    this.weight = this.registerBuffer('weight', options.weight ?? null);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

/** Binary cross-entropy of logits. */
export class BCEWithLogitsLoss extends Loss {
  weight: Tensor | null;
  /** Under PyTorch's name. */
  pos_weight: Tensor | null;

  constructor(...rest: Optional<LogitsLossOptions, typeof order>) {
    const options = optional<LogitsLossOptions>(new.target.name, rest, order, ['posWeight', 'reduction']);
    super(options.reduction);
    this.weight = this.registerBuffer('weight', options.weight ?? null);
    this.pos_weight = this.registerBuffer('pos_weight', options.posWeight ?? null);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, pos_weight: posWeight, reduction } = this;
    return binaryCrossEntropyWithLogits(input, target, { weight, posWeight, reduction });
  }
}

import { checkOptions, type Optional, optional, type Tensor } from '@retrograd/core';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type LogitsLossOptions,
  multilabelSoftMarginLoss,
  softMarginLoss,
} from '../functional/loss/binary.ts';
import { type LossOptions, type WeightedLossOptions, weightOrder } from '../functional/loss/reduction.ts';
import { Loss } from './base.ts';

/** Binary cross-entropy of probabilities. */
export class BCELoss extends Loss {
  weight: Tensor | null;

  constructor(...rest: Optional<WeightedLossOptions, typeof weightOrder>) {
    const options = optional<WeightedLossOptions>(new.target.name, rest, weightOrder, ['reduction']);
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

  constructor(...rest: Optional<LogitsLossOptions, typeof weightOrder>) {
    const options = optional<LogitsLossOptions>(new.target.name, rest, weightOrder, [
      'posWeight',
      'reduction',
    ]);
    super(options.reduction);
    this.weight = this.registerBuffer('weight', options.weight ?? null);
    this.pos_weight = this.registerBuffer('pos_weight', options.posWeight ?? null);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, pos_weight: posWeight, reduction } = this;
    return binaryCrossEntropyWithLogits(input, target, { weight, posWeight, reduction });
  }
}

/** Binary cross-entropy of logits `(N, C)`, averaged over the classes. */
export class MultiLabelSoftMarginLoss extends Loss {
  weight: Tensor | null;

  constructor(...rest: Optional<WeightedLossOptions, typeof weightOrder>) {
    const options = optional<WeightedLossOptions>(new.target.name, rest, weightOrder, ['reduction']);
    super(options.reduction);
    this.weight = this.registerBuffer('weight', options.weight ?? null);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMarginLoss(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

/** log(1 + e^(−target · input)) for targets of 1 and −1. */
export class SoftMarginLoss extends Loss {
  constructor(options: LossOptions = {}) {
    checkOptions(new.target.name, options, ['reduction']);
    super(options.reduction);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return softMarginLoss(input, target, { reduction: this.reduction });
  }
}

import { type Optional, optional, type Tensor } from '@retrograd/core';
import { type CtcLossOptions, ctcLoss, ctcOrder, type Lengths } from '../functional/loss/ctc.ts';
import { Loss } from './base.ts';

/** Connectionist temporal classification, of log-probabilities `(T, N, C)` and labels `(N, S)`. */
export class CTCLoss extends Loss {
  readonly blank: number;
  readonly zeroInfinity: boolean;

  constructor(...rest: Optional<CtcLossOptions, typeof ctcOrder>) {
    const options = optional<CtcLossOptions>(new.target.name, rest, ctcOrder);
    super(options.reduction);
    this.blank = options.blank ?? 0;
    this.zeroInfinity = options.zeroInfinity ?? false;
  }

  override forward(logProbs: Tensor, targets: Tensor, inputLengths: Lengths, targetLengths: Lengths): Tensor {
    const { blank, reduction, zeroInfinity } = this;
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, { blank, reduction, zeroInfinity });
  }
}

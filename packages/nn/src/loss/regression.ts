import { checkOptions, type Optional, optional, type Tensor } from '@retrograd/core';
import { checkReduction, type LossOptions, type Reduction } from '../functional/loss/reduction.ts';
import {
  type GaussianNllLossOptions,
  gaussianNllLoss,
  type HuberLossOptions,
  huberLoss,
  huberOrder,
  type KlDivOptions,
  klDiv,
  l1Loss,
  mseLoss,
  type PoissonNllLossOptions,
  poissonNllLoss,
  poissonOrder,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from '../functional/loss/regression.ts';
import { Module } from '../module.ts';
import { Loss } from './base.ts';

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

/** A parabola for differences below beta, |input − target| − beta / 2 above. */
export class SmoothL1Loss extends Loss {
  readonly beta: number;

  constructor(options: SmoothL1LossOptions = {}) {
    checkOptions(new.target.name, options, ['reduction', 'beta']);
    super(options.reduction);
    this.beta = options.beta ?? 1;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, { beta: this.beta, reduction: this.reduction });
  }
}

/** (input − target)² / 2 for differences below delta, delta · (|input − target| − delta / 2) above. */
export class HuberLoss extends Loss {
  readonly delta: number;

  constructor(...rest: Optional<HuberLossOptions, typeof huberOrder>) {
    const options = optional<HuberLossOptions>(new.target.name, rest, huberOrder);
    super(options.reduction);
    this.delta = options.delta ?? 1;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, { delta: this.delta, reduction: this.reduction });
  }
}

/** The Kullback–Leibler divergence from log-probabilities to a target; `reduction: 'batchmean'` gives it proper. */
export class KLDivLoss extends Module {
  readonly reduction: Reduction | 'batchmean';
  readonly logTarget: boolean;

  constructor(options: KlDivOptions = {}) {
    super();
    checkOptions(new.target.name, options, ['reduction', 'logTarget']);
    const { reduction, logTarget = false } = options;
    this.reduction = reduction === 'batchmean' ? reduction : checkReduction(new.target.name, reduction);
    this.logTarget = logTarget;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, { reduction: this.reduction, logTarget: this.logTarget });
  }
}

/** The negative log-likelihood of counts under Poisson's distribution. */
export class PoissonNLLLoss extends Loss {
  readonly logInput: boolean;
  readonly full: boolean;
  readonly eps: number;

  constructor(...rest: Optional<PoissonNllLossOptions, typeof poissonOrder>) {
    const options = optional<PoissonNllLossOptions>(new.target.name, rest, poissonOrder, [
      'eps',
      'reduction',
    ]);
    super(options.reduction);
    this.logInput = options.logInput ?? true;
    this.full = options.full ?? false;
    this.eps = options.eps ?? 1e-8;
  }

  override forward(logInput: Tensor, target: Tensor): Tensor {
    const { logInput: isLog, full, eps, reduction } = this;
    return poissonNllLoss(logInput, target, { logInput: isLog, full, eps, reduction });
  }
}

/** The negative log-likelihood of a target under normal distributions of given means and variances. */
export class GaussianNLLLoss extends Loss {
  readonly full: boolean;
  readonly eps: number;

  constructor(options: GaussianNllLossOptions = {}) {
    checkOptions(new.target.name, options, ['full', 'eps', 'reduction']);
    super(options.reduction);
    this.full = options.full ?? false;
    this.eps = options.eps ?? 1e-6;
  }

  override forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    const { full, eps, reduction } = this;
    return gaussianNllLoss(input, target, variance, { full, eps, reduction });
  }
}

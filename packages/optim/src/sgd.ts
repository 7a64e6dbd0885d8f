import { ArgumentError, checkOptions, type Tensor } from '@retrograd/core';
import { checkNumber } from './check.ts';
import { Optimizer, type Parameters, type ParamGroup } from './optimizer.ts';

export interface SGDHyperparameters {
  /** Learning rate γ. Default 0.001. */
  lr: number;
  /** How much of the last step's direction is kept, μ. Default 0: none is remembered. */
  momentum: number;
  /** What part of a gradient does not enter the momentum, τ. Default 0. */
  dampening: number;
  /** λ of the penalty ½ λ ‖θ‖². Default 0. */
  weightDecay: number;
  /** Look ahead along the momentum; needs momentum, and no dampening. Default `false`. */
  nesterov: boolean;
  /** Climb instead of descending. Default `false`. */
  maximize: boolean;
}

const defaults: SGDHyperparameters = {
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
};

type SGDState = {
  /** b below. */
  momentumBuffer?: Tensor;
};

/**
 * Stochastic gradient descent, as PyTorch has it:
 *
 * ```
 * g = ±∇f(θ) + λ θ
 * b = μ b + (1 − τ) g        (in the first step: b = g)
 * θ = θ − γ b                (without momentum: γ g; Nesterov's: γ (g + μ b))
 * ```
 *
 * Source: I. Sutskever et al., "On the importance of initialization and momentum in deep learning", with γ taken out of
 * the momentum.
 *
 * @example
 * ```ts
 * const optimizer = new SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
 * optimizer.zeroGrad();
 * loss.backward();
 * optimizer.step();
 * ```
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that cannot be optimised
 */
export class SGD extends Optimizer<SGDHyperparameters, SGDState> {
  constructor(params: Parameters<SGDHyperparameters>, options: Partial<SGDHyperparameters> = {}) {
    checkOptions('SGD', options, Object.keys(defaults));
    super(params, { ...defaults, ...options });
  }

  protected checkHyperparameters(group: SGDHyperparameters): void {
    checkNumber('SGD', 'lr', group.lr, 0);
    checkNumber('SGD', 'momentum', group.momentum, 0);
    checkNumber('SGD', 'dampening', group.dampening, -Number.MAX_VALUE);
    checkNumber('SGD', 'weightDecay', group.weightDecay, 0);
    if (!group.nesterov || (group.momentum > 0 && group.dampening === 0)) return;
    throw new ArgumentError({
      op: 'SGD',
      got: `nesterov with momentum ${group.momentum} and dampening ${group.dampening}`,
      want: 'momentum above 0, and no dampening',
    });
  }

  protected updateParameter(
    param: Tensor,
    grad: Tensor,
    state: SGDState,
    { lr, momentum, dampening, weightDecay, nesterov, maximize }: ParamGroup<SGDHyperparameters>,
  ): void {
    let direction = maximize ? grad.neg() : grad;
    if (weightDecay !== 0) direction = direction.add(param, { alpha: weightDecay });
    if (momentum !== 0) {
      const buffer = state.momentumBuffer?.mul_(momentum).add_(direction, { alpha: 1 - dampening });
      state.momentumBuffer = buffer ?? direction.clone();
      direction = nesterov ? direction.add(state.momentumBuffer, { alpha: momentum }) : state.momentumBuffer;
    }
    param.add_(direction, { alpha: -lr });
  }
}

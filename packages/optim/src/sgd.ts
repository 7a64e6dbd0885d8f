import { ArgumentError, type Tensor } from '@retrograd/core';
import { combine_, type DescentHyperparameters, descend } from './descent.ts';
import { chosen, finite, flag, type Given, nonNegative, type Table } from './hyperparameters.ts';
import { Optimizer, type Parameters, type ParamGroup } from './optimizer.ts';

export interface SGDHyperparameters extends DescentHyperparameters {
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
}

const table: Table<SGDHyperparameters> = {
  lr: [1e-3, nonNegative],
  momentum: [0, nonNegative],
  dampening: [0, finite],
  weightDecay: [0, nonNegative],
  nesterov: [false, flag],
  maximize: [false, flag],
};
const order = ['lr', 'momentum', 'dampening', 'weightDecay', 'nesterov'] as const;

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
  constructor(params: Parameters<SGDHyperparameters>, ...rest: Given<SGDHyperparameters, typeof order>) {
    super(params, ...chosen('SGD', table, order, rest));
  }

  protected override checkHyperparameters(group: ParamGroup<SGDHyperparameters>): void {
    super.checkHyperparameters(group);
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
    group: ParamGroup<SGDHyperparameters>,
  ): void {
    const { lr, momentum, dampening, nesterov } = group;
    let direction = descend(param, grad, group);
    if (momentum !== 0) {
      const { momentumBuffer: before } = state;
      state.momentumBuffer = before
        ? combine_(before, direction, momentum, 1 - dampening)
        : direction.clone();
      direction = nesterov ? direction.add(state.momentumBuffer, { alpha: momentum }) : state.momentumBuffer;
    }
    param.add_(direction, { alpha: -lr });
  }
}

import { fullLike, type Tensor } from '@retrograd/core';
import { type DescentHyperparameters, descend, normalizedStep_ } from './descent.ts';
import { chosen, flag, type Given, nonNegative, type Table } from './hyperparameters.ts';
import { Optimizer, type Parameters, type ParamGroup, type ParamGroupInit } from './optimizer.ts';

export interface AdagradHyperparameters extends DescentHyperparameters {
  /** Learning rate γ. Default 0.01. */
  lr: number;
  /** How fast the rate falls, η. Default 0. */
  lrDecay: number;
  /** λ of the penalty ½ λ ‖θ‖². Default 0. */
  weightDecay: number;
  /** What the sums of squares begin with. Default 0. */
  initialAccumulatorValue: number;
  /** ε, which keeps the quotient finite. Default 1e-10. */
  eps: number;
}

const table: Table<AdagradHyperparameters> = {
  lr: [1e-2, nonNegative],
  lrDecay: [0, nonNegative],
  weightDecay: [0, nonNegative],
  initialAccumulatorValue: [0, nonNegative],
  eps: [1e-10, nonNegative],
  maximize: [false, flag],
};
const order = ['lr', 'lrDecay', 'weightDecay', 'initialAccumulatorValue', 'eps'] as const;

type AdagradState = {
  step: number;
  /** s below. */
  sum: Tensor;
};

/**
 * Adagrad, as PyTorch has it:
 *
 * ```
 * g = ±∇f(θ) + λ θ
 * s = s + g²
 * θ = θ − γ / (1 + (t − 1) η) · g / (√s + ε)
 * ```
 *
 * Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization".
 *
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that cannot be optimised
 */
export class Adagrad extends Optimizer<AdagradHyperparameters, AdagradState> {
  constructor(
    params: Parameters<AdagradHyperparameters>,
    ...rest: Given<AdagradHyperparameters, typeof order>
  ) {
    super(params, ...chosen('Adagrad', table, order, rest));
  }

  override addParamGroup(init: ParamGroupInit<AdagradHyperparameters>): void {
    super.addParamGroup(init);
    // The sums are part of PyTorch's state dict from the beginning, also of parameters that never move.
    for (const group of this.paramGroups.slice(-1)) {
      for (const param of group.params) this.stateOf(param, group);
    }
  }

  protected override initialState(param: Tensor, group: ParamGroup<AdagradHyperparameters>): AdagradState {
    return { step: 0, sum: fullLike(param, group.initialAccumulatorValue) };
  }

  protected updateParameter(
    param: Tensor,
    grad: Tensor,
    state: AdagradState,
    group: ParamGroup<AdagradHyperparameters>,
  ): void {
    const { lr, lrDecay, eps } = group;
    const g = descend(param, grad, group);
    const t = ++state.step;
    state.sum.addcmul_(g, g);
    normalizedStep_(param, g, state.sum, lr / (1 + (t - 1) * lrDecay), eps);
  }
}

import { type Tensor, zerosLike } from '@retrograd/core';
import { combine_, type DescentHyperparameters, descend } from './descent.ts';
import { chosen, finite, flag, type Given, nonNegative, type Table } from './hyperparameters.ts';
import { Optimizer, type Parameters, type ParamGroup } from './optimizer.ts';

export interface ASGDHyperparameters extends DescentHyperparameters {
  /** Learning rate γ. Default 0.01. */
  lr: number;
  /** How much parameters decay, λ. Default 1e-4. */
  lambd: number;
  /** The power by which the rate falls, α. Default 0.75. */
  alpha: number;
  /** The step t₀ at which averaging begins. Default 1e6. */
  t0: number;
  /** λ′ of the penalty ½ λ′ ‖θ‖². Default 0. */
  weightDecay: number;
}

const table: Table<ASGDHyperparameters> = {
  lr: [1e-2, nonNegative],
  lambd: [1e-4, nonNegative],
  alpha: [0.75, finite],
  t0: [1e6, finite],
  weightDecay: [0, nonNegative],
  maximize: [false, flag],
};
const order = ['lr', 'lambd', 'alpha', 't0', 'weightDecay'] as const;

type ASGDState = {
  step: number;
  /** η below. */
  eta: number;
  /** μ below. */
  mu: number;
  /** a below. */
  ax: Tensor;
};

/**
 * Averaged stochastic gradient descent, as PyTorch has it:
 *
 * ```
 * g = ±∇f(θ) + λ′ θ
 * θ = (1 − λ η) θ − η g
 * a = a + μ (θ − a)
 * η = γ / (1 + λ γ t)^α
 * μ = 1 / max(1, t − t₀)
 * ```
 *
 * The average a is in the state, as `ax`.
 *
 * Source: B. Polyak, A. Juditsky, "Acceleration of Stochastic Approximation by Averaging"; rates as in L. Bottou's SGD.
 *
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that cannot be optimised
 */
export class ASGD extends Optimizer<ASGDHyperparameters, ASGDState> {
  constructor(params: Parameters<ASGDHyperparameters>, ...rest: Given<ASGDHyperparameters, typeof order>) {
    super(params, ...chosen('ASGD', table, order, rest));
  }

  protected override initialState(param: Tensor, { lr }: ParamGroup<ASGDHyperparameters>): ASGDState {
    return { step: 0, eta: lr, mu: 1, ax: zerosLike(param) };
  }

  protected updateParameter(
    param: Tensor,
    grad: Tensor,
    state: ASGDState,
    group: ParamGroup<ASGDHyperparameters>,
  ): void {
    const { lr, lambd, alpha, t0 } = group;
    const g = descend(param, grad, group);
    const t = ++state.step;
    combine_(param, g, 1 - lambd * state.eta, -state.eta);
    if (state.mu === 1) state.ax.copy_(param);
    else combine_(state.ax, param, 1 - state.mu, state.mu);
    state.eta = lr / (1 + lambd * lr * t) ** alpha;
    state.mu = 1 / Math.max(1, t - t0);
  }
}

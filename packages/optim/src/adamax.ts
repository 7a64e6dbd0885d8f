import { fuse, type Tensor, zerosLike } from '@retrograd/core';
import { average_, type DescentHyperparameters, descend } from './descent.ts';
import { betas, chosen, flag, type Given, nonNegative, type Table } from './hyperparameters.ts';
import { Optimizer, type Parameters, type ParamGroup } from './optimizer.ts';

export interface AdamaxHyperparameters extends DescentHyperparameters {
  /** Learning rate γ. Default 0.002. */
  lr: number;
  /** What is kept of the past: β₁ by the average, β₂ by the largest. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** ε, added to |g|. Default 1e-8. */
  eps: number;
  /** λ of the penalty ½ λ ‖θ‖². Default 0. */
  weightDecay: number;
}

const table: Table<AdamaxHyperparameters> = {
  lr: [2e-3, nonNegative],
  betas: [[0.9, 0.999], betas],
  eps: [1e-8, nonNegative],
  weightDecay: [0, nonNegative],
  maximize: [false, flag],
};
const order = ['lr', 'betas', 'eps', 'weightDecay'] as const;

type AdamaxState = {
  step: number;
  /** m below. */
  expAvg: Tensor;
  /** u below. */
  expInf: Tensor;
};

const largest = fuse('adamax', (u, g, beta, eps) => u.mul(beta).maximum(g.abs().add(eps)), 2);

/**
 * Adamax, Adam with the infinity norm:
 *
 * ```
 * g = ±∇f(θ) + λ θ
 * m = β₁ m + (1 − β₁) g
 * u = max(β₂ u, |g| + ε)
 * θ = θ − γ m / (1 − β₁ᵗ) / u
 * ```
 *
 * Source: D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", section 7.1.
 *
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that cannot be optimised
 */
export class Adamax extends Optimizer<AdamaxHyperparameters, AdamaxState> {
  constructor(
    params: Parameters<AdamaxHyperparameters>,
    ...rest: Given<AdamaxHyperparameters, typeof order>
  ) {
    super(params, ...chosen('Adamax', table, order, rest));
  }

  protected override initialState(param: Tensor): AdamaxState {
    return { step: 0, expAvg: zerosLike(param), expInf: zerosLike(param) };
  }

  protected updateParameter(
    param: Tensor,
    grad: Tensor,
    state: AdamaxState,
    group: ParamGroup<AdamaxHyperparameters>,
  ): void {
    const { lr, betas, eps } = group;
    const g = descend(param, grad, group);
    const t = ++state.step;
    const m = average_(state.expAvg, g, betas[0]);
    const u = largest.into(state.expInf, state.expInf, g, betas[1], eps);
    param.addcdiv_(m, u, { value: -lr / (1 - betas[0] ** t) });
  }
}

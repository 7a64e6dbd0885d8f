import { type Tensor, zerosLike } from '@retrograd/core';
import {
  addQuotient_,
  average_,
  averageOfSquares_,
  type DescentHyperparameters,
  descend,
} from './descent.ts';
import { betas, chosen, flag, type Given, nonNegative, type Table } from './hyperparameters.ts';
import { Optimizer, type Parameters, type ParamGroup } from './optimizer.ts';

export interface NAdamHyperparameters extends DescentHyperparameters {
  /** Learning rate γ. Default 0.002. */
  lr: number;
  /** What the moving averages keep of their past: β₁ of the gradient's, β₂ of its square's. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** ε, which keeps the quotient finite. Default 1e-8. */
  eps: number;
  /** λ of the penalty ½ λ ‖θ‖². Default 0. */
  weightDecay: number;
  /** ψ, how fast the momentum rises to β₁. Default 0.004. */
  momentumDecay: number;
  /** Shrink the parameters themselves, as `AdamW` does. Default `false`. */
  decoupledWeightDecay: boolean;
}

const table: Table<NAdamHyperparameters> = {
  lr: [2e-3, nonNegative],
  betas: [[0.9, 0.999], betas],
  eps: [1e-8, nonNegative],
  weightDecay: [0, nonNegative],
  momentumDecay: [4e-3, nonNegative],
  decoupledWeightDecay: [false, flag],
  maximize: [false, flag],
};
const order = ['lr', 'betas', 'eps', 'weightDecay', 'momentumDecay', 'decoupledWeightDecay'] as const;

type NAdamState = {
  step: number;
  /** ∏ μᵢ below. */
  muProduct: number;
  /** m below. */
  expAvg: Tensor;
  /** v below. */
  expAvgSq: Tensor;
};

/**
 * NAdam, Adam with Nesterov's momentum:
 *
 * ```
 * g = ±∇f(θ) + λ θ
 * m = β₁ m + (1 − β₁) g
 * v = β₂ v + (1 − β₂) g²
 * μₜ = β₁ (1 − ½ · 0.96^(t ψ))
 * θ = θ − γ [μₜ₊₁ m / (1 − ∏ᵢ₌₁ᵗ⁺¹ μᵢ) + (1 − μₜ) g / (1 − ∏ᵢ₌₁ᵗ μᵢ)] / (√(v / (1 − β₂ᵗ)) + ε)
 * ```
 *
 * Source: T. Dozat, "Incorporating Nesterov Momentum into Adam".
 *
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that cannot be optimised
 */
export class NAdam extends Optimizer<NAdamHyperparameters, NAdamState> {
  constructor(params: Parameters<NAdamHyperparameters>, ...rest: Given<NAdamHyperparameters, typeof order>) {
    super(params, ...chosen('NAdam', table, order, rest));
  }

  protected override initialState(param: Tensor): NAdamState {
    return { step: 0, muProduct: 1, expAvg: zerosLike(param), expAvgSq: zerosLike(param) };
  }

  protected updateParameter(
    param: Tensor,
    grad: Tensor,
    state: NAdamState,
    group: ParamGroup<NAdamHyperparameters>,
  ): void {
    const { lr, betas, eps, momentumDecay } = group;
    const g = descend(param, grad, group);
    const t = ++state.step;
    const m = average_(state.expAvg, g, betas[0]);
    const v = averageOfSquares_(state.expAvgSq, g, betas[1]);
    const momentum = (step: number) => betas[0] * (1 - 0.5 * 0.96 ** (step * momentumDecay));
    const [now, next] = [momentum(t), momentum(t + 1)];
    state.muProduct *= now;
    const ahead = m.mul(next / (1 - state.muProduct * next));
    ahead.add_(g, { alpha: (1 - now) / (1 - state.muProduct) });
    addQuotient_(
      param,
      ahead,
      v
        .div(1 - betas[1] ** t)
        .sqrt_()
        .add_(eps),
      -lr,
    );
  }
}

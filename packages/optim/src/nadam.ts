import { fuse, type Tensor } from '@retrograd/core';
import { betas, chosen, flag, type Given, nonNegative, type Table } from './hyperparameters.ts';
import { type MomentHyperparameters, MomentOptimizer, type Moments } from './moments.ts';
import type { Parameters, ParamGroup } from './optimizer.ts';

export interface NAdamHyperparameters extends MomentHyperparameters {
  /** Learning rate γ. Default 0.002. */
  lr: number;
  /** λ of the penalty ½ λ ‖θ‖². Default 0. */
  weightDecay: number;
  /** ψ, how fast the momentum rises to β₁. Default 0.004. */
  momentumDecay: number;
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

type NAdamState = Moments & {
  /** ∏ μᵢ below. */
  muProduct: number;
};

/** θ = θ − (a m + b g) / (√v + ε) */
const stepAhead = fuse(
  'nadam',
  (param, m, g, v, a, b, eps) => param.sub(m.mul(a).add(g.mul(b)).div(v.sqrt().add(eps))),
  3,
);

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
export class NAdam extends MomentOptimizer<NAdamHyperparameters, NAdamState> {
  constructor(params: Parameters<NAdamHyperparameters>, ...rest: Given<NAdamHyperparameters, typeof order>) {
    super(params, ...chosen('NAdam', table, order, rest));
  }

  protected override furtherState(): Omit<NAdamState, keyof Moments> {
    return { muProduct: 1 };
  }

  protected move(param: Tensor, g: Tensor, state: NAdamState, group: ParamGroup<NAdamHyperparameters>): void {
    const { lr, betas, eps, momentumDecay } = group;
    const { step: t, expAvg: m, expAvgSq: v } = state;
    const momentum = (step: number) => betas[0] * (1 - 0.5 * 0.96 ** (step * momentumDecay));
    const [now, next] = [momentum(t), momentum(t + 1)];
    state.muProduct *= now;
    const [ofMean, ofGradient] = [next / (1 - state.muProduct * next), (1 - now) / (1 - state.muProduct)];
    // √(v / c²) + ε = (√v + ε c) / c
    const c = Math.sqrt(1 - betas[1] ** t);
    stepAhead.into(param, param, m, g, v, ofMean * lr * c, ofGradient * lr * c, eps * c);
  }
}

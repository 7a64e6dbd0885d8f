import type { Tensor } from '@retrograd/core';
import { normalizedStep_ } from './descent.ts';
import { betas, chosen, flag, type Given, nonNegative, type Table } from './hyperparameters.ts';
import { type MomentHyperparameters, MomentOptimizer, type Moments } from './moments.ts';
import type { Parameters, ParamGroup } from './optimizer.ts';

export interface RAdamHyperparameters extends MomentHyperparameters {
  /** Learning rate γ. Default 0.001. */
  lr: number;
  /** λ of the penalty ½ λ ‖θ‖². Default 0. */
  weightDecay: number;
}

const table: Table<RAdamHyperparameters> = {
  lr: [1e-3, nonNegative],
  betas: [[0.9, 0.999], betas],
  eps: [1e-8, nonNegative],
  weightDecay: [0, nonNegative],
  decoupledWeightDecay: [false, flag],
  maximize: [false, flag],
};
const order = ['lr', 'betas', 'eps', 'weightDecay', 'decoupledWeightDecay'] as const;

/**
 * RAdam, Adam that waits with dividing by √v until v is known well enough:
 *
 * ```
 * g = ±∇f(θ) + λ θ
 * m = β₁ m + (1 − β₁) g
 * v = β₂ v + (1 − β₂) g²
 * ρ∞ = 2 / (1 − β₂) − 1
 * ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)
 * r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ))
 * θ = θ − γ m / (1 − β₁ᵗ) · r √(1 − β₂ᵗ) / (√v + ε)        (while ρ ≤ 5: θ − γ m / (1 − β₁ᵗ))
 * ```
 *
 * Source: L. Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond".
 *
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that cannot be optimised
 */
export class RAdam extends MomentOptimizer<RAdamHyperparameters, Moments> {
  constructor(params: Parameters<RAdamHyperparameters>, ...rest: Given<RAdamHyperparameters, typeof order>) {
    super(params, ...chosen('RAdam', table, order, rest));
  }

  protected move(param: Tensor, _: Tensor, state: Moments, group: ParamGroup<RAdamHyperparameters>): void {
    const { lr, betas, eps } = group;
    const { step: t, expAvg: m, expAvgSq: v } = state;
    const rate = lr / (1 - betas[0] ** t);
    const rectification = rectificationOf(betas[1], t);
    if (rectification === null) param.add_(m, { alpha: -rate });
    else normalizedStep_(param, m, v, rate * rectification * Math.sqrt(1 - betas[1] ** t), eps);
  }
}

/** r above; `null` while the variance of 1 / √v is not finite, or hardly. */
function rectificationOf(beta: number, t: number): number | null {
  const limit = 2 / (1 - beta) - 1;
  const rho = limit - (2 * t * beta ** t) / (1 - beta ** t);
  if (rho <= 5) return null;
  return Math.sqrt(((rho - 4) * (rho - 2) * limit) / ((limit - 4) * (limit - 2) * rho));
}

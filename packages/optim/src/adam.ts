import { optional, type Tensor } from '@retrograd/core';
import { normalizedStep_ } from './descent.ts';
import { betas, chosen, flag, type Given, nonNegative, type Table } from './hyperparameters.ts';
import { type MomentHyperparameters, MomentOptimizer, type Moments } from './moments.ts';
import type { Parameters, ParamGroup } from './optimizer.ts';

export interface AdamHyperparameters extends MomentHyperparameters {
  /** Learning rate γ. Default 0.001. */
  lr: number;
  /** λ of the penalty ½ λ ‖θ‖². Default 0; in `AdamW` 0.01. */
  weightDecay: number;
  /** Divide by the largest average of squares that there has been. Default `false`. */
  amsgrad: boolean;
}

const table: Table<AdamHyperparameters> = {
  lr: [1e-3, nonNegative],
  betas: [[0.9, 0.999], betas],
  eps: [1e-8, nonNegative],
  weightDecay: [0, nonNegative],
  amsgrad: [false, flag],
  maximize: [false, flag],
  decoupledWeightDecay: [false, flag],
};
const order = ['lr', 'betas', 'eps', 'weightDecay', 'amsgrad'] as const;

type AdamState = Moments & {
  /** v̂ below, with `amsgrad`. */
  maxExpAvgSq?: Tensor;
};

/**
 * Adam, as PyTorch has it:
 *
 * ```
 * g = ±∇f(θ) + λ θ
 * m = β₁ m + (1 − β₁) g
 * v = β₂ v + (1 − β₂) g²
 * θ = θ − γ m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)        (with amsgrad: of v̂ = max(v̂, v) instead of v)
 * ```
 *
 * Sources: D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization"; S. Reddi et al., "On the Convergence of Adam
 * and Beyond" (amsgrad).
 *
 * @example
 * ```ts
 * const optimizer = new Adam(model.parameters(), { lr: 3e-4, betas: [0.9, 0.95] });
 * ```
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that cannot be optimised
 */
export class Adam extends MomentOptimizer<AdamHyperparameters, AdamState> {
  constructor(params: Parameters<AdamHyperparameters>, ...rest: Given<AdamHyperparameters, typeof order>) {
    super(params, ...chosen(new.target.name, table, order, rest));
  }

  protected move(param: Tensor, _: Tensor, state: AdamState, group: ParamGroup<AdamHyperparameters>): void {
    const { lr, betas, eps, amsgrad } = group;
    const { step: t, expAvg: m, expAvgSq: v } = state;
    if (amsgrad) state.maxExpAvgSq = state.maxExpAvgSq?.maximum_(v) ?? v.clone();
    // The correction of v is taken out of the root, and so costs nothing: √(v / c²) + ε = (√v + ε c) / c.
    const c = Math.sqrt(1 - betas[1] ** t);
    normalizedStep_(param, m, state.maxExpAvgSq ?? v, (lr * c) / (1 - betas[0] ** t), eps * c);
  }
}

/**
 * Adam with decoupled weight decay: the parameters themselves shrink, θ = (1 − γ λ) θ, before each step, and no penalty
 * enters the gradient.
 *
 * Source: I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization".
 *
 * @example
 * ```ts
 * const optimizer = new AdamW(model.parameters(), { lr: 3e-4, weightDecay: 0.1 });
 * ```
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that cannot be optimised
 */
export class AdamW extends Adam {
  constructor(params: Parameters<AdamHyperparameters>, ...rest: Given<AdamHyperparameters, typeof order>) {
    const given = optional<Partial<AdamHyperparameters>>('AdamW', rest, order, ['maximize']);
    super(params, { weightDecay: 1e-2, decoupledWeightDecay: true, ...given });
  }
}

import { fuse, type Tensor, zerosLike } from '@retrograd/core';
import { averageOfSquares_, type DescentHyperparameters, descend } from './descent.ts';
import { chosen, flag, fraction, type Given, nonNegative, type Table } from './hyperparameters.ts';
import { Optimizer, type Parameters, type ParamGroup } from './optimizer.ts';

export interface AdadeltaHyperparameters extends DescentHyperparameters {
  /** What the step is multiplied by, γ. Default 1. */
  lr: number;
  /** What the moving averages keep of their past, ρ. Default 0.9. */
  rho: number;
  /** ε, which lets the first step be more than 0. Default 1e-6. */
  eps: number;
  /** λ of the penalty ½ λ ‖θ‖². Default 0. */
  weightDecay: number;
}

const table: Table<AdadeltaHyperparameters> = {
  lr: [1, nonNegative],
  rho: [0.9, fraction],
  eps: [1e-6, nonNegative],
  weightDecay: [0, nonNegative],
  maximize: [false, flag],
};
const order = ['lr', 'rho', 'eps', 'weightDecay'] as const;

type AdadeltaState = {
  step: number;
  /** v below. */
  squareAvg: Tensor;
  /** u below. */
  accDelta: Tensor;
};

const nextStep = fuse('adadelta', (u, v, g, eps) => u.add(eps).sqrt().div(v.add(eps).sqrt()).mul(g), 1);

/**
 * Adadelta, as PyTorch has it:
 *
 * ```
 * g = ±∇f(θ) + λ θ
 * v = ρ v + (1 − ρ) g²
 * Δ = √(u + ε) / √(v + ε) · g
 * u = ρ u + (1 − ρ) Δ²
 * θ = θ − γ Δ
 * ```
 *
 * Source: M. Zeiler, "ADADELTA: An Adaptive Learning Rate Method".
 *
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that cannot be optimised
 */
export class Adadelta extends Optimizer<AdadeltaHyperparameters, AdadeltaState> {
  constructor(
    params: Parameters<AdadeltaHyperparameters>,
    ...rest: Given<AdadeltaHyperparameters, typeof order>
  ) {
    super(params, ...chosen('Adadelta', table, order, rest));
  }

  protected override initialState(param: Tensor): AdadeltaState {
    return { step: 0, squareAvg: zerosLike(param), accDelta: zerosLike(param) };
  }

  protected updateParameter(
    param: Tensor,
    grad: Tensor,
    state: AdadeltaState,
    group: ParamGroup<AdadeltaHyperparameters>,
  ): void {
    const { lr, rho, eps } = group;
    const g = descend(param, grad, group);
    state.step++;
    const v = averageOfSquares_(state.squareAvg, g, rho);
    const delta = nextStep(state.accDelta, v, g, eps);
    averageOfSquares_(state.accDelta, delta, rho);
    param.add_(delta, { alpha: -lr });
  }
}

import { type Tensor, zerosLike } from '@retrograd/core';
import {
  average_,
  averageOfSquares_,
  type DescentHyperparameters,
  descend,
  normalizedStep_,
} from './descent.ts';
import { chosen, flag, fraction, type Given, nonNegative, type Table } from './hyperparameters.ts';
import { Optimizer, type Parameters, type ParamGroup } from './optimizer.ts';

export interface RMSpropHyperparameters extends DescentHyperparameters {
  /** Learning rate γ. Default 0.01. */
  lr: number;
  /** What the moving averages keep of their past, α. Default 0.99. */
  alpha: number;
  /** ε, which keeps the quotient finite. Default 1e-8. */
  eps: number;
  /** λ of the penalty ½ λ ‖θ‖². Default 0. */
  weightDecay: number;
  /** How much of the last step's direction is kept, μ. Default 0: none is remembered. */
  momentum: number;
  /** Divide by the standard deviation of the gradient instead of its root mean square. Default `false`. */
  centered: boolean;
}

const table: Table<RMSpropHyperparameters> = {
  lr: [1e-2, nonNegative],
  alpha: [0.99, fraction],
  eps: [1e-8, nonNegative],
  weightDecay: [0, nonNegative],
  momentum: [0, nonNegative],
  centered: [false, flag],
  maximize: [false, flag],
};
const order = ['lr', 'alpha', 'eps', 'weightDecay', 'momentum', 'centered'] as const;

type RMSpropState = {
  step: number;
  /** v below. */
  squareAvg: Tensor;
  /** m below. */
  gradAvg?: Tensor;
  /** b below. */
  momentumBuffer?: Tensor;
};

/**
 * RMSprop, as PyTorch has it:
 *
 * ```
 * g = ±∇f(θ) + λ θ
 * v = α v + (1 − α) g²
 * m = α m + (1 − α) g                                    (if centred)
 * b = μ b + g / (√v + ε)                                 (if centred: √(v − m²) + ε)
 * θ = θ − γ b
 * ```
 *
 * Sources: G. Hinton, lecture 6e of "Neural Networks for Machine Learning"; A. Graves, "Generating Sequences With
 * Recurrent Neural Networks" (centred).
 *
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that cannot be optimised
 */
export class RMSprop extends Optimizer<RMSpropHyperparameters, RMSpropState> {
  constructor(
    params: Parameters<RMSpropHyperparameters>,
    ...rest: Given<RMSpropHyperparameters, typeof order>
  ) {
    super(params, ...chosen('RMSprop', table, order, rest));
  }

  protected override initialState(param: Tensor): RMSpropState {
    return { step: 0, squareAvg: zerosLike(param) };
  }

  protected updateParameter(
    param: Tensor,
    grad: Tensor,
    state: RMSpropState,
    group: ParamGroup<RMSpropHyperparameters>,
  ): void {
    const { lr, alpha, eps, momentum, centered } = group;
    const g = descend(param, grad, group);
    state.step++;
    const v = averageOfSquares_(state.squareAvg, g, alpha);
    const square = centered ? v.sub(this.#mean(g, state, alpha).square()) : v;
    if (momentum === 0) {
      normalizedStep_(param, g, square, lr, eps);
      return;
    }
    // b = μ b − (−1) g / (√v + ε)
    state.momentumBuffer = (state.momentumBuffer ?? zerosLike(param)).mul_(momentum);
    param.add_(normalizedStep_(state.momentumBuffer, g, square, -1, eps), { alpha: -lr });
  }

  #mean(g: Tensor, state: RMSpropState, alpha: number): Tensor {
    state.gradAvg ??= zerosLike(g);
    return average_(state.gradAvg, g, alpha);
  }
}

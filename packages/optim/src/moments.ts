import { type Tensor, zerosLike } from '@retrograd/core';
import { average_, averageOfSquares_, type DescentHyperparameters, descend } from './descent.ts';
import { Optimizer, type ParamGroup } from './optimizer.ts';

/** The hyperparameters that Adam and its kin share. */
export interface MomentHyperparameters extends DescentHyperparameters {
  /** What the moving averages keep of their past: β₁ of the gradient's, β₂ of its square's. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** ε, which keeps the quotient finite. Default 1e-8. */
  eps: number;
  /** Shrink the parameters themselves, as `AdamW` does. Default `false`. */
  decoupledWeightDecay: boolean;
}

/** The moving averages of the gradient and of its square. */
export type Moments = {
  step: number;
  /** m = β₁ m + (1 − β₁) g */
  expAvg: Tensor;
  /** v = β₂ v + (1 − β₂) g² */
  expAvgSq: Tensor;
};

/** What Adam and its kin share: they differ in what they make of the moments. */
export abstract class MomentOptimizer<H extends MomentHyperparameters, S extends Moments> extends Optimizer<
  H,
  S
> {
  protected override initialState(param: Tensor): S {
    return { step: 0, expAvg: zerosLike(param), expAvgSq: zerosLike(param), ...this.furtherState() } as S;
  }

  /** What is remembered beside the moments. Default: nothing. */
  protected furtherState(): Omit<S, keyof Moments> {
    return {} as Omit<S, keyof Moments>;
  }

  protected updateParameter(param: Tensor, grad: Tensor, state: S, group: ParamGroup<H>): void {
    const g = descend(param, grad, group);
    state.step++;
    average_(state.expAvg, g, group.betas[0]);
    averageOfSquares_(state.expAvgSq, g, group.betas[1]);
    this.move(param, g, state, group);
  }

  /** Moves a parameter by the moments, which know the gradient g already. */
  protected abstract move(param: Tensor, g: Tensor, state: S, group: ParamGroup<H>): void;
}

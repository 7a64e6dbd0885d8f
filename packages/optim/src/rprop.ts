import { fullLike, fuse, type Tensor, where, zerosLike } from '@retrograd/core';
import { chosen, flag, type Given, nonNegative, pair, type Table } from './hyperparameters.ts';
import { Optimizer, type Parameters, type ParamGroup } from './optimizer.ts';

export interface RpropHyperparameters {
  /** The length of the first step, γ. Default 0.01. */
  lr: number;
  /** What lengths are multiplied by: η⁻ after a change of sign, η⁺ else. Default [0.5, 1.2]. */
  etas: readonly [number, number];
  /** The shortest and the longest step. Default [1e-6, 50]. */
  stepSizes: readonly [number, number];
  /** Climb instead of descending. Default `false`. */
  maximize: boolean;
}

const table: Table<RpropHyperparameters> = {
  lr: [1e-2, nonNegative],
  etas: [[0.5, 1.2], pair('one number between 0 and 1, and one above 1', (a, b) => 0 < a && a < 1 && 1 < b)],
  stepSizes: [[1e-6, 50], pair('two numbers, the smaller one first', (a, b) => a <= b)],
  maximize: [false, flag],
};
const order = ['lr', 'etas', 'stepSizes'] as const;

type RpropState = {
  step: number;
  /** The last gradient that counted, p below. */
  prev: Tensor;
  /** s below. */
  stepSize: Tensor;
};

/** s, of the last s, g and p. */
const adapted = fuse(
  'rpropLength',
  (s, g, p, slower, faster, shortest, longest) => {
    const agreement = g.mul(p);
    const change = where(agreement.lt(0), slower, where(agreement.gt(0), faster, 1));
    return s.mul(change).maximum(shortest).minimum(longest);
  },
  4,
);
/** g where it counts, 0 where it has turned. */
const counting = fuse('rpropGradient', (g, p) => where(g.mul(p).lt(0), 0, g));
const bySign = fuse('rprop', (param, g, s) => param.sub(g.sign().mul(s)));

/**
 * Resilient backpropagation. Only the signs of the gradient g = ±∇f(θ) count, for each element by itself:
 *
 * ```
 * g p > 0:   s = η⁺ s
 * g p < 0:   s = η⁻ s, and g = 0
 * s = min(max(s, shortest), longest)
 * θ = θ − sign(g) s
 * p = g
 * ```
 *
 * Source: M. Riedmiller, H. Braun, "A Direct Adaptive Method for Faster Backpropagation Learning: The RPROP Algorithm".
 * For gradients of the whole data set, not of batches.
 *
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that cannot be optimised
 */
export class Rprop extends Optimizer<RpropHyperparameters, RpropState> {
  constructor(params: Parameters<RpropHyperparameters>, ...rest: Given<RpropHyperparameters, typeof order>) {
    super(params, ...chosen('Rprop', table, order, rest));
  }

  protected override initialState(param: Tensor, { lr }: ParamGroup<RpropHyperparameters>): RpropState {
    return { step: 0, prev: zerosLike(param), stepSize: fullLike(param, lr) };
  }

  protected updateParameter(
    param: Tensor,
    grad: Tensor,
    state: RpropState,
    { etas: [slower, faster], stepSizes: [shortest, longest], maximize }: ParamGroup<RpropHyperparameters>,
  ): void {
    const slope = maximize ? grad.neg() : grad;
    state.step++;
    adapted.into(state.stepSize, state.stepSize, slope, state.prev, slower, faster, shortest, longest);
    counting.into(state.prev, slope, state.prev);
    bySign.into(param, param, state.prev, state.stepSize);
  }
}

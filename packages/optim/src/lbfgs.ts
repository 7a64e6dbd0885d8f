import { ArgumentError, cat, enableGrad, noGrad, type Shape, Tensor, zerosLike } from '@retrograd/core';
import { chosen, count, countOrNull, type Given, nonNegative, oneOf, type Table } from './hyperparameters.ts';
import { checkGradient, Optimizer, type ParamGroup, type ParamGroupInit } from './optimizer.ts';
import { type LineSearch, strongWolfe } from './strong-wolfe.ts';

export interface LBFGSHyperparameters {
  /** What steps are multiplied by, γ. Default 1. */
  lr: number;
  /** How many iterations a step makes at most. Default 20. */
  maxIter: number;
  /** How often a step evaluates the closure at most. Default `null`, 5/4 of `maxIter`. */
  maxEval: number | null;
  /** The largest element of a gradient that counts as none. Default 1e-7. */
  toleranceGrad: number;
  /** The change of the loss, or of a parameter, that counts as none. Default 1e-9. */
  toleranceChange: number;
  /** How many changes are remembered. Default 100. */
  historySize: number;
  /** Search along each direction for a step that is good enough. Default `null`: go as far as the direction says. */
  lineSearchFn: 'strong_wolfe' | null;
}

const table: Table<LBFGSHyperparameters> = {
  lr: [1, nonNegative],
  maxIter: [20, count],
  maxEval: [null, countOrNull],
  toleranceGrad: [1e-7, nonNegative],
  toleranceChange: [1e-9, nonNegative],
  historySize: [100, count],
  lineSearchFn: [null, oneOf('strong_wolfe', null)],
};
const order = [
  'lr',
  'maxIter',
  'maxEval',
  'toleranceGrad',
  'toleranceChange',
  'historySize',
  'lineSearchFn',
] as const;

/** Kept with the first parameter, as PyTorch keeps it; vectors go through all parameters. */
type LBFGSState = {
  funcEvals: number;
  nIter: number;
  /** The last direction, and how far it was followed. */
  d?: Tensor;
  t?: number;
  /** Changes of the gradient y, of the parameters s, and 1 / (y · s), the latest last. */
  oldDirs?: Tensor[];
  oldStps?: Tensor[];
  ro?: number[];
  /** H₀, a multiple of the identity. */
  HDiag?: number;
  prevFlatGrad?: Tensor;
  prevLoss?: number;
};

/** Where the descent is: what the closure gave last. */
interface Place {
  loss: number;
  grad: Tensor;
}

/**
 * L-BFGS: Newton's method with a Hessian estimated from the last changes of the gradient. The closure computes the loss
 * and its gradients anew, as often as it is called; there is one group of parameters only.
 *
 * ```
 * d = −H ∇f(θ),    θ = θ + t d        (t = γ, or found by a line search)
 * ```
 *
 * Source: J. Nocedal, S. Wright, "Numerical Optimization", algorithms 7.4 and 7.5; stopping rules as in M. Schmidt's
 * minFunc and PyTorch.
 *
 * @example
 * ```ts
 * const optimizer = new LBFGS(model.parameters(), { lineSearchFn: 'strong_wolfe' });
 * for (let i = 0; i < 10; i++) {
 *   optimizer.step(() => {
 *     optimizer.zeroGrad();
 *     const loss = F.mseLoss(model.forward(x), y);
 *     loss.backward();
 *     return loss;
 *   });
 * }
 * ```
 * @throws ArgumentError for hyperparameters that make no sense, and for several groups
 */
export class LBFGS extends Optimizer<LBFGSHyperparameters, LBFGSState> {
  constructor(params: Iterable<Tensor>, ...rest: Given<LBFGSHyperparameters, typeof order>) {
    const [given, kinds] = chosen('LBFGS', table, order, rest);
    super(params, { ...given, maxEval: given.maxEval ?? evaluationsFor(given.maxIter) }, kinds);
  }

  /** @throws ArgumentError for a second group */
  override addParamGroup(group: ParamGroupInit<LBFGSHyperparameters>): void {
    if (this.paramGroups.length > 0) {
      throw new ArgumentError({ op: 'LBFGS', got: 'several groups of parameters', want: 'one' });
    }
    super.addParamGroup(group);
  }

  protected override initialState(): LBFGSState {
    return { funcEvals: 0, nIter: 0 };
  }

  protected override stateShape(): Shape {
    return [this.#params.reduce((sum, { numel }) => sum + numel, 0)];
  }

  /** All parameters move together, in `step`. */
  protected updateParameter(): void {}

  /**
   * Goes down until a tolerance or a limit is reached.
   *
   * @param closure Forgets the gradients, computes the loss and its gradients, and returns the loss.
   * @returns The loss at the beginning.
   * @throws ArgumentError without a closure that returns a loss
   */
  override step<Loss = undefined>(closure?: () => Loss): Loss {
    if (typeof closure !== 'function') {
      throw new ArgumentError({
        op: 'LBFGS.step',
        got: String(closure),
        want: 'a closure that returns the loss',
      });
    }
    return noGrad(() => this.#descend(closure));
  }

  get #params(): readonly Tensor[] {
    return this.paramGroups.flatMap(({ params }) => params);
  }

  #descend<Loss>(closure: () => Loss): Loss {
    const group = this.paramGroups[0] as ParamGroup<LBFGSHyperparameters>;
    const { maxIter, toleranceGrad, toleranceChange } = group;
    const maxEval = group.maxEval ?? Number.POSITIVE_INFINITY;
    const state = this.stateOf(this.#params[0] as Tensor, group);
    const loss = enableGrad(closure);
    let place = this.#placeOf(loss);
    let evaluations = 1;
    state.funcEvals++;
    if (largest(place.grad) <= toleranceGrad) return loss;
    for (let i = 1; i <= maxIter; i++) {
      const last = place.loss;
      state.nIter++;
      const { d, t, slope } = newDirection(state, place, group);
      if (slope > -toleranceChange) break;
      const found = this.#follow(closure, place, { d, t, slope }, group, i === maxIter);
      state.t = found.probe.t;
      place = found.probe;
      evaluations += found.evaluations;
      state.funcEvals += found.evaluations;
      if (evaluations >= maxEval || largest(place.grad) <= toleranceGrad) break;
      if (largest(d) * state.t <= toleranceChange || Math.abs(place.loss - last) < toleranceChange) break;
    }
    return loss;
  }

  /** Goes along a direction, and looks where it has come to, but for the last time without a line search. */
  #follow<Loss>(
    closure: () => Loss,
    place: Place,
    { d, t, slope }: Direction,
    { lineSearchFn, toleranceChange }: LBFGSHyperparameters,
    isLast: boolean,
  ): LineSearch {
    const start = { loss: place.loss, grad: place.grad, t: 0, slope };
    if (lineSearchFn === null) {
      this.#move(d, t);
      if (isLast) return { probe: { ...start, t }, evaluations: 0 };
      return { probe: { t, slope, ...this.#placeOf(enableGrad(closure)) }, evaluations: 1 };
    }
    const origin = this.#params.map((param) => param.clone());
    const evaluate = (step: number) => {
      try {
        this.#move(d, step);
        const reached = this.#placeOf(enableGrad(closure));
        return { t: step, slope: dot(reached.grad, d), ...reached };
      } finally {
        for (const [i, param] of this.#params.entries()) param.copy_(origin[i] as Tensor);
      }
    };
    const found = strongWolfe(evaluate, start, t, toleranceChange / largest(d));
    this.#move(d, found.probe.t);
    return found;
  }

  /** θ = θ + t d, of every parameter its own part. */
  #move(d: Tensor, t: number): void {
    let offset = 0;
    for (const param of this.#params) {
      param.add_(d.narrow(0, offset, param.numel).reshape(param.shape), { alpha: t });
      offset += param.numel;
    }
  }

  /** A loss, and all gradients as one vector: zeros where there is none. */
  #placeOf(loss: unknown): Place {
    const parts = this.#params.map((param) => {
      const { grad } = param;
      if (grad !== null) checkGradient('LBFGS', param, grad);
      return (grad?.detach() ?? zerosLike(param)).reshape([param.numel]);
    });
    return { loss: numberOf(loss), grad: cat(parts) };
  }
}

/** Where to go, how far at first, and how steep it is there. */
interface Direction {
  readonly d: Tensor;
  readonly t: number;
  readonly slope: number;
}

/** d = −H ∇f, with the Hessian's inverse H brought up to date by the last step. */
function newDirection(
  state: LBFGSState,
  { loss, grad }: Place,
  { lr, historySize }: LBFGSHyperparameters,
): Direction {
  const isFirst = state.prevFlatGrad === undefined;
  if (!isFirst) remember(state, grad, historySize);
  const d = isFirst ? grad.neg() : times(state, grad.neg());
  state.d = d;
  state.t = isFirst ? Math.min(1, 1 / grad.abs().sum().item()) * lr : lr;
  state.prevFlatGrad = grad;
  state.prevLoss = loss;
  return { d, t: state.t, slope: dot(grad, d) };
}

/** Adds the changes of the last step to the history, unless the curvature along it is not positive. */
function remember(state: LBFGSState, grad: Tensor, historySize: number): void {
  const { d, t, prevFlatGrad } = state;
  if (d === undefined || t === undefined || prevFlatGrad === undefined) return;
  const [y, s] = [grad.sub(prevFlatGrad), d.mul(t)];
  const curvature = dot(y, s);
  if (!(curvature > 1e-10)) return;
  const latest = <T>(list: readonly T[] = [], item: T) => [...list, item].slice(-historySize);
  state.oldDirs = latest(state.oldDirs, y);
  state.oldStps = latest(state.oldStps, s);
  state.ro = latest(state.ro, 1 / curvature);
  state.HDiag = curvature / dot(y, y);
}

/** H q by the two loops over the history (algorithm 7.4). Writes into q. */
function times({ oldDirs = [], oldStps = [], ro = [], HDiag = 1 }: LBFGSState, q: Tensor): Tensor {
  const history = oldDirs.map((y, i) => ({ y, s: oldStps[i] as Tensor, rho: ro[i] as number, alpha: 0 }));
  for (const change of [...history].reverse()) {
    change.alpha = dot(change.s, q) * change.rho;
    q.add_(change.y, { alpha: -change.alpha });
  }
  q.mul_(HDiag);
  for (const { y, s, rho, alpha } of history) q.add_(s, { alpha: alpha - dot(y, q) * rho });
  return q;
}

function evaluationsFor(maxIter: number): number {
  return Math.floor((maxIter * 5) / 4);
}

function dot(a: Tensor, b: Tensor): number {
  return a.matmul(b).item();
}

function largest(x: Tensor): number {
  return x.abs().max().item();
}

function numberOf(loss: unknown): number {
  if (typeof loss === 'number') return loss;
  if (loss instanceof Tensor) return loss.item();
  throw new ArgumentError({
    op: 'LBFGS.step',
    got: `a closure that returns ${String(loss)}`,
    want: 'one that returns the loss, a tensor of one element or a number',
  });
}

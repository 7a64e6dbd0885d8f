import { fuse, type Tensor } from '@retrograd/core';

/** How a gradient is read, and how parameters shrink: what most optimisers have in common. */
export interface DescentHyperparameters {
  /** Learning rate γ. */
  lr: number;
  /** λ of the penalty ½ λ ‖θ‖². */
  weightDecay: number;
  /** Climb instead of descending. Default `false`. */
  maximize: boolean;
}

/**
 * The gradient of what is minimised, g = ±∇f(θ) + λ θ. Decoupled decay shrinks the parameter at once instead
 * (I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization").
 */
export function descend(
  param: Tensor,
  grad: Tensor,
  group: DescentHyperparameters & { readonly decoupledWeightDecay?: boolean },
): Tensor {
  const { lr, weightDecay, maximize, decoupledWeightDecay = false } = group;
  const slope = maximize ? grad.neg() : grad;
  if (weightDecay === 0) return slope;
  if (!decoupledWeightDecay) return slope.add(param, { alpha: weightDecay });
  param.mul_(1 - lr * weightDecay);
  return slope;
}

const combined = fuse('combine', (x, g, a, b) => x.mul(a).add(g.mul(b)), 2);
const squareCombined = fuse('combineSquare', (x, g, a, b) => x.mul(a).add(g.mul(g).mul(b)), 2);
const descended = fuse(
  'normalizedStep',
  (param, direction, square, rate, eps) => param.sub(direction.div(square.sqrt().add(eps)).mul(rate)),
  2,
);

/** x = a x + b g */
export function combine_(x: Tensor, g: Tensor, a: number, b: number): Tensor {
  return combined.into(x, x, g, a, b);
}

/** m = β m + (1 − β) g */
export function average_(m: Tensor, g: Tensor, beta: number): Tensor {
  return combine_(m, g, beta, 1 - beta);
}

/** v = β v + (1 − β) g² */
export function averageOfSquares_(v: Tensor, g: Tensor, beta: number): Tensor {
  return squareCombined.into(v, v, g, beta, 1 - beta);
}

/** θ = θ − γ d / (√v + ε) */
export function normalizedStep_(
  param: Tensor,
  direction: Tensor,
  square: Tensor,
  rate: number,
  eps: number,
): Tensor {
  return descended.into(param, param, direction, square, rate, eps);
}

import type { Tensor } from '@retrograd/core';

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

/** m = β m + (1 − β) g */
export function average_(m: Tensor, g: Tensor, beta: number): Tensor {
  return m.mul_(beta).add_(g, { alpha: 1 - beta });
}

/** v = β v + (1 − β) g² */
export function averageOfSquares_(v: Tensor, g: Tensor, beta: number): Tensor {
  return addProduct_(v.mul_(beta), g, g, 1 - beta);
}

/** x += γ a b. Only the product needs memory, where core's `addcmul_` makes the sum apart, too. */
export function addProduct_(x: Tensor, a: Tensor, b: Tensor, value = 1): Tensor {
  return x.add_(a.mul(b), { alpha: value });
}

/** x += γ a / b. @see addProduct_ */
export function addQuotient_(x: Tensor, a: Tensor, b: Tensor, value = 1): Tensor {
  return x.add_(a.div(b), { alpha: value });
}

import { isGradEnabled, type Tensor } from '@retrograd/core';

export interface InplaceOptions {
  /** Write the result over the input. Default false. */
  inplace?: boolean;
}

export const inplaceOrder = ['inplace'] as const;

/** `f(x)`, written over x if that is asked for. What the tape saves of f must then be a copy, which outlives x. */
export function placed(x: Tensor, inplace: boolean, f: (x: Tensor) => Tensor): Tensor {
  if (!inplace) return f(x);
  return x.copy_(f(isGradEnabled() && x.requiresGrad ? x.clone() : x));
}

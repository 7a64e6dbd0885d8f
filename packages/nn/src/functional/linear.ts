import { matmul, type Optional, optional, ShapeError, showShape, Tensor } from '@retrograd/core';

export interface LinearFunctionOptions {
  /** `(out)`, added to each output. */
  bias?: Tensor | null;
}

const order = ['bias'] as const;

/**
 * x · Wᵀ + b for `x (…, in)` and `weight (out, in)`: `(…, out)`.
 *
 * @example
 * ```ts
 * F.linear(x, weight, { bias });
 * ```
 * @throws ShapeError if the last size of `x` is not the weight's
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  ...rest: Optional<LinearFunctionOptions, typeof order>
): Tensor {
  if (x instanceof Tensor && weight instanceof Tensor) checkFeatures(x, weight);
  const { bias } = optional<LinearFunctionOptions>('linear', rest, order);
  const product = matmul(x, weight.t());
  return bias ? product.add(bias) : product;
}

function checkFeatures({ shape }: Tensor, weight: Tensor): void {
  const [out, features] = weight.shape;
  if (weight.ndim === 2 && shape.length > 0 && shape.at(-1) === features) return;
  throw new ShapeError({
    op: 'linear',
    got: `an input of shape ${showShape(shape)} for a weight of shape ${showShape(weight.shape)}`,
    want: weight.ndim === 2 ? `(…, ${features}), to give (…, ${out})` : 'a weight (out, in)',
    fix: 'Images need flatten(1) first; the number of inputs is the first argument of nn.Linear.',
  });
}

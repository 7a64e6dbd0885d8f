import {
  checkTensor,
  matmul,
  numelOf,
  type Optional,
  optional,
  ShapeError,
  sameShape,
  showShape,
  showShapes,
  type Tensor,
} from '@retrograd/core';
import { checkSameDtype } from '../checks.ts';

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
  checkFeatures(checkTensor('linear', x), checkTensor('linear', weight));
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

/**
 * y[o] = Σᵢⱼ x₁[i] · weight[o, i, j] · x₂[j] + bias[o] for `x1 (…, in1)`, `x2 (…, in2)` with the same leading dims and
 * `weight (out, in1, in2)`: `(…, out)`.
 */
export function bilinear(
  x1: Tensor,
  x2: Tensor,
  weight: Tensor,
  ...rest: Optional<LinearFunctionOptions, typeof order>
): Tensor {
  const op = 'bilinear';
  const { bias = null } = optional<LinearFunctionOptions>(op, rest, order);
  for (const operand of [x1, x2, weight]) checkTensor(op, operand);
  checkSameDtype(op, x1, 'second input', x2.dtype);
  checkSameDtype(op, x1, 'weight', weight.dtype);
  const lead = x1.shape.slice(0, -1);
  const [out, in1, in2] = weight.shape as readonly [number, number, number];
  const fits = x1.shape.at(-1) === in1 && x2.shape.at(-1) === in2 && sameShape(lead, x2.shape.slice(0, -1));
  if (weight.ndim !== 3 || !fits || (bias && !sameShape(bias.shape, [out]))) {
    throw new ShapeError({
      op,
      got: `inputs of shapes ${showShapes([x1.shape, x2.shape])} for a weight of shape ${showShape(weight.shape)}`,
      want: '(…, in1), (…, in2) and (out, in1, in2), and a bias (out)',
    });
  }
  // (B, in1) · (in1, out · in2) → (B, out, in2), then · (B, in2, 1).
  const rows = numelOf(lead);
  const half = matmul(x1.reshape(rows, in1), weight.transpose(0, 1).reshape(in1, out * in2));
  const product = matmul(half.reshape(rows, out, in2), x2.reshape(rows, in2, 1)).reshape([...lead, out]);
  return bias ? product.add(bias) : product;
}

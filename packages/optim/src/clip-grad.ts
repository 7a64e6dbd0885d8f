import { ArgumentError, checkOptions, div, noGrad, norm, stack, type Tensor, tensor } from '@retrograd/core';
import { checkNumber, tensorsOf } from './check.ts';

export interface ClipGradNormOptions {
  /** p of the p-norm; `Infinity` for the largest absolute value. Default 2. */
  normType?: number;
  /** Throw if the norm is infinite or NaN, instead of scaling by it. Default `false`. */
  errorIfNonfinite?: boolean;
}

/**
 * Scales all gradients, in place and by one factor, so that their norm as one long vector is at most `maxNorm`
 * (PyTorch's `clip_grad_norm_`, whose factor is `maxNorm / (norm + 1e-6)`).
 *
 * @returns The norm before, a scalar tensor.
 *
 * @example
 * ```ts
 * loss.backward();
 * clipGradNorm(model.parameters(), 1);
 * optimizer.step();
 * ```
 * @throws ArgumentError for a norm that makes no sense and, with `errorIfNonfinite`, for gradients that are not finite
 */
export function clipGradNorm(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  options: ClipGradNormOptions = {},
): Tensor {
  checkOptions('clipGradNorm', options, ['normType', 'errorIfNonfinite']);
  const { normType = 2, errorIfNonfinite = false } = options;
  checkNumber('clipGradNorm', 'maxNorm', maxNorm, 0, Number.POSITIVE_INFINITY);
  checkNumber('clipGradNorm', 'normType', normType, 0, Number.POSITIVE_INFINITY);
  const grads = gradientsOf('clipGradNorm', parameters);
  if (grads.length === 0) return tensor(0);
  return noGrad(() => {
    const total = norm(stack(grads.map((grad) => norm(grad, normType))), normType);
    if (errorIfNonfinite && !Number.isFinite(total.item())) {
      throw new ArgumentError({
        op: 'clipGradNorm',
        got: `gradients whose norm is ${total.item()}`,
        want: 'finite gradients',
        fix: 'Look for a loss that overflows, or a learning rate that is too large.',
      });
    }
    const factor = div(maxNorm, total.add(1e-6)).clamp(null, 1);
    for (const grad of grads) grad.mul_(factor);
    return total;
  });
}

/**
 * Brings every element of all gradients between −`clipValue` and `clipValue`, in place (PyTorch's `clip_grad_value_`).
 *
 * @throws ArgumentError unless `clipValue` is a number ≥ 0
 */
export function clipGradValue(parameters: Tensor | Iterable<Tensor>, clipValue: number): void {
  checkNumber('clipGradValue', 'clipValue', clipValue, 0, Number.POSITIVE_INFINITY);
  noGrad(() => {
    for (const grad of gradientsOf('clipGradValue', parameters)) grad.clamp_(-clipValue, clipValue);
  });
}

function gradientsOf(op: string, parameters: Tensor | Iterable<Tensor>): Tensor[] {
  return tensorsOf(op, parameters).flatMap(({ grad }) => grad ?? []);
}

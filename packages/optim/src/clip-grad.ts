import {
  ArgumentError,
  div,
  noGrad,
  norm,
  type Optional,
  optional,
  stack,
  type Tensor,
  tensor,
} from '@retrograd/core';
import { tensorsOf } from './check.ts';
import { checkKinds, extent } from './hyperparameters.ts';

export interface ClipGradNormOptions {
  /** p of the p-norm; `Infinity` for the largest absolute value. Default 2. */
  normType?: number;
  /** Throw if the norm is infinite or NaN, instead of scaling by it. Default `false`. */
  errorIfNonfinite?: boolean;
}

const order = ['normType', 'errorIfNonfinite'] as const;

/**
 * The norm of all tensors as one long vector (PyTorch's `get_total_norm`), a scalar tensor; 0 of none.
 *
 * @throws ArgumentError for a norm that makes no sense and, with `errorIfNonfinite`, for one that is not finite
 */
export function getTotalNorm(
  tensors: Tensor | Iterable<Tensor>,
  ...rest: Optional<ClipGradNormOptions, typeof order>
): Tensor {
  return totalNorm('getTotalNorm', tensorsOf('getTotalNorm', tensors), rest);
}

/**
 * Scales all gradients, in place and by one factor, so that a norm is at most `maxNorm` (PyTorch's
 * `clip_grads_with_norm_`). The factor is `maxNorm / (totalNorm + 1e-6)`, or 1.
 */
export function clipGradsWithNorm_(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  totalNorm: Tensor | number,
): void {
  checkKinds('clipGradsWithNorm_', { maxNorm }, { maxNorm: extent });
  const grads = gradientsOf('clipGradsWithNorm_', parameters);
  noGrad(() => {
    const total = typeof totalNorm === 'number' ? tensor(totalNorm) : totalNorm;
    const factor = div(maxNorm, total.add(1e-6)).minimum(1);
    for (const grad of grads) grad.mul_(factor);
  });
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
 * clipGradNorm_(model.parameters(), 1);
 * optimizer.step();
 * ```
 * @throws ArgumentError for a norm that makes no sense and, with `errorIfNonfinite`, for gradients that are not finite;
 * nothing changes then
 */
export function clipGradNorm_(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  ...rest: Optional<ClipGradNormOptions, typeof order>
): Tensor {
  checkKinds('clipGradNorm_', { maxNorm }, { maxNorm: extent });
  const list = tensorsOf('clipGradNorm_', parameters);
  const total = totalNorm('clipGradNorm_', gradientsOf('clipGradNorm_', list), rest);
  clipGradsWithNorm_(list, maxNorm, total);
  return total;
}

/**
 * Brings every element of all gradients between −`clipValue` and `clipValue`, in place (PyTorch's `clip_grad_value_`).
 *
 * @throws ArgumentError unless `clipValue` is a number ≥ 0
 */
export function clipGradValue_(parameters: Tensor | Iterable<Tensor>, clipValue: number): void {
  checkKinds('clipGradValue_', { clipValue }, { clipValue: extent });
  const grads = gradientsOf('clipGradValue_', parameters);
  noGrad(() => {
    for (const grad of grads) grad.minimum_(clipValue).maximum_(-clipValue);
  });
}

/** The names without the mark of what happens in place, which PyTorch had first. */
export { clipGradNorm_ as clipGradNorm, clipGradValue_ as clipGradValue };

function totalNorm(
  op: string,
  tensors: readonly Tensor[],
  given: Optional<ClipGradNormOptions, typeof order>,
): Tensor {
  const { normType = 2, errorIfNonfinite = false } = optional<ClipGradNormOptions>(op, given, order);
  checkKinds(op, { normType }, { normType: extent });
  if (tensors.length === 0) return tensor(0);
  const total = noGrad(() => norm(stack(tensors.map((each) => norm(each, normType))), normType));
  if (!errorIfNonfinite || Number.isFinite(total.item())) return total;
  throw new ArgumentError({
    op,
    got: `gradients whose norm is ${total.item()}`,
    want: 'finite gradients',
    fix: 'Look for a loss that overflows, or a learning rate that is too large.',
  });
}

function gradientsOf(op: string, parameters: Tensor | Iterable<Tensor>): Tensor[] {
  return tensorsOf(op, parameters).flatMap(({ grad }) => grad ?? []);
}

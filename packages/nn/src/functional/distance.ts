import {
  broadcastTensors,
  checkTensor,
  DTypeError,
  linalg,
  type Optional,
  optional,
  promoteTypes,
  type Tensor,
} from '@retrograd/core';

export interface CosineSimilarityOptions {
  /** Along which the vectors lie. Default 1. */
  dim?: number;
  /** The least length that a vector counts as. Default 1e-8. */
  eps?: number;
}

/**
 * x₁ · x₂ / (max(‖x₁‖, ε) · max(‖x₂‖, ε)) along a dim; the others broadcast. As in PyTorch, the slope of a length that
 * counts as ε is still that of the length.
 */
export function cosineSimilarity(
  x1: Tensor,
  x2: Tensor,
  ...rest: Optional<CosineSimilarityOptions, ['dim', 'eps']>
): Tensor {
  const op = 'cosineSimilarity';
  const { dim = 1, eps = 1e-8 } = optional<CosineSimilarityOptions>(op, rest, ['dim', 'eps']);
  const dtype = promoteTypes(checkTensor(op, x1).dtype, checkTensor(op, x2).dtype);
  if (dtype !== 'float32' && dtype !== 'float64')
    throw new DTypeError({ op, got: `${x1.dtype} and ${x2.dtype}`, want: 'a float among them' });
  const [a, b] = broadcastTensors(x1.to(dtype), x2.to(dtype)).map((x) => {
    const length = linalg.vectorNorm(x, { dim, keepdim: true });
    const lacking = length.detach().neg().add(eps).clamp({ min: 0 });
    return x.div(length.add(lacking));
  }) as [Tensor, Tensor];
  return a.mul(b).sum(dim);
}

export interface PairwiseDistanceOptions {
  /** The norm. Default 2. */
  p?: number;
  /** Added to each difference. Default 1e-6. */
  eps?: number;
  /** Keep the last dim with size 1. Default false. */
  keepdim?: boolean;
}

/** The p-norm of x₁ − x₂ + ε along the last dim, `(N, D) → (N)`; the shapes broadcast. */
export function pairwiseDistance(
  x1: Tensor,
  x2: Tensor,
  ...rest: Optional<PairwiseDistanceOptions, ['p', 'eps', 'keepdim']>
): Tensor {
  const op = 'pairwiseDistance';
  const options = optional<PairwiseDistanceOptions>(op, rest, ['p', 'eps', 'keepdim']);
  const { p = 2, eps = 1e-6, keepdim = false } = options;
  const difference = checkTensor(op, x1).sub(checkTensor(op, x2)).add(eps);
  return difference.norm({ p, dim: -1, keepdim });
}

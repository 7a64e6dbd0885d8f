import {
  noGrad,
  type Optional,
  optional,
  rsqrt,
  ShapeError,
  showShape,
  type Tensor,
  type TensorLike,
} from '@retrograd/core';
import { checkSameDtype } from '../checks.ts';

export interface BatchNormFunctionOptions {
  /** `(C)`, what each channel is multiplied by. */
  weight?: Tensor | null;
  /** `(C)`, added to each channel. */
  bias?: Tensor | null;
  /** Use the statistics of this batch, and update the running ones. Default false. */
  training?: boolean;
  /** How far the running statistics go towards those of the batch. Default 0.1. */
  momentum?: TensorLike;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

const order = ['weight', 'bias', 'training', 'momentum', 'eps'] as const;

/**
 * (x − mean) / √(variance + eps) · weight + bias for each channel (dim 1) of `x (N, C, …)`. In training the mean and
 * the (biased) variance are those of the batch, and the running ones `(C)` move towards them, with the unbiased
 * variance; otherwise the running ones are used.
 *
 * @throws ShapeError for tensors without channels, or of one element a channel in training; DTypeError for two dtypes
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  ...rest: Optional<BatchNormFunctionOptions, typeof order>
): Tensor {
  const {
    weight = null,
    bias = null,
    training = false,
    momentum = 0.1,
    eps = 1e-5,
  } = optional<BatchNormFunctionOptions>('batchNorm', rest, order);
  checkChannels(x, { weight, bias, runningMean, runningVar });
  const perChannel = x.shape.map((size, d) => (d === 1 ? size : 1));
  let centred: Tensor;
  let variance: Tensor;
  if (training) {
    const dims = x.shape.map((_, d) => d).filter((d) => d !== 1);
    const count = checkCount(x);
    const mean = x.mean(dims, { keepdim: true });
    centred = x.sub(mean);
    variance = centred.mul(centred).mean(dims, { keepdim: true });
    noGrad(() => {
      runningMean?.lerp_(mean.reshape(runningMean.shape), momentum);
      runningVar?.lerp_(variance.mul(count / (count - 1)).reshape(runningVar.shape), momentum);
    });
  } else {
    if (runningMean === null || runningVar === null) {
      throw new ShapeError({
        op: 'batchNorm',
        got: 'no running mean or variance outside of training',
        want: 'both, of shape (C,)',
        fix: 'Give { training: true } to use the statistics of the batch.',
      });
    }
    centred = x.sub(runningMean.reshape(perChannel));
    variance = runningVar.reshape(perChannel);
  }
  const inverse = rsqrt(variance.add(eps));
  const scaled = centred.mul(weight ? inverse.mul(weight.reshape(perChannel)) : inverse);
  return bias ? scaled.add(bias.reshape(perChannel)) : scaled;
}

function checkChannels(x: Tensor, perChannel: Record<string, Tensor | null>): void {
  const channels = x.shape[1];
  if (channels === undefined)
    throw new ShapeError({ op: 'batchNorm', got: `shape ${showShape(x.shape)}`, want: '(N, C, …)' });
  for (const [name, tensor] of Object.entries(perChannel)) {
    if (tensor === null) continue;
    if (tensor.ndim !== 1 || tensor.shape[0] !== channels) {
      throw new ShapeError({
        op: 'batchNorm',
        got: `an input of shape ${showShape(x.shape)} and a ${name} of shape ${showShape(tensor.shape)}`,
        want: `${channels} channels in both: the channels are dim 1 of the input`,
      });
    }
    checkSameDtype('batchNorm', x, name, tensor.dtype);
  }
}

/** Elements of each channel, of which a variance needs two. */
function checkCount(x: Tensor): number {
  const count = x.numel / (x.shape[1] as number);
  if (count > 1) return count;
  throw new ShapeError({
    op: 'batchNorm',
    got: `shape ${showShape(x.shape)} in training: one value or none for each channel`,
    want: 'several, to have a variance',
    fix: 'Use a larger batch, or eval().',
  });
}

import {
  type DType,
  div,
  noGrad,
  type Optional,
  ones,
  optional,
  ShapeError,
  showShape,
  Tensor,
  type TensorLike,
  zeros,
} from '@retrograd/core';
import { batchNorm } from './functional/normalization.ts';
import { constant_ } from './init.ts';
import { checkSize } from './linear.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { extra } from './repr.ts';

export interface BatchNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** How far the running statistics go towards those of a batch; `null` for the mean over all batches. Default 0.1. */
  momentum?: number | null;
  /** Learn a scale and a shift for each channel. Default true. */
  affine?: boolean;
  /** Keep running statistics, and use them in evaluation. Default true. */
  trackRunningStats?: boolean;
  /** Default `float32`. */
  dtype?: DType;
}

const order = ['eps', 'momentum', 'affine', 'trackRunningStats'] as const;

/** What the batch norms share: all but the ranks that they take. */
abstract class BatchNorm extends Module {
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  /** `(C)`, the scale. */
  weight: Parameter | null;
  /** `(C)`, the shift. */
  bias: Parameter | null;
  /** `(C)`, under PyTorch's name. */
  running_mean: Tensor | null;
  /** `(C)`, unbiased, under PyTorch's name. */
  running_var: Tensor | null;
  /** int32, of no dims, under PyTorch's name. */
  num_batches_tracked: Tensor | null;

  constructor(numFeatures: number, ...rest: Optional<BatchNormOptions, typeof order>) {
    super();
    const op = new.target.name;
    const options = optional<BatchNormOptions>(op, rest, order, ['dtype']);
    const {
      eps = 1e-5,
      momentum = 0.1,
      affine = true,
      trackRunningStats = true,
      dtype = 'float32',
    } = options;
    this.numFeatures = checkSize(op, 'numFeatures', numFeatures);
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    const size = [numFeatures];
    this.weight = affine ? new Parameter(ones(size, { dtype })) : null;
    this.bias = affine ? new Parameter(zeros(size, { dtype })) : null;
    const tracked = (make: () => Tensor) => (trackRunningStats ? make() : null);
    this.running_mean = this.registerBuffer(
      'running_mean',
      tracked(() => zeros(size, { dtype })),
    );
    this.running_var = this.registerBuffer(
      'running_var',
      tracked(() => ones(size, { dtype })),
    );
    this.num_batches_tracked = this.registerBuffer(
      'num_batches_tracked',
      tracked(() => zeros([], { dtype: 'int32' })),
    );
  }

  protected abstract readonly ranks: readonly number[];

  get runningMean(): Tensor | null {
    return this.running_mean;
  }

  get runningVar(): Tensor | null {
    return this.running_var;
  }

  get numBatchesTracked(): Tensor | null {
    return this.num_batches_tracked;
  }

  /** Forgets the running statistics. */
  resetRunningStats(): void {
    if (this.running_mean) constant_(this.running_mean, 0);
    if (this.running_var) constant_(this.running_var, 1);
    if (this.num_batches_tracked) constant_(this.num_batches_tracked, 0);
  }

  /** Makes the scale 1 and the shift 0, and forgets the running statistics. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight) constant_(this.weight, 1);
    if (this.bias) constant_(this.bias, 0);
  }

  override forward(x: Tensor): Tensor {
    this.#checkInput(x);
    const { training, weight, bias, eps, running_mean, running_var } = this;
    return batchNorm(x, running_mean, running_var, {
      weight,
      bias,
      eps,
      training: training || running_mean === null,
      momentum: training ? this.#countBatch(x.dtype) : 0,
    });
  }

  /** Counts one more batch, and says how far its statistics move the running ones: 1/n for a mean over all. */
  #countBatch(dtype: DType): TensorLike {
    const count = this.num_batches_tracked;
    noGrad(() => count?.add_(1));
    return this.momentum ?? (count ? div(1, count.to(dtype)) : 0);
  }

  #checkInput(x: Tensor): void {
    const op = this.constructor.name;
    if (x instanceof Tensor && this.ranks.includes(x.ndim) && x.shape[1] === this.numFeatures) return;
    throw new ShapeError({
      op,
      got: x instanceof Tensor ? `an input of shape ${showShape(x.shape)}` : typeof x,
      want: `${this.ranks.join(' or ')} dims, the second of size ${this.numFeatures}`,
    });
  }

  override extraRepr(): string {
    const { numFeatures, eps, momentum, affine, trackRunningStats } = this;
    return extra([numFeatures], { eps, momentum, affine, trackRunningStats });
  }
}

/** Batch norm of `(N, C)` or `(N, C, L)`. @see BatchNorm2d */
export class BatchNorm1d extends BatchNorm {
  protected readonly ranks = [2, 3];
}

/**
 * Each channel of `(N, C, H, W)` brought to mean 0 and variance 1, by the statistics of the batch in training and by
 * running ones in evaluation, then scaled and shifted. `new nn.BatchNorm2d(16)`.
 */
export class BatchNorm2d extends BatchNorm {
  protected readonly ranks = [4];
}

/** Batch norm of `(N, C, D, H, W)`. @see BatchNorm2d */
export class BatchNorm3d extends BatchNorm {
  protected readonly ranks = [5];
}

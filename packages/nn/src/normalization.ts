import {
  checkNumber,
  checkTensor,
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
import { batchNorm, instanceNorm } from './functional/normalization.ts';
import { constant_ } from './init.ts';
import { checkSize } from './linear.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { extra } from './repr.ts';

interface NormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** How far the running statistics go towards those of a batch; `null` for the mean over all batches. Default 0.1. */
  momentum?: number | null;
  /** Default `float32`. */
  dtype?: DType;
}

export interface BatchNormOptions extends NormOptions {
  /** Learn a scale and a shift for each channel. Default true. */
  affine?: boolean;
  /** Keep running statistics, and use them in evaluation. Default true. */
  trackRunningStats?: boolean;
}

export interface InstanceNormOptions extends NormOptions {
  /** Learn a scale and a shift for each channel. Default false. */
  affine?: boolean;
  /** Keep running statistics, and use them in evaluation. Default false. */
  trackRunningStats?: boolean;
}

export const normOrder = ['eps', 'momentum', 'affine', 'trackRunningStats'] as const;

/** Norms of channels that keep running statistics. */
abstract class RunningNorm extends Module {
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

  constructor(numFeatures: number, options: NormOptions & { affine: boolean; trackRunningStats: boolean }) {
    super();
    const op = new.target.name;
    const { eps = 1e-5, momentum = 0.1, affine, trackRunningStats, dtype = 'float32' } = options;
    this.numFeatures = checkSize(op, 'numFeatures', numFeatures);
    this.eps = eps;
    this.momentum = momentum === null ? null : checkNumber(op, 'momentum', momentum);
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

  override extraRepr(): string {
    const { numFeatures, eps, momentum, affine, trackRunningStats } = this;
    return extra([numFeatures], { eps, momentum, affine, trackRunningStats });
  }
}

/** What the batch norms share: all but the ranks that they take. */
abstract class BatchNorm extends RunningNorm {
  constructor(numFeatures: number, ...rest: Optional<BatchNormOptions, typeof normOrder>) {
    const options = optional<BatchNormOptions>(new.target.name, rest, normOrder, ['dtype']);
    super(numFeatures, { affine: true, trackRunningStats: true, ...options });
  }

  protected abstract readonly ranks: readonly number[];

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

/** What the instance norms share: all but their number of spatial dims. */
abstract class InstanceNorm extends RunningNorm {
  constructor(numFeatures: number, ...rest: Optional<InstanceNormOptions, typeof normOrder>) {
    const options = optional<InstanceNormOptions>(new.target.name, rest, normOrder, ['dtype']);
    super(numFeatures, { affine: false, trackRunningStats: false, ...options });
  }

  protected abstract readonly spatial: number;

  override forward(x: Tensor): Tensor {
    const op = this.constructor.name;
    const unbatched = checkTensor(op, x).ndim === this.spatial + 1;
    if (!unbatched && x.ndim !== this.spatial + 2) {
      const got = `an input of shape ${showShape(x.shape)}`;
      throw new ShapeError({ op, got, want: `${this.spatial} spatial dims behind (N, C) or (C)` });
    }
    const { training, weight, bias, eps, momentum, running_mean, running_var } = this;
    const y = instanceNorm(unbatched ? x.unsqueeze(0) : x, running_mean, running_var, {
      weight,
      bias,
      eps,
      useInputStats: training || running_mean === null,
      momentum: momentum ?? 0,
    });
    return unbatched ? y.squeeze(0) : y;
  }
}

/** Instance norm of `(N, C, L)` or `(C, L)`. @see InstanceNorm2d */
export class InstanceNorm1d extends InstanceNorm {
  protected readonly spatial = 1;
}

/**
 * Each channel of each image of `(N, C, H, W)`, or of `(C, H, W)`, brought to mean 0 and variance 1 (Ulyanov et al.,
 * 2016). Unlike batch norm it has, by default, neither parameters nor running statistics.
 */
export class InstanceNorm2d extends InstanceNorm {
  protected readonly spatial = 2;
}

/** Instance norm of `(N, C, D, H, W)` or `(C, D, H, W)`. @see InstanceNorm2d */
export class InstanceNorm3d extends InstanceNorm {
  protected readonly spatial = 3;
}

import {
  ArgumentError,
  type DType,
  type Optional,
  ones,
  optional,
  type Shape,
  type Tensor,
  zeros,
} from '@retrograd/core';
import {
  checkGroups,
  groupNorm,
  type LocalResponseNormFunctionOptions,
  layerNorm,
  localResponseNorm,
  localResponseOrder,
  rmsNorm,
} from './functional/normalization.ts';
import { constant_ } from './init.ts';
import { checkSize } from './linear.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { extra, pythonFloat } from './repr.ts';

/** Norms without running statistics: what they have is a scale and a shift, or only the first, or neither. */
abstract class AffineNorm extends Module {
  /** The scale. */
  weight: Parameter | null;
  /** The shift. */
  bias: Parameter | null;

  constructor(shape: Shape, scale: boolean, shift: boolean, dtype: DType = 'float32') {
    super();
    this.weight = scale ? new Parameter(ones(shape, { dtype })) : null;
    this.bias = shift ? new Parameter(zeros(shape, { dtype })) : null;
  }

  /** Makes the scale 1 and the shift 0. */
  resetParameters(): void {
    if (this.weight) constant_(this.weight, 1);
    if (this.bias) constant_(this.bias, 0);
  }
}

export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Learn a scale and a shift for each element. Default true. */
  elementwiseAffine?: boolean;
  /** If so, learn the shift, too. Default true. */
  bias?: boolean;
  /** Default `float32`. */
  dtype?: DType;
}

const layerOrder = ['eps', 'elementwiseAffine', 'bias'] as const;

function shapeOf(op: string, shape: number | Shape): number[] {
  const sizes = Array.isArray(shape) ? (shape as Shape) : [shape as number];
  if (sizes.length === 0)
    throw new ArgumentError({ op, got: 'normalizedShape []', want: 'the sizes of one dim or more' });
  return sizes.map((size) => checkSize(op, 'normalizedShape', size));
}

/**
 * The last dims, whose shape is given, brought to mean 0 and variance 1, then scaled and shifted (Ba et al., 2016):
 * `new nn.LayerNorm(64)` for `(N, L, 64)`, `new nn.LayerNorm([16, 8, 8])` for images.
 */
export class LayerNorm extends AffineNorm {
  readonly normalizedShape: Shape;
  readonly eps: number;
  readonly elementwiseAffine: boolean;

  constructor(normalizedShape: number | Shape, ...rest: Optional<LayerNormOptions, typeof layerOrder>) {
    const op = new.target.name;
    const options = optional<LayerNormOptions>(op, rest, layerOrder, ['dtype']);
    const { eps = 1e-5, elementwiseAffine = true, bias = true, dtype } = options;
    const shape = shapeOf(op, normalizedShape);
    super(shape, elementwiseAffine, elementwiseAffine && bias, dtype);
    this.normalizedShape = shape;
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
  }

  override forward(x: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return layerNorm(x, this.normalizedShape, { weight, bias, eps });
  }

  override extraRepr(): string {
    const { normalizedShape, eps, elementwiseAffine } = this;
    return extra([normalizedShape], { eps, elementwiseAffine });
  }
}

export interface RMSNormOptions {
  /** Added to the mean square. Default (`null`): the gap between 1 and the next number of the input's dtype. */
  eps?: number | null;
  /** Learn a scale for each element. Default true. */
  elementwiseAffine?: boolean;
  /** Default `float32`. */
  dtype?: DType;
}

const rmsOrder = ['eps', 'elementwiseAffine'] as const;

/** The last dims divided by the root of their mean square, then scaled. @see LayerNorm */
export class RMSNorm extends AffineNorm {
  readonly normalizedShape: Shape;
  readonly eps: number | null;
  readonly elementwiseAffine: boolean;
  declare bias: null;

  constructor(normalizedShape: number | Shape, ...rest: Optional<RMSNormOptions, typeof rmsOrder>) {
    const op = new.target.name;
    const options = optional<RMSNormOptions>(op, rest, rmsOrder, ['dtype']);
    const { eps = null, elementwiseAffine = true, dtype } = options;
    const shape = shapeOf(op, normalizedShape);
    super(shape, elementwiseAffine, false, dtype);
    this.normalizedShape = shape;
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
  }

  override forward(x: Tensor): Tensor {
    const { weight, eps } = this;
    return rmsNorm(x, this.normalizedShape, { weight, eps });
  }

  override extraRepr(): string {
    const { normalizedShape, eps, elementwiseAffine } = this;
    return extra([normalizedShape], { eps, elementwiseAffine });
  }
}

export interface GroupNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Learn a scale and a shift for each channel. Default true. */
  affine?: boolean;
  /** Default `float32`. */
  dtype?: DType;
}

const groupOrder = ['eps', 'affine'] as const;

/**
 * Groups of neighbouring channels of `(N, C, …)` brought to mean 0 and variance 1, then each channel scaled and shifted
 * (Wu and He, 2018): `new nn.GroupNorm(4, 16)` for 4 groups of 4 channels.
 */
export class GroupNorm extends AffineNorm {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  readonly affine: boolean;

  constructor(
    numGroups: number,
    numChannels: number,
    ...rest: Optional<GroupNormOptions, typeof groupOrder>
  ) {
    const op = new.target.name;
    const options = optional<GroupNormOptions>(op, rest, groupOrder, ['dtype']);
    const { eps = 1e-5, affine = true, dtype } = options;
    super([checkSize(op, 'numChannels', numChannels)], affine, affine, dtype);
    this.numGroups = checkGroups(op, numGroups, numChannels);
    this.numChannels = numChannels;
    this.eps = eps;
    this.affine = affine;
  }

  override forward(x: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return groupNorm(x, this.numGroups, { weight, bias, eps });
  }

  override extraRepr(): string {
    const { numGroups, numChannels, eps, affine } = this;
    return extra([numGroups, numChannels], { eps, affine });
  }
}

/**
 * x / (k + alpha · the mean of squares over `size` neighbouring channels)^beta, `(N, C, …)` (Krizhevsky et al., 2012).
 */
export class LocalResponseNorm extends Module {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;

  constructor(size: number, ...rest: Optional<LocalResponseNormFunctionOptions, typeof localResponseOrder>) {
    super();
    const op = new.target.name;
    const options = optional<LocalResponseNormFunctionOptions>(op, rest, localResponseOrder);
    this.size = checkSize(op, 'size', size);
    this.alpha = options.alpha ?? 1e-4;
    this.beta = options.beta ?? 0.75;
    this.k = options.k ?? 1;
  }

  override forward(x: Tensor): Tensor {
    const { size, alpha, beta, k } = this;
    return localResponseNorm(x, size, { alpha, beta, k });
  }

  override extraRepr(): string {
    const { size, alpha, beta, k } = this;
    return extra([size], { alpha, beta, k: pythonFloat(k) });
  }
}

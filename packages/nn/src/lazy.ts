import {
  ArgumentError,
  checkTensor,
  type Optional,
  type PerDim,
  type Shape,
  ShapeError,
  showShape,
  Tensor,
} from '@retrograd/core';
import {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvLayerOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeLayerOptions,
  type convOrder,
  type transposeOrder,
} from './conv.ts';
import { Linear, type LinearOptions } from './linear.ts';
import type { Module } from './module.ts';
import {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormOptions,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type InstanceNormOptions,
  type normOrder,
} from './normalization.ts';
import type { OutputSizeRest } from './output-size.ts';
import { Parameter } from './parameter.ts';
import { isUninitialized, UninitializedBuffer, UninitializedParameter } from './uninitialized.ts';

// Layers that learn the size of their input from the first one. Until then their parameters have no shape, though
// optimisers may hold them already and state dicts be loaded; from then on they are the layers whose names they extend.

/** A layer that can draw its parameters. */
interface Resettable extends Module {
  resetParameters(): void;
}

/** Takes the shapes of parameters and buffers away again. */
function postpone(layer: Module, names: readonly string[]): void {
  for (const name of names) {
    const held: unknown = Reflect.get(layer, name);
    if (held instanceof Parameter)
      Reflect.set(layer, name, new UninitializedParameter({ dtype: held.dtype }));
    else if (held instanceof Tensor)
      layer.registerBuffer(name, new UninitializedBuffer({ dtype: held.dtype }));
  }
}

/** Gives a layer its sizes, and what still waits its shape and first values, unless they have been loaded. */
function settle(
  layer: Resettable,
  sizes: Readonly<Record<string, number>>,
  shapes: Readonly<Record<string, Shape>>,
  lazy: object,
): void {
  Object.assign(layer, sizes);
  const waiting = Object.entries(shapes).flatMap(([name, shape]) => {
    const held: unknown = Reflect.get(layer, name);
    return isUninitialized(held) ? [{ held, shape }] : [];
  });
  for (const { held, shape } of waiting) held.materialize(shape);
  if (waiting.length > 0) layer.resetParameters();
  // A class of the user's own below the lazy one stays what it is.
  if (Object.getPrototypeOf(layer) === lazy) Object.setPrototypeOf(layer, Object.getPrototypeOf(lazy));
}

/** A linear layer that learns `inFeatures` from its first input. @see Linear */
export class LazyLinear extends Linear {
  constructor(outFeatures: number, ...rest: Optional<LinearOptions, ['bias']>) {
    super(0, outFeatures, ...rest);
    postpone(this, ['weight', 'bias']);
  }

  override forward(x: Tensor): Tensor {
    const inFeatures = checkTensor('LazyLinear', x).shape.at(-1);
    if (inFeatures === undefined)
      throw new ShapeError({ op: 'LazyLinear', got: 'a tensor without dims', want: '(…, inFeatures)' });
    const { outFeatures } = this;
    const shapes = { weight: [outFeatures, inFeatures], bias: [outFeatures] };
    settle(this, { inFeatures }, shapes, LazyLinear.prototype);
    return super.forward(x);
  }
}

/** The channels of an input with so many spatial dims, batched or not. */
function channelsOf(op: string, x: Tensor, spatial: number): number {
  const { ndim, shape } = checkTensor(op, x);
  const channels = shape[ndim - spatial - 1];
  if (channels !== undefined && ndim <= spatial + 2) return channels;
  throw new ShapeError({
    op,
    got: `an input of shape ${showShape(shape)}`,
    want: `${spatial} spatial dims behind (N, C) or (C)`,
  });
}

interface Convolving extends Resettable {
  readonly outChannels: number;
  readonly groups: number;
  readonly kernelSize: readonly number[];
}

function settleConvolution(layer: Convolving, x: Tensor, transposed: boolean, lazy: object): void {
  const op = layer.constructor.name;
  const { outChannels, groups, kernelSize } = layer;
  const inChannels = channelsOf(op, x, kernelSize.length);
  if (inChannels % groups !== 0)
    throw new ArgumentError({
      op,
      got: `an input of ${inChannels} channels`,
      want: `a multiple of the ${groups} groups`,
    });
  const [first, second] = transposed ? [inChannels, outChannels] : [outChannels, inChannels];
  const shapes = { weight: [first, second / groups, ...kernelSize], bias: [outChannels] };
  settle(layer, { inChannels }, shapes, lazy);
}

type ConvRest = Optional<ConvLayerOptions, typeof convOrder>;
type TransposeRest = Optional<ConvTransposeLayerOptions, typeof transposeOrder>;

/** A convolution that learns `inChannels` from its first input. @see Conv1d */
export class LazyConv1d extends Conv1d {
  constructor(outChannels: number, kernelSize: PerDim, ...rest: ConvRest) {
    super(0, outChannels, kernelSize, ...rest);
    postpone(this, ['weight', 'bias']);
  }

  override forward(x: Tensor): Tensor {
    settleConvolution(this, x, false, LazyConv1d.prototype);
    return super.forward(x);
  }
}

/** A convolution that learns `inChannels` from its first input. @see Conv2d */
export class LazyConv2d extends Conv2d {
  constructor(outChannels: number, kernelSize: PerDim, ...rest: ConvRest) {
    super(0, outChannels, kernelSize, ...rest);
    postpone(this, ['weight', 'bias']);
  }

  override forward(x: Tensor): Tensor {
    settleConvolution(this, x, false, LazyConv2d.prototype);
    return super.forward(x);
  }
}

/** A convolution that learns `inChannels` from its first input. @see Conv3d */
export class LazyConv3d extends Conv3d {
  constructor(outChannels: number, kernelSize: PerDim, ...rest: ConvRest) {
    super(0, outChannels, kernelSize, ...rest);
    postpone(this, ['weight', 'bias']);
  }

  override forward(x: Tensor): Tensor {
    settleConvolution(this, x, false, LazyConv3d.prototype);
    return super.forward(x);
  }
}

/** A transposed convolution that learns `inChannels` from its first input. @see ConvTranspose1d */
export class LazyConvTranspose1d extends ConvTranspose1d {
  constructor(outChannels: number, kernelSize: PerDim, ...rest: TransposeRest) {
    super(0, outChannels, kernelSize, ...rest);
    postpone(this, ['weight', 'bias']);
  }

  override forward(x: Tensor, ...rest: OutputSizeRest): Tensor {
    settleConvolution(this, x, true, LazyConvTranspose1d.prototype);
    return super.forward(x, ...rest);
  }
}

/** A transposed convolution that learns `inChannels` from its first input. @see ConvTranspose2d */
export class LazyConvTranspose2d extends ConvTranspose2d {
  constructor(outChannels: number, kernelSize: PerDim, ...rest: TransposeRest) {
    super(0, outChannels, kernelSize, ...rest);
    postpone(this, ['weight', 'bias']);
  }

  override forward(x: Tensor, ...rest: OutputSizeRest): Tensor {
    settleConvolution(this, x, true, LazyConvTranspose2d.prototype);
    return super.forward(x, ...rest);
  }
}

/** A transposed convolution that learns `inChannels` from its first input. @see ConvTranspose3d */
export class LazyConvTranspose3d extends ConvTranspose3d {
  constructor(outChannels: number, kernelSize: PerDim, ...rest: TransposeRest) {
    super(0, outChannels, kernelSize, ...rest);
    postpone(this, ['weight', 'bias']);
  }

  override forward(x: Tensor, ...rest: OutputSizeRest): Tensor {
    settleConvolution(this, x, true, LazyConvTranspose3d.prototype);
    return super.forward(x, ...rest);
  }
}

const normNames = ['weight', 'bias', 'running_mean', 'running_var'] as const;

function settleNorm(layer: Resettable, x: Tensor, spatial: number, lazy: object): void {
  const numFeatures = channelsOf(layer.constructor.name, x, spatial);
  const shapes = Object.fromEntries(normNames.map((name) => [name, [numFeatures]]));
  settle(layer, { numFeatures }, shapes, lazy);
}

type BatchNormRest = Optional<BatchNormOptions, typeof normOrder>;
type InstanceNormRest = Optional<InstanceNormOptions, typeof normOrder>;

/** A batch norm that learns `numFeatures` from its first input. @see BatchNorm1d */
export class LazyBatchNorm1d extends BatchNorm1d {
  constructor(...rest: BatchNormRest) {
    super(0, ...rest);
    postpone(this, normNames);
  }

  override forward(x: Tensor): Tensor {
    // (N, C) has no spatial dim, (N, C, L) has one.
    settleNorm(this, x, checkTensor('LazyBatchNorm1d', x).ndim === 2 ? 0 : 1, LazyBatchNorm1d.prototype);
    return super.forward(x);
  }
}

/** A batch norm that learns `numFeatures` from its first input. @see BatchNorm2d */
export class LazyBatchNorm2d extends BatchNorm2d {
  constructor(...rest: BatchNormRest) {
    super(0, ...rest);
    postpone(this, normNames);
  }

  override forward(x: Tensor): Tensor {
    settleNorm(this, x, 2, LazyBatchNorm2d.prototype);
    return super.forward(x);
  }
}

/** A batch norm that learns `numFeatures` from its first input. @see BatchNorm3d */
export class LazyBatchNorm3d extends BatchNorm3d {
  constructor(...rest: BatchNormRest) {
    super(0, ...rest);
    postpone(this, normNames);
  }

  override forward(x: Tensor): Tensor {
    settleNorm(this, x, 3, LazyBatchNorm3d.prototype);
    return super.forward(x);
  }
}

/** An instance norm that learns `numFeatures` from its first input. @see InstanceNorm1d */
export class LazyInstanceNorm1d extends InstanceNorm1d {
  constructor(...rest: InstanceNormRest) {
    super(0, ...rest);
    postpone(this, normNames);
  }

  override forward(x: Tensor): Tensor {
    settleNorm(this, x, 1, LazyInstanceNorm1d.prototype);
    return super.forward(x);
  }
}

/** An instance norm that learns `numFeatures` from its first input. @see InstanceNorm2d */
export class LazyInstanceNorm2d extends InstanceNorm2d {
  constructor(...rest: InstanceNormRest) {
    super(0, ...rest);
    postpone(this, normNames);
  }

  override forward(x: Tensor): Tensor {
    settleNorm(this, x, 2, LazyInstanceNorm2d.prototype);
    return super.forward(x);
  }
}

/** An instance norm that learns `numFeatures` from its first input. @see InstanceNorm3d */
export class LazyInstanceNorm3d extends InstanceNorm3d {
  constructor(...rest: InstanceNormRest) {
    super(0, ...rest);
    postpone(this, normNames);
  }

  override forward(x: Tensor): Tensor {
    settleNorm(this, x, 3, LazyInstanceNorm3d.prototype);
    return super.forward(x);
  }
}

import {
  ArgumentError,
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type DType,
  type Optional,
  optional,
  type PerDim,
  perDim,
  type Tensor,
  zeros,
} from '@retrograd/core';
import { pad } from './functional/pad.ts';
import { checkSize, drawWeightAndBias } from './linear.ts';
import { Module } from './module.ts';
import { type OutputSizeRest, outputPaddingFor } from './output-size.ts';
import { Parameter } from './parameter.ts';
import { extra } from './repr.ts';
import type { Window, Windowed } from './window.ts';

interface CommonOptions {
  /** Default 1. */
  stride?: PerDim;
  /** Distance between the taps of the kernel. Default 1. */
  dilation?: PerDim;
  /** Channels are split into this many groups that do not see each other. Default 1. */
  groups?: number;
  /** Add a bias to each output channel. Default true. */
  bias?: boolean;
  /** Default `float32`. */
  dtype?: DType;
}

export interface ConvLayerOptions extends CommonOptions {
  /** How much is added on both sides; `'same'` keeps the sizes (stride 1), `'valid'` adds nothing. Default 0. */
  padding?: PerDim | 'same' | 'valid';
  /** What the padding is: zeros (default), or elements of the input. @see pad */
  paddingMode?: PaddingMode;
}

export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

export interface ConvTransposeLayerOptions extends CommonOptions {
  /** How much of the full result is cut off on both sides. Default 0. */
  padding?: PerDim;
  /** Added to one side of the output sizes, of which a stride allows several. Default 0. */
  outputPadding?: PerDim;
}

// PyTorch's orders, which differ in where the dilation stands.
export const convOrder = ['stride', 'padding', 'dilation', 'groups', 'bias', 'paddingMode'] as const;
export const transposeOrder = ['stride', 'padding', 'outputPadding', 'groups', 'bias', 'dilation'] as const;
type ConvRest = Optional<ConvLayerOptions, typeof convOrder>;
type TransposeRest = Optional<ConvTransposeLayerOptions, typeof transposeOrder>;
type Channels = readonly [inChannels: number, outChannels: number];

/** What all convolutions share: their arguments, their parameters, and how they print. */
abstract class ConvNd extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly dilation: readonly number[];
  readonly outputPadding: readonly number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
  weight: Parameter;
  /** `(outChannels)` */
  bias: Parameter | null;

  constructor(
    dims: number,
    transposed: boolean,
    [inChannels, outChannels]: Channels,
    kernelSize: PerDim,
    options: ConvLayerOptions & Pick<ConvTransposeLayerOptions, 'outputPadding'>,
  ) {
    super();
    const op = new.target.name;
    const { padding = 0, groups = 1, bias = true, dtype = 'float32' } = options;
    this.inChannels = checkSize(op, 'inChannels', inChannels);
    this.outChannels = checkSize(op, 'outChannels', outChannels);
    this.kernelSize = perDim(op, 'kernelSize', kernelSize, dims, 1);
    this.stride = perDim(op, 'stride', options.stride ?? 1, dims, 1);
    this.padding = typeof padding === 'string' ? padding : perDim(op, 'padding', padding, dims, 0);
    this.dilation = perDim(op, 'dilation', options.dilation ?? 1, dims, 1);
    this.outputPadding = perDim(op, 'outputPadding', options.outputPadding ?? 0, dims, 0);
    this.groups = checkGroups(op, groups, inChannels, outChannels);
    this.paddingMode = checkPaddingMode(op, options.paddingMode);
    this.#checkPadding(op, transposed);
    const [first, second] = transposed ? [inChannels, outChannels] : [outChannels, inChannels];
    this.weight = new Parameter(zeros([first, second / groups, ...this.kernelSize], { dtype }));
    this.bias = bias ? new Parameter(zeros([outChannels], { dtype })) : null;
    this.resetParameters();
  }

  #checkPadding(op: string, transposed: boolean): void {
    if (typeof this.padding !== 'string') return;
    const known = !transposed && (this.padding === 'same' || this.padding === 'valid');
    if (known && (this.padding === 'valid' || this.stride.every((step) => step === 1))) return;
    throw new ArgumentError({
      op,
      got: `padding '${this.padding}'${known ? ` with stride [${this.stride.join(', ')}]` : ''}`,
      want: transposed ? 'numbers' : "numbers, 'valid', or (with stride 1) 'same'",
    });
  }

  /** Draws weight and bias anew, uniform within ±1/√fanIn. */
  resetParameters(): void {
    drawWeightAndBias(this.weight, this.bias);
  }

  override extraRepr(): string {
    const { inChannels, outChannels, kernelSize, stride, padding, dilation, outputPadding, groups } = this;
    const isNot = (usual: number) => (value: number) => value !== usual;
    return extra([inChannels, outChannels], {
      kernelSize,
      stride,
      ...((typeof padding === 'string' || padding.some(isNot(0))) && { padding }),
      ...(dilation.some(isNot(1)) && { dilation }),
      ...(outputPadding.some(isNot(0)) && { outputPadding }),
      ...(groups !== 1 && { groups }),
      ...(this.bias === null && { bias: false }),
      ...(this.paddingMode !== 'zeros' && { paddingMode: this.paddingMode }),
    });
  }
}

function checkGroups(op: string, groups: number, inChannels: number, outChannels: number): number {
  if (Number.isInteger(groups) && groups >= 1 && inChannels % groups === 0 && outChannels % groups === 0)
    return groups;
  throw new ArgumentError({
    op,
    got: `groups ${groups} for ${inChannels} input and ${outChannels} output channels`,
    want: 'a whole number that divides both',
  });
}

const paddingModes: readonly PaddingMode[] = ['zeros', 'reflect', 'replicate', 'circular'];

function checkPaddingMode(op: string, mode: PaddingMode = 'zeros'): PaddingMode {
  if (paddingModes.includes(mode)) return mode;
  throw new ArgumentError({
    op,
    got: `paddingMode '${mode}'`,
    want: `one of '${paddingModes.join("', '")}'`,
  });
}

type ConvFunction = (x: Tensor, weight: Tensor, options: ConvOptions) => Tensor;
type ConvTransposeFunction = (x: Tensor, weight: Tensor, options: ConvTransposeOptions) => Tensor;

/** Cross-correlations differ in their number of dims alone. */
abstract class Convolution extends ConvNd implements Windowed {
  readonly #convolve: ConvFunction;

  constructor(convolve: ConvFunction, dims: number, channels: Channels, kernelSize: PerDim, rest: ConvRest) {
    const options = optional<ConvLayerOptions>(new.target.name, rest, convOrder, ['dtype']);
    super(dims, false, channels, kernelSize, options);
    this.#convolve = convolve;
  }

  override forward(x: Tensor): Tensor {
    const { weight, bias, stride, padding, paddingMode, dilation, groups } = this;
    if (paddingMode === 'zeros')
      return this.#convolve(x, weight, { bias, stride, padding, dilation, groups });
    return this.#convolve(pad(x, this.#border(), paddingMode), weight, { bias, stride, dilation, groups });
  }

  /** The padding in the order of `pad`, the last dim first; `'same'` may need one more behind than before. */
  #border(): number[] {
    const { padding, kernelSize, dilation } = this;
    if (padding === 'valid') return kernelSize.flatMap(() => [0, 0]);
    const sides = kernelSize.map((size, d) => {
      if (padding !== 'same') return [padding[d] as number, padding[d] as number];
      const total = (size - 1) * (dilation[d] as number);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
    return sides.reverse().flat();
  }

  get window(): Window {
    return { kernel: this.kernelSize, stride: this.stride, dilation: this.dilation };
  }
}

/** So do transposed ones. */
abstract class TransposedConvolution extends ConvNd {
  readonly #convolve: ConvTransposeFunction;

  constructor(
    convolve: ConvTransposeFunction,
    dims: number,
    channels: Channels,
    kernelSize: PerDim,
    rest: TransposeRest,
  ) {
    const options = optional<ConvTransposeLayerOptions>(new.target.name, rest, transposeOrder, ['dtype']);
    super(dims, true, channels, kernelSize, options);
    this.#convolve = convolve;
  }

  /** @param rest `outputSize`, one that the stride allows: `forward(x, skipped.shape)`. Default: by the output padding. */
  override forward(x: Tensor, ...rest: OutputSizeRest): Tensor {
    const { weight, bias, kernelSize, stride, dilation, groups } = this;
    const padding = this.padding as readonly number[];
    const sizes = { kernelSize, stride, padding, dilation, outputPadding: this.outputPadding };
    const outputPadding = outputPaddingFor(this.constructor.name, x, rest, sizes);
    return this.#convolve(x, weight, { bias, stride, padding, dilation, outputPadding, groups });
  }
}

/** Cross-correlation, `(N, inChannels, L) → (N, outChannels, L')`, weight `(outChannels, inChannels/groups, K)`. @see Conv2d */
export class Conv1d extends Convolution {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, ...rest: ConvRest) {
    super(conv1d, 1, [inChannels, outChannels], kernelSize, rest);
  }
}

/**
 * Cross-correlation, `(N, inChannels, H, W) → (N, outChannels, H', W')`,
 * H' = ⌊(H + 2·padding − dilation·(kernelSize − 1) − 1) / stride⌋ + 1; weight `(outChannels, inChannels/groups, kH, kW)`.
 *
 * @example
 * ```ts
 * new nn.Conv2d(1, 16, 3, { padding: 1 });
 * ```
 * @throws ArgumentError for arguments that make no layer
 */
export class Conv2d extends Convolution {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, ...rest: ConvRest) {
    super(conv2d, 2, [inChannels, outChannels], kernelSize, rest);
  }
}

/** Cross-correlation, `(N, inChannels, D, H, W) → (N, outChannels, D', H', W')`. @see Conv2d */
export class Conv3d extends Convolution {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, ...rest: ConvRest) {
    super(conv3d, 3, [inChannels, outChannels], kernelSize, rest);
  }
}

/** The transpose of Conv1d, weight `(inChannels, outChannels/groups, K)`. @see ConvTranspose2d */
export class ConvTranspose1d extends TransposedConvolution {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, ...rest: TransposeRest) {
    super(convTranspose1d, 1, [inChannels, outChannels], kernelSize, rest);
  }
}

/**
 * The transpose of Conv2d, `(N, inChannels, H, W) → (N, outChannels, H', W')`,
 * H' = (H − 1)·stride − 2·padding + dilation·(kernelSize − 1) + outputPadding + 1;
 * weight `(inChannels, outChannels/groups, kH, kW)`.
 */
export class ConvTranspose2d extends TransposedConvolution {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, ...rest: TransposeRest) {
    super(convTranspose2d, 2, [inChannels, outChannels], kernelSize, rest);
  }
}

/** The transpose of Conv3d. @see ConvTranspose2d */
export class ConvTranspose3d extends TransposedConvolution {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, ...rest: TransposeRest) {
    super(convTranspose3d, 3, [inChannels, outChannels], kernelSize, rest);
  }
}

import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { correlate, correlateSizes, rotate180, swapChannels } from '../primitives/correlate.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { onBothSides, perDim, showShape, showShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { batched, checkChannels, checkGroups, checkWindows } from './conv-checks.ts';

/** One number for all spatial dims, or one for each. */
export type PerDim = number | readonly number[];

export interface ConvOptions {
  /** `(O)`, added to each output channel. */
  bias?: Tensor | null;
  /** Default 1. */
  stride?: PerDim;
  /** Zeros on both sides; `'same'` keeps the sizes (stride 1), `'valid'` adds none. Default 0. */
  padding?: PerDim | 'same' | 'valid';
  /** Distance between taps of the kernel. Default 1. */
  dilation?: PerDim;
  /** Channels are split into this many groups that do not see each other. Default 1. */
  groups?: number;
}

export interface ConvTransposeOptions extends Omit<ConvOptions, 'padding'> {
  /** How much of the full result is cut off on both sides. Default 0. */
  padding?: PerDim;
  /** Added to one side of the output sizes, of which a stride allows several. Default 0. */
  outputPadding?: PerDim;
}

// PyTorch's orders, which differ in where the dilation stands.
const convOrder = ['bias', 'stride', 'padding', 'dilation', 'groups'] as const;
const transposeOrder = ['bias', 'stride', 'padding', 'outputPadding', 'groups', 'dilation'] as const;

function convolution(op: string, n: number) {
  return (input: Tensor, weight: Tensor, ...rest: Optional<ConvOptions, typeof convOrder>): Tensor => {
    const options = optional<ConvOptions>(op, rest, convOrder);
    const { bias = null, groups = 1 } = options;
    const { x, unbatched } = batched(op, input, weight, n);
    const kernel = weight.shape.slice(2);
    const stride = perDim(op, 'stride', options.stride ?? 1, n, 1);
    const dilation = perDim(op, 'dilation', options.dilation ?? 1, n, 1);
    const padding = paddingOf(op, options.padding ?? 0, kernel, stride, dilation);
    checkGroups(op, weight.shape[0] as number, groups, 'output channels');
    checkChannels(op, x, weight, groups, (weight.shape[1] as number) * groups, 'weight.shape[1] × groups');
    const geometry = { stride, dilation, inputDilation: kernel.map(() => 1), padding, groups };
    checkWindows(op, x, weight, correlateSizes(x.shape.slice(2), kernel, geometry));
    return finish(
      correlate(x, weight, geometry, checkBias(op, bias, x, weight.shape[0] as number)),
      unbatched,
    );
  };
}

/** Padding `'same'` may need one more zero behind than before. */
function paddingOf(
  op: string,
  padding: PerDim | 'same' | 'valid',
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
) {
  if (typeof padding !== 'string') return perDim(op, 'padding', padding, kernel.length, 0).map(onBothSides);
  if (padding === 'valid') return kernel.map(() => [0, 0] as const);
  if (padding !== 'same')
    throw new ArgumentError({ op, got: `padding '${padding}'`, want: "a number, 'same' or 'valid'" });
  if (stride.some((s) => s !== 1))
    throw new ArgumentError({
      op,
      got: `padding 'same' with stride [${stride.join(', ')}]`,
      want: 'stride 1',
    });
  return kernel.map((size, d) => {
    const total = (size - 1) * (dilation[d] as number);
    return [Math.floor(total / 2), Math.ceil(total / 2)] as const;
  });
}

function transposedConvolution(op: string, n: number) {
  return (
    input: Tensor,
    weight: Tensor,
    ...rest: Optional<ConvTransposeOptions, typeof transposeOrder>
  ): Tensor => {
    const options = optional<ConvTransposeOptions>(op, rest, transposeOrder);
    const { bias = null, groups = 1 } = options;
    const { x, unbatched } = batched(op, input, weight, n);
    const kernel = weight.shape.slice(2);
    const stride = perDim(op, 'stride', options.stride ?? 1, n, 1);
    const dilation = perDim(op, 'dilation', options.dilation ?? 1, n, 1);
    const padding = perDim(op, 'padding', options.padding ?? 0, n, 0);
    const extra = perDim(op, 'outputPadding', options.outputPadding ?? 0, n, 0);
    checkChannels(op, x, weight, groups, weight.shape[0] as number, 'weight.shape[0]');
    checkGroups(op, weight.shape[0] as number, groups, 'input channels');
    const tooMuch = extra.findIndex((e, d) => e >= Math.max(stride[d] as number, dilation[d] as number));
    if (tooMuch >= 0) {
      throw new ArgumentError({
        op,
        got: `outputPadding ${extra[tooMuch]}`,
        want: 'less than the stride or the dilation',
      });
    }
    // The gradient of a convolution with respect to its input: a full convolution with the rotated kernel.
    const geometry = {
      stride: kernel.map(() => 1),
      dilation,
      inputDilation: stride,
      groups,
      padding: kernel.map((size, d) => {
        const full = (dilation[d] as number) * (size - 1) - (padding[d] as number);
        return [full, full + (extra[d] as number)] as const;
      }),
    };
    const rotated = swapChannels(rotate180(weight, n), groups);
    checkWindows(op, x, weight, correlateSizes(x.shape.slice(2), kernel, geometry));
    return finish(
      correlate(x, rotated, geometry, checkBias(op, bias, x, rotated.shape[0] as number)),
      unbatched,
    );
  };
}

function finish(y: Tensor, unbatched: boolean): Tensor {
  return unbatched ? reshape(y, y.shape.slice(1)) : y;
}

function checkBias(op: string, bias: Tensor | null, x: Tensor, channels: number): Tensor | null {
  if (bias === null) return null;
  if (checkTensor(op, bias).dtype !== x.dtype)
    throw new DTypeError({ op, got: `a bias of ${bias.dtype} for ${x.dtype}`, want: 'one dtype' });
  if (bias.ndim === 1 && bias.shape[0] === channels) return bias;
  throw new ShapeError({
    op,
    got: `a bias of shape ${showShape(bias.shape)}`,
    want: `(${channels},), one for each output channel`,
  });
}

/** Cross-correlation of `input (N, C, L)` with `weight (O, C/groups, K)`: `(N, O, L')`. @see conv2d */
export const conv1d = convolution('conv1d', 1);

/**
 * Cross-correlation of `input (N, C, H, W)` (or `(C, H, W)`) with `weight (O, C/groups, kH, kW)`: `(N, O, H', W')`,
 * H' = ⌊(H + 2·padding − dilation·(kH − 1) − 1) / stride⌋ + 1.
 *
 * @example
 * ```ts
 * conv2d(x, weight, { bias, stride: 2, padding: 1 });
 * ```
 * @throws ShapeError, DTypeError or ArgumentError if the arguments do not fit
 */
export const conv2d = convolution('conv2d', 2);

/** Cross-correlation of `input (N, C, D, H, W)` with `weight (O, C/groups, kD, kH, kW)`. @see conv2d */
export const conv3d = convolution('conv3d', 3);

/** The transpose of conv1d: `input (N, C, L)`, `weight (C, O/groups, K)`. @see convTranspose2d */
export const convTranspose1d = transposedConvolution('convTranspose1d', 1);

/**
 * The transpose of conv2d, which maps its output's shape back to its input's: `input (N, C, H, W)`,
 * `weight (C, O/groups, kH, kW)`, H' = (H − 1)·stride − 2·padding + dilation·(kH − 1) + outputPadding + 1.
 */
export const convTranspose2d = transposedConvolution('convTranspose2d', 2);

/** The transpose of conv3d: `input (N, C, D, H, W)`, `weight (C, O/groups, kD, kH, kW)`. @see convTranspose2d */
export const convTranspose3d = transposedConvolution('convTranspose3d', 3);

export interface PlaneOptions {
  /** Default 1. */
  stride?: PerDim;
  /** Default 0. */
  padding?: PerDim | 'same' | 'valid';
  /** Default 1. */
  dilation?: PerDim;
}

/**
 * Cross-correlation of one plane with one kernel, as it stands in textbooks:
 * Y[i, j] = Σ_m Σ_n X[i·s + m, j·s + n] · K[m, n], `(H, W) ⋆ (kH, kW) → (H', W')`.
 */
export function crossCorrelate2d(x: Tensor, kernel: Tensor, options: PlaneOptions = {}): Tensor {
  for (const plane of [x, kernel]) checkTensor('crossCorrelate2d', plane);
  for (const plane of [x, kernel]) {
    if (plane.ndim === 2) continue;
    throw new ShapeError({
      op: 'crossCorrelate2d',
      got: `shapes ${showShapes([x.shape, kernel.shape])}`,
      want: 'two planes, (H, W) and (kH, kW)',
      fix: 'Use conv2d() for batches and channels.',
    });
  }
  const y = conv2d(reshape(x, [1, 1, ...x.shape]), reshape(kernel, [1, 1, ...kernel.shape]), options);
  return reshape(y, y.shape.slice(2));
}

/** True convolution of one plane with one kernel: cross-correlation with the kernel rotated by 180°. */
export function convolve2d(x: Tensor, kernel: Tensor, options: PlaneOptions = {}): Tensor {
  return crossCorrelate2d(
    x,
    checkTensor('convolve2d', kernel).ndim === 2 ? rotate180(kernel, 2) : kernel,
    options,
  );
}

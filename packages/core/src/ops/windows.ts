import { ShapeError } from '../errors.ts';
import { contiguous, reshape, restride } from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { type Geometry, numelOf, perDim, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import type { PerDim } from './conv.ts';
import { constantPad } from './padding.ts';

export interface WindowOptions {
  /** Distance between the elements of a window. Default 1. */
  dilation?: PerDim;
  /** Zeros on both sides. Default 0. */
  padding?: PerDim;
  /** Distance between windows. Default 1. */
  stride?: PerDim;
}

const order = ['dilation', 'padding', 'stride'] as const;

/** Where the windows of `(N, C, H, W)` images lie: as a geometry `(N, C, kH, kW, oH, oW)` on the padded images. */
interface Layout {
  readonly windows: Geometry;
  readonly padded: Geometry;
  /** PyTorch's order: left, right, top, bottom. */
  readonly around: readonly number[];
  readonly span: number;
}

function layout(
  op: string,
  batch: number,
  channels: number,
  size: readonly number[],
  kernelSize: PerDim,
  options: WindowOptions,
): Layout {
  const kernel = perDim(op, 'kernelSize', kernelSize, 2, 1);
  const dilation = perDim(op, 'dilation', options.dilation ?? 1, 2, 1);
  const padding = perDim(op, 'padding', options.padding ?? 0, 2, 0);
  const stride = perDim(op, 'stride', options.stride ?? 1, 2, 1);
  const room = size.map((n, d) => n + 2 * (padding[d] as number));
  const counts = room.map((n, d) => {
    const reach = (dilation[d] as number) * ((kernel[d] as number) - 1) + 1;
    return Math.floor((n - reach) / (stride[d] as number)) + 1;
  });
  if (counts.some((n) => n < 1)) {
    throw new ShapeError({
      op,
      got: `planes of ${showShape(size)} and windows of ${showShape(kernel)}`,
      want: 'padded planes at least as large as a (dilated) window',
    });
  }
  const padded = contiguous([batch, channels, ...room]);
  const [n = 0, c = 0, ...plane] = padded.strides;
  const [top = 0, left = 0] = padding;
  return {
    padded,
    around: [left, left, top, top],
    span: numelOf(padded.shape),
    windows: {
      shape: [batch, channels, ...kernel, ...counts],
      strides: [
        n,
        c,
        ...plane.map((step, d) => step * (dilation[d] as number)),
        ...plane.map((step, d) => step * (stride[d] as number)),
      ],
      offset: 0,
    },
  };
}

/**
 * im2col: the windows of images as columns, `(N, C, H, W) → (N, C·kH·kW, L)` for L windows; also without N.
 * A convolution is a matmul of the flattened kernels with these columns.
 */
export function unfold(
  input: Tensor,
  kernelSize: PerDim,
  ...rest: Optional<WindowOptions, typeof order>
): Tensor {
  const options = optional<WindowOptions>('unfold', rest, order);
  const { ndim, shape } = checkTensor('unfold', input);
  if (ndim !== 3 && ndim !== 4)
    throw new ShapeError({
      op: 'unfold',
      got: `shape ${showShape(shape)}`,
      want: '(N, C, H, W) or (C, H, W)',
    });
  const x = ndim === 4 ? input : reshape(input, [1, ...shape]);
  const [batch = 0, channels = 0, ...size] = x.shape;
  const { windows, padded, around, span } = layout('unfold', batch, channels, size, kernelSize, options);
  const columns = restride(constantPad(x, around), { from: padded, to: windows, span });
  const [, , kh = 0, kw = 0, oh = 0, ow = 0] = windows.shape;
  const result = reshape(columns, [batch, channels * kh * kw, oh * ow]);
  return ndim === 4 ? result : reshape(result, result.shape.slice(1));
}

/**
 * col2im, the transpose of `unfold`: columns `(N, C·kH·kW, L)` are added up where they came from, in images
 * `(N, C, ...outputSize)`; also without N.
 */
export function fold(
  input: Tensor,
  outputSize: PerDim,
  kernelSize: PerDim,
  ...rest: Optional<WindowOptions, typeof order>
): Tensor {
  const options = optional<WindowOptions>('fold', rest, order);
  const { ndim, shape } = checkTensor('fold', input);
  const x = ndim === 3 ? input : reshape(input, [1, ...shape]);
  const [batch = 0, rows = 0, columns = 0] = x.shape;
  const size = perDim('fold', 'outputSize', outputSize, 2, 1);
  const taps = numelOf(perDim('fold', 'kernelSize', kernelSize, 2, 1));
  const channels = rows / taps;
  const { windows, padded, around, span } = layout(
    'fold',
    batch,
    Math.floor(channels),
    size,
    kernelSize,
    options,
  );
  const count = numelOf(windows.shape.slice(4));
  if ((ndim !== 2 && ndim !== 3) || !Number.isInteger(channels) || count !== columns) {
    throw new ShapeError({
      op: 'fold',
      got: `shape ${showShape(shape)} for planes of ${showShape(size)}`,
      want: `(N, C·${taps}, ${count}) or (C·${taps}, ${count})`,
    });
  }
  const images = restride(reshape(x, windows.shape), { from: windows, to: padded, span });
  const result = constantPad(
    images,
    around.map((n) => -n),
  );
  return ndim === 3 ? result : reshape(result, result.shape.slice(1));
}

import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { correlate } from '../primitives/correlate.ts';
import { div } from '../primitives/elementwise.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor, constant } from '../primitives/operand.ts';
import { atPositions, maxPool, maxPoolIndices } from '../primitives/pool.ts';
import { onBothSides, perDim, type Shape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import type { PerDim } from './conv.ts';
import { fromTypedArray } from './creation.ts';
import type { ValuesAndIndices } from './extremes.ts';

export interface MaxPoolOptions {
  /** Distance between windows. Default: the kernel size. */
  stride?: PerDim | null;
  /** −∞ on both sides; at most half the kernel. Default 0. */
  padding?: PerDim;
  /** Distance between the elements of a window. Default 1. */
  dilation?: PerDim;
  /** Let the last window reach over the edge, instead of leaving out what does not fill one. Default false. */
  ceilMode?: boolean;
}

export interface AvgPoolOptions extends Omit<MaxPoolOptions, 'dilation'> {
  /** Count the zeros of the padding in the mean. Default true. */
  countIncludePad?: boolean;
  /** Divide by this instead of the window's size. */
  divisorOverride?: number | null;
}

const maxOrder = ['stride', 'padding', 'dilation', 'ceilMode'] as const;
const averageOrder = ['stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride'] as const;
type MaxPoolRest = Optional<MaxPoolOptions, typeof maxOrder>;

/** The largest elements; with `returnIndices`, which may also stand behind `ceilMode`, and where they are. */
export interface MaxPool {
  (
    x: Tensor,
    kernelSize: PerDim,
    ...rest:
      | [options: MaxPoolOptions & { returnIndices: true }]
      | [PerDim | null, PerDim, PerDim, ceilMode: boolean, returnIndices: true]
  ): ValuesAndIndices;
  (x: Tensor, kernelSize: PerDim, ...rest: MaxPoolRest): Tensor;
  (x: Tensor, kernelSize: PerDim, options: MaxPoolOptions & { returnIndices?: false }): Tensor;
}

interface Plan {
  /** `(N, C, …S)`. */
  readonly x: Tensor;
  readonly unbatched: boolean;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly before: readonly number[];
  readonly sizes: Shape;
}

function plan(op: string, n: number, input: Tensor, kernelSize: PerDim, options: MaxPoolOptions): Plan {
  const { ndim, shape } = checkTensor(op, input);
  if (ndim !== n + 1 && ndim !== n + 2) {
    const dims = ['D', 'H', 'W'].slice(-n).join(', ');
    throw new ShapeError({ op, got: `shape ${showShape(shape)}`, want: `(N, C, ${dims}) or (C, ${dims})` });
  }
  if (!input.isFloatingPoint) throw new DTypeError({ op, got: input.dtype, want: 'float32 or float64' });
  if (shape.slice(-n - 1).includes(0)) {
    throw new ShapeError({
      op,
      got: `shape ${showShape(shape)}`,
      want: 'no size of 0 but that of the batch',
    });
  }
  const unbatched = ndim === n + 1;
  const x = unbatched ? reshape(input, [1, ...shape]) : input;
  const kernel = perDim(op, 'kernelSize', kernelSize, n, 1);
  // PyTorch has two words for "as the kernel": None and the empty list.
  const given = Array.isArray(options.stride) && options.stride.length === 0 ? null : options.stride;
  const stride = perDim(op, 'stride', given ?? kernel, n, 1);
  const dilation = perDim(op, 'dilation', options.dilation ?? 1, n, 1);
  const before = perDim(op, 'padding', options.padding ?? 0, n, 0);
  if (before.some((p, d) => p > (kernel[d] as number) / 2)) {
    throw new ArgumentError({
      op,
      got: `padding [${before.join(', ')}] for a kernel of ${showShape(kernel)}`,
      want: 'at most half the kernel',
    });
  }
  const sizes = kernel.map((k, d) => {
    const [size, s, p] = [x.shape[d + 2] as number, stride[d] as number, before[d] as number];
    const steps = (size + 2 * p - (dilation[d] as number) * (k - 1) - 1) / s;
    if (!options.ceilMode) return Math.floor(steps) + 1;
    // The last window must begin on the input or its left padding.
    const count = Math.ceil(steps) + 1;
    return (count - 1) * s >= size + p ? count - 1 : count;
  });
  if (sizes.some((size) => size < 1)) {
    throw new ShapeError({
      op,
      got: `an input of shape ${showShape(shape)} and windows of ${showShape(kernel)}`,
      want: 'a padded input at least as large as a window',
    });
  }
  return { x, unbatched, kernel, stride, dilation, before, sizes };
}

function unbatch(y: Tensor, unbatched: boolean): Tensor {
  return unbatched ? reshape(y, y.shape.slice(1)) : y;
}

/** The largest elements, and where they are if that is asked for. */
function maxPooling(op: string, n: number) {
  return (
    input: Tensor,
    kernelSize: PerDim,
    options: MaxPoolOptions,
    withIndices: boolean,
  ): Tensor | ValuesAndIndices => {
    const { x, unbatched, before, sizes, ...geometry } = plan(op, n, input, kernelSize, options);
    const params = { ...geometry, sizes, padding: before.map(onBothSides) };
    if (!withIndices) return unbatch(maxPool(x, params), unbatched);
    const indices = maxPoolIndices(x, params);
    return { values: unbatch(atPositions(x, indices), unbatched), indices: unbatch(indices, unbatched) };
  };
}

const choosingOrder = [...maxOrder, 'returnIndices'] as const;
type ChoosingOptions = MaxPoolOptions & { returnIndices?: boolean };

function choosing(op: string, n: number): MaxPool {
  const pooled = maxPooling(op, n);
  const pool = (x: Tensor, kernelSize: PerDim, ...rest: Optional<ChoosingOptions, typeof choosingOrder>) => {
    const { returnIndices = false, ...options } = optional<ChoosingOptions>(op, rest, choosingOrder);
    return pooled(x, kernelSize, options, returnIndices);
  };
  return pool as MaxPool;
}

function withIndices(op: string, n: number) {
  const pooled = maxPooling(op, n);
  return (x: Tensor, kernelSize: PerDim, ...rest: MaxPoolRest) =>
    pooled(x, kernelSize, optional<MaxPoolOptions>(op, rest, maxOrder), true) as ValuesAndIndices;
}

function averagePooling(op: string, n: number) {
  return (
    input: Tensor,
    kernelSize: PerDim,
    ...rest: Optional<AvgPoolOptions, typeof averageOrder>
  ): Tensor => {
    const options = optional<AvgPoolOptions>(op, rest, averageOrder);
    const { countIncludePad = true, divisorOverride = null } = options;
    if (divisorOverride === 0)
      throw new ArgumentError({ op, got: 'divisorOverride 0', want: 'a number that is not 0' });
    const { x, unbatched, kernel, stride, dilation, before, sizes } = plan(op, n, input, kernelSize, options);
    const [batch = 0, channels = 0, ...size] = x.shape;
    // Summing windows is correlating each plane with a kernel of ones.
    const sums = correlate(
      reshape(x, [batch * channels, 1, ...size]),
      constant([1, 1, ...kernel], 1, x.dtype),
      {
        stride,
        dilation,
        inputDilation: kernel.map(() => 1),
        groups: 1,
        padding: kernel.map((k, d) => {
          const reach = ((sizes[d] as number) - 1) * (stride[d] as number) + k;
          return [before[d] as number, reach - (before[d] as number) - (size[d] as number)] as const;
        }),
      },
    );
    const counts = kernel.map((k, d) =>
      windowCounts(
        sizes[d] as number,
        stride[d] as number,
        k,
        before[d] as number,
        size[d] as number,
        countIncludePad,
      ),
    );
    const divisor = divisorOverride ?? outerProduct(counts, x);
    return unbatch(div(reshape(sums, [batch, channels, ...sizes]), divisor), unbatched);
  };
}

/** How many elements of each window of one dim count: those on the input, or also those on its padding. */
function windowCounts(
  outputs: number,
  stride: number,
  kernel: number,
  before: number,
  size: number,
  withPadding: boolean,
): number[] {
  return Array.from({ length: outputs }, (_, p) => {
    const start = p * stride - before;
    const end = Math.min(start + kernel, size + before);
    return withPadding ? end - start : Math.min(end, size) - Math.max(start, 0);
  });
}

/** The product of one factor per dim, of the dtype of `like`. */
function outerProduct(factors: readonly (readonly number[])[], like: Tensor): Tensor {
  const shape = factors.map(({ length }) => length);
  const product = factors.reduce((all, factor) => all.flatMap((a) => factor.map((b) => a * b)), [1]);
  return fromTypedArray(Float64Array.from(product), shape, 'float64').to(like.dtype);
}

/** Largest elements of windows of `(N, C, L)`, and their positions. */
export const maxPool1dWithIndices = withIndices('maxPool1d', 1);
/** Largest elements of windows of `(N, C, H, W)`, and their flat positions in each plane; the first of those that tie. */
export const maxPool2dWithIndices = withIndices('maxPool2d', 2);
/** Largest elements of windows of `(N, C, D, H, W)`, and their flat positions. */
export const maxPool3dWithIndices = withIndices('maxPool3d', 3);

/** Largest elements of windows of `(N, C, L)`. */
export const maxPool1d = choosing('maxPool1d', 1);

/**
 * Largest elements of windows of `(N, C, H, W)`. The gradient goes to the first of those that tie; NaN wins.
 *
 * @example
 * ```ts
 * maxPool2d(x, 2); // (N, C, H, W) → (N, C, ⌊H/2⌋, ⌊W/2⌋)
 * const { values, indices } = maxPool2d(x, 2, { returnIndices: true });
 * ```
 */
export const maxPool2d = choosing('maxPool2d', 2);

/** Largest elements of windows of `(N, C, D, H, W)`. */
export const maxPool3d = choosing('maxPool3d', 3);

/** Means of windows of `(N, C, L)`. */
export const avgPool1d = averagePooling('avgPool1d', 1);
/** Means of windows of `(N, C, H, W)`. */
export const avgPool2d = averagePooling('avgPool2d', 2);
/** Means of windows of `(N, C, D, H, W)`. */
export const avgPool3d = averagePooling('avgPool3d', 3);

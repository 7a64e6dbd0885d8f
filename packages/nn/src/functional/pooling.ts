import {
  ArgumentError,
  type AvgPoolOptions,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  numelOf,
  type Optional,
  optional,
  type PerDim,
  perDim,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  showShapes,
  type Tensor,
  zeros,
} from '@retrograd/core';
import { checkFloat, checkIndices } from '../checks.ts';

export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  fractionalMaxPool2d,
  fractionalMaxPool3d,
  maxPool1d,
  maxPool1dWithIndices,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  maxPool3dWithIndices,
} from '@retrograd/core';

export interface LPPoolOptions {
  /** Distance between windows. Default: the kernel size. */
  stride?: PerDim | null;
  /** Let the last window reach over the edge. Default false. */
  ceilMode?: boolean;
}

export const lpOrder = ['stride', 'ceilMode'] as const;
export type LPPoolRest = Optional<LPPoolOptions, typeof lpOrder>;
type AvgPool = (x: Tensor, kernelSize: PerDim, options: AvgPoolOptions) => Tensor;

function lpPooling(op: string, n: number, average: AvgPool) {
  return (x: Tensor, normType: number, kernelSize: PerDim, ...rest: LPPoolRest): Tensor => {
    const { stride = null, ceilMode = false } = optional<LPPoolOptions>(op, rest, lpOrder);
    checkFloat(op, x);
    if (typeof normType !== 'number' || Number.isNaN(normType) || normType === 0)
      throw new ArgumentError({ op, got: `normType ${normType}`, want: 'a number that is not 0' });
    const count = numelOf(perDim(op, 'kernelSize', kernelSize, n, 1));
    const means = average(x.pow(normType), kernelSize, { stride, ceilMode });
    return means.mul(count).pow(1 / normType);
  };
}

/** The p-norms (Σ xᵖ)^(1/p) of windows of `(N, C, L)`. */
export const lpPool1d = lpPooling('lpPool1d', 1, avgPool1d);
/** The p-norms (Σ xᵖ)^(1/p) of windows of `(N, C, H, W)`. */
export const lpPool2d = lpPooling('lpPool2d', 2, avgPool2d);
/** The p-norms (Σ xᵖ)^(1/p) of windows of `(N, C, D, H, W)`. */
export const lpPool3d = lpPooling('lpPool3d', 3, avgPool3d);

export interface MaxUnpoolOptions {
  /** Default: the kernel size. */
  stride?: PerDim | null;
  /** Default 0. */
  padding?: PerDim;
  /** The sizes of the spatial dims, of which a stride allows several; a whole shape will do. */
  outputSize?: Shape | null;
}

const unpoolOrder = ['stride', 'padding', 'outputSize'] as const;

function maxUnpooling(op: string, n: number) {
  return (
    x: Tensor,
    indices: Tensor,
    kernelSize: PerDim,
    ...rest: Optional<MaxUnpoolOptions, typeof unpoolOrder>
  ): Tensor => {
    const options = optional<MaxUnpoolOptions>(op, rest, unpoolOrder);
    checkFloat(op, x);
    checkIndices(op, indices);
    const unbatched = x.ndim === n + 1;
    if (!sameShape(x.shape, indices.shape) || (!unbatched && x.ndim !== n + 2)) {
      throw new ShapeError({
        op,
        got: `shapes ${showShapes([x.shape, indices.shape])}`,
        want: `one shape, of ${n} spatial dims behind (N, C) or (C)`,
      });
    }
    const [lead, size] = [x.shape.slice(0, -n), x.shape.slice(-n)];
    if (numelOf(x.shape.slice(1)) === 0)
      throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: 'no size of 0 but the first' });
    const whole = unpooledSize(op, size, kernelSize, options);
    const planes = zeros([...lead, numelOf(whole)], { dtype: x.dtype });
    return planes.scatter(-1, indices.flatten(-n), x.flatten(-n)).reshape([...lead, ...whole]);
  };
}

/** (size − 1)·stride − 2·padding + kernel, or what is asked for, if it is less than a stride away from that. */
function unpooledSize(op: string, size: Shape, kernelSize: PerDim, options: MaxUnpoolOptions): Shape {
  const n = size.length;
  const kernel = perDim(op, 'kernelSize', kernelSize, n, 1);
  const none = Array.isArray(options.stride) && options.stride.length === 0;
  const stride = perDim(op, 'stride', (none ? null : options.stride) ?? kernel, n, 1);
  const padding = perDim(op, 'padding', options.padding ?? 0, n, 0);
  const usual = size.map(
    (length, d) => (length - 1) * (stride[d] as number) - 2 * (padding[d] as number) + (kernel[d] as number),
  );
  const given = options.outputSize ?? usual;
  const wanted = Array.isArray(given) && given.length === n + 2 ? given.slice(2) : given;
  const near = (length: number, d: number) => Math.abs(length - (usual[d] as number)) < (stride[d] as number);
  const fits = Array.isArray(wanted) && wanted.length === n && wanted.every(Number.isInteger);
  if (fits && wanted.every((length) => length > 0) && (given === usual || wanted.every(near))) return wanted;
  throw new ShapeError({
    op,
    got: `outputSize ${String(given)}`,
    want: `sizes less than a stride away from ${showShape(usual)}`,
  });
}

/** Undoes `maxPool1d`, but that all elements which were no maximum are 0: `(N, C, L) → (N, C, L')`. @see maxUnpool2d */
export const maxUnpool1d = maxUnpooling('maxUnpool1d', 1);
/**
 * Undoes `maxPool2d`, but that all elements which were no maximum are 0: `(N, C, H, W) → (N, C, H', W')`,
 * H' = (H − 1)·stride − 2·padding + kernelSize.
 *
 * @example
 * ```ts
 * const { values, indices } = F.maxPool2d(x, 2, { returnIndices: true });
 * F.maxUnpool2d(values, indices, 2);
 * ```
 * @throws IndexError for an index outside of the plane
 */
export const maxUnpool2d = maxUnpooling('maxUnpool2d', 2);
/** Undoes `maxPool3d`: `(N, C, D, H, W) → (N, C, D', H', W')`. @see maxUnpool2d */
export const maxUnpool3d = maxUnpooling('maxUnpool3d', 3);

import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { mul } from '../primitives/elementwise.ts';
import { gatherAlong } from '../primitives/gather.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import { sumOver } from '../primitives/reduce.ts';
import { checkRoom, perDim, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from './adaptive-pool.ts';
import { type Optional, optional } from './arguments.ts';
import type { PerDim } from './conv.ts';
import { fromTypedArray } from './creation.ts';
import { acrossRuns } from './positions.ts';
import * as resampling from './resampling.ts';

export type InterpolateMode =
  | 'nearest'
  | 'nearest-exact'
  | 'linear'
  | 'bilinear'
  | 'bicubic'
  | 'trilinear'
  | 'area';

export interface InterpolateOptions {
  /** The sizes of the spatial dims, or one for all. */
  size?: PerDim | null;
  /** Instead of it, what the sizes are multiplied by: one factor for all, or one for each dim. */
  scaleFactor?: PerDim | null;
  /** Default `'nearest'`. */
  mode?: InterpolateMode;
  /**
   * Whether the centres of the first and last elements stay at the ends (true), or the outer edges of them (false, the
   * default). Only for the modes of lines and curves.
   */
  alignCorners?: boolean | null;
  /** Use the factors that the rounded sizes have, instead of those given. Default false. */
  recomputeScaleFactor?: boolean | null;
  /** When an image shrinks, let all of it count. For `'bilinear'` and `'bicubic'`. Default false. */
  antialias?: boolean;
}

export const interpolateOrder = [
  'size',
  'scaleFactor',
  'mode',
  'alignCorners',
  'recomputeScaleFactor',
  'antialias',
] as const;

/** A mode: for how many spatial dims, and how one of them is resampled; each dim is, one after the other. */
interface Method {
  readonly dims: readonly number[];
  readonly resampler: resampling.Resampler | null;
  readonly antialiased?: resampling.Resampler;
  readonly corners: boolean;
}

const methods: Readonly<Record<InterpolateMode, Method>> = {
  nearest: { dims: [1, 2, 3], resampler: resampling.nearest, corners: false },
  'nearest-exact': { dims: [1, 2, 3], resampler: resampling.nearestExact, corners: false },
  linear: { dims: [1], resampler: resampling.linear, corners: true },
  bilinear: {
    dims: [2],
    resampler: resampling.linear,
    antialiased: resampling.antialiasedLinear,
    corners: true,
  },
  trilinear: { dims: [3], resampler: resampling.linear, corners: true },
  bicubic: {
    dims: [2],
    resampler: resampling.cubic,
    antialiased: resampling.antialiasedCubic,
    corners: true,
  },
  area: { dims: [1, 2, 3], resampler: null, corners: false },
};

const averages = [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d];

/**
 * Signals `(N, C, L)`, images `(N, C, H, W)` or volumes `(N, C, D, H, W)` in another size.
 *
 * @example
 * ```ts
 * interpolate(x, { scaleFactor: 2 });
 * interpolate(x, { size: [32, 48], mode: 'bilinear', alignCorners: false });
 * ```
 * @throws ShapeError, DTypeError or ArgumentError for a mode that does not fit the input, or other options that do not
 */
export function interpolate(
  x: Tensor,
  ...rest: Optional<InterpolateOptions, typeof interpolateOrder>
): Tensor {
  const op = 'interpolate';
  const options = optional<InterpolateOptions>(op, rest, interpolateOrder);
  const { mode = 'nearest', antialias = false } = options;
  const n = checkTensor(op, x).ndim - 2;
  const method = methodFor(op, mode, n, options);
  if (x.numel === 0 && x.shape.slice(1).includes(0))
    throw new ShapeError({
      op,
      got: `shape ${showShape(x.shape)}`,
      want: 'no size of 0 but that of the batch',
    });
  const { sizes, steps } = sizesFor(op, x.shape.slice(2), options);
  const shape = checkRoom(op, [...x.shape.slice(0, 2), ...sizes]);
  const { resampler } = method;
  if (resampler === null) return (averages[n - 1] as typeof adaptiveAvgPool1d)(x, sizes);
  if (method.corners && !x.isFloatingPoint)
    throw new DTypeError({ op, got: `${x.dtype} with mode '${mode}'`, want: 'float32 or float64' });
  if (x.numel === 0) return reshape(x, shape);
  return sizes.reduce((y, outputSize, d) => {
    const of = {
      inputSize: x.shape[d + 2] as number,
      outputSize,
      step: steps?.[d] ?? null,
      alignCorners: options.alignCorners ?? false,
      dtype: x.dtype,
    };
    return resample(y, d + 2, ((antialias && method.antialiased) || resampler)(of));
  }, x);
}

/** Each output of a dim as the weighted sum of its taps. */
function resample(x: Tensor, dim: number, { places, weights }: resampling.ResamplingTaps): Tensor {
  const outputs = (places[0] as readonly number[]).length;
  const isItself = places[0]?.every((place, i) => place === i) && (weights?.[0] ?? []).every((w) => w === 1);
  if (isItself && outputs === x.shape[dim]) return x;
  const index = fromTypedArray(Int32Array.from(places.flat()), [places.length * outputs], 'int32');
  const taken = gatherAlong(x, dim, acrossRuns(index, x.shape, dim));
  if (weights === null) return taken;
  const rest = x.shape.slice(dim + 1);
  const column = [places.length, outputs, ...rest.map(() => 1)];
  const factors = fromTypedArray(Float64Array.from(weights.flat()), column, 'float64').to(x.dtype);
  const lead = x.shape.slice(0, dim);
  const weighed = mul(reshape(taken, [...lead, places.length, outputs, ...rest]), factors);
  return reshape(sumOver(weighed, [dim]), [...lead, outputs, ...rest]);
}

function methodFor(op: string, mode: InterpolateMode, n: number, options: InterpolateOptions): Method {
  const bad = (got: string, want: string) => new ArgumentError({ op, got, want });
  if (typeof mode !== 'string' || !Object.hasOwn(methods, mode))
    throw bad(`mode ${describe(mode)}`, `one of '${Object.keys(methods).join("', '")}'`);
  const method = methods[mode];
  if (!method.dims.includes(n)) {
    throw new ShapeError({
      op,
      got: `${n + 2} dims with mode '${mode}'`,
      want: `${method.dims.map((dims) => dims + 2).join(', ')} dims: (N, C) and the spatial ones`,
    });
  }
  const { alignCorners = null, antialias = false } = options;
  if (alignCorners !== null && !method.corners)
    throw bad(`alignCorners with mode '${mode}'`, "'linear', 'bilinear', 'bicubic' or 'trilinear'");
  if (antialias && !method.antialiased) throw bad(`antialias with mode '${mode}'`, "'bilinear' or 'bicubic'");
  return method;
}

/** The sizes of the result, and inputs per output where a factor says so. */
function sizesFor(op: string, size: readonly number[], options: InterpolateOptions) {
  const n = size.length;
  const { size: wanted = null, scaleFactor = null, recomputeScaleFactor = false, mode } = options;
  if ((wanted === null) === (scaleFactor === null)) {
    const got = wanted === null ? 'neither' : 'both';
    throw new ArgumentError({ op, got: `${got} of size and scaleFactor`, want: 'one of them' });
  }
  if (wanted !== null) {
    if (recomputeScaleFactor)
      throw new ArgumentError({ op, got: 'recomputeScaleFactor with a size', want: 'it with scaleFactor' });
    return { sizes: perDim(op, 'size', wanted, n, 1), steps: null };
  }
  const given = [scaleFactor].flat() as number[];
  const factors = given.length === 1 ? size.map(() => given[0] as number) : given;
  const sizes = size.map((length, d) => Math.floor(length * Number(factors[d])));
  const areNumbers = factors.every((factor) => typeof factor === 'number');
  if (
    !areNumbers ||
    factors.length !== n ||
    !sizes.every((length) => Number.isSafeInteger(length) && length > 0)
  ) {
    throw new ArgumentError({
      op,
      got: `scaleFactor [${factors.join(', ')}] for sizes ${showShape(size)}`,
      want: `a number, or ${n} of them, that leave at least one element`,
    });
  }
  const keep = !recomputeScaleFactor && mode !== 'area';
  return { sizes, steps: keep ? factors.map((factor) => 1 / factor) : null };
}

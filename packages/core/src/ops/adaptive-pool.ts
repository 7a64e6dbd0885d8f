import { DTypeError, ShapeError } from '../errors.ts';
import { div, where } from '../primitives/elementwise.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor, type TensorLike } from '../primitives/operand.ts';
import { sumOver } from '../primitives/reduce.ts';
import { checkRoom, perDim, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { fromTypedArray } from './creation.ts';
import type { ValuesAndIndices } from './extremes.ts';
import { largestOfTaps, spreadAlong, type Taps } from './taps.ts';

/** How many windows: for all spatial dims, or for each; `null` keeps a size. */
export type AdaptiveSize = number | null | readonly (number | null)[];

/** Windows ⌊i·S/T⌋ … ⌈(i + 1)·S/T⌉ of one dim, whose sizes may differ by one. */
interface AdaptiveTaps extends Taps {
  readonly sizes: readonly number[];
}

/** What a smaller window has too much is its last element once more, which no maximum minds. */
function adaptiveTaps(size: number, count: number): AdaptiveTaps {
  const windows = Array.from({ length: count }, (_, i) => {
    const [start, end] = [Math.floor((i * size) / count), Math.ceil(((i + 1) * size) / count)];
    return { start, end, size: end - start };
  });
  const sizes = windows.map((window) => window.size);
  if (size % count === 0) return { count, width: size / count, sizes, index: null };
  const width = Math.max(...sizes);
  const places = windows.flatMap(({ start, end }) =>
    Array.from({ length: width }, (_, k) => Math.min(start + k, end - 1)),
  );
  const index = fromTypedArray(Int32Array.from(places), [1, 1, places.length], 'int32');
  return { count, width, sizes, index };
}

interface Plan {
  /** `(N, C, …S)` */
  readonly x: Tensor;
  /** Of each spatial dim; none where the result has no elements. */
  readonly taps: readonly AdaptiveTaps[];
  /** The shape of the result: without N if the input has none. */
  readonly shape: readonly number[];
}

function plan(op: string, n: number, input: Tensor, outputSize: AdaptiveSize): Plan {
  const { ndim, shape } = checkTensor(op, input);
  if ((ndim !== n + 1 && ndim !== n + 2) || shape.slice(-n).includes(0)) {
    throw new ShapeError({
      op,
      got: `shape ${showShape(shape)}`,
      want: `${n} spatial dims, none of size 0, behind (N, C) or (C)`,
    });
  }
  if (!input.isFloatingPoint) throw new DTypeError({ op, got: input.dtype, want: 'float32 or float64' });
  const size = shape.slice(-n);
  const wanted = (Array.isArray(outputSize) ? outputSize : size.map(() => outputSize as number | null)).map(
    (count, d) => count ?? (size[d] as number),
  );
  const counts = perDim(op, 'outputSize', wanted, n, 0);
  const result = checkRoom(op, [...shape.slice(0, -n), ...counts]);
  const taps = result.includes(0) ? [] : counts.map((count, d) => adaptiveTaps(size[d] as number, count));
  return {
    x: ndim === n + 2 ? input : reshape(input, [1, ...shape]),
    taps,
    shape: result,
  };
}

function adaptiveAverage(op: string, n: number) {
  return (x: Tensor, outputSize: AdaptiveSize): Tensor => {
    const { x: batched, taps, shape } = plan(op, n, x, outputSize);
    if (shape.includes(0)) return reshape(batched.narrow(0, 0, 0), shape);
    return reshape(
      taps.reduce((y, each, d) => averageAlong(y, d + 2, each), batched),
      shape,
    );
  };
}

/** The means of the windows of one dim; what a smaller window has too much counts as 0. */
function averageAlong(x: Tensor, dim: number, taps: AdaptiveTaps): Tensor {
  const { count, width, sizes, index } = taps;
  const [lead, rest] = [x.shape.slice(0, dim), x.shape.slice(dim + 1)];
  const windows = reshape(spreadAlong(x, dim, taps), [...lead, count, width, ...rest]);
  const mean = (inside: Tensor, divisor: TensorLike) =>
    div(reshape(sumOver(inside, [dim + 1]), [...lead, count, ...rest]), divisor);
  if (index === null) return mean(windows, width);
  const ofDim = (lengths: readonly number[]) => [...lengths, ...rest.map(() => 1)];
  const inside = sizes.flatMap((size) => Array.from({ length: width }, (_, k) => Number(k < size)));
  const mask = fromTypedArray(Uint8Array.from(inside), ofDim([count, width]), 'bool');
  const counts = fromTypedArray(Float64Array.from(sizes), ofDim([count]), 'float64').to(x.dtype);
  return mean(where(mask, windows, 0), counts);
}

export interface ReturnIndicesOptions {
  /** Give the positions, too, as flat ones in the spatial dims. Default false. */
  returnIndices?: boolean;
}

/** Largest elements; with `returnIndices`, and where they are. */
export interface AdaptiveMaxPool {
  (
    x: Tensor,
    outputSize: AdaptiveSize,
    ...rest: [returnIndices: true] | [{ returnIndices: true }]
  ): ValuesAndIndices;
  (
    x: Tensor,
    outputSize: AdaptiveSize,
    ...rest: [] | [returnIndices: false] | [{ returnIndices?: false }]
  ): Tensor;
}

function adaptiveMax(op: string, n: number) {
  const withIndices = (x: Tensor, outputSize: AdaptiveSize): ValuesAndIndices => {
    const { x: batched, taps, shape } = plan(op, n, x, outputSize);
    if (x.shape.at(-n - 1) === 0) {
      throw new ShapeError({
        op,
        got: `shape ${showShape(x.shape)}`,
        want: 'no size of 0 but that of the batch',
      });
    }
    if (shape.includes(0)) {
      const values = reshape(batched.narrow(0, 0, 0), shape);
      return { values, indices: values.to('int32') };
    }
    const { values, indices } = largestOfTaps(batched, taps);
    return { values: reshape(values, shape), indices: reshape(indices, shape) };
  };
  const pool = (
    x: Tensor,
    outputSize: AdaptiveSize,
    ...rest: Optional<ReturnIndicesOptions, ['returnIndices']>
  ) => {
    const { returnIndices = false } = optional<ReturnIndicesOptions>(op, rest, ['returnIndices']);
    const found = withIndices(x, outputSize);
    return returnIndices ? found : found.values;
  };
  return pool as AdaptiveMaxPool;
}

/** Means of as many windows as wanted, `(N, C, L) → (N, C, T)`. */
export const adaptiveAvgPool1d = adaptiveAverage('adaptiveAvgPool1d', 1);
/** Means of as many windows as wanted, `(N, C, H, W) → (N, C, tH, tW)`; `null` keeps a size. */
export const adaptiveAvgPool2d = adaptiveAverage('adaptiveAvgPool2d', 2);
/** Means of as many windows as wanted, `(N, C, D, H, W) → (N, C, tD, tH, tW)`. */
export const adaptiveAvgPool3d = adaptiveAverage('adaptiveAvgPool3d', 3);

/** The largest elements of as many windows as wanted, `(N, C, L) → (N, C, T)`. */
export const adaptiveMaxPool1d = adaptiveMax('adaptiveMaxPool1d', 1);
/**
 * The largest elements of as many windows as wanted, `(N, C, H, W) → (N, C, tH, tW)`; `null` keeps a size, and
 * `returnIndices` gives `{ values, indices }`.
 */
export const adaptiveMaxPool2d = adaptiveMax('adaptiveMaxPool2d', 2);
/** The largest elements of as many windows as wanted, `(N, C, D, H, W) → (N, C, tD, tH, tW)`. */
export const adaptiveMaxPool3d = adaptiveMax('adaptiveMaxPool3d', 3);

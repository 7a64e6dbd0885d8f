import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { add, mul, sub, trunc } from '../primitives/elementwise.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { perDim, sameShape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import type { PerDim } from './conv.ts';
import { arange, full } from './creation.ts';
import type { ValuesAndIndices } from './extremes.ts';
import { cat } from './joining.ts';
import { type GeneratorOptions, rand } from './random.ts';
import { largestOfTaps, type Taps } from './taps.ts';

export interface FractionalMaxPoolOptions extends GeneratorOptions {
  /** How many windows, for all spatial dims or for each. */
  outputSize?: PerDim | null;
  /** Instead of it, how many for each element: between 0 and 1. */
  outputRatio?: PerDim | null;
  /** Give the positions, too, as flat ones in the spatial dims. Default false. */
  returnIndices?: boolean;
  /** `(N, C, n)` for n spatial dims: numbers from 0 to 1 that say where windows lie. Default: drawn. */
  randomSamples?: Tensor | null;
}

const order = ['outputSize', 'outputRatio', 'returnIndices', 'randomSamples'] as const;
type Rest = Optional<FractionalMaxPoolOptions, typeof order>;

/** The largest elements; with `returnIndices`, and where they are. */
export interface FractionalMaxPool {
  (
    x: Tensor,
    kernelSize: PerDim,
    options: FractionalMaxPoolOptions & { returnIndices: true },
  ): ValuesAndIndices;
  (x: Tensor, kernelSize: PerDim, ...rest: Rest): Tensor;
}

/**
 * Where the windows of one dim begin (Graham, 2014): i ↦ ⌊(i + u)·α⌋ − ⌊u·α⌋ with α = (size − kernel) / (count − 1), and
 * the last at the end of the dim; u is another number for each plane, `samples (N, C, 1)`.
 */
function fractionalTaps(samples: Tensor, size: number, width: number, count: number): Taps {
  const [batch, channels] = samples.shape as readonly [number, number];
  const { dtype } = samples;
  const alpha = count > 1 ? (size - width) / (count - 1) : 0;
  const floored = (u: Tensor) => trunc(mul(u, full([], alpha, { dtype })));
  const steps = arange(count - 1, { dtype });
  const starts = sub(floored(add(steps, samples)), floored(samples));
  const all = cat([starts, full([batch, channels, 1], size - width, { dtype })], 2).to('int32');
  const places = add(reshape(all, [batch, channels, count, 1]), arange(width));
  return { count, width, index: reshape(places, [batch, channels, count * width]) };
}

function countsOf(
  op: string,
  n: number,
  size: readonly number[],
  options: FractionalMaxPoolOptions,
): number[] {
  const { outputSize = null, outputRatio = null } = options;
  if ((outputSize === null) === (outputRatio === null)) {
    const got = outputSize === null ? 'neither' : 'both';
    throw new ArgumentError({ op, got: `${got} of outputSize and outputRatio`, want: 'one of them' });
  }
  if (outputSize !== null) return perDim(op, 'outputSize', outputSize, n, 1);
  const ratios = [outputRatio].flat() as number[];
  const each = ratios.length === 1 ? size.map(() => ratios[0] as number) : ratios;
  if (each.length !== n || each.some((ratio) => !(ratio > 0 && ratio < 1)))
    throw new ArgumentError({
      op,
      got: `outputRatio [${each.join(', ')}]`,
      want: `a ratio between 0 and 1, or ${n}`,
    });
  return size.map((length, d) => Math.floor(length * (each[d] as number)));
}

function fractionalMax(op: string, n: number) {
  const pool = (input: Tensor, kernelSize: PerDim, ...rest: Rest): Tensor | ValuesAndIndices => {
    const options = optional<FractionalMaxPoolOptions>(op, rest, order, ['generator']);
    const { returnIndices = false, generator } = options;
    const { ndim, shape, dtype } = checkTensor(op, input);
    if ((ndim !== n + 1 && ndim !== n + 2) || shape.slice(-n - 1).includes(0))
      throw new ShapeError({
        op,
        got: `shape ${showShape(shape)}`,
        want: `${n} spatial dims behind (N, C) or (C)`,
      });
    if (!input.isFloatingPoint) throw new DTypeError({ op, got: dtype, want: 'float32 or float64' });
    const x = ndim === n + 2 ? input : reshape(input, [1, ...shape]);
    const [lead, size] = [x.shape.slice(0, 2), x.shape.slice(2)];
    const kernel = perDim(op, 'kernelSize', kernelSize, n, 1);
    const counts = countsOf(op, n, size, options);
    if (counts.some((count, d) => count < 1 || count + (kernel[d] as number) - 1 > (size[d] as number))) {
      throw new ShapeError({
        op,
        got: `${showShape(counts)} windows of ${showShape(kernel)} on planes of ${showShape(size)}`,
        want: 'count + kernelSize − 1 ≤ size',
      });
    }
    const samples = options.randomSamples ?? rand([...lead, n], { dtype, ...(generator && { generator }) });
    if (checkTensor(op, samples).dtype !== dtype || !sameShape(samples.shape, [...lead, n]))
      throw new ShapeError({
        op,
        got: `randomSamples ${showShape(samples.shape)} of ${samples.dtype}`,
        want: `${showShape([...lead, n])} of ${dtype}`,
      });
    // PyTorch's planes take their numbers last dim first, its volumes first dim first.
    const column = (d: number) => samples.narrow(2, n === 2 ? 1 - d : d, 1).detach();
    const taps = counts.map((count, d) =>
      fractionalTaps(column(d), size[d] as number, kernel[d] as number, count),
    );
    const found = largestOfTaps(x, taps);
    const batchedAsGiven = (y: Tensor) => (ndim === n + 2 ? y : reshape(y, y.shape.slice(1)));
    return returnIndices
      ? { values: batchedAsGiven(found.values), indices: batchedAsGiven(found.indices) }
      : batchedAsGiven(found.values);
  };
  return pool as FractionalMaxPool;
}

/** The largest elements of windows whose distances are drawn at random, `(N, C, H, W) → (N, C, tH, tW)`. */
export const fractionalMaxPool2d = fractionalMax('fractionalMaxPool2d', 2);
/** The largest elements of windows whose distances are drawn at random, `(N, C, D, H, W) → (N, C, tD, tH, tW)`. */
export const fractionalMaxPool3d = fractionalMax('fractionalMaxPool3d', 3);

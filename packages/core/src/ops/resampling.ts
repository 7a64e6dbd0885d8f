import type { DType } from '../dtype.ts';

/** How one dim is resampled. */
export interface Resampling {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Inputs per output, if a scale factor says so, and not the sizes. */
  readonly step: number | null;
  /** Whether the first and last elements stay at the ends, or the edges of the first and last pixels do. */
  readonly alignCorners: boolean;
  /** Coordinates are computed in the dtype of the elements, as PyTorch does it: it decides where a floor falls. */
  readonly dtype: DType;
}

/** What each output is a weighted sum of: `taps[k][i]` is the k-th for output i. */
export interface ResamplingTaps {
  readonly places: readonly (readonly number[])[];
  /** `null` for a lone tap of weight 1. */
  readonly weights: readonly (readonly number[])[] | null;
}

export type Resampler = (of: Resampling) => ResamplingTaps;

const toFloat32 = Math.fround;
const asIs = (x: number) => x;

function rounding({ dtype }: Resampling): (x: number) => number {
  return dtype === 'float32' ? toFloat32 : asIs;
}

/** Inputs per output. */
function stepOf(of: Resampling): number {
  const round = rounding(of);
  const { inputSize, outputSize, step, alignCorners } = of;
  if (alignCorners) return outputSize > 1 ? round((inputSize - 1) / (outputSize - 1)) : 0;
  return round(step ?? inputSize / outputSize);
}

/** Where the outputs lie among the inputs, whose centres are whole numbers. */
function coordinates(of: Resampling): number[] {
  const [round, step] = [rounding(of), stepOf(of)];
  return Array.from({ length: of.outputSize }, (_, i) =>
    of.alignCorners ? round(step * i) : round(round(step * (i + 0.5)) - 0.5),
  );
}

function within(size: number, place: number): number {
  return Math.min(Math.max(place, 0), size - 1);
}

/** The input at ⌊i · step⌋, which is not the nearest one, but what PyTorch (and OpenCV) call so. */
export const nearest: Resampler = (of) => {
  const [round, step] = [rounding(of), stepOf(of)];
  const place = (_: unknown, i: number) => within(of.inputSize, Math.floor(round(step * i)));
  return { places: [Array.from({ length: of.outputSize }, place)], weights: null };
};

/** The input whose centre is nearest. */
export const nearestExact: Resampler = (of) => {
  const [round, step] = [rounding(of), stepOf(of)];
  const place = (_: unknown, i: number) => within(of.inputSize, Math.floor(round(step * round(i + 0.5))));
  return { places: [Array.from({ length: of.outputSize }, place)], weights: null };
};

/** The two neighbours, by their distance. A dim that keeps its size stays as it is, whatever the scale factor. */
export const linear: Resampler = (of) => {
  const at =
    of.inputSize === of.outputSize
      ? Array.from({ length: of.outputSize }, (_, i) => i)
      : coordinates(of).map((x) => Math.max(x, 0));
  const lower = at.map((x) => within(of.inputSize, Math.floor(x)));
  const share = at.map((x, i) => Math.min(x - (lower[i] as number), 1));
  return {
    places: [lower, lower.map((place) => within(of.inputSize, place + 1))],
    weights: [share.map((t) => 1 - t), share],
  };
};

/** Keys' cubic convolution kernel (1981), at distance x. */
function keys(x: number, a: number): number {
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}

/** Four neighbours, by Keys' kernel with a = −¾. */
export const cubic: Resampler = (of) => {
  const at = coordinates(of);
  const offsets = [-1, 0, 1, 2];
  return {
    places: offsets.map((k) => at.map((x) => within(of.inputSize, Math.floor(x) + k))),
    weights: offsets.map((k) => at.map((x) => keys(x - Math.floor(x) - k, -0.75))),
  };
};

/**
 * A filter as wide as the inputs that become one output, so that none is passed over when an image shrinks: the way of
 * Pillow. `reach`: how far the filter goes to each side.
 */
function antialiased(reach: number, filter: (x: number) => number): Resampler {
  return (of) => {
    const step = stepOf(of);
    const stretch = Math.max(step, 1);
    const support = reach * stretch;
    const windows = Array.from({ length: of.outputSize }, (_, i) => {
      const centre = step * (i + 0.5);
      const start = Math.max(Math.trunc(centre - support + 0.5), 0);
      const end = Math.min(Math.trunc(centre + support + 0.5), of.inputSize);
      const weights = Array.from({ length: end - start }, (_, k) =>
        filter((start + k - centre + 0.5) / stretch),
      );
      const sum = weights.reduce((a, b) => a + b, 0);
      return { start, weights: weights.map((weight) => (sum === 0 ? 0 : weight / sum)) };
    });
    const widest = Math.max(...windows.map(({ weights }) => weights.length));
    const taps = Array.from({ length: widest }, (_, k) => k);
    return {
      places: taps.map((k) => windows.map(({ start }) => within(of.inputSize, start + k))),
      weights: taps.map((k) => windows.map(({ weights }) => weights[k] ?? 0)),
    };
  };
}

export const antialiasedLinear = antialiased(1, (x) => Math.max(1 - Math.abs(x), 0));
export const antialiasedCubic = antialiased(2, (x) => keys(x, -0.5));

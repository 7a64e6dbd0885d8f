import { gatherAlong } from '../primitives/gather.ts';
import { expand, reshape } from '../primitives/movement.ts';
import { maxPoolIndices } from '../primitives/pool.ts';
import { numelOf, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { arange } from './creation.ts';
import type { ValuesAndIndices } from './extremes.ts';

/** Windows of one spatial dim that do not lie evenly: where their elements are. */
export interface Taps {
  /** How many windows there are. */
  readonly count: number;
  /** How many elements each has. */
  readonly width: number;
  /**
   * `(1, 1, count · width)` or `(N, C, count · width)`: the position of each element, or `null` if the windows are the
   * dim itself, cut up.
   */
  readonly index: Tensor | null;
}

/** The windows of one dim of `x (N, C, …)` side by side: it has `count · width` elements then. */
export function spreadAlong(x: Tensor, dim: number, { index }: Taps): Tensor {
  if (index === null) return x;
  const [batch, channels, length] = index.shape as readonly [number, number, number];
  const column = x.shape.map((_, d) => [batch, channels][d] ?? (d === dim ? length : 1));
  const laidOut = x.shape.map((size, d) => (d === dim ? length : size));
  return gatherAlong(x, dim, expand(reshape(index, column), laidOut));
}

/** The same for all spatial dims. */
function spread(x: Tensor, taps: readonly Taps[]): Tensor {
  return taps.reduce((y, each, d) => spreadAlong(y, d + 2, each), x);
}

/**
 * The largest element of each window of `x (N, C, …S)`, and its flat position in the spatial dims. Positions go the same
 * way as the elements, so that the first of those that tie is found in the windows laid out and told in `x`.
 */
export function largestOfTaps(x: Tensor, taps: readonly Taps[]): ValuesAndIndices {
  const [batch, channels, ...size] = x.shape as readonly [number, number, ...number[]];
  const widths = taps.map(({ width }) => width);
  const found = maxPoolIndices(spread(x.detach(), taps), {
    kernel: widths,
    stride: widths,
    dilation: widths.map(() => 1),
    padding: widths.map(() => [0, 0] as const),
    sizes: taps.map(({ count }) => count),
  });
  const flat = (y: Tensor, lead: Shape) => reshape(y, [...lead, numelOf(y.shape.slice(2))]);
  const lead = [batch, channels];
  const own = taps.some(({ index, count, width }) => index !== null && index.numel > count * width)
    ? lead
    : [1, 1];
  const places = reshape(arange(numelOf(size)), [1, 1, ...size]);
  const laidOut = flat(spread(expand(places, [...own, ...size]), taps), own);
  const indices = gatherAlong(expand(laidOut, [...lead, laidOut.shape[2] as number]), 2, flat(found, lead));
  return {
    values: reshape(gatherAlong(flat(x, lead), 2, indices), found.shape),
    indices: reshape(indices, found.shape),
  };
}

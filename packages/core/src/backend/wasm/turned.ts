import type { Backend, View } from '../backend.ts';
import type { Call } from './correlate.ts';
import type { Lanes } from './kernels/lanes.ts';
import { roundUp } from './tables.ts';
import { allocate, narrowed } from './views.ts';

/**
 * Whether vectors had better run over images: rows of outputs are shorter than a vector, or there are fewer outputs than
 * taps, as in a gradient with respect to a kernel (where input channels stand as images).
 */
export function isBetterTurned({ x, w, out }: Call, lanes: Lanes): boolean {
  const [outputs, taps] = [out, w].map(({ shape }) => shape.slice(2).reduce((n, size) => n * size, 1)) as [
    number,
    number,
  ];
  const isShort = (out.shape.at(-1) as number) < lanes.count || taps >= 4 * outputs;
  return isShort && (x.shape[0] as number) >= lanes.count && x.shape.length <= 4;
}

/** Taps of one pass: what a tile reads of them stays in the caches. */
const tapsAtOnce = 2048;

/**
 * A correlation with the images as one more spatial dim, the innermost: on it there is a single tap, and neighbours lie
 * side by side. Operands are copied to lie so, and the result is copied back.
 */
export function correlateTurned(
  { x, w, out, start, geometry }: Call,
  lanes: Lanes,
  rest: Backend,
  correlate: (call: Call) => void,
): void {
  const [images, channels] = [x.shape[0] as number, x.shape[1] as number];
  // Whole vectors only: they do not overlap, so that passes can add to what those before have left.
  const padded = roundUp(images, lanes.count);
  const [turnedX, turnedOut] = [x, out].map(({ shape }) =>
    allocate(rest, lanes, [1, ...shape.slice(1), padded]),
  ) as [View, View];
  if (padded > images) rest.fill(turnedX, 0);
  rest.copy(turned(x), narrowed(turnedX, turnedX.shape.length - 1, 0, images));
  const inner = {
    stride: [...geometry.stride, 1],
    dilation: [...geometry.dilation, 1],
    inputDilation: [...geometry.inputDilation, 1],
    padding: [...geometry.padding, [0, 0] as const],
    groups: geometry.groups,
  };
  const kernel = { ...w, shape: [...w.shape, 1], strides: [...w.strides, 1] };
  const perChannel = w.shape.slice(2).reduce((n, size) => n * size, 1);
  const perGroup = w.shape[1] as number;
  // Groups take their channels together.
  const atOnce = geometry.groups > 1 ? channels : Math.max(1, Math.floor(tapsAtOnce / perChannel));
  for (let first = 0; first < perGroup; first += atOnce) {
    const count = Math.min(atOnce, channels - first);
    correlate({
      x: narrowed(turnedX, 1, first, count),
      w: geometry.groups > 1 ? kernel : narrowed(kernel, 1, first, count),
      out: turnedOut,
      start: first === 0 ? start : 'out',
      geometry: inner,
    });
  }
  rest.copy(narrowed(turnedOut, turnedOut.shape.length - 1, 0, images), turned(out));
  for (const { storage } of [turnedX, turnedOut]) storage.free();
}

/** (N, …) as (1, …, N). */
function turned({ storage, shape, strides, offset }: View): View {
  const [images, imageStride] = [shape[0] as number, strides[0] as number];
  return {
    storage,
    shape: [1, ...shape.slice(1), images],
    strides: [0, ...strides.slice(1), imageStride],
    offset,
  };
}

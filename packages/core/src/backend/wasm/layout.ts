import { isContiguous } from '../../shape.ts';
import type { CorrelateGeometry, View } from '../backend.ts';
import { roundUp } from './tables.ts';

/** Kernels see three spatial dims; those that a tensor lacks have size 1. */
export type Triple = readonly [z: number, y: number, x: number];

function triple(values: readonly number[], filler: number): Triple {
  const [z, y, x] = [filler, filler, filler, ...values].slice(-3);
  return [z ?? filler, y ?? filler, x ?? filler];
}

interface Views {
  readonly x: View;
  readonly w: View;
  readonly out: View;
  readonly geometry: CorrelateGeometry;
}

/** A correlation in three spatial dims, with strides in elements. */
export interface Problem {
  readonly sizes: Triple;
  readonly taps: Triple;
  readonly outputs: Triple;
  readonly stride: Triple;
  readonly dilation: Triple;
  readonly spread: Triple;
  readonly before: Triple;
  readonly xStrides: Triple;
  readonly wStrides: Triple;
  readonly outStrides: Triple;
  /** Input channels of a group. */
  readonly channels: number;
  readonly xChannelStride: number;
  readonly wChannelStride: number;
}

export function problemOf({ x, w, out, geometry }: Views): Problem {
  const spatial = (list: readonly number[]) => list.slice(2);
  const problem = {
    sizes: triple(spatial(x.shape), 1),
    taps: triple(spatial(w.shape), 1),
    outputs: triple(spatial(out.shape), 1),
    stride: triple(geometry.stride, 1),
    dilation: triple(geometry.dilation, 1),
    spread: triple(geometry.inputDilation, 1),
    before: triple(
      geometry.padding.map(([before]) => before),
      0,
    ),
    xStrides: triple(spatial(x.strides), 0),
    wStrides: triple(spatial(w.strides), 0),
    outStrides: triple(spatial(out.strides), 0),
    channels: w.shape[1] as number,
    xChannelStride: x.strides[1] as number,
    wChannelStride: w.strides[1] as number,
  };
  return isPointwise(problem) ? inOneRow(problem) : problem;
}

/** One tap that meets each input once, and rows that follow each other in memory: they are one long row. */
function isPointwise(problem: Problem): boolean {
  const { sizes, taps, outputs, stride, spread, before, xStrides, outStrides } = problem;
  const all = (list: Triple, value: number) => list.every((n) => n === value);
  return (
    all(taps, 1) &&
    all(stride, 1) &&
    all(spread, 1) &&
    all(before, 0) &&
    sizes.every((size, d) => size === outputs[d]) &&
    isContiguous(sizes, xStrides) &&
    isContiguous(outputs, outStrides)
  );
}

function inOneRow(problem: Problem): Problem {
  const row: Triple = [1, 1, problem.sizes[0] * problem.sizes[1] * problem.sizes[2]];
  return { ...problem, sizes: row, outputs: row, xStrides: [0, 0, 1], outStrides: [0, 0, 1] };
}

/**
 * Where in an image lies what an output and a tap read together, in elements: at(output) + tap(tap).
 *
 * Kernels run along x in vectors, either over outputs or over taps; neighbours must lie side by side.
 */
export interface Layout {
  at(z: number, y: number, x: number): number;
  tap(z: number, y: number, x: number): number;
  readonly channelStride: number;
  /** How to lay the image out; `null` where it is read as it is. */
  readonly padding: Padding | null;
  /** Whether rows of outputs follow each other where they are read just as where they are written. */
  readonly isJoined: boolean;
}

export interface Padding {
  /** Pairs of offsets in elements: where from, where to. */
  readonly rows: readonly Pair[];
  readonly columns: readonly Pair[];
}

export type Pair = readonly [from: number, to: number];

/** @param along what vectors run over; @param lanes elements of a vector */
export function layoutOf(problem: Problem, along: 'outputs' | 'taps', lanes: number): Layout {
  // Neighbouring outputs read what is a stride apart, and neighbouring taps what is a dilation apart.
  const step = along === 'outputs' ? problem.stride[2] : problem.dilation[2];
  if (isReadable(problem, step)) return asItIs(problem);
  return padded(problem, step, lanes, along === 'outputs' && canJoin(problem));
}

/** True where no window reaches over an edge, and neighbours lie side by side. */
function isReadable(
  { sizes, taps, outputs, stride, dilation, spread, before, xStrides }: Problem,
  step: number,
) {
  const inside = ([0, 1, 2] as const).every((d) => {
    const last = (outputs[d] - 1) * stride[d] + (taps[d] - 1) * dilation[d] - before[d];
    return before[d] <= 0 && last < sizes[d] && spread[d] === 1;
  });
  return inside && step === 1 && xStrides[2] === 1;
}

function asItIs({ stride, dilation, before, xStrides, xChannelStride }: Problem): Layout {
  const meet = (d: 0 | 1 | 2, place: number) => (place - before[d]) * xStrides[d];
  return {
    at: (z, y, x) => meet(0, z * stride[0]) + meet(1, y * stride[1]) + meet(2, x * stride[2]),
    tap: (z, y, x) =>
      z * dilation[0] * xStrides[0] + y * dilation[1] * xStrides[1] + x * dilation[2] * xStrides[2],
    channelStride: xChannelStride,
    padding: null,
    isJoined: false,
  };
}

/**
 * Whether rows can share their padding: what a row of outputs reads beyond its own columns are the zeros before the next
 * row, so that a row needs no more room than its outputs. So it is in a gradient with respect to the input of a
 * correlation without padding or strides, where all rows of outputs are one, and no vector of it but the last overlaps.
 */
function canJoin({ sizes, taps, outputs, stride, dilation, spread, before, outStrides }: Problem): boolean {
  const reach = (taps[2] - 1) * dilation[2];
  const end = before[2] + (sizes[2] - 1) * spread[2] + 1;
  const areNeighbours = outStrides[2] === 1 && outStrides[1] === outputs[2];
  return stride[1] === 1 && stride[2] === 1 && areNeighbours && before[2] >= reach && end <= outputs[2];
}

/**
 * With zeros around and between. Columns that are `step` apart are brought together: column q becomes number ⌊q / step⌋
 * among those with the same remainder. Of an output's and a tap's columns one is a multiple of the step, so that their
 * places still add up.
 */
function padded(problem: Problem, step: number, lanes: number, isJoined: boolean): Layout {
  const { sizes, taps, outputs, stride, dilation, spread, before, xStrides } = problem;
  const extent = (d: 0 | 1 | 2) => (outputs[d] - 1) * stride[d] + (taps[d] - 1) * dilation[d] + 1;
  const [depth, height, width] = [extent(0), extent(1), extent(2)];
  const among = Math.ceil(width / step);
  const row = isJoined ? outputs[2] : among * step;
  const column = (q: number) => (q % step) * among + Math.floor(q / step);
  const place = (z: number, y: number, x: number) => (z * height + y) * row + column(x);
  const inputs = (d: 0 | 1 | 2, extent: number) =>
    Array.from({ length: sizes[d] }, (_, i): Pair => [i * xStrides[d], before[d] + i * spread[d]]).filter(
      ([, q]) => q >= 0 && q < extent,
    );
  return {
    at: (z, y, x) => place(z * stride[0], y * stride[1], x * stride[2]),
    tap: (z, y, x) => place(z * dilation[0], y * dilation[1], x * dilation[2]),
    channelStride: roundUp(depth * height * row + (isJoined ? width - row : 0), lanes),
    padding: {
      rows: inputs(0, depth).flatMap(([fromZ, z]) =>
        inputs(1, height).map(([fromY, y]): Pair => [fromZ + fromY, (z * height + y) * row]),
      ),
      columns: inputs(2, width).map(([from, q]): Pair => [from, column(q)]),
    },
    isJoined,
  };
}

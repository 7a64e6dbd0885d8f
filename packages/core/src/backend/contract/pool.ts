import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { numelOf, type Shape } from '../../shape.ts';
import type { Backend, PoolGeometry, View } from '../backend.ts';
import { anyLayouts, unwritten } from './layouts.ts';
import { type Grid, indicesOf, noisy, positionOf } from './oracle.ts';
import { rounded } from './tolerance.ts';
import { attempt, attemptAll, type Draw, holds, type Trial } from './trial.ts';

export interface Pooling extends PoolGeometry {
  readonly x: Shape;
  /** Sizes of the output's spatial dims. */
  readonly sizes: Shape;
}

interface Options {
  stride?: readonly number[];
  dilation?: readonly number[];
  padding?: readonly number[];
  /** The last window reaches over the edge, rather than being left out. */
  ceil?: boolean;
}

export function pooling(x: Shape, kernel: readonly number[], options: Options = {}): Pooling {
  const {
    stride = kernel,
    dilation = kernel.map(() => 1),
    padding = kernel.map(() => 0),
    ceil = false,
  } = options;
  const sizes = kernel.map((k, d) => {
    const [size, s, before] = [x[d + 2] as number, stride[d] as number, padding[d] as number];
    const steps = (size + 2 * before - (dilation[d] as number) * (k - 1) - 1) / s;
    const count = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // As in PyTorch the last window begins on the input or its left padding.
    return ceil && (count - 1) * s >= size + before ? count - 1 : count;
  });
  return { x, sizes, kernel, stride, dilation, padding: padding.map((p): [number, number] => [p, p]) };
}

/** The flat positions of the inputs that a window meets, in row-major order of its taps. */
function window(index: readonly number[], { x, kernel, stride, dilation, padding }: Pooling): number[] {
  const spatial = x.slice(2);
  return indicesOf(kernel).flatMap((taps) => {
    const at = taps.map(
      (k, d) =>
        (index[d] as number) * (stride[d] as number) +
        k * (dilation[d] as number) -
        (padding[d]?.[0] as number),
    );
    return at.every((i, d) => i >= 0 && i < (spatial[d] as number)) ? [positionOf(at, spatial)] : [];
  });
}

/** Where the first largest element of each window lies; or, as in PyTorch, its last NaN. */
export function positions(x: Grid, pool: Pooling): number[] {
  const plane = numelOf(x.shape.slice(2));
  const planes = Array.from({ length: numelOf(x.shape.slice(0, 2)) }, (_, p) =>
    x.values.subarray(p * plane, (p + 1) * plane),
  );
  const windows = indicesOf(pool.sizes).map((index) => window(index, pool));
  return planes.flatMap((values) => windows.map((places) => places[largestOf(places, values)] as number));
}

function largestOf(places: readonly number[], values: Float64Array): number {
  const seen = places.map((place) => values[place] as number);
  const largest = Math.max(...seen);
  return Number.isNaN(largest) ? seen.findLastIndex(Number.isNaN) : seen.indexOf(largest);
}

function trialOf(backend: Backend, x: Grid, pool: Pooling): Trial {
  return {
    inputs: [x],
    out: unwritten('int32', [...x.shape.slice(0, 2), ...pool.sizes]),
    run: ([input], out) => backend.maxPoolIndices(input as View, out, pool),
    expected: ([seen]) => ({ values: positions(seen as Grid, pool), accept: rounded('int32') }),
  };
}

function valuesTrial(backend: Backend, x: Grid, pool: Pooling): Trial {
  return {
    inputs: [x],
    out: unwritten(x.dtype, [...x.shape.slice(0, 2), ...pool.sizes]),
    run: ([input], out) => backend.maxPool(input as View, out, pool),
    expected: ([seen]) => ({ values: pooled(seen as Grid, pool), accept: rounded(x.dtype) }),
  };
}

/** The largest elements of windows. */
export function pooled(x: Grid, pool: Pooling): number[] {
  const area = numelOf(pool.x.slice(2));
  const perPlane = numelOf(pool.sizes);
  return positions(x, pool).map((at, i) => x.values[Math.floor(i / perPlane) * area + at] as number);
}

function gradientTrial(backend: Backend, x: Grid, pool: Pooling): Trial {
  const windows = [...x.shape.slice(0, 2), ...pool.sizes];
  // Whole numbers, whose sums are exact in any order.
  const g: Grid = { ...noisy('int32', windows, 7), dtype: x.dtype };
  return {
    inputs: [x, g],
    out: unwritten(x.dtype, x.shape),
    run: ([input, cotangent], out) => backend.maxPoolGradient(input as View, cotangent as View, out, pool),
    expected: ([seen, cotangent]) => ({
      values: led(seen as Grid, cotangent as Grid, pool),
      accept: rounded(x.dtype),
    }),
  };
}

/** What comes to each element from the windows whose largest it is. */
export function led(x: Grid, g: Grid, pool: Pooling): number[] {
  const area = numelOf(pool.x.slice(2));
  const perPlane = numelOf(pool.sizes);
  const sums = new Array<number>(numelOf(x.shape)).fill(0);
  for (const [i, at] of positions(x, pool).entries()) {
    const place = Math.floor(i / perPlane) * area + at;
    sums[place] = (sums[place] as number) + (g.values[i] as number);
  }
  return sums;
}

/** All that is asked of windows. */
const trials = { maxPoolIndices: trialOf, maxPool: valuesTrial, maxPoolGradient: gradientTrial } as const;
const trialNames = Object.keys(trials) as (keyof typeof trials)[];

const poolings = [
  pooling([2, 3, 6, 8], [2, 2]),
  pooling([2, 3, 26, 26], [2, 2]),
  pooling([2, 3, 7, 9], [2, 2]),
  pooling([2, 3, 7, 9], [2, 2], { ceil: true }),
  pooling([1, 2, 5, 3], [2, 2]),
  pooling([1, 2, 4, 34], [2, 2]),
  pooling([1, 2, 9, 11], [3, 3]),
  pooling([1, 2, 9, 11], [3, 3], { stride: [2, 2], padding: [1, 1] }),
  pooling([1, 2, 8, 10], [3, 3], { stride: [2, 2], padding: [1, 1], ceil: true }),
  pooling([1, 2, 9, 11], [3, 3], { stride: [1, 1], padding: [1, 1] }),
  pooling([1, 2, 9, 11], [3, 2], { stride: [1, 3], padding: [1, 0], dilation: [2, 3] }),
  pooling([1, 2, 5, 7], [5, 7]),
  pooling([1, 2, 5, 7], [1, 1]),
  pooling([1, 2, 5, 7], [1, 1], { stride: [2, 3] }),
  pooling([2, 2, 17], [3]),
  pooling([2, 2, 16], [3], { stride: [2], padding: [1], ceil: true }),
  pooling([2, 2, 16], [2], { dilation: [3], stride: [1] }),
  pooling([2, 2, 4, 6, 5], [2, 2, 2]),
  pooling([1, 2, 5, 5, 5], [2, 3, 2], { stride: [2, 1, 2], padding: [1, 1, 0], dilation: [1, 2, 1] }),
  pooling([0, 2, 4, 4], [2, 2]),
] as const;

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** Planes of many ties, of NaN, and of infinities. */
export function awkward(x: Shape, seed: number): Grid {
  const choices = [nan, -infinity, -infinity, -infinity, infinity, 1, 1, 1, 0, -0, -1, 1e-40];
  const { values } = noisy('uint8', x, seed);
  return {
    dtype: 'float32',
    shape: x,
    values: values.map((value) => Math.fround(choices[value % choices.length] as number)),
  };
}

export function poolContract(backend: Backend): void {
  describe.each(trialNames)('%s', (name) => {
    const trial = trials[name];
    describe.each(['float32', 'float64'] as const)('of %s', (dtype) => {
      it.each(poolings)('x $x, kernel $kernel, stride $stride, dilation $dilation, to $sizes', (pool) => {
        attempt(backend, trial(backend, noisy(dtype, pool.x), pool));
        for (const seed of [1, 2, 3])
          attempt(backend, trial(backend, { ...awkward(pool.x, seed), dtype }, pool));
        if (numelOf(pool.x) < 1000) attemptAll(backend, trial(backend, noisy(dtype, pool.x), pool));
      });

      it.each([nan, -infinity, infinity, 0])(
        'finds the first element of windows of nothing but %f',
        (value) => {
          for (const pool of poolings) {
            const values = new Float64Array(numelOf(pool.x)).fill(value);
            attempt(backend, trial(backend, { dtype, shape: pool.x, values }, pool));
          }
        },
      );
    });

    it('of any geometry in any layouts', () =>
      holds((draw) => {
        const pool = anyPooling(draw);
        const x = draw(fc.boolean()) ? noisy('float32', pool.x) : awkward(pool.x, draw(fc.nat(100)));
        const made = trial(backend, x, pool);
        const ranks = [...made.inputs, made.out].map(({ shape }) => shape.length);
        attempt(backend, made, anyLayouts(ranks, draw), JSON.stringify(pool));
      }));
  });
}

function anyPooling(draw: Draw): Pooling {
  const whole = (min: number, max: number) => draw(fc.integer({ min, max }));
  const kernel = Array.from({ length: whole(1, 3) }, () => whole(1, 4));
  const dilation = kernel.map(() => whole(1, 2));
  // Undilated, so that padding of at most half the kernel leaves no window without an element.
  const padding = kernel.map((k, d) => (dilation[d] === 1 ? whole(0, Math.floor(k / 2)) : 0));
  const sizes = kernel.map((k, d) => (k - 1) * (dilation[d] as number) + 1 + whole(0, 6));
  const ceil = draw(fc.boolean()) && dilation.every((step) => step === 1);
  const stride = kernel.map((k) => whole(1, ceil ? k : 3));
  return pooling([whole(1, 2), whole(1, 3), ...sizes], kernel, { stride, dilation, padding, ceil });
}

import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import type { DType } from '../../dtype.ts';
import { numelOf, type Shape } from '../../shape.ts';
import type { Backend, CorrelateGeometry, View } from '../backend.ts';
import { geometries, type Windows } from './geometries.ts';
import { anyLayouts, unwritten } from './layouts.ts';
import { type Grid, noisy } from './oracle.ts';
import { type Sums, sumsOf } from './sums.ts';
import { attempt, attemptAll, type Draw, holds, type Trial } from './trial.ts';

/** `size` elements that lie `step` apart take this much room. */
function spread(size: number, step: number): number {
  return size === 0 ? 0 : (size - 1) * step + 1;
}

function outputShape({ x, w, ...geometry }: Windows): Shape {
  const sizes = x.slice(2).map((size, d) => {
    const [before, after] = geometry.padding[d] as readonly [number, number];
    const room =
      spread(size, geometry.inputDilation[d] as number) +
      before +
      after -
      spread(w[d + 2] as number, geometry.dilation[d] as number);
    return room < 0 ? 0 : Math.floor(room / (geometry.stride[d] as number)) + 1;
  });
  return [x[0] as number, w[0] as number, ...sizes];
}

/** A shape's spatial dims as three, the missing ones of size 1 in front. */
function three(shape: Shape): [number, number, number] {
  return [1, 1, 1, ...shape.slice(2)].slice(-3) as [number, number, number];
}

/** y[n, o, p] = bias[o] + Σ_c Σ_k x̃[n, c, p·stride + k·dilation − before] · w[o, c, k], as it stands. */
function correlation(x: Grid, w: Grid, bias: Grid | null, shape: Shape, geometry: CorrelateGeometry): Sums {
  const [images, outChannels] = shape as [number, number];
  const [channels, inChannels] = [w.shape[1] as number, x.shape[1] as number];
  const [[sz, sy, sx], [kz, ky, kx], [pz, py, px]] = [three(x.shape), three(w.shape), three(shape)];
  const meets = [0, 1, 2].map((axis) => meeting(geometry, axis - 3 + x.shape.length - 2));
  const [atZ, atY, atX] = meets as [Meeting, Meeting, Meeting];
  const sums = sumsOf(x.dtype, numelOf(shape));
  let out = 0;
  for (let n = 0; n < images; n++)
    for (let o = 0; o < outChannels; o++) {
      const firstChannel = Math.floor(o / (outChannels / geometry.groups)) * channels;
      for (let z = 0; z < pz; z++)
        for (let y = 0; y < py; y++)
          for (let i = 0; i < px; i++, out++) {
            if (bias) sums.add(out, bias.values[o] as number, 1);
            for (let dz = 0; dz < kz; dz++) {
              const iz = atZ(z, dz, sz);
              for (let dy = 0; iz >= 0 && dy < ky; dy++) {
                const iy = atY(y, dy, sy);
                for (let dx = 0; iy >= 0 && dx < kx; dx++) {
                  const ix = atX(i, dx, sx);
                  for (let c = 0; ix >= 0 && c < channels; c++) {
                    const plane = n * inChannels + firstChannel + c;
                    const value = x.values[((plane * sz + iz) * sy + iy) * sx + ix] as number;
                    const tap = (((o * channels + c) * kz + dz) * ky + dy) * kx + dx;
                    sums.add(out, value, w.values[tap] as number);
                  }
                }
              }
            }
          }
    }
  return sums;
}

/** The input that output p meets with tap k in a dim of `size`, or −1 for one of the zeros between and around. */
type Meeting = (p: number, k: number, size: number) => number;

function meeting({ stride, dilation, inputDilation, padding }: CorrelateGeometry, d: number): Meeting {
  if (d < 0) return () => 0;
  const [s, k, e, [before]] = [stride[d], dilation[d], inputDilation[d], padding[d]] as [
    number,
    number,
    number,
    readonly [number, number],
  ];
  return (p, tap, size) => {
    const at = p * s + tap * k - before;
    return at >= 0 && at % e === 0 && at / e < size ? at / e : -1;
  };
}

export function correlateTrial(backend: Backend, dtype: DType, windows: Windows, withBias: boolean): Trial {
  const { x, w, ...geometry } = windows;
  const shape = outputShape(windows);
  const bias = withBias ? [noisy(dtype, [w[0] as number], 3)] : [];
  return {
    inputs: [noisy(dtype, x), noisy(dtype, w, 2), ...bias],
    out: unwritten(dtype, shape),
    run: ([input, kernel, start], out) =>
      backend.correlate(input as View, kernel as View, start ?? null, out, geometry),
    expected: ([input, kernel, start]) =>
      correlation(input as Grid, kernel as Grid, start ?? null, shape, geometry).expected(),
  };
}

export function correlateContract(backend: Backend): void {
  describe.each(Object.entries(geometries))('correlate %s', (_, list) => {
    it.each(list)('of x $x, w $w, stride $stride, dilation $dilation, padding $padding', (windows) => {
      attempt(backend, correlateTrial(backend, 'float32', windows, false), undefined, 'without bias');
      attempt(backend, correlateTrial(backend, 'float32', windows, true), undefined, 'with bias');
    });
  });

  const smallOnes = Object.values(geometries)
    .flat()
    .filter(({ x, w }) => numelOf(x) * (w[0] as number) * numelOf(w.slice(2)) < 30_000);

  it.each(['float64', 'int32', 'uint8'] as const)('correlate of %s', (dtype) => {
    for (const windows of smallOnes)
      for (const withBias of [false, true])
        attempt(backend, correlateTrial(backend, dtype, windows, withBias));
  });

  describe.each(['float32', 'float64'] as const)('correlate of %s', (dtype) => {
    it.each(geometries['in every layout'] ?? [])('in every layout: x $x, w $w', (windows) => {
      for (const withBias of [false, true])
        attemptAll(backend, correlateTrial(backend, dtype, windows, withBias));
    });
  });

  it('correlate wraps int32 exactly, though the products are beyond float64', () => {
    for (const windows of geometries['in every layout'] ?? []) {
      const trial = correlateTrial(backend, 'int32', windows, true);
      const inputs = trial.inputs.map((grid) => ({
        ...grid,
        values: grid.values.map((n) => n * 21_474_835 + 1),
      }));
      attempt(backend, { ...trial, inputs });
    }
  });

  // Neither may a NaN spread through the zeros that fill a block, nor through what a window does not meet.
  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'correlate keeps %f to the windows that meet it',
    (value) => {
      const forWinograd = geometries['with channels enough for Winograd']?.slice(0, 2) ?? [];
      for (const windows of [...(geometries['in every layout'] ?? []), ...forWinograd]) {
        const trial = correlateTrial(backend, 'float32', windows, true);
        const [x, ...rest] = trial.inputs as [Grid, ...Grid[]];
        for (const at of [0, Math.floor(x.values.length / 2), x.values.length - 1]) {
          const spoilt = { ...x, values: x.values.with(at, value) };
          attempt(backend, { ...trial, inputs: [spoilt, ...rest] });
        }
      }
    },
  );

  it('correlate of many channels in any layouts, and of numbers whose differences overflow', () => {
    const [windows] = geometries['with channels enough for Winograd'] as [Windows];
    const trial = correlateTrial(backend, 'float32', windows, true);
    holds((draw) => {
      const ranks = [...trial.inputs, trial.out].map(({ shape }) => shape.length);
      attempt(backend, trial, anyLayouts(ranks, draw));
    }, 6);
    const [x, ...rest] = trial.inputs as [Grid, ...Grid[]];
    // They meet in some windows, and go into one difference in others.
    const values = x.values.map((n, i) => (i % 165 === 40 ? 3e38 : i % 165 === 42 ? -3e38 : n));
    const small = rest.map((grid) => ({ ...grid, values: grid.values.map((n) => n / 64) }));
    attempt(backend, { ...trial, inputs: [{ ...x, values }, ...small] });
  });

  it('correlate of any geometry in any layouts', () =>
    holds((draw) => {
      const windows = anyWindows(draw);
      const dtype = draw(fc.constantFrom<DType>('float32', 'float32', 'float64', 'int32'));
      const trial = correlateTrial(backend, dtype, windows, draw(fc.boolean()));
      const ranks = [...trial.inputs, trial.out].map(({ shape }) => shape.length);
      attempt(backend, trial, anyLayouts(ranks, draw), JSON.stringify(windows));
    }, 300));
}

function anyWindows(draw: Draw): Windows {
  const whole = (min: number, max: number) => draw(fc.integer({ min, max }));
  const dims = Array.from({ length: whole(1, 3) }, (_, d) => d);
  const groups = whole(1, 3);
  const most = [17, 9, 5][dims.length - 1] as number;
  const [channels, perGroup] = [whole(1, 4), whole(1, 3)];
  return {
    x: [whole(0, 3), groups * channels, ...dims.map(() => whole(1, most))],
    w: [groups * perGroup, channels, ...dims.map(() => whole(1, most))],
    stride: dims.map(() => whole(1, 3)),
    dilation: dims.map(() => whole(1, 3)),
    inputDilation: dims.map(() => whole(1, 2)),
    padding: dims.map((): [number, number] => [whole(-2, most), whole(-2, most)]),
    groups,
  };
}

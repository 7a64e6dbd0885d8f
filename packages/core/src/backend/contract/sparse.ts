import { describe, expect, it } from 'vitest';
import { contiguousStrides, numelOf, type Shape } from '../../shape.ts';
import type { Backend, View } from '../backend.ts';
import { correlateTrial } from './correlate.ts';
import { sparseImages, sparseKernels, type Windows } from './geometries.ts';
import { anyLayouts, contiguous, laidOut } from './layouts.ts';
import { type Grid, gridOf, noisy } from './oracle.ts';
import { attempt, holds, ranksOf, type Trial } from './trial.ts';

/** A gradient that max-pooling has led to one in four places or fewer, so that a backend may know of the zeros. */
function led(backend: Backend, shape: Shape, spoil: (g: Grid) => Grid): View {
  const spatial = shape.slice(2);
  const kernel = spatial.map(() => (spatial.length === 1 ? 4 : 2));
  const windows = [
    ...shape.slice(0, 2),
    ...spatial.map((size, d) => Math.floor(size / (kernel[d] as number))),
  ];
  const [x, g] = [noisy('float32', shape, 3), spoil(noisy('float32', windows, 5))].map(
    (grid) => laidOut(backend, grid, contiguous(grid.shape.length)).view,
  ) as [View, View];
  const storage = backend.allocate('float32', numelOf(shape));
  const out = { storage, shape, strides: contiguousStrides(shape), offset: 0 };
  backend.maxPoolGradient(x, g, out, {
    kernel,
    stride: kernel,
    dilation: kernel.map(() => 1),
    padding: kernel.map(() => [0, 0] as const),
  });
  return out;
}

function turned<T>([first, second, ...others]: readonly T[]): T[] {
  return [second as T, first as T, ...others];
}

const operands = ['images', 'kernel'] as const;
type Operand = (typeof operands)[number];

/** A correlation with such an operand; as a kernel it has its first dims exchanged, as gradients have. */
function trialOf(backend: Backend, windows: Windows, operand: Operand, spoil = (g: Grid): Grid => g): Trial {
  const trial = correlateTrial(backend, 'float32', windows, false);
  const { x, w, ...geometry } = windows;
  if (operand === 'images') {
    const images = led(backend, x, spoil);
    return {
      ...trial,
      inputs: [gridOf(images), trial.inputs[1] as Grid],
      run: ([, kernel], out) => backend.correlate(images, kernel as View, null, out, geometry),
    };
  }
  const gradient = led(backend, turned(w), spoil);
  const kernel: View = { ...gradient, shape: w, strides: turned(gradient.strides) };
  return {
    ...trial,
    inputs: [trial.inputs[0] as Grid, gridOf(kernel)],
    run: ([input], out) => backend.correlate(input as View, kernel, null, out, geometry),
  };
}

/** Whether every window is full: what else a kernel's NaN meets, zeros or nothing, is a backend's own affair. */
function isFull({ padding, inputDilation }: Windows): boolean {
  return padding.flat().every((n) => n === 0) && inputDilation.every((n) => n === 1);
}

const awkward = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

function spoilt(grid: Grid, at: number, value: number): Grid {
  return { ...grid, values: grid.values.with(at, value) };
}

/** Correlations of which one operand is mostly 0. */
export function sparseContract(backend: Backend): void {
  describe.each(operands)('correlate of sparse %s', (operand) => {
    const list = operand === 'images' ? sparseImages : sparseKernels;

    it.each(list)('x $x, w $w, stride $stride, dilation $dilation, padding $padding', (windows) => {
      attempt(backend, trialOf(backend, windows, operand));
    });

    it('in any layouts', () => {
      for (const windows of list) {
        const trial = trialOf(backend, windows, operand);
        holds((draw) => {
          const layouts = [...anyLayouts(ranksOf(trial), draw)];
          // The sparse operand lies as it does.
          layouts[operands.indexOf(operand)] = contiguous(windows.x.length);
          attempt(backend, trial, layouts);
        }, 3);
      }
    });

    // What is left out is multiplied by 0, which is not 0 for these.
    it.each(awkward)('has NaN where %f meets 0', (value) => {
      for (const windows of operand === 'images' ? list.filter(isFull) : list) {
        const trial = trialOf(backend, windows, operand);
        const other = operand === 'images' ? 1 : 0;
        const { length } = (trial.inputs[other] as Grid).values;
        for (const at of [0, Math.floor(length / 2), length - 1]) {
          const inputs = trial.inputs.map((grid, i) => (i === other ? spoilt(grid, at, value) : grid));
          attempt(backend, { ...trial, inputs });
        }
      }
    });

    it.each(awkward)('has %f where it is led', (value) => {
      for (const windows of operand === 'kernel' ? list.filter(isFull) : list) {
        for (const at of [0, 7]) {
          attempt(
            backend,
            trialOf(backend, windows, operand, (g) => spoilt(g, at, value)),
          );
        }
      }
    });
  });

  it('correlate finds what was added to a sparse gradient since', () => {
    const [windows] = sparseImages;
    const images = led(backend, windows.x, (g) => g);
    const ones = laidOut(backend, noisy('float32', windows.x, 9), contiguous(4)).view;
    backend.binary('add', images, ones, images);
    expect(gridOf(images).values.filter((value) => value === 0).length).toBe(0);
    const trial = correlateTrial(backend, 'float32', windows, false);
    const { x: _, w: __, ...geometry } = windows;
    attempt(backend, {
      ...trial,
      inputs: [gridOf(images), trial.inputs[1] as Grid],
      run: ([, kernel], out) => backend.correlate(images, kernel as View, null, out, geometry),
    });
  });
}

import { isFloat } from '../../dtype.ts';
import type { Geometry } from '../../shape.ts';
import type { ArgScanKernel, View } from '../backend.ts';
import { storing } from './elementwise.ts';
import { forEachRun } from './iterate.ts';

type Step = (carried: number, factor: number, term: number) => number;

const inFloats: Step = (carried, factor, term) => carried * factor + term;
const inIntegers: Step = (carried, factor, term) => (Math.imul(carried, factor) + term) | 0;

/** Carries float64 from step to step, and rounds only what it stores. */
export function recurrence(a: View, b: View, dim: number, out: View): void {
  const [factors, terms, target] = [a.storage.data, b.storage.data, out.storage.data];
  const [aAlong, bAlong, outAlong] = [a, b, out].map((view) => view.strides[dim] as number) as Triple;
  const size = out.shape[dim] as number;
  const step = isFloat(out.storage.dtype) ? inFloats : inIntegers;
  const store = storing(out);
  forEachLine(dim, [out, a, b], (to, from, at) => {
    let carried = terms[at] as number;
    target[to] = carried;
    for (let t = 1; t < size; t++) {
      carried = step(carried, factors[from + (t - 1) * aAlong] as number, terms[at + t * bAlong] as number);
      target[to + t * outAlong] = store(carried);
    }
  });
}

type Triple = [number, number, number];

const overtakes: Record<ArgScanKernel, (candidate: number, best: number) => boolean> = {
  argcummax: (candidate, best) => candidate >= best,
  argcummin: (candidate, best) => candidate <= best,
};

export function argScan(kernel: ArgScanKernel, x: View, dim: number, out: View): void {
  const [source, target] = [x.storage.data, out.storage.data];
  const [along, outAlong] = [x.strides[dim] as number, out.strides[dim] as number];
  const size = out.shape[dim] as number;
  const wins = overtakes[kernel];
  forEachLine(dim, [out, x], (to, from) => {
    let best = source[from] as number;
    let place = 0;
    for (let t = 0; t < size; t++) {
      const candidate = source[from + t * along] as number;
      if (Number.isNaN(candidate) || wins(candidate, best)) [best, place] = [candidate, t];
      target[to + t * outAlong] = place;
    }
  });
}

/** Calls `visit` with where each line along `dim` begins in each view; the first view is of the shape to walk. */
function forEachLine(
  dim: number,
  views: readonly [Geometry, ...Geometry[]],
  visit: (a: number, b: number, c: number) => void,
): void {
  const [{ shape }] = views;
  if (shape[dim] === 0) return;
  forEachRun(
    shape.with(dim, 1),
    views,
    (length, [a = 0, b = 0, c = 0], [aStep = 0, bStep = 0, cStep = 0]) => {
      for (let i = 0; i < length; i++) visit(a + i * aStep, b + i * bStep, c + i * cStep);
    },
  );
}

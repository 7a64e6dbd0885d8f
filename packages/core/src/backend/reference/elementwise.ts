import { type DType, isFloat } from '../../dtype.ts';
import { broadcastStrides } from '../../shape.ts';
import type { ArgReduceKernel, ReduceKernel, View } from '../backend.ts';
import { forEachRun } from './iterate.ts';
import { type BinaryKernel, binaryScalars, type UnaryKernel, unaryScalars } from './scalars.ts';

/** What a store into a dtype does beyond what its typed array does: any truth value of bool is 1. */
export function storing(out: View): (value: number) => number {
  return out.storage.dtype === 'bool' ? (value) => Number(value !== 0) : (value) => value;
}

export function fill(out: View, value: number): void {
  const { data } = out.storage;
  const stored = storing(out)(value);
  forEachRun(out.shape, [out], (length, [o = 0], [step = 0]) => {
    for (let i = 0; i < length; i++) data[o + i * step] = stored;
  });
}

export function copy(x: View, out: View): void {
  const [source, target] = [x.storage.data, out.storage.data];
  const store = storing(out);
  const plain = out.storage.dtype !== 'bool' || x.storage.dtype === 'bool';
  forEachRun(out.shape, [x, out], (length, [from = 0, to = 0], [xStep = 0, outStep = 0]) => {
    if (plain && xStep === 1 && outStep === 1) target.set(source.subarray(from, from + length), to);
    else
      for (let i = 0; i < length; i++) target[to + i * outStep] = store(source[from + i * xStep] as number);
  });
}

export function accumulate(x: View, out: View): void {
  const [source, target] = [x.storage.data, out.storage.data];
  const store = storing(out);
  forEachRun(out.shape, [x, out], (length, [from = 0, to = 0], [xStep = 0, outStep = 0]) => {
    for (let i = 0; i < length; i++) {
      const o = to + i * outStep;
      target[o] = store((target[o] as number) + (source[from + i * xStep] as number));
    }
  });
}

export function unary(kernel: UnaryKernel, x: View, out: View): void {
  const [source, target] = [x.storage.data, out.storage.data];
  const f = unaryScalars[kernel].real;
  const store = storing(out);
  forEachRun(out.shape, [x, out], (length, [from = 0, to = 0], [xStep = 0, outStep = 0]) => {
    for (let i = 0; i < length; i++) target[to + i * outStep] = store(f(source[from + i * xStep] as number));
  });
}

export function binary(kernel: BinaryKernel, a: View, b: View, out: View): void {
  const [left, right, target] = [a.storage.data, b.storage.data, out.storage.data];
  const { real, integer } = binaryScalars[kernel];
  const f = integer && !isFloat(a.storage.dtype) ? integer : real;
  const store = storing(out);
  forEachRun(out.shape, [a, b, out], (length, [i = 0, j = 0, o = 0], [aStep = 0, bStep = 0, outStep = 0]) => {
    for (let n = 0; n < length; n++) {
      target[o + n * outStep] = store(f(left[i + n * aStep] as number, right[j + n * bStep] as number));
    }
  });
}

export function addScaled(a: View, b: View, alpha: number, out: View): void {
  const [left, right, target] = [a.storage.data, b.storage.data, out.storage.data];
  const factor = out.storage.dtype === 'float32' ? Math.fround(alpha) : alpha;
  forEachRun(out.shape, [a, b, out], (length, [i = 0, j = 0, o = 0], [aStep = 0, bStep = 0, outStep = 0]) => {
    for (let n = 0; n < length; n++) {
      target[o + n * outStep] = (left[i + n * aStep] as number) + factor * (right[j + n * bStep] as number);
    }
  });
}

export function where(condition: View, a: View, b: View, out: View): void {
  const [test, yes, no, target] = [condition.storage.data, a.storage.data, b.storage.data, out.storage.data];
  forEachRun(out.shape, [condition, a, b, out], (length, [c = 0, i = 0, j = 0, o = 0], steps) => {
    const [cStep = 0, aStep = 0, bStep = 0, outStep = 0] = steps;
    for (let n = 0; n < length; n++) {
      target[o + n * outStep] = (test[c + n * cStep] ? yes[i + n * aStep] : no[j + n * bStep]) as number;
    }
  });
}

type Fold = (a: number, b: number) => number;

/** `integer` stands where doubles would lose the low bits that wrapping keeps. */
const reducers: Record<
  ReduceKernel,
  { readonly start: number; readonly fold: Fold; readonly integer?: Fold }
> = {
  sum: { start: 0, fold: (a, b) => a + b },
  prod: { start: 1, fold: (a, b) => a * b, integer: Math.imul },
  amax: { start: Number.NEGATIVE_INFINITY, fold: Math.max },
  amin: { start: Number.POSITIVE_INFINITY, fold: Math.min },
};

/** How two elements of a dtype are folded. */
export function foldOf(kernel: ReduceKernel, dtype: DType): Fold {
  const { fold, integer = fold } = reducers[kernel];
  return isFloat(dtype) ? fold : integer;
}

/** Folds in float64 and rounds once at the end; sums of many float32 are better than a float32 accumulator's. */
export function reduce(kernel: ReduceKernel, x: View, out: View): void {
  const { start } = reducers[kernel];
  const fold = foldOf(kernel, x.storage.dtype);
  const source = x.storage.data;
  const target = out.storage.data;
  const totals = new Float64Array(target.length).fill(start);
  const spread = { offset: out.offset, strides: broadcastStrides(out, x.shape) };
  forEachRun(x.shape, [x, spread], (length, [from = 0, to = 0], [xStep = 0, outStep = 0]) => {
    for (let i = 0; i < length; i++) {
      const o = to + i * outStep;
      totals[o] = fold(totals[o] as number, source[from + i * xStep] as number);
    }
  });
  const store = storing(out);
  forEachRun(out.shape, [out], (length, [o = 0], [step = 0]) => {
    for (let i = 0; i < length; i++) target[o + i * step] = store(totals[o + i * step] as number);
  });
}

const beats: Record<ArgReduceKernel, (candidate: number, best: number) => boolean> = {
  argmax: (candidate, best) => candidate > best || (Number.isNaN(candidate) && !Number.isNaN(best)),
  argmin: (candidate, best) => candidate < best || (Number.isNaN(candidate) && !Number.isNaN(best)),
};

export function argReduce(kernel: ArgReduceKernel, x: View, dim: number, out: View): void {
  const wins = beats[kernel];
  const source = x.storage.data;
  const target = out.storage.data;
  const along = x.strides[dim] as number;
  const size = x.shape[dim] as number;
  forEachRun(out.shape, [x, out], (length, [from = 0, to = 0], [xStep = 0, outStep = 0]) => {
    for (let i = 0; i < length; i++) {
      const first = from + i * xStep;
      let best = 0;
      for (let n = 1; n < size; n++) {
        if (wins(source[first + n * along] as number, source[first + best * along] as number)) best = n;
      }
      target[to + i * outStep] = best;
    }
  });
}

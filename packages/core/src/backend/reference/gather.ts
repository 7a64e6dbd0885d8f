import { IndexError } from '../../errors.ts';
import type { ScatterKernel, View } from '../backend.ts';
import { foldOf, storing } from './elementwise.ts';
import { forEachRun } from './iterate.ts';

/** The strides of a view with those along `dim` taken out: the index brings them. */
function across({ strides, offset }: View, dim: number): { strides: number[]; offset: number } {
  return { strides: strides.map((stride, d) => (d === dim ? 0 : stride)), offset };
}

function checked(op: string, at: number, size: number): number {
  if (at >= 0 && at < size) return at;
  throw new IndexError({
    op,
    got: `index ${at} into a dim of size ${size}`,
    want: size === 0 ? 'no index at all' : `indices from 0 to ${size - 1}`,
  });
}

export function gather(x: View, dim: number, index: View, out: View): void {
  const [source, places, target] = [x.storage.data, index.storage.data, out.storage.data];
  const [stride, size] = [x.strides[dim] as number, x.shape[dim] as number];
  forEachRun(index.shape, [across(x, dim), index, out], (length, [from = 0, at = 0, to = 0], steps) => {
    const [xStep = 0, indexStep = 0, outStep = 0] = steps;
    for (let i = 0; i < length; i++) {
      const place = checked('gather', places[at + i * indexStep] as number, size);
      target[to + i * outStep] = source[from + i * xStep + place * stride] as number;
    }
  });
}

export function scatter(kernel: ScatterKernel, out: View, dim: number, index: View, src: View): void {
  const [target, places, source] = [out.storage.data, index.storage.data, src.storage.data];
  const [stride, size] = [out.strides[dim] as number, out.shape[dim] as number];
  const store = storing(out);
  const combined = kernel === 'set' ? (_: number, value: number) => value : foldOf(kernel, out.storage.dtype);
  forEachRun(index.shape, [across(out, dim), index, src], (length, [to = 0, at = 0, from = 0], steps) => {
    const [outStep = 0, indexStep = 0, srcStep = 0] = steps;
    for (let i = 0; i < length; i++) {
      const place = checked('scatter', places[at + i * indexStep] as number, size);
      const o = to + i * outStep + place * stride;
      target[o] = store(combined(target[o] as number, source[from + i * srcStep] as number));
    }
  });
}

export function nonzero(x: View, out: View): void {
  const [source, target] = [x.storage.data, out.storage.data];
  const [room = 0, step = 1] = [out.shape[0], out.strides[0]];
  let [position, found] = [0, 0];
  forEachRun(x.shape, [x], (length, [from = 0], [xStep = 0]) => {
    for (let i = 0; i < length && found < room; i++) {
      if (source[from + i * xStep] === 0) continue;
      target[out.offset + found * step] = position + i;
      found++;
    }
    position += length;
  });
}

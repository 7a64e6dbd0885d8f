import type * as fc from 'fast-check';
import { allocate, type DType, isFloat } from '../../dtype.ts';
import { type Geometry, numelOf, type Shape } from '../../shape.ts';
import { memoryLayouts } from '../../testing/arbitraries.ts';
import type { Layout } from '../../testing/layouts.ts';
import type { Backend, View } from '../backend.ts';
import { type Grid, placesOf } from './oracle.ts';

/** Around the widths of vectors and of unrolled loops. */
export const lengths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65];

/** Ranks 0 to 5, empty dims, dims of size 1. */
export const shapesOfAllRanks: readonly Shape[] = [
  [],
  [1],
  [7],
  [0],
  [3, 5],
  [2, 17],
  [3, 0, 2],
  [2, 3, 4],
  [2, 1, 3, 2],
  [1, 2, 3, 1, 4],
];

/** A layout for tensors of any rank. */
type LayoutOf = (rank: number) => Layout;

function dimsOf(rank: number): number[] {
  return Array.from({ length: rank }, (_, d) => d);
}

function stepping(step: (d: number, rank: number) => number, before = 0): LayoutOf {
  return (rank) => ({ order: dimsOf(rank), steps: dimsOf(rank).map((d) => step(d, rank)), before });
}

function ordered(order: (dims: number[]) => number[]): LayoutOf {
  return (rank) => ({ order: order(dimsOf(rank)), steps: dimsOf(rank).map(() => 1), before: 0 });
}

/** In row-major order, without gaps. */
export const contiguous = stepping(() => 1);

/** Layouts that inputs and outputs may have. */
const writable: Readonly<Record<string, LayoutOf>> = {
  contiguous,
  // Three elements in, so that no vector of two or four is aligned.
  offset: stepping(() => 1, 3),
  transposed: ordered((dims) => dims.reverse()),
  'last dim outermost': ordered((dims) => [...dims.slice(-1), ...dims.slice(0, -1)]),
  'every other': stepping(() => 2, 1),
  'rows apart': stepping((d, rank) => (d === rank - 2 ? 2 : 1)),
  backwards: stepping(() => -1, 2),
  'rows backwards': stepping((d, rank) => (d === rank - 1 ? 1 : -1)),
  'back and forth': stepping((d) => (d % 2 === 0 ? -2 : 3), 1),
};

/** Layouts that only inputs may have: elements that repeat, as in an expanded tensor. */
const repeating: Readonly<Record<string, LayoutOf>> = {
  'one element': stepping(() => 0, 2),
  'rows repeated': stepping((d) => (d === 0 ? 0 : 1)),
  'inner repeated': stepping((d, rank) => (d === rank - 1 ? 0 : 1)),
};

/** How the operands of one call are laid out: the inputs, and after them the output. */
export interface Arrangement {
  readonly name: string;
  readonly layouts: readonly Layout[];
}

/** All operands in the same layout, for each; and each operand in each layout, the others contiguous. */
export function arrangements(ranks: readonly number[]): Arrangement[] {
  const plain = ranks.map(contiguous);
  const together = Object.entries(writable).map(([name, layout]) => ({
    name: `all ${name}`,
    layouts: ranks.map(layout),
  }));
  const alone = ranks.flatMap((rank, i) => {
    const isOut = i === ranks.length - 1;
    const choice = isOut ? writable : { ...writable, ...repeating };
    return Object.entries(choice)
      .filter(([name]) => name !== 'contiguous')
      .map(([name, layout]) => ({
        name: `${isOut ? 'out' : `input ${i}`} ${name}`,
        layouts: plain.with(i, layout(rank)),
      }));
  });
  return [...together, ...alone];
}

/** Any layouts for operands of these ranks, the output last: it alone may not repeat. */
export function anyLayouts(
  ranks: readonly number[],
  draw: <T>(arbitrary: fc.Arbitrary<T>) => T,
): readonly Layout[] {
  return ranks.map((rank, i) => {
    const layout = draw(memoryLayouts(rank));
    // A step of 3 serves as the sign to repeat.
    const repeats = i < ranks.length - 1;
    return { ...layout, steps: layout.steps.map((step) => (repeats && step === 3 ? 0 : step)) };
  });
}

/** Where a layout puts the elements of a shape, and how much memory that takes. */
function geometryOf(shape: Shape, { order, steps, before }: Layout): Geometry & { readonly length: number } {
  const strides = new Array<number>(shape.length).fill(1);
  let reach = 1;
  let offset = before;
  for (const d of order.toReversed()) {
    const [size, step] = [shape[d] as number, steps[d] as number];
    strides[d] = step * reach;
    if (step < 0) offset += -step * reach * Math.max(size - 1, 0);
    if (step !== 0) reach *= Math.max(size, 1) * Math.abs(step);
  }
  return { shape, strides, offset, length: before + reach + 2 };
}

/** What stands between elements: between those of a float input NaN, which spreads from wherever it is read. */
const inputGap = (dtype: DType) => (isFloat(dtype) ? Number.NaN : 113);
/** Around an output it is something that no kernel would write there. */
const outputGap = (dtype: DType) => (isFloat(dtype) ? -777.25 : 113);

export interface Laid {
  readonly view: View;
  /** Where in storage its elements lie, in row-major order. */
  readonly places: Int32Array;
}

/** A view of a grid's elements in a layout, on storage of the backend that is all gaps besides. */
export function laidOut(
  backend: Backend,
  { dtype, shape, values }: Grid,
  layout: Layout,
  gap = inputGap,
): Laid {
  const { length, ...geometry } = geometryOf(shape, layout);
  const data = allocate(dtype, length).fill(gap(dtype));
  const places = placesOf(geometry);
  places.forEach((place, i) => {
    data[place] = values[i] as number;
  });
  return { view: { storage: backend.adopt(dtype, data), ...geometry }, places };
}

/** The same for an output. */
export function laidOutput(backend: Backend, grid: Grid, layout: Layout): Laid {
  return laidOut(backend, grid, layout, outputGap);
}

/** Elements to begin with, of an output that is written without being read. */
export function unwritten(dtype: DType, shape: Shape): Grid {
  return { dtype, shape, values: new Float64Array(numelOf(shape)).fill(inputGap(dtype)) };
}

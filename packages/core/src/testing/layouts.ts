import { defaultBackend } from '../backend/select.ts';
import { allocate, type DType, isFloat } from '../dtype.ts';
import { numelOf, type Shape } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/** How the elements of a tensor lie in memory: which dims are outermost, and how far apart neighbours are. */
export interface Layout {
  /** The dims from the outermost to the innermost. */
  readonly order: readonly number[];
  /** For each dim how many places neighbours are apart where 1 would do; negative runs backwards. */
  readonly steps: readonly number[];
  /** Places before the first element. */
  readonly before: number;
}

/** Layouts that a kernel must not mind, by name, for tensors of any rank. */
export const layouts: Readonly<Record<string, (rank: number) => Layout>> = {
  contiguous: (rank) => ({ order: dimsOf(rank), steps: dimsOf(rank).map(() => 1), before: 0 }),
  transposed: (rank) => ({ order: dimsOf(rank).reverse(), steps: dimsOf(rank).map(() => 1), before: 0 }),
  spaced: (rank) => ({ order: dimsOf(rank), steps: dimsOf(rank).map((d) => 2 + (d % 2)), before: 3 }),
  reversed: (rank) => ({ order: dimsOf(rank), steps: dimsOf(rank).map((d) => (d % 2 ? 1 : -1)), before: 1 }),
};

function dimsOf(rank: number): number[] {
  return Array.from({ length: rank }, (_, d) => d);
}

/**
 * A tensor of the given elements (in row-major order) in a layout. The memory in between is filled with NaN (or with
 * a large number for integers), so that a kernel that reads it is found out.
 */
export function laidOut(
  values: ArrayLike<number>,
  shape: Shape,
  dtype: DType,
  { order, steps, before }: Layout,
): Tensor {
  const strides = new Array<number>(shape.length).fill(1);
  let reach = 1;
  let offset = before;
  for (const d of [...order].reverse()) {
    const size = shape[d] as number;
    const step = (steps[d] as number) * reach;
    strides[d] = step;
    if (step < 0) offset += -step * Math.max(size - 1, 0);
    reach *= Math.max(size, 1) * Math.abs(steps[d] as number);
  }
  const data = allocate(dtype, before + reach + 1).fill(isFloat(dtype) ? Number.NaN : 113);
  for (let i = 0; i < numelOf(shape); i++) data[placeOf(i, shape, strides, offset)] = values[i] as number;
  return new Tensor(defaultBackend.adopt(dtype, data), { shape, strides, offset });
}

function placeOf(position: number, shape: Shape, strides: readonly number[], offset: number): number {
  let [rest, place] = [position, offset];
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] as number;
    place += (rest % size) * (strides[d] as number);
    rest = Math.floor(rest / size);
  }
  return place;
}

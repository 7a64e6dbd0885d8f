import { contiguousStrides, numelOf, type Shape } from '../../shape.ts';
import type { Backend, View } from '../backend.ts';
import type { Lanes } from './kernels/lanes.ts';

/** A contiguous view of memory of any value. */
export function allocate(backend: Backend, { dtype }: Lanes, shape: readonly number[]): View {
  const length = shape.reduce((n, size) => n * size, 1);
  return { storage: backend.allocate(dtype, length), shape, strides: contiguousStrides(shape), offset: 0 };
}

/** Some of the elements along a dim, side by side. */
export function narrowed(view: View, dim: number, first: number, size: number): View {
  return {
    ...view,
    // Not by map: V8 would store what Math.floor gave as a double, and turn every shape that meets such an array in a
    // function they share into doubles, too.
    shape: view.shape.with(dim, size),
    offset: view.offset + first * (view.strides[dim] as number),
  };
}

/** A view whose elements come in the opposite order along a dim. */
export function reversed(view: View, dim: number): View {
  const [size, stride] = [view.shape[dim] as number, view.strides[dim] as number];
  return {
    ...view,
    strides: view.strides.with(dim, -stride),
    offset: view.offset + (size - 1) * stride,
  };
}

/** A view of so many elements along a dim, but so many times as far apart. */
export function spaced(view: View, dim: number, step: number): View {
  return { ...view, strides: view.strides.with(dim, (view.strides[dim] as number) * step) };
}

/** (A, B, …S) as (B, …S, A). */
export function channelsLast(view: View): View {
  return { ...view, shape: firstAsLast(view.shape), strides: firstAsLast(view.strides) };
}

function firstAsLast([first, ...others]: Shape): number[] {
  return [...others, first as number];
}

/** (N, …S, C) as (N, C, …S). */
export function channelsSecond(view: View): View {
  return { ...view, shape: lastAsSecond(view.shape), strides: lastAsSecond(view.strides) };
}

function lastAsSecond(list: Shape): number[] {
  return [list[0] as number, list.at(-1) as number, ...list.slice(1, -1)];
}

/** (B, …S, A) as (A, B, …S). */
export function channelsFirst(view: View): View {
  return { ...view, shape: lastAsFirst(view.shape), strides: lastAsFirst(view.strides) };
}

function lastAsFirst(list: Shape): number[] {
  return [list.at(-1) as number, ...list.slice(0, -1)];
}

/** A contiguous view in so many rows of one length. */
export function inRows(view: View, rows: number): View {
  const shape = [rows, numelOf(view.shape) / rows];
  return { ...view, shape, strides: contiguousStrides(shape) };
}

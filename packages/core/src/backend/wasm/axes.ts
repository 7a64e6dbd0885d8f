import type { Shape } from '../../shape.ts';
import type { View } from '../backend.ts';
import { bytesPerElement } from './engine.ts';

/** A dim that several operands share: its size, and how far each operand steps along it, in bytes. */
export interface Axis {
  readonly size: number;
  readonly steps: readonly number[];
}

/**
 * The dims of views of one shape, the innermost first, without those of size 1, and with neighbours joined through which
 * all views step evenly.
 * @param order the view by whose steps the dims are sorted, where their order does not matter
 */
export function axesOf(
  shape: Shape,
  views: readonly Pick<View, 'strides' | 'storage'>[],
  order = -1,
): Axis[] {
  const axes: Axis[] = [];
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] as number;
    if (size === 1) continue;
    const steps = views.map(
      ({ strides, storage }) => (strides[d] as number) * bytesPerElement[storage.dtype],
    );
    axes.push({ size, steps });
  }
  if (order >= 0) sort(axes, order);
  return merged(axes);
}

/** By insertion, as the few axes are nearly always in order. */
function sort(axes: Axis[], operand: number): void {
  for (let i = 1; i < axes.length; i++) {
    const axis = axes[i] as Axis;
    let to = i;
    for (; to > 0 && reach(axes[to - 1] as Axis, operand) > reach(axis, operand); to--) {
      axes[to] = axes[to - 1] as Axis;
    }
    axes[to] = axis;
  }
}

function reach({ steps }: Axis, operand: number): number {
  return Math.abs(steps[operand] as number);
}

function merged(axes: Axis[]): Axis[] {
  let last = 0;
  for (let i = 1; i < axes.length; i++) {
    const [inner, outer] = [axes[last] as Axis, axes[i] as Axis];
    if (continues(inner, outer)) axes[last] = { size: inner.size * outer.size, steps: inner.steps };
    else axes[++last] = outer;
  }
  axes.length = Math.min(axes.length, last + 1);
  return axes;
}

function continues(inner: Axis, outer: Axis): boolean {
  for (let i = 0; i < inner.steps.length; i++) {
    if (outer.steps[i] !== (inner.steps[i] as number) * inner.size) return false;
  }
  return true;
}

/** Adds axes to the fields of a kernel as the words of `dimsFrom`, filled up to `rank` with dims of size 1. */
export function pushDims(fields: number[], axes: readonly Axis[], rank: number, operands: number): void {
  for (let d = 0; d < rank; d++) {
    const axis = axes[d];
    fields.push(axis?.size ?? 1);
    for (let i = 0; i < operands; i++) fields.push(axis?.steps[i] ?? 0);
  }
}

/**
 * How many of `count` pieces of work, each on so many elements, make a part: as many as have `most` elements together,
 * and all where that would not make two parts.
 */
export function perPartOf(count: number, elements: number, most = 32_768): number {
  // Not by Math.ceil: V8 would store what it gives as a double among the fields of a kernel.
  return count * elements < 2 * most ? count : ((most + elements - 1) / elements) | 0;
}

/** The product of the sizes. */
export function countOf(axes: readonly Axis[]): number {
  let count = 1;
  for (const { size } of axes) count *= size;
  return count;
}

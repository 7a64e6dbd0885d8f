import type { Geometry, Shape } from '../../shape.ts';

/** What a walk calls: `length` elements that start at `at[i]` in operand i and lie `step[i]` apart. */
type Run = (length: number, at: readonly number[], step: readonly number[]) => void;

interface Axis {
  size: number;
  readonly steps: number[];
}

/**
 * Walks several views of one shape in row-major order, an innermost run at a time. Neighbouring dims through which
 * every view steps evenly are merged, so contiguous views make a single run.
 */
export function forEachRun(
  shape: Shape,
  views: readonly Pick<Geometry, 'strides' | 'offset'>[],
  run: Run,
): void {
  if (shape.includes(0)) return;
  const [inner, ...outer] = merged(shape, views);
  const at = views.map(({ offset }) => offset);
  const counters = outer.map(() => 0);
  const step = inner?.steps ?? views.map(() => 0);
  for (;;) {
    run(inner?.size ?? 1, at, step);
    let d = 0;
    for (; d < outer.length; d++) {
      const { size, steps } = outer[d] as Axis;
      const count = (counters[d] as number) + 1;
      const back = count === size ? size - 1 : -1;
      for (let i = 0; i < at.length; i++) at[i] = (at[i] as number) - back * (steps[i] as number);
      if (count < size) {
        counters[d] = count;
        break;
      }
      counters[d] = 0;
    }
    if (d === outer.length) return;
  }
}

/** The dims from the innermost outwards, those of size 1 dropped and mergeable neighbours joined. */
function merged(shape: Shape, views: readonly Pick<Geometry, 'strides'>[]): Axis[] {
  const axes: Axis[] = [];
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] as number;
    if (size === 1) continue;
    const steps = views.map(({ strides }) => strides[d] as number);
    const inner = axes.at(-1);
    if (inner && steps.every((step, i) => step === (inner.steps[i] as number) * inner.size))
      inner.size *= size;
    else axes.push({ size, steps });
  }
  return axes;
}

import type { View } from '../backend.ts';
import type { Program, Step } from '../program.ts';
import type { BinaryKernel, UnaryKernel } from '../reference/scalars.ts';
import { HeapStorage } from './memory/storage.ts';

// How much of a storage is 0, as far as that follows from the kernels that wrote it: a gradient that max-pooling has led to
// a quarter of its places goes through an activation and reaches a correlation, which can then leave the rest out. Nobody
// looks at the elements, and nothing but speed depends on it.

/** About which share of a view's elements is not 0. */
export function densityOf({ storage }: View): number {
  return storage instanceof HeapStorage ? storage.density : 1;
}

export function isSparse(view: View): boolean {
  return densityOf(view) < 1;
}

/** The density in whole percent, by which plans are chosen and kept, so that a choice never depends on earlier ones. */
export function percentOf(view: View): number {
  return (100 * densityOf(view)) | 0;
}

/** Notes down what is known of the elements that a kernel writes. */
export function noteDensity({ storage }: View, density: number): void {
  if (storage instanceof HeapStorage) storage.density = density;
}

const either = (a: number, b: number) => Math.min(1, a + b);
const first = (a: number) => a;

/** The density of results whose kernel gives 0 for some operand that is 0. */
const afterBinary: Partial<Record<BinaryKernel, (a: number, b: number) => number>> = {
  add: either,
  sub: either,
  mul: Math.min,
  div: first,
  gate: first,
};

/** Kernels that give 0 for 0. */
const keepZeros: ReadonlySet<UnaryKernel> = new Set<UnaryKernel>([
  'neg',
  'abs',
  'relu',
  'sign',
  'sqrt',
  'tanh',
]);

function afterUnary(kernel: UnaryKernel, density: number): number {
  return keepZeros.has(kernel) ? density : 1;
}

export function densityAfterUnary(kernel: UnaryKernel, x: View): number {
  return afterUnary(kernel, densityOf(x));
}

export function densityAfterBinary(kernel: BinaryKernel, a: View, b: View): number {
  return afterBinary[kernel]?.(densityOf(a), densityOf(b)) ?? 1;
}

export function densityAfterProgram({ steps }: Program, operands: readonly View[]): number {
  if (!operands.some(isSparse)) return 1;
  const known: number[] = [];
  for (const step of steps) known.push(densityOfStep(step, known, operands));
  return known.at(-1) ?? 1;
}

function densityOfStep(step: Step, known: readonly number[], operands: readonly View[]): number {
  const of = (i: number | undefined) => known[i ?? -1] ?? 1;
  switch (step.kind) {
    case 'operand': {
      const view = operands[step.index];
      return view ? densityOf(view) : 1;
    }
    case 'number':
      return step.value === 0 ? 0 : 1;
    case 'unary':
      return afterUnary(step.kernel, of(step.of[0]));
    case 'binary':
      return afterBinary[step.kernel]?.(of(step.of[0]), of(step.of[1])) ?? 1;
    case 'where':
      return Math.max(of(step.of[1]), of(step.of[2]));
    case 'toNumber':
      return 1;
  }
}

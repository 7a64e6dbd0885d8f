import type { BinaryKernel, UnaryKernel } from './reference/scalars.ts';

/** One step of a program: an operand, a number, or what a kernel makes of the results of earlier steps, by their places. */
export type Step =
  | { readonly kind: 'operand'; readonly index: number }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'unary'; readonly kernel: UnaryKernel; readonly of: readonly [x: number] }
  | { readonly kind: 'binary'; readonly kernel: BinaryKernel; readonly of: readonly [a: number, b: number] }
  | { readonly kind: 'where'; readonly of: readonly [condition: number, a: number, b: number] }
  /** A truth value as 0 or 1. */
  | { readonly kind: 'toNumber'; readonly of: readonly [condition: number] };

/**
 * A chain of elementwise kernels on floats of one dtype that runs in one pass: each element of the result is made of
 * those at its place. Every step rounds as its kernel does by itself. The last one gives the result.
 */
export interface Program {
  /** What it computes, for names of kernels; two programs may have one name. */
  readonly name: string;
  readonly steps: readonly Step[];
}

/** The earlier steps that a step needs. */
export function needs(step: Step): readonly number[] {
  return 'of' in step ? step.of : [];
}

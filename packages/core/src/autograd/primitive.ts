import type { Backend, View } from '../backend/backend.ts';
import type { DType } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import type { Geometry, Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Shape and dtype of a tensor without its elements. */
export interface Meta {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What a pullback keeps from the forward: an input, by its position, or the output. */
export type Saved = number | 'out';

/** What a pullback knows without keeping any elements. */
export interface CallInfo<P> {
  readonly params: P;
  readonly inputs: Inputs<Meta>;
  readonly output: Meta;
  /** Which input the cotangent is for. */
  readonly index: number;
}

/** How the cotangent of the output becomes that of one input; `null` stands for zero. */
export interface Rule<P> {
  readonly saves: readonly Saved[];
  pullback(g: Tensor, saved: readonly Tensor[], call: CallInfo<P>): Tensor | null;
  /** Of a view: where in its input, laid out row by row, the cotangent goes, unchanged; all the rest gets zeros. */
  region?(call: CallInfo<P>): Geometry;
}

/** Says of a primitive, or of one input, that it has no gradient, and why. */
export interface NotDifferentiable {
  readonly none: string;
}

/** One rule for each input, one for all of them, or a word on why there is none. */
export type Vjp<P> = readonly (Rule<P> | NotDifferentiable)[] | Rule<P> | NotDifferentiable;

/** The look of a sample's input: tests fill it with distinct values and lay it out in every way. */
export interface SampleInput {
  readonly shape: Shape;
  /** Values lie between these; default ±2. */
  readonly from?: number;
  readonly to?: number;
  /** Added on the diagonals of the matrices of the last two dims, which may then be inverted. Default 0. */
  readonly diagonal?: number;
  /** Default `float64`. Whole-numbered dtypes get whole numbers in `[from, to)`. */
  readonly dtype?: DType;
}

/** A call that a primitive must get right, forward and back. */
export interface Sample<P> {
  readonly inputs: readonly SampleInput[];
  readonly params: P;
}

interface Row<P> {
  readonly name: string;
  /** True if each element of the result is made of those at its place, and of no others. */
  readonly isElementwise?: boolean;
  readonly vjp: Vjp<P>;
  readonly samples: readonly Sample<P>[];
}

/** The inputs of a call. Each row knows how many it takes, so it may name up to three without a check. */
export type Inputs<T> = readonly [T, T, T, ...T[]];

/** A primitive that reads its inputs and writes a new tensor. */
export interface KernelRow<P> extends Row<P> {
  /** The shape and dtype rule. */
  infer(inputs: Inputs<Tensor>, params: P): Meta;
  /** The forward: which backend kernel, on which views. */
  forward(backend: Backend, inputs: Inputs<View>, out: View, params: P): void;
}

/** A primitive that reads the same storage through another geometry. */
export interface ViewRow<P> extends Row<P> {
  /** The geometry; `null` where the input's strides allow none, and a contiguous copy is read instead. */
  view(input: Geometry, params: P): Geometry | null;
}

/** A row of the table, ready to be called by `apply`. */
export type Primitive<P> = (KernelRow<P> | ViewRow<P>) & {
  /** The rule for an input; `null` if it has none. */
  ruleOf(index: number): Rule<P> | null;
};

const rows = new Map<string, Primitive<unknown>>();

/** Every row of the table, in the order of definition: what tests and tools run through. */
export function definedPrimitives(): Primitive<unknown>[] {
  return [...rows.values()];
}

/** Completes a row and enters it in the table, so that none can be left out of the tests. */
export function primitive<P>(row: KernelRow<P> | ViewRow<P>): Primitive<P> {
  if (rows.has(row.name)) {
    throw new ArgumentError({
      op: 'primitive',
      got: `a second row named ${row.name}`,
      want: 'names that differ',
    });
  }
  const complete = completed(row);
  rows.set(row.name, complete);
  return complete;
}

/** A row that stays out of the table: one that is derived from others. */
export function completed<P, R extends KernelRow<P> | ViewRow<P>>(
  row: R,
): R & { ruleOf(index: number): Rule<P> | null } {
  const vjp: Vjp<P> = row.vjp;
  const ruleOf = (index: number): Rule<P> | null => {
    const rule = 'none' in vjp || 'saves' in vjp ? vjp : vjp[index];
    return rule !== undefined && 'saves' in rule ? rule : null;
  };
  return { ...row, ruleOf };
}

/** `primitive`, where it matters that the row is no view. */
export function kernelPrimitive<P>(row: KernelRow<P>): Primitive<P> & KernelRow<P> {
  return primitive(row) as Primitive<P> & KernelRow<P>;
}

type TensorsFor<S extends readonly Saved[]> = { readonly [K in keyof S]: Tensor };

/**
 * A rule, given what it needs to have saved: `given([1], (g, [b]) => mul(g, b))`.
 * The cotangent it returns may still be broadcast; the backward walk sums it to the input's shape.
 */
export function given<const S extends readonly Saved[], P>(
  saves: S,
  pullback: (g: Tensor, saved: TensorsFor<S>, call: CallInfo<P>) => Tensor | null,
): Rule<P> {
  return { saves, pullback: (g, saved, call) => pullback(g, saved as TensorsFor<S>, call) };
}

/** Marks a primitive or an input that has no gradient. */
export function notDifferentiable(none: string): NotDifferentiable {
  return { none };
}

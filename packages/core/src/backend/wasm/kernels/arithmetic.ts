import type { V128 } from '../assembler/code.ts';
import type { FunctionBuilder } from '../assembler/function.ts';
import { f32x4, f64x2, shuffle32, v128 } from '../assembler/instructions.ts';
import { type FloatDType, type Lanes, lanesOf } from './lanes.ts';

// What the functions of four float32 are put together from.

/** Where code is written to, and how it multiplies and adds: a · b + c, rounded once or twice. */
export interface Sums extends Pick<Lanes, 'const' | 'madd'> {
  readonly f: FunctionBuilder;
}

/** In float32, and in float64. */
export interface Arithmetic extends Sums {
  readonly wide: Sums;
}

export function arithmetic(f: FunctionBuilder, relaxed: boolean): Arithmetic {
  const sums = (dtype: FloatDType): Sums => {
    const { const: constant, madd } = lanesOf(dtype, relaxed);
    return { f, const: constant, madd };
  };
  return { ...sums('float32'), wide: sums('float64') };
}

export const one = f32x4.const(1);
export const infinity = f32x4.const(Number.POSITIVE_INFINITY);
export const signBit = f32x4.const(-0);

/** Σ coefficients[k] xᵏ by Horner's rule. */
export function polynomial(
  { f, madd, const: constant }: Sums,
  x: V128,
  coefficients: readonly number[],
): V128 {
  return f.let(coefficients.map(constant).reduceRight((sum, coefficient) => madd(sum, x, coefficient)));
}

/** `value`, which is not of the other sign, with the sign of x, also where it is 0. */
export function withSignOf(x: V128, value: V128): V128 {
  return v128.or(value, v128.and(x, signBit));
}

/** Between the bounds, or NaN. */
export function bounded(x: V128, low: number, high: number): V128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.const(low)), f32x4.const(high));
}

/** What a formula makes of the lower and of the upper two lanes, in float64. */
export function bothHalves<T>(
  { f }: Sums,
  inputs: readonly V128[],
  formula: (...halves: V128[]) => T,
): [low: T, high: T] {
  const widened = (half: (x: V128) => V128) => inputs.map((x) => f.let(f64x2.promoteLowF32(half(x))));
  return [formula(...widened((x) => x)), formula(...widened((x) => shuffle32(x, x, [2, 3, 2, 3])))];
}

/** Two halves rounded to float32, side by side. */
export function narrowed(low: V128, high: V128): V128 {
  return shuffle32(f32x4.demoteF64(low), f32x4.demoteF64(high), [0, 1, 4, 5]);
}

/** A formula in float64, rounded to float32 at the end. */
export function inDoubles(
  m: Arithmetic,
  inputs: readonly V128[],
  formula: (...halves: V128[]) => V128,
): V128 {
  return m.f.let(narrowed(...bothHalves(m, inputs, formula)));
}

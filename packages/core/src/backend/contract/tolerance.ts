import { type DType, isFloat } from '../../dtype.ts';
import { stored } from './oracle.ts';

/** Whether `got` will do for element `i`, of which float64 arithmetic says that it should be `truth`. */
export type Accept = (got: number, truth: number, i: number) => boolean;

/** What an oracle expects: its own results, unrounded, and how far from them a kernel may be. */
export interface Expected {
  readonly values: ArrayLike<number>;
  readonly accept: Accept;
}

/** 2⁻²³, the distance from 1 to the next float32. */
const epsilon32 = 2 ** -23;
/** Some 450 roundings of float64: room for any order of evaluation, none for a detour through float32. */
const relative64 = 1e-13;

/** The truth rounded once to the dtype, to the last bit and the sign of zero; any NaN is NaN. */
export function rounded(dtype: DType): Accept {
  return (got, truth) => Object.is(got, stored(dtype, truth));
}

/** The same, but for the sign of zero. */
export function roundedOrZero(dtype: DType): Accept {
  return (got, truth) => {
    const wanted = stored(dtype, truth);
    return got === wanted || Object.is(got, wanted);
  };
}

/**
 * Within `count` units in the last place of float32, counted from the unrounded truth; where that is about to
 * overflow, ∞ stands for 2¹²⁸, where the next float would be. In float64, within 1e-13 of the truth. Where the truth is
 * 0, ∞ or NaN, just that.
 */
export function within(dtype: DType, count: number): Accept {
  if (!isFloat(dtype)) return rounded(dtype);
  const single = dtype === 'float32';
  return (got, truth) => {
    if (!Number.isFinite(truth) || truth === 0) return Object.is(got, truth);
    const slack = single ? count * unit32(truth) : Math.max(relative64 * Math.abs(truth), Number.MIN_VALUE);
    return Math.abs(single ? bounded32(got) - bounded32(truth) : got - truth) <= slack;
  };
}

/** The distance between neighbouring float32 at a number; among the largest, for those that overflow. */
function unit32(truth: number): number {
  const exponent = Math.min(Math.max(Math.floor(Math.log2(Math.abs(truth))), -126), 127);
  return 2 ** (exponent - 23);
}

function bounded32(value: number): number {
  return Math.max(-(2 ** 128), Math.min(value, 2 ** 128));
}

/** `accept`, or nearer than `distance` to the truth. */
export function orNearer(distance: number, accept: Accept): Accept {
  return (got, truth, i) => accept(got, truth, i) || Math.abs(got - truth) <= distance;
}

/**
 * A sum of `terms[i]` numbers whose absolute values sum up to `magnitudes[i]`. A float32 accumulator errs by about
 * ε/2 · √n of what it holds, as roundings up and down cancel at random; a sixteenth of the terms in each of sixteen
 * accumulators, or a sum in blocks, stays below ε (4 + √n/4) with room to spare. One accumulator for 100,000 equal
 * terms, whose roundings do not cancel, does not.
 */
export function ofSums(dtype: DType, magnitudes: ArrayLike<number>, terms: ArrayLike<number>): Accept {
  if (!isFloat(dtype)) return rounded(dtype);
  return (got, truth, i) => {
    if (!Number.isFinite(truth)) return Object.is(got, truth);
    const steps = dtype === 'float32' ? epsilon32 * (4 + Math.sqrt(terms[i] as number) / 4) : relative64;
    // A denormal sum is exact to one of the smallest floats.
    const least = dtype === 'float32' ? 2 ** -149 : Number.MIN_VALUE;
    return Math.abs(got - truth) <= Math.max(steps * (magnitudes[i] as number), least);
  };
}

/** A product of `terms[i]` numbers: twice the ε/2 that each multiplication may add at worst. */
export function ofProducts(dtype: DType, terms: ArrayLike<number>): Accept {
  if (!isFloat(dtype)) return rounded(dtype);
  return (got, truth, i) => {
    if (!Number.isFinite(truth) || truth === 0) return got === truth || Object.is(got, truth);
    const steps = dtype === 'float32' ? epsilon32 * (terms[i] as number) : relative64;
    return Math.abs(got - truth) <= steps * Math.abs(truth);
  };
}

import { Tensor } from '@retrograd/core';
import type { Value } from './values.ts';

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** PyTorch's own test tolerances; `noise` is the error of the recorded float32 value itself. */
export function toleranceFor(dtype: string, noise = 0): Tolerance {
  return dtype === 'float64' ? { rtol: 1e-7, atol: 1e-7 } : { rtol: 1.3e-6, atol: 1e-5 + 4 * noise };
}

/** How two values differ; `null` if they do not. `scaled`: the largest element sets the absolute tolerance. */
export function difference(
  got: Value,
  want: Value,
  tolerance: (dtype: string) => Tolerance,
  scaled: boolean,
): string | null {
  if (Array.isArray(want)) {
    if (!Array.isArray(got) || got.length !== want.length)
      return `${show(got)} instead of ${want.length} values`;
    return first(want.map((item, i) => difference(got[i], item, tolerance, scaled)));
  }
  if (!(want instanceof Tensor)) return Object.is(got, want) ? null : `${show(got)} instead of ${show(want)}`;
  if (!(got instanceof Tensor)) return `${show(got)} instead of a tensor`;
  if (got.dtype !== want.dtype) return `dtype ${got.dtype} instead of ${want.dtype}`;
  if (String(got.shape) !== String(want.shape)) return `shape [${got.shape}] instead of [${want.shape}]`;
  return elementsDiffer(got, want, tolerance(want.dtype), scaled);
}

function elementsDiffer(
  got: Tensor,
  want: Tensor,
  { rtol, atol }: Tolerance,
  scaled: boolean,
): string | null {
  const [a, b] = [got.data, want.data];
  const exact = !want.isFloatingPoint;
  let largest = 1;
  for (const x of b) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
  const slack = scaled && want.dtype === 'float32' ? atol * largest : atol;
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] ?? Number.NaN, b[i] ?? Number.NaN];
    if (Object.is(x, y) || x === y) continue;
    if (!exact && Math.abs(x - y) <= slack + rtol * Math.abs(y)) continue;
    return `${x} instead of ${y} at ${i} of ${b.length}`;
  }
  return null;
}

export function first(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null;
}

function show(value: Value): string {
  return value instanceof Tensor ? `a tensor (${value.shape})` : (JSON.stringify(value) ?? String(value));
}

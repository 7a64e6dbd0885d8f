import { type DType, isFloat } from '../../dtype.ts';
import { type Expected, ofSums } from './tolerance.ts';

/** Sums of products, and what they may be off by. */
export interface Sums {
  /** Adds `a · b` to the sum of element `i`. */
  readonly add: (i: number, a: number, b: number) => void;
  readonly expected: () => Expected;
}

/** `length` sums that are 0: in float64 for floats, and modulo 2³² for integers. */
export function sumsOf(dtype: DType, length: number): Sums {
  const values = new Float64Array(length);
  const magnitudes = new Float64Array(length);
  const terms = new Int32Array(length);
  const float = isFloat(dtype);
  return {
    add: (i, a, b) => {
      const sum = values[i] as number;
      values[i] = float ? sum + a * b : (sum + Math.imul(a, b)) | 0;
      magnitudes[i] = (magnitudes[i] as number) + Math.abs(a * b);
      terms[i] = (terms[i] as number) + 1;
    },
    expected: () => ({ values, accept: ofSums(dtype, magnitudes, terms) }),
  };
}

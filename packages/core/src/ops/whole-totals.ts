import type { DType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType } from './arguments.ts';
import { accumulated, countOf } from './dims.ts';

// Sums and products of whole numbers are int32, since there is no int64, and leave it easily.

const [least, most] = [-(2 ** 31), 2 ** 31 - 1];

/** The largest magnitude of an element. */
const largest: Partial<Record<DType, number>> = { bool: 1, uint8: 255, int32: 2 ** 31 };

/** The largest magnitude of a total of so many elements. */
const bounds = {
  sum: (element: number, count: number) => element * count,
  prod: (element: number, count: number) => element ** count,
};

type Dims = readonly number[];

/**
 * Totals over some dims, in the dtype that is asked for, where they may wrap around, or else in the one that sums have. Where
 * int32 might then wrap, float64 tells whether it did: it is off by rounding at most, which is nothing beside the 2³² of a
 * wrap. Floats, truth values and bytes that are few are not looked at.
 *
 * @throws DTypeError for a total that int32 does not hold
 */
export function totals(
  op: string,
  kind: keyof typeof bounds,
  x: Tensor,
  dtype: DType | null | undefined,
  dims: Dims,
  fold: (x: Tensor, dims: Dims) => Tensor,
): Tensor {
  if (dtype !== undefined && dtype !== null) return fold(cast(x, checkDType(op, dtype)), dims);
  const result = fold(cast(x, accumulated(x.dtype)), dims);
  const element = largest[x.dtype];
  const count = countOf(x, dims);
  if (element === undefined || count < 2 || bounds[kind](element, count) <= most) return result;
  const wide = fold(cast(x, 'float64'), dims).data as Float64Array;
  const beyond = wide.find((total) => total < least || total > most);
  if (beyond === undefined) return result;
  throw new DTypeError({
    op,
    got: `a total of ${beyond}`,
    want: `totals from ${least} to ${most}, which int32 holds`,
    fix: "Give { dtype: 'float64' }, since there is no int64, or { dtype: 'int32' } to let it wrap around.",
  });
}

import type { ScatterKernel } from '../backend/backend.ts';
import { type DType, isFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import { div, floorDivide, maximum } from '../primitives/elementwise.ts';
import { scatterAlong } from '../primitives/gather.ts';
import { constant, describe } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';

/** How `scatterReduce` and `indexReduce` fold the elements that meet in one place. */
export type Fold = 'sum' | 'prod' | 'mean' | 'amax' | 'amin';

export interface FoldOptions {
  /** Fold what stands in a place already too, instead of starting anew where something is written. Default true. */
  includeSelf?: boolean;
}

const kernels: Readonly<Record<Fold, ScatterKernel>> = {
  sum: 'sum',
  prod: 'prod',
  mean: 'sum',
  amax: 'amax',
  amin: 'amin',
};

const lowest: Readonly<Record<DType, number>> = {
  float32: Number.NEGATIVE_INFINITY,
  float64: Number.NEGATIVE_INFINITY,
  int32: -(2 ** 31),
  uint8: 0,
  bool: 0,
};

const highest: Readonly<Record<DType, number>> = {
  float32: Number.POSITIVE_INFINITY,
  float64: Number.POSITIVE_INFINITY,
  int32: 2 ** 31 - 1,
  uint8: 255,
  bool: 1,
};

/** What changes nothing when it is folded with anything. */
const neutral: Readonly<Record<Fold, (dtype: DType) => number>> = {
  sum: () => 0,
  prod: () => 1,
  mean: () => 0,
  amax: (dtype) => lowest[dtype],
  amin: (dtype) => highest[dtype],
};

/** @throws ArgumentError for what is no way of folding */
export function checkFold(op: string, reduce: unknown, known: readonly Fold[]): Fold {
  const found = known.find((fold) => fold === reduce);
  if (found !== undefined) return found;
  throw new ArgumentError({ op, got: `reduce ${describe(reduce)}`, want: `one of ${known.join(', ')}` });
}

/** `x` with the elements of `src` folded into the places along `dim` that the index names. */
export function foldAlong(
  fold: Fold,
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  includeSelf: boolean,
): Tensor {
  const blank = constant(index.shape, neutral[fold](x.dtype), x.dtype);
  const start = includeSelf ? x : scatterAlong('set', x, dim, index, blank);
  const folded = scatterAlong(kernels[fold], start, dim, index, src);
  if (fold !== 'mean') return folded;
  const ones = constant(index.shape, 1, 'int32');
  const count = scatterAlong('sum', constant(x.shape, Number(includeSelf), 'int32'), dim, index, ones);
  // Where nothing is written, what was there stays.
  const divide = isFloat(x.dtype) ? div : floorDivide;
  return cast(divide(folded, maximum(count, 1)), x.dtype);
}

import { ArgumentError, ShapeError } from '../errors.ts';
import { mul } from '../primitives/elementwise.ts';
import { gatherAlong, scatterAlong } from '../primitives/gather.ts';
import { expand, reshape } from '../primitives/movement.ts';
import { checkTensor, constant, describe, type TensorLike } from '../primitives/operand.ts';
import { normalizeDim, sameShape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkFlag, type Optional, optional } from './arguments.ts';
import { checkFold, type Fold, type FoldOptions, foldAlong } from './folding.ts';
import { acrossRuns, asElement, atLeast1d, checkIndex, checkSameDType, fromStart } from './positions.ts';

// Slices of a dim, at the positions of a vector.

/** A tensor, a dim of it, and which of its slices are meant. */
interface Rows {
  readonly x: Tensor;
  readonly dim: number;
  /** The vector of positions. */
  readonly places: Tensor;
  /** The positions as an index of every element of the slices. */
  readonly index: Tensor;
}

function rowsOf(op: string, input: Tensor, dim: number, index: Tensor): Rows {
  const x = atLeast1d(checkTensor(op, input));
  const places = atLeast1d(checkIndex(op, index));
  const at = normalizeDim(op, dim, x.ndim);
  if (places.ndim === 1) return { x, dim: at, places, index: acrossRuns(places, x.shape, at) };
  throw new ShapeError({ op, got: `an index of shape ${showShape(index.shape)}`, want: 'a vector' });
}

/** One slice of `source` for each position, of the size of the tensor's. */
function slicesFor(op: string, { x, index }: Rows, source: Tensor): Tensor {
  const slices = atLeast1d(checkSameDType(op, x, source));
  if (sameShape(slices.shape, index.shape)) return slices;
  throw new ShapeError({
    op,
    got: `a source of shape ${showShape(source.shape)}`,
    want: `shape ${showShape(index.shape)}: a slice for each position`,
  });
}

/**
 * The slices of a dim at the positions of a vector, in its order.
 * @throws IndexError for a position outside of the dim, among them all that are negative
 */
export function indexSelect(input: Tensor, dim: number, index: Tensor): Tensor {
  const rows = rowsOf('indexSelect', input, dim, index);
  if (input.ndim === 0 && rows.places.numel !== 1)
    throw new ShapeError({
      op: 'indexSelect',
      got: `${rows.places.numel} positions`,
      want: 'one, of a scalar',
    });
  const selected = gatherAlong(rows.x, rows.dim, rows.index);
  return input.ndim === 0 ? reshape(selected, []) : selected;
}

export interface IndexAddOptions {
  /** What the source is scaled by. Default 1. */
  alpha?: number | boolean;
}

/** `input` with `alpha` times the slices of `source` added to those of a dim at the positions of a vector. */
export function indexAdd(
  input: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  ...rest: Optional<IndexAddOptions, []>
): Tensor {
  const { alpha = 1 } = optional<IndexAddOptions>('indexAdd', rest, [], ['alpha']);
  if (typeof alpha !== 'number' && typeof alpha !== 'boolean')
    throw new ArgumentError({ op: 'indexAdd', got: `alpha ${describe(alpha)}`, want: 'a number' });
  const rows = rowsOf('indexAdd', input, dim, index);
  const slices = slicesFor('indexAdd', rows, source);
  const scaled = Number(alpha) === 1 ? slices : mul(slices, constant([], Number(alpha), slices.dtype));
  return reshape(scatterAlong('sum', rows.x, rows.dim, rows.index, scaled), input.shape);
}

/** `input` with the slices of `source` in place of those of a dim at the positions of a vector; the last of equal ones stays. */
export function indexCopy(input: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  const rows = rowsOf('indexCopy', input, dim, index);
  const slices = slicesFor('indexCopy', rows, source);
  return reshape(scatterAlong('set', rows.x, rows.dim, rows.index, slices), input.shape);
}

/** `input` with `value`, a number or a 0-d tensor, in the slices of a dim at the positions of a vector; negative ones count from the end. */
export function indexFill(input: Tensor, dim: number, index: Tensor, value: TensorLike): Tensor {
  const { x, dim: at, places } = rowsOf('indexFill', input, dim, index);
  const size = x.shape[at] as number;
  const rows = acrossRuns(fromStart('indexFill', places, size), x.shape, at);
  const filled = expand(asElement('indexFill', value, x.dtype), rows.shape);
  return reshape(scatterAlong('set', x, at, rows, filled), input.shape);
}

/**
 * `input` with the slices of `source` folded into those of a dim at the positions of a vector.
 * @param reduce `'prod'`, `'mean'`, `'amax'` or `'amin'`; for sums there is `indexAdd`
 */
export function indexReduce(
  input: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: Exclude<Fold, 'sum'>,
  ...rest: Optional<FoldOptions, []>
): Tensor {
  const { includeSelf = true } = optional<FoldOptions>('indexReduce', rest, [], ['includeSelf']);
  const fold = checkFold('indexReduce', reduce, ['prod', 'mean', 'amax', 'amin']);
  checkFlag('indexReduce', 'includeSelf', includeSelf);
  const rows = rowsOf('indexReduce', input, dim, index);
  const slices = slicesFor('indexReduce', rows, source);
  return reshape(foldAlong(fold, rows.x, rows.dim, rows.index, slices, includeSelf), input.shape);
}

import {
  ArgumentError,
  arange,
  checkNumber,
  DTypeError,
  fromTypedArray,
  indexSelect,
  noGrad,
  norm,
  type Optional,
  ones,
  optional,
  ShapeError,
  showShape,
  type Tensor,
  where,
  zeros,
} from '@retrograd/core';
import { checkFloat, checkIndices } from '../checks.ts';

interface LookupOptions {
  /** Rows that the indices name and that are longer are first shortened to this length, in place. */
  maxNorm?: number | null;
  /** Which norm that is. Default 2. */
  normType?: number;
  /** Divide the gradient of each row by how often its index occurs. Default false. */
  scaleGradByFreq?: boolean;
  /** Only false: there are no sparse tensors here, so gradients are dense. */
  sparse?: false;
}

export interface EmbeddingFunctionOptions extends LookupOptions {
  /** The row that is given out, and collects no gradient; negative numbers count from the end. */
  paddingIdx?: number | null;
}

const order = ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse'] as const;

/**
 * The rows of `weight (V, D)` at the indices `input (…)`: `(…, D)`.
 * @throws IndexError for an index that is no row, DTypeError for indices that are no whole numbers
 */
export function embedding(
  input: Tensor,
  weight: Tensor,
  ...rest: Optional<EmbeddingFunctionOptions, typeof order>
): Tensor {
  const op = 'embedding';
  const { paddingIdx, ...options } = optional<EmbeddingFunctionOptions>(op, rest, order);
  checkIndices(op, input);
  const [vocabulary, size] = checkTable(op, weight);
  const padding = rowOf(op, vocabulary, paddingIdx);
  const index = input.flatten();
  const rows = lookUp(op, index, weight, options);
  if (padding !== null && rows.requiresGrad) {
    const isPadding = index.eq(padding).unsqueeze(1);
    rows.registerHook((gradient) => where(isPadding, 0, gradient));
  }
  return rows.reshape([...input.shape, size]);
}

/** The rows at a vector of indices. What is asked for the gradient alone is done by hooks, and costs no pass forward. */
function lookUp(op: string, index: Tensor, weight: Tensor, options: LookupOptions): Tensor {
  const { maxNorm = null, normType = 2, scaleGradByFreq = false } = options;
  checkDense(op, options.sparse);
  checkNumber(op, 'normType', normType);
  const perRow = zeros([weight.shape[0] as number], { dtype: weight.dtype });
  const count = () => perRow.scatterAdd(0, index, ones([index.numel], { dtype: weight.dtype }));
  if (maxNorm !== null) {
    checkNumber(op, 'maxNorm', maxNorm);
    noGrad(() => {
      const named = indexSelect(weight, 0, index);
      const length = norm(named, { p: normType, dim: 1 });
      const factor = where(length.gt(maxNorm), length.add(1e-7).reciprocal().mul(maxNorm), 1);
      // An index that comes twice writes the same row twice.
      weight.indexCopy_(0, index, named.mul(factor.unsqueeze(1)));
    });
  }
  const rows = indexSelect(weight, 0, index);
  if (scaleGradByFreq && rows.requiresGrad) {
    const frequency = indexSelect(count(), 0, index).unsqueeze(1);
    rows.registerHook((gradient) => gradient.div(frequency));
  }
  return rows;
}

/** @throws ArgumentError for sparse gradients */
export function checkDense(op: string, sparse: unknown = false): void {
  if (sparse === false) return;
  throw new ArgumentError({
    op,
    got: `sparse ${String(sparse)}`,
    want: 'false: there are no sparse tensors here, so gradients are dense',
    fix: 'Leave the option out.',
  });
}

function checkTable(op: string, weight: Tensor): readonly [rows: number, size: number] {
  checkFloat(op, weight);
  const [rows = 0, size = 0] = weight.shape;
  if (weight.ndim === 2) return [rows, size];
  throw new ShapeError({ op, got: `a weight of shape ${showShape(weight.shape)}`, want: '(V, D)' });
}

/** The padding row of so many, counted from the front. */
export function rowOf(op: string, rows: number, row: number | null = null): number | null {
  if (row === null) return null;
  if (Number.isInteger(row) && row >= -rows && row < rows) return row < 0 ? row + rows : row;
  throw new ArgumentError({ op, got: `paddingIdx ${row}`, want: `a row from ${-rows} to ${rows - 1}` });
}

export type BagMode = 'sum' | 'mean' | 'max';

export interface EmbeddingBagFunctionOptions extends LookupOptions {
  /** `(B)`: where each bag begins in a vector of indices; the first is 0. A matrix `(B, L)` has none. */
  offsets?: Tensor | null;
  /** What becomes of the rows of a bag. Default `'mean'`. */
  mode?: BagMode;
  /** In the shape of the input: what each row is multiplied by before it is summed, in mode `'sum'`. */
  perSampleWeights?: Tensor | null;
  /** The last offset is the end of the last bag, so that there are B + 1. Default false. */
  includeLastOffset?: boolean;
  /** Indices that do not count; negative numbers count from the end. */
  paddingIdx?: number | null;
}

const bagOrder = [
  'offsets',
  'maxNorm',
  'normType',
  'scaleGradByFreq',
  'mode',
  'sparse',
  'perSampleWeights',
  'includeLastOffset',
  'paddingIdx',
] as const;

/**
 * Sums, means or maxima of the rows of `weight (V, D)` in each bag of indices: of a matrix `(B, L)` each row, of a vector
 * the parts between `offsets`: `(B, D)`. An empty bag gives zeros. Offsets are read, as there is a check to be made.
 */
export function embeddingBag(
  input: Tensor,
  weight: Tensor,
  ...rest: Optional<EmbeddingBagFunctionOptions, typeof bagOrder>
): Tensor {
  const op = 'embeddingBag';
  const options = optional<EmbeddingBagFunctionOptions>(op, rest, bagOrder);
  const { mode = 'mean', perSampleWeights = null, scaleGradByFreq = false } = options;
  checkIndices(op, input);
  const [vocabulary] = checkTable(op, weight);
  if (!['sum', 'mean', 'max'].includes(mode))
    throw new ArgumentError({ op, got: `mode '${mode}'`, want: "'sum', 'mean' or 'max'" });
  if (mode === 'max' && scaleGradByFreq)
    throw new ArgumentError({ op, got: "scaleGradByFreq with mode 'max'", want: "'sum' or 'mean'" });
  const starts = bagStarts(op, input, options);
  checkSampleWeights(op, perSampleWeights, input, weight, mode);
  const padding = rowOf(op, vocabulary, options.paddingIdx);
  const index = input.flatten();
  const counts = padding === null ? null : index.ne(padding);
  const rows = lookUp(op, index, weight, options);
  if (mode === 'max') return largestOfBags(rows, starts, counts);
  const weighed = perSampleWeights ? rows.mul(perSampleWeights.reshape(-1, 1)) : rows;
  return summedBags(counts ? where(counts.unsqueeze(1), weighed, 0) : weighed, starts, counts, mode);
}

function summedBags(
  rows: Tensor,
  starts: readonly number[],
  counts: Tensor | null,
  mode: 'sum' | 'mean',
): Tensor {
  const [length, size] = rows.shape as readonly [number, number];
  const bags = starts.length - 1;
  const places = new Int32Array(length);
  for (let bag = 0; bag < bags; bag++) places.fill(bag, starts[bag], starts[bag + 1]);
  const bagOf = fromTypedArray(places, [length], 'int32');
  const { dtype } = rows;
  const sums = zeros([bags, size], { dtype }).scatterAdd(0, bagOf.unsqueeze(1).expand(length, size), rows);
  if (mode === 'sum') return sums;
  const counted = counts ? counts.to(dtype) : ones([length], { dtype });
  const members = zeros([bags], { dtype }).scatterAdd(0, bagOf, counted);
  return sums.div(members.clamp({ min: 1 }).unsqueeze(1));
}

/** Bags are laid side by side, as long as the longest; what is no member is −∞. */
function largestOfBags(rows: Tensor, starts: readonly number[], counts: Tensor | null): Tensor {
  const bags = starts.length - 1;
  const [length, size] = rows.shape as readonly [number, number];
  const longest = Math.max(0, ...starts.slice(1).map((end, bag) => end - (starts[bag] as number)));
  if (longest === 0) return zeros([bags, size], { dtype: rows.dtype });
  const vector = (data: readonly number[]) => fromTypedArray(Int32Array.from(data), [bags, 1], 'int32');
  const places = vector(starts.slice(0, -1)).add(arange(longest));
  const inside = places.lt(vector(starts.slice(1)));
  const safe = where(inside, places, 0).flatten();
  const members = counts ? inside.logicalAnd(indexSelect(counts, 0, safe).reshape(inside.shape)) : inside;
  const padded = indexSelect(rows, 0, safe).reshape(bags, longest, size);
  const largest = where(members.unsqueeze(2), padded, Number.NEGATIVE_INFINITY).max(1).values;
  return length === 0 ? largest : where(members.any(1, { keepdim: true }), largest, 0);
}

/** Where bags begin, and last where the last one ends. */
function bagStarts(op: string, input: Tensor, options: EmbeddingBagFunctionOptions): number[] {
  const { offsets = null, includeLastOffset = false } = options;
  if (input.ndim === 2 && offsets === null) {
    const [bags, length] = input.shape as readonly [number, number];
    return Array.from({ length: bags + 1 }, (_, bag) => bag * length);
  }
  if (input.ndim !== 1 || offsets === null) {
    throw new ShapeError({
      op,
      got: `indices of shape ${showShape(input.shape)} with${offsets ? '' : 'out'} offsets`,
      want: '(B, L) without offsets, or a vector with them',
    });
  }
  checkIndices(op, offsets);
  if (offsets.ndim !== 1)
    throw new ShapeError({ op, got: `offsets of shape ${showShape(offsets.shape)}`, want: '(B,)' });
  const starts = [...offsets.data];
  if (!includeLastOffset) starts.push(input.numel);
  const inOrder = starts.every((start, bag) => bag === 0 || start >= (starts[bag - 1] as number));
  if (starts[0] === 0 && starts.at(-1) === input.numel && inOrder) return starts;
  if (offsets.numel === 0 && !includeLastOffset && input.numel === 0) return [0];
  throw new ArgumentError({
    op,
    got: `offsets [${[...offsets.data].join(', ')}] for ${input.numel} indices`,
    want: `ascending ones from 0${includeLastOffset ? ', of which the last is the number of indices' : ''}`,
  });
}

function checkSampleWeights(
  op: string,
  weights: Tensor | null,
  input: Tensor,
  { dtype }: Tensor,
  mode: BagMode,
): void {
  if (weights === null) return;
  checkFloat(op, weights);
  if (mode !== 'sum')
    throw new ArgumentError({ op, got: `perSampleWeights with mode '${mode}'`, want: "mode 'sum'" });
  if (String(weights.shape) !== String(input.shape)) {
    throw new ShapeError({
      op,
      got: `perSampleWeights of shape ${showShape(weights.shape)} for indices of ${showShape(input.shape)}`,
      want: 'one for each index',
    });
  }
  if (weights.dtype !== dtype)
    throw new DTypeError({ op, got: `perSampleWeights of ${weights.dtype} for ${dtype}`, want: 'one dtype' });
}

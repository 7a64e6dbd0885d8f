import { ArgumentError, ShapeError } from '../errors.ts';
import { clone } from '../primitives/copy.ts';
import { scatterAlong } from '../primitives/gather.ts';
import { reshape, slice } from '../primitives/movement.ts';
import { checkTensor, constant, describe, type TensorLike } from '../primitives/operand.ts';
import { normalizeDim, showShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkFlag, type Optional, optional } from './arguments.ts';
import { checkFold, type Fold, type FoldOptions, foldAlong } from './folding.ts';
import { atLeast1d, checkIndex, checkSameDType, fromStart } from './positions.ts';

/** Where a scatter writes, and what. */
interface Scattering {
  readonly x: Tensor;
  readonly dim: number;
  readonly index: Tensor;
  readonly src: Tensor;
}

/** What a scatter is given, fit for the primitive; `null` where the index is empty, and so fits every tensor. */
function scatteringOf(
  op: string,
  input: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
): Scattering | null {
  const [x, places] = [atLeast1d(checkTensor(op, input)), atLeast1d(checkIndex(op, index))];
  const src = atLeast1d(checkSameDType(op, x, source));
  const at = normalizeDim(op, dim, x.ndim);
  if (places.numel === 0) return null;
  const fits = places.shape.every(
    (size, d) => (d === at || size <= (x.shape[d] as number)) && size <= (src.shape[d] as number),
  );
  if (places.ndim !== x.ndim || places.ndim !== src.ndim || !fits) {
    throw new ShapeError({
      op,
      got: `a tensor of shape ${showShapes([input.shape])}, an index of ${showShapes([index.shape])} and a source of ${showShapes([source.shape])} along dim ${dim}`,
      want: 'an index of as many dims, no larger than the source, nor than the tensor in the other dims',
    });
  }
  const [starts, steps] = [places.shape.map(() => 0), places.shape.map(() => 1)];
  return { x, dim: at, index: places, src: slice(src, { starts, sizes: places.shape, steps }) };
}

export interface ScatterOptions {
  /** Add to what is there, or multiply it, instead of taking its place. */
  reduce?: 'add' | 'multiply' | null;
}

const kernels = { add: 'sum', multiply: 'prod' } as const;

/**
 * `input` with `src[i][j]` at `[index[i][j]][j]` for dim 0, and so on; or with one number at all these places.
 * Where several are written to one place, the last one stays, and each gets the gradient of the place, as in PyTorch.
 *
 * @throws DTypeError unless both have one dtype, IndexError for an index outside of the dim
 */
export function scatter(
  input: Tensor,
  dim: number,
  index: Tensor,
  src: TensorLike,
  ...rest: Optional<ScatterOptions, []>
): Tensor {
  const { reduce } = optional<ScatterOptions>('scatter', rest, [], ['reduce']);
  if (reduce !== undefined && reduce !== null && !Object.hasOwn(kernels, reduce))
    throw new ArgumentError({ op: 'scatter', got: `reduce ${describe(reduce)}`, want: 'add or multiply' });
  const { dtype } = checkTensor('scatter', input);
  const source =
    typeof src === 'number' || typeof src === 'boolean'
      ? constant(checkTensor('scatter', index).shape, Number(src), dtype)
      : src;
  const found = scatteringOf('scatter', input, dim, index, source);
  if (found === null) return clone(input);
  const kernel = reduce === undefined || reduce === null ? 'set' : kernels[reduce];
  return reshape(scatterAlong(kernel, found.x, found.dim, found.index, found.src), input.shape);
}

/** `input` with `src[i][j]` added at `[index[i][j]][j]` for dim 0, and so on. */
export function scatterAdd(input: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  const found = scatteringOf('scatterAdd', input, dim, index, src);
  if (found === null) return clone(input);
  return reshape(scatterAlong('sum', found.x, found.dim, found.index, found.src), input.shape);
}

/**
 * `input` with `src[i][j]` folded into `[index[i][j]][j]` for dim 0, and so on. Extremes that tie share the gradient.
 *
 * @param reduce `'sum'`, `'prod'`, `'mean'`, `'amax'` or `'amin'`
 */
export function scatterReduce(
  input: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  reduce: Fold,
  ...rest: Optional<FoldOptions, []>
): Tensor {
  const { includeSelf = true } = optional<FoldOptions>('scatterReduce', rest, [], ['includeSelf']);
  const fold = checkFold('scatterReduce', reduce, ['sum', 'prod', 'mean', 'amax', 'amin']);
  checkFlag('scatterReduce', 'includeSelf', includeSelf);
  const found = scatteringOf('scatterReduce', input, dim, index, src);
  if (found === null) return clone(input);
  return reshape(foldAlong(fold, found.x, found.dim, found.index, found.src, includeSelf), input.shape);
}

export interface AccumulateOptions {
  /** Add to what is there instead of taking its place. Default false. */
  accumulate?: boolean;
}

/** `input` with the elements of `source` at the given positions of the flattened tensor; negative ones count from the end. */
export function put(
  input: Tensor,
  index: Tensor,
  source: Tensor,
  ...rest: Optional<AccumulateOptions, ['accumulate']>
): Tensor {
  const { accumulate = false } = optional<AccumulateOptions>('put', rest, ['accumulate']);
  const size = checkTensor('put', input).numel;
  const places = fromStart('put', checkIndex('put', index), size);
  if (checkSameDType('put', input, source).numel !== places.numel) {
    throw new ShapeError({
      op: 'put',
      got: `shapes ${showShapes([index.shape, source.shape])}`,
      want: 'as many elements as positions',
    });
  }
  const [flat, at, values] = [input, places, source].map((x) => reshape(x, [x.numel])) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return reshape(
    scatterAlong(checkFlag('put', 'accumulate', accumulate) ? 'sum' : 'set', flat, 0, at, values),
    input.shape,
  );
}

import { type BackwardOfOne, backwardOfOne } from './autograd/backward.ts';
import * as hooks from './autograd/hooks.ts';
import { IndexError } from './errors.ts';
import * as addProducts from './ops/add-products.ts';
import * as aliases from './ops/aliases.ts';
import * as arithmetic from './ops/arithmetic.ts';
import * as bounds from './ops/bounds.ts';
import { diff } from './ops/calculus.ts';
import * as comparison from './ops/comparison.ts';
import * as convert from './ops/convert.ts';
import * as covariance from './ops/covariance.ts';
import * as cumulative from './ops/cumulative.ts';
import * as diagonals from './ops/diagonals.ts';
import type { KeepdimOptions } from './ops/dims.ts';
import { type ElementwiseInPlace, elementwiseInPlace } from './ops/elementwise-inplace.ts';
import * as exponents from './ops/exponents.ts';
import * as extremes from './ops/extremes.ts';
import * as floats from './ops/floats.ts';
import * as gathering from './ops/gathering.ts';
import * as histograms from './ops/histograms.ts';
import * as indexing from './ops/indexing.ts';
import * as inplace from './ops/inplace.ts';
import * as masked from './ops/masked.ts';
import * as matrices from './ops/matrices.ts';
import * as medians from './ops/medians.ts';
import * as newTensors from './ops/new-tensors.ts';
import * as padding from './ops/padding.ts';
import * as products from './ops/products.ts';
import * as quantiles from './ops/quantiles.ts';
import * as rearranging from './ops/rearranging.ts';
import * as reduction from './ops/reduction.ts';
import * as regions from './ops/regions.ts';
import * as repeating from './ops/repeating.ts';
import * as rounding from './ops/rounding.ts';
import * as rows from './ops/rows.ts';
import * as sampling from './ops/sampling.ts';
import * as scatter from './ops/scatter.ts';
import * as shape from './ops/shape.ts';
import * as slicing from './ops/slicing.ts';
import * as softmax from './ops/softmax.ts';
import * as sorting from './ops/sorting.ts';
import { mvlgamma, polygamma } from './ops/special.ts';
import * as splitting from './ops/splitting.ts';
import * as statistics from './ops/statistics.ts';
import * as triangles from './ops/triangles.ts';
import * as uniqueness from './ops/unique.ts';
import * as elementwise from './primitives/elementwise.ts';
import type { TensorLike } from './primitives/operand.ts';
import { Tensor } from './tensor.ts';

/** The families of ops that are methods too, for the types; the compiler holds the list of values below to it. */
type Families = [
  Without<typeof elementwise, keyof typeof arithmetic | keyof typeof exponents | keyof typeof rounding>,
  ElementwiseInPlace,
  typeof addProducts,
  typeof aliases,
  typeof arithmetic,
  typeof bounds,
  typeof comparison,
  typeof convert,
  typeof covariance,
  typeof cumulative,
  { diff: typeof diff },
  typeof diagonals,
  typeof exponents,
  typeof extremes,
  typeof floats,
  typeof gathering,
  typeof histograms,
  typeof hooks,
  typeof indexing,
  typeof inplace,
  typeof masked,
  typeof medians,
  typeof newTensors,
  typeof matrices,
  typeof padding,
  typeof products,
  typeof quantiles,
  typeof rearranging,
  typeof reduction,
  typeof regions,
  typeof repeating,
  typeof rounding,
  typeof rows,
  typeof sampling,
  typeof scatter,
  typeof shape,
  typeof slicing,
  typeof softmax,
  typeof sorting,
  typeof splitting,
  typeof statistics,
  typeof triangles,
  typeof uniqueness,
];

/** What stands there and is no method: those that are one have another name, order of arguments, or types. */
type NoMethod =
  | 'where'
  | 'max'
  | 'min'
  | 'nonzero'
  | 'median'
  | 'nanmedian'
  | 'unique'
  | 'uniqueConsecutive'
  | 'var_'
  | 'stdMean'
  | 'varMean'
  | 'unfoldDim'
  | 'matrixTranspose'
  | 'retainsGrad';

/** An op as a method: its first argument is the tensor. */
type Method<F> = F extends (x: never, ...rest: infer R) => infer Out ? (...rest: R) => Out : never;
type MethodsOf<M> = { [K in keyof M as Exclude<K, NoMethod>]: Method<M[K]> };
type Without<M, Names> = { [K in keyof M as Exclude<K, Names>]: M[K] };
type Methods<List> = List extends [infer M, ...infer Rest] ? MethodsOf<M> & Methods<Rest> : unknown;

declare module './tensor.ts' {
  interface Tensor extends Methods<Families> {
    /** The transpose of a matrix, as a view; tensors of fewer dims are as they are. */
    readonly T: Tensor;
    /** The last two dims exchanged, as a view: every matrix of a batch transposed. */
    readonly mT: Tensor;
    /** True for a tensor that is no leaf and keeps its gradient. @see retainGrad */
    readonly retainsGrad: boolean;
    /**
     * Sums the gradients of this tensor into the `grad` of every leaf that it depends on: `loss.backward()`,
     * `y.backward(gradient)`, `loss.backward({ retainGraph: true })`. @see backward
     */
    backward(...rest: BackwardOfOne): void;
    /** The largest element. */
    max(): Tensor;
    /** The larger elements of two tensors. */
    max(other: Tensor): Tensor;
    /** The largest elements along a dim, and the positions of the first ones. */
    max(dim: number, keepdim?: boolean): extremes.ValuesAndIndices;
    max(dim: number, options?: KeepdimOptions): extremes.ValuesAndIndices;
    max(options: KeepdimOptions & { dim: number }): extremes.ValuesAndIndices;
    /** The smallest element. */
    min(): Tensor;
    /** The smaller elements of two tensors. */
    min(other: Tensor): Tensor;
    /** The smallest elements along a dim, and the positions of the first ones. */
    min(dim: number, keepdim?: boolean): extremes.ValuesAndIndices;
    min(dim: number, options?: KeepdimOptions): extremes.ValuesAndIndices;
    min(options: KeepdimOptions & { dim: number }): extremes.ValuesAndIndices;
    /** The positions of the elements that differ from 0: `(count, dims)`, or a vector for each dim. */
    nonzero(options?: masked.NonzeroOptions & { asTuple?: false }): Tensor;
    nonzero(options: masked.NonzeroOptions & { asTuple: true }): Tensor[];
    /** The logarithm of the multivariate gamma function of dimension p. */
    mvlgamma(p: number): Tensor;
    /** The n-th slope of `digamma`. */
    polygamma(n: number): Tensor;
    /** The middle element of all; along a dim, the middle elements and where they are. @see median */
    median: medians.MedianCall<[]>;
    /** The same of what is not NaN. @see nanmedian */
    nanmedian: medians.MedianCall<[]>;
    /** The elements that differ, in order; in an array with what else is asked for. @see unique */
    unique: uniqueness.Unique<[]>;
    /** The elements that differ from the one before them. @see uniqueConsecutive */
    uniqueConsecutive: uniqueness.UniqueConsecutive<[]>;
    /** Variance over some dims, or all. */
    var: Method<typeof statistics.var_>;
    /** All windows of `size` elements, `step` apart, along a dim, as a view. */
    unfold(dim: number, size: number, step: number): Tensor;
    /** This tensor where a condition holds, `other` elsewhere. */
    where(condition: Tensor, other: TensorLike): Tensor;
    /** The slices along the first dim. */
    [Symbol.iterator](): IterableIterator<Tensor>;
  }
}

const families: Families = [
  elementwise,
  elementwiseInPlace,
  addProducts,
  aliases,
  arithmetic,
  bounds,
  comparison,
  convert,
  covariance,
  cumulative,
  { diff },
  diagonals,
  exponents,
  extremes,
  floats,
  gathering,
  histograms,
  hooks,
  indexing,
  inplace,
  masked,
  medians,
  newTensors,
  matrices,
  padding,
  products,
  quantiles,
  rearranging,
  reduction,
  regions,
  repeating,
  rounding,
  rows,
  sampling,
  scatter,
  shape,
  slicing,
  softmax,
  sorting,
  splitting,
  statistics,
  triangles,
  uniqueness,
];

type Op = (x: Tensor, ...rest: never[]) => unknown;

const ops: Record<string, Op> = Object.assign({}, ...families);
const {
  var_,
  stdMean: _stdMean,
  varMean: _varMean,
  unfoldDim,
  matrixTranspose,
  retainsGrad: _retainsGrad,
  ...named
} = ops;

/** @throws IndexError for a tensor without dims, which test runners that compare by iterating come to in the end */
function rowsOf(x: Tensor): Iterator<Tensor> {
  if (x.ndim > 0) return slicing.unbind(x)[Symbol.iterator]();
  throw new IndexError({
    op: 'iteration',
    got: 'a tensor without dims',
    want: 'at least one dim',
    fix: 'Its element is item(). For toEqual see tensorEquality in @retrograd/core/testing.',
  });
}

const methods = {
  ...named,
  backward: backwardOfOne,
  var: var_,
  unfold: unfoldDim,
  mvlgamma,
  polygamma: (x: Tensor, n: number) => polygamma(n, x),
  where: (x: Tensor, condition: Tensor, other: TensorLike) => elementwise.where(condition, x, other),
  [Symbol.iterator]: rowsOf,
} as Record<string | symbol, Op>;

for (const name of Reflect.ownKeys(methods)) {
  const op = methods[name] as Op;
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: never[]) {
      return op(this, ...rest);
    },
    writable: true,
    configurable: true,
  });
}

for (const [name, op] of Object.entries({
  T: rearranging.t,
  mT: rearranging.matrixTranspose,
  retainsGrad: hooks.retainsGrad,
})) {
  Object.defineProperty(Tensor.prototype, name, {
    get(this: Tensor) {
      return op(this);
    },
    configurable: true,
  });
}

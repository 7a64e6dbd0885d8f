import { type BackwardOptions, backward } from './autograd/backward.ts';
import * as aliases from './ops/aliases.ts';
import * as arithmetic from './ops/arithmetic.ts';
import * as comparison from './ops/comparison.ts';
import * as convert from './ops/convert.ts';
import type { KeepdimOptions } from './ops/dims.ts';
import * as extremes from './ops/extremes.ts';
import * as indexing from './ops/indexing.ts';
import * as inplace from './ops/inplace.ts';
import * as linalg from './ops/linalg.ts';
import * as padding from './ops/padding.ts';
import * as rearranging from './ops/rearranging.ts';
import * as reduction from './ops/reduction.ts';
import * as sampling from './ops/sampling.ts';
import * as shape from './ops/shape.ts';
import * as slicing from './ops/slicing.ts';
import * as softmax from './ops/softmax.ts';
import * as statistics from './ops/statistics.ts';
import * as elementwise from './primitives/elementwise.ts';
import type { TensorLike } from './primitives/operand.ts';
import { Tensor } from './tensor.ts';

/** The families of ops that are methods too, for the types; the compiler holds the list of values below to it. */
type Families = [
  Without<typeof elementwise, keyof typeof arithmetic>,
  inplace.ElementwiseInPlace,
  typeof aliases,
  typeof arithmetic,
  typeof comparison,
  typeof convert,
  typeof extremes,
  typeof indexing,
  typeof inplace,
  typeof linalg,
  typeof padding,
  typeof rearranging,
  typeof reduction,
  typeof sampling,
  typeof shape,
  typeof slicing,
  typeof softmax,
  typeof statistics,
];

/** What stands there and is no method: those that are one have another name, order of arguments, or types. */
type NoMethod = 'where' | 'max' | 'min' | 'var_' | 'unfoldDim' | 'matrixTranspose' | 'elementwiseInPlace';

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
    /** Sums the gradients of this tensor into the `grad` of every leaf that it depends on. @see backward */
    backward(gradient?: Tensor | null, options?: BackwardOptions): void;
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
  inplace.elementwiseInPlace,
  aliases,
  arithmetic,
  comparison,
  convert,
  extremes,
  indexing,
  inplace,
  linalg,
  padding,
  rearranging,
  reduction,
  sampling,
  shape,
  slicing,
  softmax,
  statistics,
];

type Op = (x: Tensor, ...rest: never[]) => unknown;

const ops: Record<string, Op> = Object.assign({}, ...families);
const { var_, unfoldDim, matrixTranspose, elementwiseInPlace: _, ...named } = ops;

const methods = {
  ...named,
  backward,
  var: var_,
  unfold: unfoldDim,
  where: (x: Tensor, condition: Tensor, other: TensorLike) => elementwise.where(condition, x, other),
  [Symbol.iterator]: (x: Tensor) => slicing.unbind(x)[Symbol.iterator](),
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

for (const [name, op] of Object.entries({ T: rearranging.t, mT: rearranging.matrixTranspose })) {
  Object.defineProperty(Tensor.prototype, name, {
    get(this: Tensor) {
      return op(this);
    },
    configurable: true,
  });
}

import { type BackwardOptions, backward } from './autograd/backward.ts';
import * as arithmetic from './ops/arithmetic.ts';
import * as convert from './ops/convert.ts';
import * as indexing from './ops/indexing.ts';
import * as inplace from './ops/inplace.ts';
import * as linalg from './ops/linalg.ts';
import * as movement from './ops/movement.ts';
import * as random from './ops/random.ts';
import * as reduction from './ops/reduction.ts';
import * as elementwise from './primitives/elementwise.ts';
import type { TensorLike } from './primitives/operand.ts';
import { Tensor } from './tensor.ts';

/** What stands in the files below and is no method: it takes a list of tensors, or makes one out of nothing. */
const functions = [
  'where',
  'cat',
  'stack',
  'broadcastShapes',
  'broadcastTensors',
  'rand',
  'randn',
  'randint',
  'randperm',
  'normal',
] as const;
/** Methods under another name than their function, or with types of their own. */
const renamed = ['max', 'min', 'var_', 'unfoldDim'] as const;

/** An op as a method: its first argument is the tensor. */
type Method<F> = F extends (x: never, ...rest: infer R) => infer Out ? (...rest: R) => Out : never;
type MethodsOf<M, Not = never> = {
  [K in keyof M as K extends (typeof functions)[number] | (typeof renamed)[number] | Not ? never : K]: Method<
    M[K]
  >;
};

declare module './tensor.ts' {
  interface Tensor
    extends MethodsOf<typeof elementwise, 'add' | 'sub' | 'div' | 'round'>,
      MethodsOf<inplace.ElementwiseInPlace>,
      MethodsOf<typeof arithmetic>,
      MethodsOf<typeof convert>,
      MethodsOf<typeof indexing>,
      MethodsOf<typeof inplace, 'elementwiseInPlace'>,
      MethodsOf<typeof linalg>,
      MethodsOf<typeof movement>,
      MethodsOf<typeof random>,
      MethodsOf<typeof reduction> {
    /** Sums the gradients of this tensor into the `grad` of every leaf that it depends on. @see backward */
    backward(gradient?: Tensor | null, options?: BackwardOptions): void;
    /** The largest element. */
    max(): Tensor;
    /** The larger elements of two tensors. */
    max(other: Tensor): Tensor;
    /** The largest elements along a dim, and the positions of the first ones. */
    max(dim: number, keepdim?: boolean): reduction.ValuesAndIndices;
    max(dim: number, options?: reduction.KeepdimOptions): reduction.ValuesAndIndices;
    max(options: reduction.KeepdimOptions & { dim: number }): reduction.ValuesAndIndices;
    /** The smallest element. */
    min(): Tensor;
    /** The smaller elements of two tensors. */
    min(other: Tensor): Tensor;
    /** The smallest elements along a dim, and the positions of the first ones. */
    min(dim: number, keepdim?: boolean): reduction.ValuesAndIndices;
    min(dim: number, options?: reduction.KeepdimOptions): reduction.ValuesAndIndices;
    min(options: reduction.KeepdimOptions & { dim: number }): reduction.ValuesAndIndices;
    /** Variance over some dims, or all. */
    var: Method<typeof reduction.var_>;
    /** All windows of `size` elements, `step` apart, along a dim, as a view. */
    unfold(dim: number, size: number, step: number): Tensor;
    /** This tensor where a condition holds, `other` elsewhere. */
    where(condition: Tensor, other: TensorLike): Tensor;
    /** The slices along the first dim. */
    [Symbol.iterator](): IterableIterator<Tensor>;
  }
}

type Op = (x: Tensor, ...rest: never[]) => unknown;

const methods: Record<string | symbol, Op> = {
  ...elementwise,
  ...inplace.elementwiseInPlace,
  ...arithmetic,
  ...convert,
  ...indexing,
  ...inplace,
  ...linalg,
  ...movement,
  ...random,
  ...reduction,
} as Record<string, unknown> as Record<string, Op>;

for (const name of [...functions, ...renamed, 'elementwiseInPlace']) delete methods[name];

Object.assign(methods, {
  backward,
  max: reduction.max,
  min: reduction.min,
  var: reduction.var_,
  unfold: movement.unfoldDim,
  where: (x: Tensor, condition: Tensor, other: TensorLike) => elementwise.where(condition, x, other),
  [Symbol.iterator]: (x: Tensor) => movement.unbind(x)[Symbol.iterator](),
});

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

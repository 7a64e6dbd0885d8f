import { allocate } from '../dtype.ts';
import { ArgumentError, GradError, ShapeError } from '../errors.ts';
import { type Optional, optional } from '../ops/arguments.ts';
import { fromTypedArray, onesLike, zerosLike } from '../ops/creation.ts';
import { stack } from '../ops/joining.ts';
import { clone } from '../primitives/copy.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import { sameShape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { grad } from './backward.ts';
import { enableGrad } from './mode.ts';

type Tensors = Tensor | readonly Tensor[];

/** What the function is called with: the inputs one by one. */
type Arguments<I> = I extends readonly Tensor[] ? { -readonly [K in keyof I]: Tensor } : [Tensor];

/** One thing for a tensor, an array of them for several. */
type Like<T, G = Tensor> = T extends readonly Tensor[] ? { -readonly [K in keyof T]: G } : G;

export interface FunctionalOptions {
  /** Record it all, so that the result can be differentiated again. Default false. */
  createGraph?: boolean;
  /** Throw where an output does not depend on an input, instead of giving zeros. Default false. */
  strict?: boolean;
}

export interface ProductOptions<V> extends FunctionalOptions {
  /** The vector. May be left out where it would have a single element; it is 1 then. */
  v?: V | null;
}

const order = ['createGraph', 'strict'] as const;
const productOrder = ['v', ...order] as const;

/**
 * The outputs of `func` at `inputs`, and vᵀ·J: the product of a vector like the outputs with the Jacobian.
 *
 * @example
 * ```ts
 * const [y, g] = autograd.functional.vjp((x) => x.exp(), x, v);
 * const [y, [gx, gw]] = autograd.functional.vjp((x, w) => x.matmul(w), [x, w], v);
 * ```
 */
export function vjp<const I extends Tensors, O extends Tensors>(
  func: (...inputs: Arguments<I>) => O,
  inputs: I,
  ...rest: Optional<ProductOptions<Tensors>, typeof productOrder>
): [outputs: Like<O>, vjp: Like<I>] {
  const { v, ...options } = optional<ProductOptions<Tensors>>('vjp', rest, productOrder);
  return enableGrad(() => {
    const { xs, ys, y } = evaluated('vjp', func, inputs, options);
    const found = pulled('vjp', ys, xs, vectorLike('vjp', v, ys), options);
    return results([y, ys], [inputs, found], options);
  });
}

/**
 * The outputs of `func` at `inputs`, and J·v: the product of the Jacobian with a vector like the inputs. Since
 * u ↦ uᵀ·J is linear, its own vᵀ·J is J·v: two walks backward make one forward.
 */
export function jvp<const I extends Tensors, O extends Tensors>(
  func: (...inputs: Arguments<I>) => O,
  inputs: I,
  ...rest: Optional<ProductOptions<Tensors>, typeof productOrder>
): [outputs: Like<O>, jvp: Like<O>] {
  const { v, ...options } = optional<ProductOptions<Tensors>>('jvp', rest, productOrder);
  return enableGrad(() => {
    const { xs, ys, y } = evaluated('jvp', func, inputs, options);
    const vector = vectorLike('jvp', v, xs);
    const us = ys.map((each) => zerosLike(each.detach()).requiresGrad_());
    const pullbacks = pulled('jvp', ys, xs, us, { ...options, createGraph: true });
    const found = pulled('jvp', pullbacks, us, vector, { createGraph: options.createGraph });
    return results([y, ys], [y, found], options);
  });
}

/**
 * All derivatives of all outputs: for an output and an input a tensor of shape `(...output, ...input)`, in arrays where
 * there are several of either, outputs first. One walk backward for each element of the outputs.
 *
 * @example
 * ```ts
 * autograd.functional.jacobian((x) => x.exp(), tensor([0, 1])); // [[1, 0], [0, 2.7183]]
 * ```
 */
export function jacobian<const I extends Tensors, O extends Tensors>(
  func: (...inputs: Arguments<I>) => O,
  inputs: I,
  ...rest: Optional<FunctionalOptions, typeof order>
): Like<O, Like<I>> {
  const options = optional<FunctionalOptions>('jacobian', rest, order);
  return enableGrad(() => {
    const { xs, ys, y } = evaluated('jacobian', func, inputs, options);
    const blocks = ys.map((each) => shapedLike(inputs, jacobiansOf('jacobian', each, xs, options)));
    return shapedLike(y, blocks) as Like<O, Like<I>>;
  });
}

/**
 * All second derivatives of a function to a single number: for two inputs a tensor of shape `(...first, ...second)`,
 * in an array of arrays where there are several.
 */
export function hessian<const I extends Tensors>(
  func: (...inputs: Arguments<I>) => Tensor,
  inputs: I,
  ...rest: Optional<FunctionalOptions, typeof order>
): Like<I, Like<I>> {
  const options = optional<FunctionalOptions>('hessian', rest, order);
  return enableGrad(() => {
    const { xs, slopes } = slopesOf('hessian', func, inputs, options);
    const blocks = slopes.map((slope) => shapedLike(inputs, jacobiansOf('hessian', slope, xs, options)));
    return shapedLike(inputs, blocks) as Like<I, Like<I>>;
  });
}

/** The value of a function to a single number, and vᵀ·H: the product of a vector like the inputs with the Hessian. */
export function vhp<const I extends Tensors>(
  func: (...inputs: Arguments<I>) => Tensor,
  inputs: I,
  ...rest: Optional<ProductOptions<Tensors>, typeof productOrder>
): [output: Tensor, vhp: Like<I>] {
  const { v, ...options } = optional<ProductOptions<Tensors>>('vhp', rest, productOrder);
  return enableGrad(() => {
    const { xs, y, slopes } = slopesOf('vhp', func, inputs, options);
    const found = pulled('vhp', slopes, xs, vectorLike('vhp', v, xs), options);
    return results([y, [y]], [inputs, found], options) as [Tensor, Like<I>];
  });
}

/** The value of a function to a single number, and H·v. The Hessian is symmetric, so that this is `vhp`. */
export function hvp<const I extends Tensors>(
  func: (...inputs: Arguments<I>) => Tensor,
  inputs: I,
  ...rest: Optional<ProductOptions<Tensors>, typeof productOrder>
): [output: Tensor, hvp: Like<I>] {
  return vhp(func, inputs, ...rest);
}

interface Evaluated<O> {
  readonly xs: readonly Tensor[];
  /** What the function gave, and the same as a list. */
  readonly y: O;
  readonly ys: readonly Tensor[];
}

/** Calls the function with inputs of its own, which ask for a gradient. */
function evaluated<I extends Tensors, O extends Tensors>(
  op: string,
  func: (...inputs: Arguments<I>) => O,
  inputs: I,
  { createGraph = false }: FunctionalOptions,
): Evaluated<O> {
  if (typeof func !== 'function')
    throw new ArgumentError({ op, got: describe(func), want: 'a function of tensors' });
  const xs = listOf(inputs).map((x) =>
    createGraph && checkTensor(op, x).requiresGrad ? clone(x) : checkTensor(op, x).detach().requiresGrad_(),
  );
  const y = func(...(xs as Arguments<I>));
  return { xs, y, ys: listOf(y).map((each) => checkTensor(op, each)) };
}

/** The gradient of a function to a single number, recorded. */
function slopesOf<I extends Tensors>(
  op: string,
  func: (...inputs: Arguments<I>) => Tensor,
  inputs: I,
  options: FunctionalOptions,
) {
  const { xs, y } = evaluated(op, func, inputs, options);
  if (checkTensor(op, y).numel !== 1)
    throw new ShapeError({ op, got: `a function to shape ${showShape(y.shape)}`, want: 'a single number' });
  return { xs, y, slopes: pulled(op, [y], xs, [onesLike(y)], { ...options, createGraph: true }) };
}

/** The products of cotangents with the Jacobian, zeros where an input takes no part. */
function pulled(
  op: string,
  ys: readonly Tensor[],
  xs: readonly Tensor[],
  cotangents: readonly Tensor[],
  { createGraph = false, strict = false }: FunctionalOptions,
): Tensor[] {
  const taking = ys.map((y) => y.requiresGrad);
  const idle = taking.indexOf(false);
  if (strict && idle >= 0) throw independent(op, `output ${idle}`, 'any input');
  const live = ys.filter((_, i) => taking[i]);
  const found = grad(live, xs, {
    gradOutputs: cotangents.filter((_, i) => taking[i]),
    createGraph,
    retainGraph: true,
    allowUnused: true,
  });
  return found.map((g, i) => {
    if (g === null && strict) throw independent(op, 'the outputs', `input ${i}`);
    return g ?? zerosLike((xs[i] as Tensor).detach());
  });
}

function independent(op: string, what: string, of: string): GradError {
  return new GradError({
    op,
    got: `a function of which ${what} does not depend on ${of}`,
    want: 'dependence, as strict asks for',
    fix: 'Without strict the derivatives are zeros.',
  });
}

/** The Jacobian of one output with respect to each input, a row at a time. */
function jacobiansOf(op: string, y: Tensor, xs: readonly Tensor[], options: FunctionalOptions): Tensor[] {
  const rows = Array.from({ length: y.numel }, (_, i) => pulled(op, [y], xs, [oneHot(y, i)], options));
  return xs.map((x, input) => {
    const shape = [...y.shape, ...x.shape];
    const own = rows.map((row) => row[input] as Tensor);
    const whole = own.length === 0 ? zerosLike(reshape(y, [0]).detach()) : stack(own);
    return settled(reshape(whole, shape), options);
  });
}

function oneHot({ shape, dtype, numel }: Tensor, at: number): Tensor {
  const data = allocate(dtype, numel);
  data[at] = 1;
  return fromTypedArray(data, shape, dtype);
}

/** The vector that a Jacobian is multiplied with, in the shapes of `like`. */
function vectorLike(op: string, v: Tensors | null | undefined, like: readonly Tensor[]): readonly Tensor[] {
  const [first] = like;
  if (v === undefined || v === null) {
    if (like.length === 1 && first?.numel === 1) return [onesLike(first.detach())];
    throw new ArgumentError({
      op,
      got: 'no v',
      want: `v of shape ${like.map(({ shape }) => showShape(shape)).join(', ')}`,
    });
  }
  const list = listOf(v).map((each) => checkTensor(op, each));
  if (list.length === like.length && list.every((each, i) => sameShape(each.shape, like[i]?.shape ?? []))) {
    return list;
  }
  const [got, want] = [list, like].map((each) => each.map(({ shape }) => showShape(shape)).join(', '));
  throw new ShapeError({ op, got: `v of shape ${got}`, want: `v of shape ${want}` });
}

function settled(x: Tensor, { createGraph = false }: FunctionalOptions): Tensor {
  return createGraph ? x : x.detach();
}

/** Two lists, each as one tensor where there was one. */
function results<A extends Tensors, B extends Tensors>(
  [a, as]: [A, readonly Tensor[]],
  [b, bs]: [B, readonly Tensor[]],
  options: FunctionalOptions,
): [Like<A>, Like<B>] {
  const [first, second] = [as, bs].map((list) => list.map((x) => settled(x, options)));
  return [shapedLike(a, first ?? []) as Like<A>, shapedLike(b, second ?? []) as Like<B>];
}

function shapedLike<T>(template: Tensors, list: readonly T[]): T | readonly T[] {
  return Array.isArray(template) ? list : (list[0] as T);
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

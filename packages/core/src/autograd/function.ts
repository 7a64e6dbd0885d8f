import { ArgumentError, GradError, ShapeError } from '../errors.ts';
import { cast, clone } from '../primitives/copy.ts';
import { checkTensor, describe, zerosFor } from '../primitives/operand.ts';
import { type Shape, showShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { FunctionCtx } from './function-context.ts';
import { checkHistory, recordWrite } from './inplace.ts';
import { isGradEnabled, noGrad } from './mode.ts';
import type { Meta } from './primitive.ts';
import { type Cotangent, type Edge, edgeOf, metaOf, Node, type SavedMeta } from './tape.ts';

type Gradients = Tensor | null | readonly (Tensor | null)[];

/** The static side of a class that extends `Function`. */
interface Definition<A extends unknown[], R> {
  readonly name: string;
  readonly onceDifferentiable: boolean;
  forward(ctx: never, ...inputs: A): R;
  backward(ctx: never, ...grads: never[]): Gradients;
}

/**
 * The base of an op with a gradient of its own, `autograd.Function`. Its subclass has a static `forward`, which takes
 * a context and the inputs (tensors and others) and gives a tensor or an array of them, and a static `backward`, which
 * takes the context and a gradient for each output and gives one for each input, `null` for those that have none.
 * It is called by `apply`.
 *
 * The forward is not recorded. The backward is, if the graph of gradients is asked for, so it is differentiable again
 * when it is made of differentiable ops and takes tensors from `ctx.savedTensors`.
 *
 * An output that shares memory with an input, and is not marked dirty, is given out as a copy.
 *
 * @example
 * ```ts
 * class Exp extends autograd.Function {
 *   static forward(ctx: autograd.FunctionCtx<[Tensor]>, x: Tensor) {
 *     const y = x.exp();
 *     ctx.saveForBackward(y);
 *     return y;
 *   }
 *   static backward(ctx: autograd.FunctionCtx<[Tensor]>, g: Tensor) {
 *     const [y] = ctx.savedTensors;
 *     return g.mul(y);
 *   }
 * }
 * Exp.apply(x).sum().backward();
 * ```
 */
// biome-ignore lint/complexity/noStaticOnlyClass: PyTorch's way of saying that a forward and a backward belong together.
export class CustomFunction {
  /** True if the backward is not differentiable itself: a second one then throws, instead of giving wrong numbers. */
  static readonly onceDifferentiable: boolean = false;

  /**
   * Runs the forward, and writes it on the tape if some input requires a gradient.
   * @throws ArgumentError for outputs that are no tensors; GradError for an input that is marked dirty and may not be
   * written to in place
   */
  static apply<A extends unknown[], R extends Tensor | readonly Tensor[]>(
    this: Definition<A, R>,
    ...inputs: A
  ): R {
    // biome-ignore lint/complexity/noThisInStatic: the subclass.
    return call(this, inputs);
  }
}

/** The recorded call of a custom function. */
class FunctionNode extends Node {
  readonly name: string;
  readonly inputs: readonly (Meta | null)[];
  readonly edges: readonly (Edge | null)[];
  override readonly runsUserCode = true;
  readonly #definition: Definition<never, unknown>;
  readonly #ctx: FunctionCtx;

  constructor(
    definition: Definition<never, unknown>,
    ctx: FunctionCtx,
    inputs: readonly (Meta | null)[],
    edges: readonly (Edge | null)[],
    outputs: readonly Tensor[],
  ) {
    super(outputs.map(metaOf));
    this.name = definition.name;
    this.edges = edges;
    this.#definition = definition;
    this.#ctx = ctx;
    this.inputs = inputs;
  }

  pullback(cotangents: readonly Cotangent[], wanted: readonly boolean[]): (Cotangent | undefined)[] {
    this.#ctx.needsInputGrad = wanted;
    const grads = cotangents.map((g, i) =>
      g === null && this.#ctx.materializeGrads ? zerosFor(this.outputs[i] as Meta) : g,
    );
    const run = () => this.#definition.backward(this.#ctx as never, ...(grads as never[]));
    if (!this.#definition.onceDifferentiable) return this.#checked(run());
    const once = this.#checked(noGrad(run));
    if (!isGradEnabled()) return once;
    const edges = [...this.edges, ...grads.map((g) => g && edgeOf(g))];
    return once.map((g) => {
      const result = g?.detach();
      if (result) result.history = { node: new OnceNode(this, edges, result), index: 0 };
      return result;
    });
  }

  override get saved(): SavedMeta[] {
    return this.#ctx.kept;
  }

  override release(): void {
    this.#ctx.release();
  }

  /** What backward gave, one for each input. `null` says that nothing flows there. */
  #checked(given: Gradients): (Tensor | undefined)[] {
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    const count = this.inputs.length;
    if (list.length < count || list.slice(count).some((g) => g !== null) || given === undefined) {
      throw new GradError({
        op: this.name,
        got: given === undefined ? 'nothing from backward' : `${list.length} gradients from backward`,
        want: `${count}: one for each input of forward, null for those that have none`,
      });
    }
    return this.inputs.map((input, i) => this.#gradientFor(i, input, list[i]));
  }

  #gradientFor(i: number, input: Meta | null, given: unknown): Tensor | undefined {
    if (given === null || given === undefined) return undefined;
    if (!(given instanceof Tensor) || input === null) {
      throw new GradError({
        op: this.name,
        got: `${describe(given)} from backward for input ${i}`,
        want: input === null ? 'null, as it is no tensor' : 'a tensor or null',
      });
    }
    if (!isExpandable(input.shape, given.shape)) {
      throw new ShapeError({
        op: this.name,
        got: `a gradient of shape ${showShape(given.shape)} from backward for input ${i} of shape ${showShape(input.shape)}`,
        want: 'the shape of the input',
      });
    }
    return cast(given, input.dtype);
  }
}

/** Stands where gradients that cannot be differentiated again would have come from. */
class OnceNode extends Node {
  readonly name: string;
  readonly inputs: readonly Meta[] = [];
  readonly edges: readonly (Edge | null)[];

  constructor(node: Node, edges: readonly (Edge | null)[], output: Tensor) {
    super([metaOf(output)]);
    this.name = node.name;
    this.edges = edges;
  }

  pullback(): never {
    throw new GradError({
      op: this.name,
      got: 'a request for the gradient of its gradient',
      want: 'a backward that is differentiable',
      fix: `${this.name} says that it is differentiable once only (onceDifferentiable).`,
    });
  }
}

/** @see CustomFunction.apply */
function call<A extends unknown[], R extends Tensor | readonly Tensor[]>(
  definition: Definition<A, R>,
  inputs: A,
): R {
  const { name } = definition;
  for (const method of ['forward', 'backward'] as const) {
    if (typeof definition[method] === 'function') continue;
    throw new ArgumentError({
      op: name,
      got: `no static ${method}`,
      want: 'static forward(ctx, …inputs) and static backward(ctx, …grads)',
    });
  }
  const edges = inputs.map((input) => (input instanceof Tensor ? edgeOf(input) : null));
  const needed = edges.map((edge) => edge !== null);
  const ctx = new FunctionCtx(name, needed);
  const metas = inputs.map((input) => (input instanceof Tensor ? metaOf(input) : null));
  const result: R = noGrad(() => definition.forward(ctx as never, ...inputs));
  const outputs = (Array.isArray(result) ? result : [result]).map((out) => checkTensor(name, out));
  checkDirty(name, ctx, inputs, outputs);
  if (!isGradEnabled() || !needed.includes(true)) return result;
  const node = new FunctionNode(definition, ctx, metas, edges, outputs);
  const given = handOut(node, ctx, inputs, outputs);
  return (Array.isArray(result) ? given : given[0]) as R;
}

/** @throws ArgumentError for a tensor that is marked dirty and is no input, or no output */
function checkDirty(
  op: string,
  { dirty }: FunctionCtx,
  inputs: readonly unknown[],
  outputs: readonly Tensor[],
): void {
  for (const each of dirty) {
    if (inputs.includes(each) && outputs.includes(each)) continue;
    throw new ArgumentError({
      op,
      got: `a tensor of shape ${showShape(each.shape)} that is marked dirty`,
      want: 'only inputs that are overwritten and are outputs, too',
    });
  }
}

/** The outputs with their place on the tape. What was saved is sealed with it. */
function handOut(
  node: FunctionNode,
  ctx: FunctionCtx,
  inputs: readonly unknown[],
  outputs: readonly Tensor[],
): Tensor[] {
  for (const each of ctx.dirty) checkHistory(node.name, each);
  const taken = new Set(inputs.flatMap((input) => (input instanceof Tensor ? [input.storage] : [])));
  const edges = new Map<Tensor, Edge | null>();
  for (const [i, input] of inputs.entries())
    if (input instanceof Tensor) edges.set(input, node.edges[i] ?? null);
  const given = outputs.map((out, index) => {
    const edge = { node, index };
    const isDirty = ctx.dirty.has(out);
    // A tensor of its own: who else knows the memory could write to it behind the tape's back.
    const own = !isDirty && taken.has(out.storage) ? noGrad(() => clone(out)) : out.detach();
    taken.add(own.storage);
    if (!out.isFloatingPoint || ctx.nonDifferentiable.has(out)) return own;
    own.history = edge;
    edges.set(out, edge);
    if (!isDirty) return own;
    recordWrite(out, own);
    return out;
  });
  ctx.seal((tensor) => edges.get(tensor) ?? null);
  return given;
}

/** True if a tensor of one shape, expanded, may have the other. */
function isExpandable(from: Shape, to: Shape): boolean {
  const lead = to.length - from.length;
  return lead >= 0 && from.every((size, d) => size === 1 || size === to[d + lead]);
}

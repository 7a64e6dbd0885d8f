import { ArgumentError, GradError } from '../errors.ts';
import type { Geometry } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { traceHere } from './anomaly.ts';
import { isGradEnabled } from './mode.ts';
import { enter, type NodeHook, NodeHooks, type NodePreHook, type RemovableHandle } from './node-hooks.ts';
import type { CallInfo, Inputs, Meta, Primitive, Saved } from './primitive.ts';
import { type SavedTensor, save, savingHooks } from './saved.ts';

/** A cotangent: the gradient of what is differentiated with respect to one tensor; `null` stands for zero. */
export type Cotangent = Tensor | null;

/** Which output of which node a tensor is. */
export interface Edge {
  readonly node: Node;
  readonly index: number;
}

/** A tensor that a node keeps for its gradient. */
export interface SavedMeta extends Meta {
  /** Which input it is, or the output; of a custom function, its place in `saveForBackward`. */
  readonly which: Saved;
  /** True if hooks have put something else in its place, so that its elements may not be held. */
  readonly isPacked: boolean;
}

let clock = 0;

/** The `sequence` of the next node: what is recorded from now on has this one or a later one. */
export function nextSequence(): number {
  return clock;
}

/** One recorded op. Its inputs were recorded before it, so walking by falling `sequence` meets every node after all
 * that use its result. */
export abstract class Node {
  readonly sequence = clock++;
  abstract readonly name: string;
  /** The inputs' shapes and dtypes; `null` for what is no tensor. */
  abstract readonly inputs: readonly (Meta | null)[];
  /** Where the cotangent of each input flows on to; `null` where nobody wants it. */
  abstract readonly edges: readonly (Edge | null)[];
  readonly outputs: readonly Meta[];
  /** @internal True if the pullback runs code of the user's, who may keep what it sees. */
  readonly runsUserCode: boolean = false;
  /** @internal The call that recorded this node, while anomalies are detected. */
  readonly trace = traceHere();
  /** @internal */
  hooks: NodeHooks | null = null;

  constructor(outputs: readonly Meta[]) {
    this.outputs = outputs;
  }

  /** The edges as PyTorch shows them: for each input the node that made it, and which of that node's outputs it is. */
  get nextFunctions(): (readonly [node: Node | null, index: number])[] {
    return this.edges.map((edge) => (edge === null ? [null, 0] : [edge.node, edge.index]));
  }

  /** Calls `hook` with the gradients of the inputs, and of the outputs, whenever a backward has computed the former. */
  registerHook(hook: NodeHook): RemovableHandle {
    return enter(this.ownHooks().after, checkHook('registerHook', hook));
  }

  /** Calls `hook` with the gradients of the outputs before those of the inputs are computed. */
  registerPrehook(hook: NodePreHook): RemovableHandle {
    return enter(this.ownHooks().before, checkHook('registerPrehook', hook));
  }

  /** @internal The hooks, for one more to be added. */
  ownHooks(): NodeHooks {
    this.hooks ??= new NodeHooks();
    return this.hooks;
  }

  /**
   * The cotangents of the inputs for which `wanted` is true; `undefined` for those that nothing flows to, as if the
   * output did not depend on them.
   */
  abstract pullback(cotangents: readonly Cotangent[], wanted: readonly boolean[]): (Cotangent | undefined)[];

  /** What is kept for the gradient; nothing once a backward has let go of it. */
  get saved(): readonly SavedMeta[] {
    return [];
  }

  /** Of a view: where in its input, laid out row by row, its cotangent goes, unchanged; `null` for all others. */
  get region(): Geometry | null {
    return null;
  }

  /** Lets go of what was saved; a second walk is then an error. */
  release(): void {}
}

/** @throws ArgumentError for a hook that is no function */
export function checkHook<H>(op: string, hook: H): H {
  if (typeof hook === 'function') return hook;
  throw new ArgumentError({ op, got: `a ${typeof hook}`, want: 'a function of gradients' });
}

/** A leaf that asked for a gradient: where the walk ends and `grad` is summed up. */
export class Leaf extends Node {
  readonly name = 'accumulateGrad';
  readonly inputs: readonly Meta[] = [];
  readonly edges: readonly Edge[] = [];
  /** The leaf itself. */
  readonly variable: Tensor;

  constructor(variable: Tensor) {
    // The tensor itself: a parameter may be converted where it stands.
    super([variable]);
    this.variable = variable;
  }

  pullback(): Cotangent[] {
    return [];
  }
}

/** The recorded call of a primitive. */
export class PrimitiveNode<P> extends Node {
  readonly primitive: Primitive<P>;
  readonly params: P;
  readonly edges: readonly (Edge | null)[];
  readonly inputs: readonly Meta[];
  override readonly runsUserCode = savingHooks.value !== null;
  #saved: Map<Saved, SavedTensor> | null = new Map();

  constructor(
    primitive: Primitive<P>,
    params: P,
    inputs: readonly Tensor[],
    edges: (Edge | null)[],
    out: Tensor,
  ) {
    super([metaOf(out)]);
    this.primitive = primitive;
    this.params = params;
    this.edges = edges;
    this.inputs = inputs.map(metaOf);
    for (const [index, edge] of edges.entries()) {
      if (edge === null) continue;
      for (const which of primitive.ruleOf(index)?.saves ?? []) {
        if (this.#saved?.has(which)) continue;
        const saved =
          which === 'out'
            ? save(out, { node: this, index: 0 })
            : save(inputs[which] as Tensor, edges[which] ?? null);
        this.#saved?.set(which, saved);
      }
    }
  }

  get name(): string {
    return this.primitive.name;
  }

  override get saved(): SavedMeta[] {
    return [...(this.#saved ?? [])].map(([which, { meta, isPacked }]) => ({ which, ...meta, isPacked }));
  }

  pullback([g]: readonly Cotangent[], wanted: readonly boolean[]): (Cotangent | undefined)[] {
    return this.edges.map((_, index) => {
      if (!wanted[index]) return undefined;
      if (!g) return null;
      const rule = this.primitive.ruleOf(index);
      if (rule === null) throw this.#noGradient();
      const saved = rule.saves.map((which) => this.#unpack(which));
      return rule.pullback(g, saved, this.#call(index));
    });
  }

  override get region(): Geometry | null {
    return this.primitive.ruleOf(0)?.region?.(this.#call(0)) ?? null;
  }

  #call(index: number): CallInfo<P> {
    return {
      params: this.params,
      inputs: this.inputs as Inputs<Meta>,
      output: this.outputs[0] as Meta,
      index,
    };
  }

  override release(): void {
    if (this.#saved?.size) this.#saved = null;
  }

  #unpack(which: Saved): Tensor {
    const saved = this.#saved?.get(which);
    if (saved) return saved.unpack(this.name);
    throw freed(this.name);
  }

  #noGradient(): GradError {
    const { vjp } = this.primitive;
    return new GradError({
      op: this.name,
      got: 'a request for its gradient',
      want: 'a differentiable op',
      fix: `${this.name} has no gradient: ${'none' in vjp ? vjp.none : 'this input is not differentiable'}.`,
    });
  }
}

/** For a walk through what an earlier one has let go of. */
export function freed(name: string): GradError {
  return new GradError({
    op: 'backward',
    got: `a graph through ${name} whose saved tensors an earlier backward has freed`,
    want: 'a graph that was kept',
    fix: 'Give the first backward { retainGraph: true }, or run the forward again.',
  });
}

export function metaOf({ shape, dtype }: Tensor): Meta {
  return { shape, dtype };
}

/**
 * The edge to what made a tensor. A view is recorded anew from its parent whenever the storage has been written since,
 * so that it knows what an in-place op on the parent, or on another view of it, has done.
 */
export function edgeOf(tensor: Tensor): Edge | null {
  const stale: Tensor[] = [];
  let at = tensor;
  for (let parent = staleParent(at); parent !== null; parent = staleParent(at)) {
    stale.push(at);
    at = parent;
  }
  for (const view of stale.reverse()) recordAnew(view);
  return tensor.history;
}

/** The parent of a view whose history is out of date; `null` where the history is the whole truth. */
function staleParent({ viewed, history, storage }: Tensor): Tensor | null {
  const isFresh = viewed === null || viewed.version === storage.version || !viewed.recorded;
  return isFresh || history?.node instanceof Leaf ? null : viewed.parent;
}

/** Tells the history of a view from that of its parent, which is up to date. */
function recordAnew(view: Tensor): void {
  const { viewed, storage } = view;
  if (viewed === null) return;
  const edge = viewed.parent.history;
  const node = edge && new PrimitiveNode(viewed.primitive, viewed.params, [viewed.parent], [edge], view);
  viewed.version = storage.version;
  become(view, node && { node, index: 0 });
}

/** Gives a tensor a history, with which its wish to keep its gradient goes along. */
function become(tensor: Tensor, edge: Edge | null): void {
  const before = tensor.history;
  tensor.history = edge;
  const retained = before?.node.hooks?.retained;
  if (!before || !edge || retained?.get(before.index) !== tensor) return;
  retained.delete(before.index);
  edge.node.ownHooks().retained.set(edge.index, tensor);
}

/** Writes a call of a primitive on the tape, if recording is on and some input asks for it. */
export function record<P>(primitive: Primitive<P>, params: P, inputs: readonly Tensor[], out: Tensor): void {
  if (!isGradEnabled() || !out.isFloatingPoint) return;
  const edges = inputs.map(edgeOf);
  if (edges.every((edge) => edge === null)) return;
  const node = new PrimitiveNode(primitive, params, inputs, edges, out);
  become(out, { node, index: 0 });
}

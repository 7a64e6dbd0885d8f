import { GradError } from '../errors.ts';
import { showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { isGradEnabled } from './mode.ts';
import type { Inputs, Meta, Primitive, Saved } from './primitive.ts';

/** A cotangent: the gradient of what is differentiated with respect to one tensor; `null` stands for zero. */
export type Cotangent = Tensor | null;

/** What a hook may do to a cotangent on its way: look at it (and return nothing), or put another in its place. */
export type TensorHook = ((grad: Tensor) => Tensor | undefined) | ((grad: Tensor) => void);

/** Which output of which node a tensor is. */
export interface Edge {
  readonly node: Node;
  readonly index: number;
}

let clock = 0;

/** One recorded op. Its inputs were recorded before it, so walking by falling `sequence` meets every node after all
 * that use its result. */
export abstract class Node {
  readonly sequence = clock++;
  abstract readonly name: string;
  /** Where the cotangent of each input flows on to; `null` where nobody wants it. */
  abstract readonly edges: readonly (Edge | null)[];
  readonly outputs: readonly Meta[];
  readonly hooks = new Map<number, Set<TensorHook>>();

  constructor(outputs: readonly Meta[]) {
    this.outputs = outputs;
  }

  /** The cotangents of the inputs for which `wanted` is true. */
  abstract pullback(cotangents: readonly Cotangent[], wanted: readonly boolean[]): Cotangent[];

  /** Lets go of what was saved; a second walk is then an error. */
  release(): void {}
}

/** A leaf that asked for a gradient: where the walk ends and `grad` is summed up. */
export class Leaf extends Node {
  readonly name = 'accumulateGrad';
  readonly edges: readonly Edge[] = [];
  readonly tensor: Tensor;

  constructor(tensor: Tensor) {
    super([tensor]);
    this.tensor = tensor;
  }

  pullback(): Cotangent[] {
    return [];
  }
}

/** A tensor as it was when an op saved it. */
class SavedTensor {
  readonly #tensor: Tensor;
  readonly #version: number;
  readonly #history: Edge | null;

  constructor(tensor: Tensor, history: Edge | null) {
    this.#tensor = tensor;
    this.#version = tensor.storage.version;
    this.#history = history;
  }

  unpack(op: string): Tensor {
    const { storage } = this.#tensor;
    if (storage.version !== this.#version) {
      throw new GradError({
        op,
        got: `a saved tensor of shape ${showShape(this.#tensor.shape)} that ${storage.writer} has since overwritten (version ${storage.version}, saved at ${this.#version})`,
        want: `the elements that ${op} saw, to compute its gradient`,
        fix: `Use the op that ${storage.writer} is the in-place form of, or give ${op} a clone().`,
      });
    }
    return this.#tensor.withHistory(this.#history);
  }
}

/** The recorded call of a primitive. */
export class PrimitiveNode<P> extends Node {
  readonly primitive: Primitive<P>;
  readonly params: P;
  readonly edges: readonly (Edge | null)[];
  readonly inputs: readonly Meta[];
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
            ? new SavedTensor(out, { node: this, index: 0 })
            : new SavedTensor(inputs[which] as Tensor, edges[which] ?? null);
        this.#saved?.set(which, saved);
      }
    }
  }

  get name(): string {
    return this.primitive.name;
  }

  pullback([g]: readonly Cotangent[], wanted: readonly boolean[]): Cotangent[] {
    if (!g) return this.edges.map(() => null);
    return this.edges.map((_, index) => {
      if (!wanted[index]) return null;
      const rule = this.primitive.ruleOf(index);
      if (rule === null) throw this.#noGradient();
      const saved = rule.saves.map((which) => this.#unpack(which));
      return rule.pullback(g, saved, {
        params: this.params,
        inputs: this.inputs as Inputs<Meta>,
        output: this.outputs[0] as Meta,
        index,
      });
    });
  }

  override release(): void {
    if (this.#saved?.size) this.#saved = null;
  }

  #unpack(which: Saved): Tensor {
    const saved = this.#saved?.get(which);
    if (saved) return saved.unpack(this.name);
    throw new GradError({
      op: 'backward',
      got: `a graph through ${this.name} whose saved tensors an earlier backward has freed`,
      want: 'a graph that was kept',
      fix: 'Give the first backward { retainGraph: true }, or run the forward again.',
    });
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

function metaOf({ shape, dtype }: Tensor): Meta {
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
  view.history = node && { node, index: 0 };
}

/** Writes a call of a primitive on the tape, if recording is on and some input asks for it. */
export function record<P>(primitive: Primitive<P>, params: P, inputs: readonly Tensor[], out: Tensor): void {
  if (!isGradEnabled() || !out.isFloatingPoint) return;
  const edges = inputs.map(edgeOf);
  if (edges.every((edge) => edge === null)) return;
  const node = new PrimitiveNode(primitive, params, inputs, edges, out);
  out.history = { node, index: 0 };
}

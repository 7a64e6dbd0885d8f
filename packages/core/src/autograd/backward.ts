import { ArgumentError, GradError, ShapeError } from '../errors.ts';
import { checkOptions } from '../ops/arguments.ts';
import { cast, clone } from '../primitives/copy.ts';
import { add } from '../primitives/elementwise.ts';
import { checkTensor, constant, zerosFor } from '../primitives/operand.ts';
import { sumToShape } from '../primitives/reduce.ts';
import { sameShape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { CotangentMemory } from './cotangent-memory.ts';
import { enableGrad, noGrad } from './mode.ts';
import type { Meta } from './primitive.ts';
import { type Cotangent, type Edge, edgeOf, Leaf, type Node } from './tape.ts';

export interface BackwardOptions {
  /** Keep what the ops saved, for another walk through the same graph. Default: the value of `createGraph`. */
  retainGraph?: boolean;
  /** Record the walk itself, so that the gradients can be differentiated again. Default false. */
  createGraph?: boolean;
}

export interface GradOptions extends BackwardOptions {
  /** The cotangents of the outputs; needed for all that have more than one element. */
  gradOutputs?: Tensor | readonly (Tensor | null)[];
  /** Give `null` for inputs that the outputs do not depend on, instead of throwing. Default false. */
  allowUnused?: boolean;
}

/**
 * Sums the gradients of `root` into the `grad` of every leaf that it depends on.
 *
 * @param gradient the cotangent of `root`; 1 if it has a single element
 * @throws GradError if nothing asked for a gradient, or the graph was freed by an earlier backward
 */
export function backward(root: Tensor, gradient?: Tensor | null, options: BackwardOptions = {}): void {
  checkOptions('backward', options, walkOptions);
  walk([rootOf('backward', root, gradient)], options, null);
}

/** A gradient for each input. */
type Gradients<I, G> = I extends readonly Tensor[] ? { -readonly [K in keyof I]: G } : [G];

/**
 * The gradients of `outputs` with respect to `inputs`, summed over the outputs, without touching any `grad`.
 *
 * @example
 * ```ts
 * const [dx] = grad(y.sum(), [x], { createGraph: true });
 * const [ddx] = grad(dx.sum(), [x]);
 * ```
 * @throws GradError if an input does not require a gradient, or (unless `allowUnused`) is not used
 */
export function grad<const I extends Tensor | readonly Tensor[]>(
  outputs: Tensor | readonly Tensor[],
  inputs: I,
  options: GradOptions & { allowUnused: true },
): Gradients<I, Tensor | null>;
export function grad<const I extends Tensor | readonly Tensor[]>(
  outputs: Tensor | readonly Tensor[],
  inputs: I,
  options?: GradOptions,
): Gradients<I, Tensor>;
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): unknown {
  checkOptions('grad', options, [...walkOptions, 'gradOutputs', 'allowUnused']);
  const roots = listOf(outputs);
  const gradients = options.gradOutputs === undefined ? [] : listOf(options.gradOutputs);
  if (gradients.length > 0 && gradients.length !== roots.length) {
    throw new ArgumentError({
      op: 'grad',
      got: `${gradients.length} gradOutputs for ${roots.length} outputs`,
      want: 'one for each output',
    });
  }
  const targets = listOf(inputs).map((input, i) => {
    const edge = edgeOf(checkTensor('grad', input));
    if (edge !== null) return edge;
    throw new GradError({
      op: 'grad',
      got: `an input (number ${i}, shape ${showShape(input.shape)}) that does not require a gradient`,
      want: 'inputs with requiresGrad',
      fix: 'Set requiresGrad before the forward.',
    });
  });
  const found = walk(
    roots.map((root, i) => rootOf('grad', root, gradients[i])),
    options,
    targets,
  );
  return found.map((cotangent, i) => {
    if (cotangent !== null || options.allowUnused) return cotangent;
    throw new GradError({
      op: 'grad',
      got: `an input (number ${i}, shape ${showShape(listOf(inputs)[i]?.shape ?? [])}) that the outputs do not depend on`,
      want: 'inputs that take part',
      fix: 'Give { allowUnused: true } to get null for it.',
    });
  });
}

const walkOptions = ['retainGraph', 'createGraph'];

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

interface Root {
  readonly edge: Edge;
  readonly cotangent: Tensor;
}

function rootOf(op: string, tensor: Tensor, gradient: Tensor | null | undefined): Root {
  const edge = edgeOf(checkTensor(op, tensor));
  if (edge === null) {
    throw new GradError({
      op,
      got: `a tensor of shape ${showShape(tensor.shape)} that no recorded op made`,
      want: 'the result of ops on tensors with requiresGrad',
      fix: 'Was it computed under noGrad(), from detach()ed tensors, or from integers?',
    });
  }
  if (gradient !== undefined && gradient !== null) {
    if (sameShape(checkTensor(op, gradient).shape, tensor.shape))
      return { edge, cotangent: cast(gradient, tensor.dtype) };
    throw new ShapeError({
      op,
      got: `a gradient of shape ${showShape(gradient.shape)} for a tensor of shape ${showShape(tensor.shape)}`,
      want: 'the same shape',
    });
  }
  if (tensor.numel === 1) return { edge, cotangent: constant(tensor.shape, 1, tensor.dtype) };
  throw new GradError({
    op,
    got: `a tensor of shape ${showShape(tensor.shape)} without a gradient`,
    want: 'a scalar, or a gradient of the same shape',
    fix: 'Reduce it to a scalar loss first, or say how much each element counts.',
  });
}

/**
 * Walks the graph from the roots, every node after all that use its result. With `targets`, the cotangents that
 * arrive there are given back and only nodes on the way to one are visited; without, they are summed into the leaves.
 */
function walk(
  roots: readonly Root[],
  options: BackwardOptions,
  targets: readonly Edge[] | null,
): Cotangent[] {
  const { createGraph = false, retainGraph = createGraph } = options;
  const visit = targets && nodesTowards(roots, targets);
  const arrived = new Map<Node, Cotangent[]>();
  const queue = new NodeQueue();
  const results: Cotangent[] = (targets ?? []).map(() => null);
  const memory = new CotangentMemory();

  const arrive = ({ node, index }: Edge, cotangent: Cotangent): void => {
    if (visit !== null && !visit.has(node)) return;
    let slots = arrived.get(node);
    if (slots === undefined) {
      slots = node.outputs.map(() => null);
      arrived.set(node, slots);
      queue.push(node);
    }
    // Zero adds nothing, but the node was reached.
    if (cotangent === null) return;
    const shape = node.outputs[index]?.shape ?? [];
    const fitted = sumToShape(cotangent, shape);
    const before = slots[index];
    const sum = before ? add(before, fitted) : fitted;
    slots[index] = sum;
    memory.hold(sum);
    if (before) memory.drop(before);
  };

  const visitAll = () => {
    for (const { edge, cotangent } of roots) arrive(edge, cotangent);
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      const slots = arrived.get(node) ?? [];
      arrived.delete(node);
      // A hook may keep whatever it sees.
      if (node.hooks.size > 0) memory.letGo();
      const cotangents = withHooks(node, slots);
      if (node.hooks.size > 0) memory.letGo();
      for (const slot of slots) if (slot) memory.drop(slot);
      for (const [i, target] of (targets ?? []).entries()) {
        if (target.node !== node) continue;
        const found = cotangents[target.index] ?? zerosFor(node.outputs[target.index] as Meta);
        results[i] = found;
        memory.letGo(found);
      }
      if (node instanceof Leaf) {
        if (targets === null) accumulate(node.tensor, cotangents[0] ?? null, memory);
        continue;
      }
      const wanted = node.edges.map((edge) => edge !== null && (visit === null || visit.has(edge.node)));
      if (!wanted.includes(true)) continue;
      const flowing = node.pullback(cotangents, wanted);
      for (const [i, edge] of node.edges.entries()) {
        if (edge !== null && wanted[i]) arrive(edge, flowing[i] ?? null);
      }
      if (!retainGraph) node.release();
      memory.sweep();
    }
  };
  (createGraph ? enableGrad : noGrad)(() => memory.within(!createGraph, visitAll));
  return results;
}

function withHooks(node: Node, cotangents: Cotangent[]): Cotangent[] {
  if (node.hooks.size === 0) return cotangents;
  return cotangents.map((cotangent, index) => {
    let current = cotangent;
    for (const hook of node.hooks.get(index) ?? []) if (current) current = fitting(current, hook(current));
    return current;
  });
}

/** What a hook puts in a gradient's place must be a gradient of the same tensor. */
function fitting(before: Tensor, after: unknown): Tensor {
  if (after === undefined || after === null) return before;
  const given = checkTensor('registerHook', after);
  if (sameShape(given.shape, before.shape) && given.dtype === before.dtype) return given;
  const [got, want] = [given, before].map(({ dtype, shape }) => `${dtype} ${showShape(shape)}`);
  throw new ShapeError({
    op: 'registerHook',
    got: `a hook that gave ${got} for a gradient of ${want}`,
    want: 'the same shape and dtype',
  });
}

/** A gradient has memory of its own: a cotangent that is shared with others, or broadcast, is copied. */
function accumulate(leaf: Tensor, cotangent: Cotangent, memory: CotangentMemory): void {
  if (cotangent === null) leaf.grad ??= clone(zerosFor(leaf));
  else if (leaf.grad !== null) leaf.grad = add(leaf.grad, cotangent);
  else leaf.grad = memory.isSpare(cotangent) ? cotangent.detach() : clone(cotangent);
  memory.letGo(leaf.grad);
}

/** The nodes from which some target can be reached, the targets' own among them. */
function nodesTowards(roots: readonly Root[], targets: readonly Edge[]): Set<Node> {
  const reached = new Set<Node>();
  const stack = roots.map(({ edge }) => edge.node);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    for (const edge of node.edges) if (edge !== null) stack.push(edge.node);
  }
  const towards = new Set(targets.map(({ node }) => node));
  // Inputs come before their users, so each node finds its inputs decided.
  for (const node of [...reached].sort((a, b) => a.sequence - b.sequence)) {
    if (node.edges.some((edge) => edge !== null && towards.has(edge.node))) towards.add(node);
  }
  return towards;
}

/** A binary heap that gives the youngest node first. */
class NodeQueue {
  readonly #heap: Node[] = [];

  push(node: Node): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(node);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Node;
      if (parent.sequence >= node.sequence) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = node;
  }

  pop(): Node | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const younger = right !== undefined && right.sequence > left.sequence ? right : left;
      if (younger.sequence <= last.sequence) break;
      heap[at] = younger;
      at = younger === left ? 2 * at + 1 : 2 * at + 2;
    }
    heap[at] = last;
    return top;
  }
}

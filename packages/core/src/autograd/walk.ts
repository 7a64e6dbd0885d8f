import { applyInto } from '../dispatch.ts';
import { ArgumentError, GradError, ShapeError } from '../errors.ts';
import { clone } from '../primitives/copy.ts';
import { add } from '../primitives/elementwise.ts';
import { checkTensor, describe, zerosFor } from '../primitives/operand.ts';
import { sumToShape } from '../primitives/reduce.ts';
import { mayOverlap, sameShape, showShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { isAnomalyEnabled, lineOf } from './anomaly.ts';
import { CotangentMemory } from './cotangent-memory.ts';
import { enableGrad, noGrad } from './mode.ts';
import { NodeQueue } from './node-queue.ts';
import type { Meta } from './primitive.ts';
import { Scoped } from './scoped.ts';
import { type Cotangent, type Edge, Leaf, type Node } from './tape.ts';

export interface WalkOptions {
  readonly retainGraph?: boolean;
  readonly createGraph?: boolean;
}

/** Where a walk begins, and with what. */
export interface Root {
  readonly edge: Edge;
  readonly cotangent: Tensor;
}

const walking = new Scoped<Node | null>(null);

/** The node that a backward is computing the gradients of right now; `null` outside of one. */
export function currentNode(): Node | null {
  return walking.value;
}

/** What has come to the outputs of a node: `null` is zero, `undefined` nothing at all. */
type Arrived = (Cotangent | undefined)[];

/**
 * Walks the graph from the roots, every node after all that use its result. With `targets`, the cotangents that
 * arrive there are given back and only nodes on the way to one are visited. Where it `accumulates`, they are summed
 * into the `grad` of the leaves that are visited.
 */
export function walk(
  roots: readonly Root[],
  options: WalkOptions,
  targets: readonly Edge[] | null,
  accumulates = targets === null,
): Cotangent[] {
  const { createGraph = false, retainGraph = createGraph } = options;
  const visit = targets && nodesTowards(roots, targets);
  const arrived = new Map<Node, Arrived>();
  const queue = new NodeQueue();
  const results: Cotangent[] = (targets ?? []).map(() => null);
  const memory = new CotangentMemory();

  const arrive = ({ node, index }: Edge, cotangent: Cotangent): void => {
    if (visit !== null && !visit.has(node)) return;
    let slots = arrived.get(node);
    if (slots === undefined) {
      slots = node.outputs.map(() => undefined);
      arrived.set(node, slots);
      queue.push(node);
    }
    const before = slots[index];
    // Zero adds nothing, but the node was reached.
    if (cotangent === null) {
      slots[index] = before ?? null;
      return;
    }
    const fitted = sumToShape(cotangent, node.outputs[index]?.shape ?? []);
    if (before && memory.isExclusive(before)) {
      applyInto(add.primitive, [before, fitted], null, before);
      return;
    }
    const sum = before ? add(before, fitted) : fitted;
    slots[index] = sum;
    memory.hold(sum);
    if (before) memory.drop(before);
  };

  /** Adds the cotangent of a view to the part of its parent's that it shows, if that is there and nobody else's. */
  const joinIn = (node: Node, cotangent: Cotangent | undefined): boolean => {
    const [edge] = node.edges;
    const whole = edge && arrived.get(edge.node)?.[edge.index];
    if (!whole || !cotangent || node.hooks !== null) return false;
    if (!memory.isExclusive(whole) || whole.storage === cotangent.storage) return false;
    const { region } = node;
    if (region === null || mayOverlap(region.shape, region.strides)) return false;
    const part = new Tensor(whole.storage, region);
    applyInto(add.primitive, [part, cotangent], null, part);
    return true;
  };

  const visitNode = (node: Node, slots: Arrived): void => {
    // Whoever listens may keep whatever they see, and make.
    const isWatched = node.hooks !== null || node.runsUserCode;
    if (isWatched) memory.letGo();
    const found = throughHooks(node, slots, memory);
    if (isWatched) memory.letGo();
    for (const slot of slots) if (slot) memory.drop(slot);
    for (const [i, target] of (targets ?? []).entries()) {
      const here = target.node === node ? found[target.index] : undefined;
      if (here === undefined) continue;
      const result = here ?? zerosFor(node.outputs[target.index] as Meta);
      results[i] = result;
      memory.letGo(result);
    }
    if (node instanceof Leaf) {
      if (accumulates) accumulateLeaf(node, found[0] ?? null, memory);
      if (isWatched) memory.letGo();
      return;
    }
    const wanted = node.edges.map((edge) => edge !== null && (visit === null || visit.has(edge.node)));
    if (!wanted.includes(true)) return;
    if (joinIn(node, found[0])) {
      memory.sweep();
      return;
    }
    const cotangents = found.map((each) => each ?? null);
    const flowing = afterPullback(node, node.pullback(cotangents, wanted), cotangents);
    if (isAnomalyEnabled()) refuseNaN(node, flowing);
    if (isWatched) memory.letGo();
    // All are held until all have arrived, as one may be on its way to several places.
    for (const cotangent of flowing) if (cotangent) memory.hold(cotangent);
    for (const [i, edge] of node.edges.entries()) {
      const cotangent = flowing[i];
      if (edge !== null && wanted[i] && cotangent !== undefined) arrive(edge, cotangent);
    }
    for (const cotangent of flowing) if (cotangent) memory.drop(cotangent);
    if (!retainGraph) node.release();
    memory.sweep();
  };

  const visitAll = () => {
    for (const { edge, cotangent } of roots) arrive(edge, cotangent);
    const outer = walking.value;
    try {
      for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
        const slots = arrived.get(node) ?? [];
        arrived.delete(node);
        walking.value = node;
        visitNode(node, slots);
      }
    } finally {
      walking.value = outer;
    }
  };
  (createGraph ? enableGrad : noGrad)(() => memory.within(!createGraph, visitAll));
  return results;
}

/** What arrived, as the hooks on its way leave it; what asked for it is given it. */
function throughHooks({ hooks, outputs }: Node, slots: Arrived, memory: CotangentMemory): Arrived {
  if (hooks === null) return slots;
  const seen = slots.map((cotangent, index) => {
    const listening = hooks.tensor.get(index);
    if (cotangent === undefined || !listening?.size) return cotangent;
    let current = cotangent ?? zerosFor(outputs[index] as Meta);
    for (const { hook } of [...listening]) {
      const given: unknown = hook(current);
      if (given !== undefined && given !== null) current = fitting('registerHook', current, given);
    }
    return current;
  });
  for (const [index, tensor] of hooks.retained) {
    const cotangent = seen[index];
    if (cotangent !== undefined) accumulate(tensor, cotangent, memory);
  }
  let current: Arrived = seen;
  for (const { hook } of [...hooks.before]) {
    current = replaced('registerPrehook', current, hook(current.map((each) => each ?? null)), outputs);
  }
  return current;
}

/** What a node made of it, as the hooks leave it. */
function afterPullback({ hooks, edges }: Node, flowing: Arrived, cotangents: readonly Cotangent[]): Arrived {
  if (!hooks?.after.size) return flowing;
  const inputs = edges.map((edge) => edge?.node.outputs[edge.index]);
  let current: Arrived = flowing.map(
    (cotangent, i) => cotangent && sumToShape(cotangent, inputs[i]?.shape ?? []),
  );
  for (const { hook } of [...hooks.after]) {
    const shown = current.map((each) => each ?? null);
    current = replaced('registerHook', current, hook(shown, cotangents), inputs);
  }
  return current;
}

/** What a hook of a node puts in the place of all its gradients. */
function replaced(
  op: string,
  before: Arrived,
  after: unknown,
  metas: readonly (Meta | undefined)[],
): Arrived {
  if (after === undefined || after === null) return before;
  if (!Array.isArray(after) || after.length !== before.length) {
    throw new ArgumentError({
      op,
      got: `a hook that gave ${Array.isArray(after) ? `${after.length} gradients` : describe(after)}`,
      want: `an array of ${before.length} gradients, or nothing`,
    });
  }
  return before.map((cotangent, i) => {
    const [given, meta] = [after[i] ?? null, metas[i]];
    if (given === null || meta === undefined) return cotangent ? null : cotangent;
    return fitting(op, meta, given);
  });
}

/** What a hook puts in a gradient's place must be a gradient of the same tensor. */
function fitting(op: string, before: Meta, after: unknown): Tensor {
  const given = checkTensor(op, after);
  if (sameShape(given.shape, before.shape) && given.dtype === before.dtype) return given;
  const [got, want] = [given, before].map(({ dtype, shape }) => `${dtype} ${showShape(shape)}`);
  throw new ShapeError({
    op,
    got: `a hook that gave ${got} for a gradient of ${want}`,
    want: 'the same shape and dtype',
  });
}

function accumulateLeaf({ variable, hooks }: Leaf, cotangent: Cotangent, memory: CotangentMemory): void {
  accumulate(variable, cotangent, memory);
  for (const { hook } of [...(hooks?.accumulated ?? [])]) hook(variable);
}

/** A gradient has memory of its own: a cotangent that is shared with others, or broadcast, is copied. */
function accumulate(tensor: Tensor, cotangent: Cotangent, memory: CotangentMemory): void {
  if (cotangent === null) tensor.grad ??= clone(zerosFor(tensor));
  else if (tensor.grad !== null) tensor.grad = add(tensor.grad, cotangent);
  else tensor.grad = memory.isSpare(cotangent) ? cotangent.detach() : clone(cotangent);
  memory.letGo(tensor.grad);
}

/** What anomalies are detected for. */
function refuseNaN({ name, trace }: Node, flowing: Arrived): void {
  for (const [input, cotangent] of flowing.entries()) {
    if (!cotangent?.data.some(Number.isNaN)) continue;
    throw new GradError({
      op: name,
      got: `NaN in the gradient of its input ${input}, of shape ${showShape(cotangent.shape)}`,
      want: 'numbers',
      fix: trace
        ? `Called at ${lineOf(trace)}`
        : 'Run the forward under detectAnomaly, too, to learn which line called it.',
      cause: trace ?? undefined,
    });
  }
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

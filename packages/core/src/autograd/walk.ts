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
import { computeInPlace } from './inplace.ts';
import { enableGrad, isGradEnabled, noGrad } from './mode.ts';
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
  { createGraph = false, retainGraph = createGraph }: WalkOptions,
  targets: readonly Edge[] | null,
  accumulates = targets === null,
): Cotangent[] {
  const steps = new Walk(
    roots,
    targets ?? [],
    targets && nodesTowards(roots, targets),
    accumulates,
    retainGraph,
  );
  (createGraph ? enableGrad : noGrad)(() => steps.memory.within(!createGraph, () => steps.run()));
  return steps.results;
}

/** One walk. Its steps are methods, since V8 drops the optimised code of a function when the last closure of it dies. */
class Walk {
  readonly results: Cotangent[];
  readonly memory = new CotangentMemory();
  readonly #arrived = new Map<Node, Arrived>();
  readonly #queue = new NodeQueue();
  readonly #roots: readonly Root[];
  readonly #targets: readonly Edge[];
  /** The nodes to visit; `null` for all. */
  readonly #visit: ReadonlySet<Node> | null;
  readonly #accumulates: boolean;
  readonly #retainGraph: boolean;

  constructor(
    roots: readonly Root[],
    targets: readonly Edge[],
    visit: ReadonlySet<Node> | null,
    accumulates: boolean,
    retainGraph: boolean,
  ) {
    this.#roots = roots;
    this.#targets = targets;
    this.#visit = visit;
    this.#accumulates = accumulates;
    this.#retainGraph = retainGraph;
    this.results = targets.map(() => null);
  }

  run(): void {
    for (const { edge, cotangent } of this.#roots) if (this.#isVisited(edge)) this.#arrive(edge, cotangent);
    const outer = walking.value;
    try {
      for (let node = this.#queue.pop(); node !== undefined; node = this.#queue.pop()) {
        const slots = this.#arrived.get(node) ?? [];
        this.#arrived.delete(node);
        walking.value = node;
        this.#visitNode(node, slots);
      }
    } finally {
      walking.value = outer;
    }
  }

  #isVisited(edge: Edge | null): edge is Edge {
    return edge !== null && (this.#visit === null || this.#visit.has(edge.node));
  }

  #arrive({ node, index }: Edge, cotangent: Cotangent): void {
    let slots = this.#arrived.get(node);
    if (slots === undefined) {
      slots = new Array(node.outputs.length).fill(undefined) as Arrived;
      this.#arrived.set(node, slots);
      this.#queue.push(node);
    }
    const before = slots[index];
    // Zero adds nothing, but the node was reached.
    if (cotangent === null) {
      slots[index] = before ?? null;
      return;
    }
    const fitted = sumToShape(cotangent, node.outputs[index]?.shape ?? []);
    if (before && this.memory.isExclusive(before)) {
      applyInto(add.primitive, [before, fitted], null, before);
      return;
    }
    const sum = before ? add(before, fitted) : fitted;
    slots[index] = sum;
    this.memory.hold(sum);
    if (before) this.memory.drop(before);
  }

  #visitNode(node: Node, slots: Arrived): void {
    const { memory } = this;
    // Whoever listens may keep whatever they see, and make.
    const isWatched = node.hooks !== null || node.runsUserCode;
    if (isWatched) memory.letGo();
    const found = throughHooks(node, slots, memory);
    if (isWatched) memory.letGo();
    for (const slot of slots) if (slot) memory.drop(slot);
    this.#giveTargets(node, found);
    if (node instanceof Leaf) {
      if (this.#accumulates) accumulateLeaf(node, found[0] ?? null, memory);
      if (isWatched) memory.letGo();
      return;
    }
    const wanted = node.edges.map((edge) => this.#isVisited(edge));
    if (!wanted.includes(true)) return;
    if (!this.#joinIn(node, found[0])) {
      this.#sendOn(node, throughPullback(node, found, wanted), isWatched);
      if (!this.#retainGraph) node.release();
    }
    memory.sweep();
  }

  /** Keeps what arrived at a target. */
  #giveTargets(node: Node, found: Arrived): void {
    for (let i = 0; i < this.#targets.length; i++) {
      const target = this.#targets[i];
      const here = target?.node === node ? found[target.index] : undefined;
      if (target === undefined || here === undefined) continue;
      const result = here ?? zerosFor(node.outputs[target.index] as Meta);
      this.results[i] = result;
      this.memory.letGo(result);
    }
  }

  /** Adds the cotangent of a view to the part of its parent's that it shows, if that is there and nobody else's. */
  #joinIn(node: Node, cotangent: Cotangent | undefined): boolean {
    const [edge] = node.edges;
    const whole = edge && this.#arrived.get(edge.node)?.[edge.index];
    if (!whole || !cotangent || node.hooks !== null) return false;
    if (!this.memory.isExclusive(whole) || whole.storage === cotangent.storage) return false;
    const { region } = node;
    if (region === null || mayOverlap(region.shape, region.strides)) return false;
    const part = new Tensor(whole.storage, region);
    applyInto(add.primitive, [part, cotangent], null, part);
    return true;
  }

  #sendOn({ edges }: Node, flowing: Arrived, isWatched: boolean): void {
    const { memory } = this;
    if (isWatched) memory.letGo();
    // All are held until all have arrived, as one may be on its way to several places.
    for (const cotangent of flowing) if (cotangent) memory.hold(cotangent);
    for (let i = 0; i < edges.length; i++) {
      const [edge, cotangent] = [edges[i] ?? null, flowing[i]];
      if (cotangent !== undefined && this.#isVisited(edge)) this.#arrive(edge, cotangent);
    }
    for (const cotangent of flowing) if (cotangent) memory.drop(cotangent);
  }
}

function orZero(cotangent: Cotangent | undefined): Cotangent {
  return cotangent ?? null;
}

/** What a node makes of what arrived. */
function throughPullback(node: Node, found: Arrived, wanted: readonly boolean[]): Arrived {
  const cotangents = found.map(orZero);
  const flowing = afterPullback(node, node.pullback(cotangents, wanted), cotangents);
  if (isAnomalyEnabled()) refuseNaN(node, flowing);
  return flowing;
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
    current = replaced('registerPrehook', current, hook(current.map(orZero)), outputs);
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
    const shown = current.map(orZero);
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

/**
 * A gradient has memory of its own: a cotangent that is shared with others, or broadcast, is copied. As in PyTorch, whoever
 * holds it sees it grow, unless the walk is recorded.
 */
function accumulate(tensor: Tensor, cotangent: Cotangent, memory: CotangentMemory): void {
  if (cotangent === null) tensor.grad ??= clone(zerosFor(tensor));
  else if (tensor.grad !== null) tensor.grad = grown(tensor.grad, cotangent);
  else tensor.grad = memory.isSpare(cotangent) ? cotangent.detach() : clone(cotangent);
  memory.letGo(tensor.grad);
}

function grown(grad: Tensor, cotangent: Tensor): Tensor {
  const isInPlace =
    !isGradEnabled() && computeInPlace('backward', add.primitive, grad, [grad, cotangent], null);
  return isInPlace ? grad : add(grad, cotangent);
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

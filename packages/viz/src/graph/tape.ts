import {
  type autograd,
  type DType,
  isFloat,
  linalg,
  noGrad,
  numelOf,
  type Shape,
  type Tensor,
} from '@retrograd/core';
import { bytesPerElement } from '../units.ts';

interface Look {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What the tape shows of a tensor that an op made, or that it began with. Nothing of the tape itself is held. */
export interface Entry {
  /** A leaf collects a gradient; a constant is an input that none flows to; `rest` stands for all that is left out. */
  readonly kind: 'op' | 'leaf' | 'constant' | 'rest';
  /** The op, or what is left out. */
  readonly name: string;
  readonly outputs: readonly Look[];
  /** By which entries it was made, once for each use. */
  readonly inputs: readonly Entry[];
  /** Where on the tape it stands. */
  readonly sequence: number;
  /** What its gradient needs; `bytes` is `null` where hooks have packed it. */
  readonly saved: readonly { readonly what: string; readonly bytes: number | null }[];
  /** Of a leaf: the tensor. */
  readonly variable: Tensor | null;
  /** The norm of the gradient that came to an op in the last backward. */
  gradient: number | null;
}

/**
 * What can be read of the tape behind a node: the `limit` ops that are nearest to it, and what goes into them. Inputs
 * come before what uses them, and the node itself is last.
 */
export function readTape(root: autograd.Node, limit: number, watchesGradients: boolean): Entry[] {
  const ops = reachable(root).filter((node) => !isLeaf(node));
  const near = ops.slice(0, limit).reverse();
  const rest: Entry = { ...empty, kind: 'rest', name: `${ops.length - near.length} more ops`, sequence: -1 };
  const entries = ops.length > near.length ? [rest] : [];
  const known = new Map<autograd.Node, Entry>();
  const enter = (entry: Entry): Entry => {
    entries.push(entry);
    return entry;
  };
  const inputOf = (node: autograd.Node): Entry => {
    const found = known.get(node) ?? (isLeaf(node) ? enter(leaf(node)) : rest);
    known.set(node, found);
    return found;
  };
  for (const node of near) {
    const inputs = node.edges.flatMap((edge, i) => {
      if (edge !== null) return [inputOf(edge.node)];
      const look = node.inputs[i];
      // Bare numbers would be everywhere.
      return look && look.shape.length > 0 ? [enter(constant(look, node.sequence))] : [];
    });
    known.set(node, enter(op(node, inputs, watchesGradients)));
  }
  return entries;
}

/** All nodes behind one, itself among them, the youngest first. */
function reachable(root: autograd.Node): autograd.Node[] {
  const reached = new Set([root]);
  // What is added while it is walked through is walked through, too.
  for (const node of reached) for (const edge of node.edges) if (edge !== null) reached.add(edge.node);
  return [...reached].sort((a, b) => b.sequence - a.sequence);
}

export function isLeaf(node: autograd.Node): node is autograd.Leaf {
  return 'variable' in node;
}

function constant(look: Look, sequence: number): Entry {
  return { ...empty, kind: 'constant', outputs: [look], sequence };
}

function leaf({ variable, sequence }: autograd.Leaf): Entry {
  const { shape, dtype } = variable;
  return { ...empty, kind: 'leaf', outputs: [{ shape, dtype }], sequence, variable };
}

const empty = { name: '', outputs: [], inputs: [], saved: [], variable: null, gradient: null };

function op(node: autograd.Node, inputs: readonly Entry[], watchesGradients: boolean): Entry {
  const { name, sequence } = node;
  const saved = [...node.saved].sort(byPlace).map(({ which, shape, dtype, isPacked }) => ({
    what: which === 'out' ? 'out' : `input ${which}`,
    bytes: isPacked ? null : numelOf(shape) * bytesPerElement[dtype],
  }));
  const entry: Entry = { ...empty, kind: 'op', name, outputs: node.outputs, inputs, sequence, saved };
  if (watchesGradients) {
    node.registerPrehook((gradients) => {
      entry.gradient = normOf(gradients);
    });
  }
  return entry;
}

/** Inputs in their order, and then the output. */
function byPlace(a: autograd.SavedMeta, b: autograd.SavedMeta): number {
  const [first, second] = [a, b].map(({ which }) => (which === 'out' ? Number.POSITIVE_INFINITY : which));
  return (first as number) - (second as number);
}

/** The Euclidean norm of several gradients as of one vector; `null` where none has come. */
export function normOf(gradients: readonly (Tensor | null)[]): number | null {
  const norms = gradients.flatMap((gradient) =>
    gradient !== null && isFloat(gradient.dtype)
      ? [noGrad(() => linalg.vectorNorm(gradient.detach()).item())]
      : [],
  );
  return norms.length === 0 ? null : Math.hypot(...norms);
}

/** The norm of the gradient at an entry, as far as it is known now. */
export function gradientOf({ variable, gradient }: Entry): number | null {
  return variable === null ? gradient : normOf([variable.grad]);
}

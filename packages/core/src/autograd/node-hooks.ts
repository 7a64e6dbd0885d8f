import type { Tensor } from '../tensor.ts';
import type { Cotangent } from './tape.ts';

/** What a hook may do to a cotangent on its way: look at it (and return nothing), or put another in its place. */
export type TensorHook = ((grad: Tensor) => Tensor | undefined) | ((grad: Tensor) => void);

/** Sees the gradients of a node's outputs (`null`: none arrived) before the node is walked through, or replaces them. */
export type NodePreHook =
  | ((gradOutputs: readonly Cotangent[]) => readonly Cotangent[] | undefined)
  | ((gradOutputs: readonly Cotangent[]) => void);

/** Sees what a node made of the gradients of its outputs, and the latter; what it returns takes the former's place. */
export type NodeHook =
  | ((
      gradInputs: readonly Cotangent[],
      gradOutputs: readonly Cotangent[],
    ) => readonly Cotangent[] | undefined)
  | ((gradInputs: readonly Cotangent[], gradOutputs: readonly Cotangent[]) => void);

/** Takes a hook off again. */
export interface RemovableHandle {
  remove(): void;
}

/** Whoever wants to know when the backward walk comes to a node, in the order in which they are told. */
export class NodeHooks {
  /** By the output that they are for. */
  readonly tensor = new Map<number, Set<{ readonly hook: TensorHook }>>();
  /** The tensors, by the output that they are, that keep what the hooks above leave in their `grad`. */
  readonly retained = new Map<number, Tensor>();
  readonly before = new Set<{ readonly hook: NodePreHook }>();
  readonly after = new Set<{ readonly hook: NodeHook }>();
  /** For a leaf: called when its `grad` is up to date. */
  readonly accumulated = new Set<{ readonly hook: (leaf: Tensor) => void }>();
}

/** Adds a hook, also one that is there already, and gives the means to take it off. */
export function enter<H>(hooks: Set<{ readonly hook: H }>, hook: H): RemovableHandle {
  const entry = { hook };
  hooks.add(entry);
  return { remove: () => void hooks.delete(entry) };
}

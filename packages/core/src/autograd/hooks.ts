import { GradError } from '../errors.ts';
import { showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { enter, type RemovableHandle, type TensorHook } from './node-hooks.ts';
import { checkHook, type Edge, edgeOf, Leaf } from './tape.ts';

/**
 * Calls `hook` with the gradient of this tensor whenever one is computed; what it returns takes the gradient's place.
 * @returns a handle whose `remove()` takes the hook off again
 * @throws GradError for a tensor that does not require a gradient
 */
export function registerHook(x: Tensor, hook: TensorHook): RemovableHandle {
  const { node, index } = wantedEdge('registerHook', x);
  const { tensor } = node.ownHooks();
  const hooks = tensor.get(index) ?? new Set();
  tensor.set(index, hooks);
  return enter(hooks, checkHook('registerHook', hook));
}

/**
 * Calls `hook` with this leaf whenever a backward has summed a gradient into its `grad`.
 *
 * @example
 * ```ts
 * w.registerPostAccumulateGradHook((w) => { optimizer.step(); w.grad = null; });
 * ```
 * @returns a handle whose `remove()` takes the hook off again
 * @throws GradError for a tensor that is no leaf, or does not require a gradient
 */
export function registerPostAccumulateGradHook(x: Tensor, hook: (leaf: Tensor) => void): RemovableHandle {
  const op = 'registerPostAccumulateGradHook';
  const { node } = wantedEdge(op, x);
  if (node instanceof Leaf) return enter(node.ownHooks().accumulated, checkHook(op, hook));
  throw new GradError({
    op,
    got: `the result of ${node.name}`,
    want: 'a leaf',
    fix: 'Use registerHook() for the gradient of a result.',
  });
}

/**
 * Keeps the gradient of a tensor that is no leaf in its `grad`, as leaves have it, when all hooks have seen it.
 * @throws GradError for a tensor that does not require a gradient
 */
export function retainGrad(x: Tensor): void {
  const { node, index } = wantedEdge('retainGrad', x);
  if (!(node instanceof Leaf)) node.ownHooks().retained.set(index, x);
}

/** True for a tensor that is no leaf and keeps its gradient. */
export function retainsGrad(x: Tensor): boolean {
  const edge = edgeOf(x);
  return edge?.node.hooks?.retained.get(edge.index) === x;
}

/**
 * Takes this tensor itself off the tape: it is a leaf from now on.
 * @throws GradError for a view, which would go on to change with its base
 */
export function detach_<T extends Tensor>(x: T): T {
  if (x.viewed !== null) {
    throw new GradError({
      op: 'detach_',
      got: `a view of a tensor of shape ${showShape(x.viewed.parent.shape)}`,
      want: 'a tensor of its own',
      fix: 'Use detach().',
    });
  }
  x.history = null;
  return x;
}

function wantedEdge(op: string, x: Tensor): Edge {
  const edge = edgeOf(x);
  if (edge !== null) return edge;
  throw new GradError({
    op,
    got: 'a tensor that does not require a gradient',
    want: 'one that does',
    fix: 'Set requiresGrad first.',
  });
}

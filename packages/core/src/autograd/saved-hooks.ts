import { checkTensor } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { savingHooks } from './saved.ts';
import type { Body } from './scoped.ts';
import { checkHook } from './tape.ts';

/**
 * While `body` runs, or to the end of a block with `using`, ops keep what `pack` makes of the tensors that they save
 * for backward, and backward gets them again from `unpack`. What `pack` is given must not be written to.
 *
 * @example
 * ```ts
 * // Halves the memory of activations in float64, at the price of their lower digits.
 * savedTensorsHooks((x) => x.to('float32'), (x) => x.to('float64'), () => model.forward(x));
 * ```
 */
export function savedTensorsHooks<P>(pack: (tensor: Tensor) => P, unpack: (packed: P) => Tensor): Disposable;
export function savedTensorsHooks<P, T>(
  pack: (tensor: Tensor) => P,
  unpack: (packed: P) => Tensor,
  body: () => T,
): T;
export function savedTensorsHooks<P, T>(
  pack: (tensor: Tensor) => P,
  unpack: (packed: P) => Tensor,
  ...body: Body<T>
): T | Disposable {
  const op = 'savedTensorsHooks';
  for (const hook of [pack, unpack]) checkHook(op, hook);
  const hooks = { pack, unpack: (packed: unknown) => checkTensor(op, unpack(packed as P)) };
  return savingHooks.over(op, hooks, body);
}

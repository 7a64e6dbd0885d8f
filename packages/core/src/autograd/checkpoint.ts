import { ArgumentError, GradError } from '../errors.ts';
import { describe } from '../primitives/operand.ts';
import { defaultGenerator } from '../random/generator.ts';
import { Tensor } from '../tensor.ts';
import { enableGrad } from './mode.ts';
import { Kept, type SavedTensor, savingHooks } from './saved.ts';

/** The place of a tensor that an op would have saved: empty, until the function has run for the second time. */
class Slot {
  saved: SavedTensor | null = null;
}

/**
 * Calls `fn` with the inputs and keeps nothing of what its ops would save for backward: when that comes, `fn` runs once
 * more, with the default generator in the state that it was in. It costs a second forward and saves the memory of
 * activations. Gradients of all orders, and those of parameters that `fn` uses, are as without it.
 *
 * The second run must do what the first did: inputs must not be written to in between. A module counts both runs in
 * its statistics.
 *
 * @example
 * ```ts
 * for (const block of this.blocks) x = checkpoint((x) => block.forward(x), x);
 * ```
 * @throws GradError in the backward, if the second run saves other tensors than the first
 */
export function checkpoint<A extends unknown[], R>(fn: (...inputs: A) => R, ...inputs: A): R {
  if (typeof fn !== 'function')
    throw new ArgumentError({ op: 'checkpoint', got: describe(fn), want: 'a function' });
  const state = defaultGenerator.getState();
  const versions = inputs.map(versionOf);
  // Not held: a slot goes with the node that saved it, and its tensor with it.
  const slots: WeakRef<Slot>[] = [];
  const again = () => {
    if (inputs.some((input, i) => versionOf(input) !== versions[i])) {
      throw new GradError({
        op: 'checkpoint',
        got: 'an input that was overwritten before the second run',
        want: 'the inputs of the first run',
        fix: 'Give it a clone().',
      });
    }
    const saved = savedBy(() => fn(...inputs), state);
    if (saved.length !== slots.length) {
      throw new GradError({
        op: 'checkpoint',
        got: `a function whose ops saved ${slots.length} tensors in the first run and ${saved.length} in the second`,
        want: 'one that does the same each time',
      });
    }
    for (const [i, slot] of slots.entries()) {
      const here = slot.deref();
      if (here) here.saved = saved[i] as SavedTensor;
    }
  };
  const hooks = {
    pack: () => {
      const slot = new Slot();
      slots.push(new WeakRef(slot));
      return slot;
    },
    unpack: (packed: unknown) => {
      const slot = packed as Slot;
      if (slot.saved === null) again();
      return (slot.saved as SavedTensor).unpack('checkpoint');
    },
  };
  return savingHooks.during('checkpoint', hooks, () => fn(...inputs));
}

/** Runs a function as it ran with that state of the generator, and gives what its ops save, in their order. */
function savedBy(run: () => unknown, state: Tensor): SavedTensor[] {
  const saved: SavedTensor[] = [];
  const hooks = {
    pack: (tensor: Tensor) => {
      const kept = new Kept(tensor, null);
      saved.push(kept);
      return kept;
    },
    unpack: (kept: unknown) => (kept as Kept).unpack('checkpoint'),
  };
  const now = defaultGenerator.getState();
  defaultGenerator.setState(state);
  try {
    savingHooks.during('checkpoint', hooks, () => enableGrad(run));
  } finally {
    defaultGenerator.setState(now);
  }
  return saved;
}

function versionOf(input: unknown): number {
  return input instanceof Tensor ? input.storage.version : 0;
}

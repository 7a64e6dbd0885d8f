import { autograd } from '@retrograd/core';
import type { HookHandle, Module } from '@retrograd/nn';

/** One call of a module's forward. */
export interface ModuleCall {
  /** Where the module stands in the model: `features.0`; `''` for the model itself. */
  readonly path: string;
  /** Its class. */
  readonly type: string;
  /** How many calls of the same module went before. */
  readonly index: number;
  /** The call that it was part of. */
  readonly parent: ModuleCall | null;
  /** What the tape recorded meanwhile has sequence numbers from here … */
  readonly from: number;
  /** … to before here. */
  until: number;
  /** When it began and ended, by `performance.now()`. */
  readonly began: number;
  ended: number;
}

/** Follows the forwards of a model's modules from its making on until `stop`. */
export class ModuleWatch {
  /** In the order in which they began. */
  readonly calls: ModuleCall[] = [];
  #current: ModuleCall | null = null;
  readonly #handles: HookHandle[] = [];

  constructor(model: Module) {
    for (const [path, module] of model.namedModules()) {
      let index = 0;
      const running: ModuleCall[] = [];
      this.#handles.push(
        module.registerForwardPreHook(() => {
          running.push(this.#begin(path, module.constructor.name, index++));
        }),
        module.registerForwardHook(() => {
          const call = running.pop();
          if (call) this.#end(call);
        }),
      );
    }
  }

  /** The innermost call that is running. */
  get current(): ModuleCall | null {
    return this.#current;
  }

  /** The innermost call during which a node was recorded. */
  callOf(sequence: number): ModuleCall | null {
    let [low, high] = [0, this.calls.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.calls[middle] as ModuleCall).from <= sequence) low = middle + 1;
      else high = middle;
    }
    let call = this.calls[low - 1] ?? null;
    while (call !== null && call.until <= sequence) call = call.parent;
    return call;
  }

  /** Leaves the modules as they were. */
  stop(): void {
    for (const handle of this.#handles.splice(0)) handle.remove();
    while (this.#current !== null) this.#end(this.#current);
  }

  #begin(path: string, type: string, index: number): ModuleCall {
    const call = {
      path,
      type,
      index,
      parent: this.#current,
      from: autograd.nextSequence(),
      until: Number.POSITIVE_INFINITY,
      began: performance.now(),
      ended: Number.POSITIVE_INFINITY,
    };
    this.calls.push(call);
    this.#current = call;
    return call;
  }

  /** Ends a call, and with it those within it that an error has cut short. */
  #end(call: ModuleCall): void {
    const now = autograd.nextSequence();
    for (let at = this.#current; at !== null; at = at.parent) {
      at.until = Math.min(at.until, now);
      at.ended = Math.min(at.ended, performance.now());
      this.#current = at.parent;
      if (at === call) return;
    }
  }
}

/** What stands around a call, from the outermost to itself. */
export function chainOf(call: ModuleCall | null): ModuleCall[] {
  const chain: ModuleCall[] = [];
  for (let at = call; at !== null; at = at.parent) chain.push(at);
  return chain.reverse();
}

import type { Module } from './module.ts';

type Inputs<M extends Module> = Parameters<M['forward']>;
type Output<M extends Module> = ReturnType<M['forward']>;

/** Called before a module's forward; what it returns (one input, or an array of them) takes the inputs' place. */
export type ForwardPreHook<M extends Module = Module> =
  | ((module: M, inputs: Inputs<M>) => Inputs<M> | Inputs<M>[0] | undefined)
  | ((module: M, inputs: Inputs<M>) => void);

/** Called after a module's forward; what it returns takes the output's place. */
export type ForwardHook<M extends Module = Module> =
  | ((module: M, inputs: Inputs<M>, output: Output<M>) => Output<M> | undefined)
  | ((module: M, inputs: Inputs<M>, output: Output<M>) => void);

/** Takes a hook off again. */
export interface HookHandle {
  remove(): void;
}

type Before = (module: Module, inputs: unknown[]) => unknown;
type After = (module: Module, inputs: unknown[], output: unknown) => unknown;

/**
 * The hooks of one module. While there are any, a wrapper stands on the instance as its own `forward`, hidden from
 * whoever walks its fields; with the last one it goes, and the module is as it was.
 */
export class ForwardHooks {
  readonly #module: Module;
  readonly #before = new Set<{ readonly hook: Before }>();
  readonly #after = new Set<{ readonly hook: After }>();
  #unwrap: (() => void) | null = null;

  constructor(module: Module) {
    this.#module = module;
  }

  before(hook: Before): HookHandle {
    return this.#register(this.#before, { hook });
  }

  after(hook: After): HookHandle {
    return this.#register(this.#after, { hook });
  }

  #register<T>(hooks: Set<T>, entry: T): HookHandle {
    hooks.add(entry);
    this.#unwrap ??= this.#wrap();
    return {
      remove: () => {
        hooks.delete(entry);
        if (this.#before.size + this.#after.size > 0) return;
        this.#unwrap?.();
        this.#unwrap = null;
      },
    };
  }

  #wrap(): () => void {
    const module = this.#module;
    const own = Object.getOwnPropertyDescriptor(module, 'forward');
    const forward = module.forward as (...inputs: unknown[]) => unknown;
    const value = (...given: unknown[]): unknown => {
      let inputs = given;
      for (const { hook } of [...this.#before]) {
        const replaced = hook(module, inputs) ?? inputs;
        inputs = Array.isArray(replaced) ? replaced : [replaced];
      }
      let output = forward.apply(module, inputs);
      for (const { hook } of [...this.#after]) output = hook(module, inputs, output) ?? output;
      return output;
    };
    Object.defineProperty(module, 'forward', {
      value,
      enumerable: false,
      configurable: true,
      writable: true,
    });
    return () => {
      Reflect.deleteProperty(module, 'forward');
      if (own) Object.defineProperty(module, 'forward', own);
    };
  }
}

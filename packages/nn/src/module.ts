import {
  ArgumentError,
  checkOptions,
  type DType,
  DTypeError,
  describe,
  isDType,
  isFloat,
  Tensor,
} from '@retrograd/core';
import { type ForwardHook, ForwardHooks, type ForwardPreHook, type HookHandle } from './hooks.ts';
import { convertInPlace, Parameter } from './parameter.ts';
import { layOut } from './repr.ts';
import { type KeyReport, type LoadOptions, loadEntries, type StateDict } from './state.ts';
import { convertUninitialized, isUninitialized } from './uninitialized.ts';

/** A module that turns one tensor into another, as those in a `Sequential` do. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

export interface RecurseOptions {
  /** Look into the modules below, too. Default true. */
  recurse?: boolean;
}

export interface BufferOptions {
  /** Whether it is part of the state dict. Default true. */
  persistent?: boolean;
}

/**
 * The base of every layer and model. A module is its fields: one that holds a `Parameter` is a parameter, one that
 * holds a module is a child, an array is opened (`layers.0`, `layers.1`), and their names, to the letter, are the
 * names in the state dict. (`#private` fields cannot be seen from here: use TypeScript's `private`.)
 *
 * @example
 * ```ts
 * class Net extends nn.Module {
 *   conv1 = new nn.Conv2d(1, 16, 3);
 *   fc = new nn.Linear(16 * 26 * 26, 10);
 *   forward(x: Tensor) {
 *     return this.fc.forward(F.relu(this.conv1.forward(x)).flatten(1));
 *   }
 * }
 * const model = new Net();
 * model.forward(images); // (N, 10)
 * ```
 */
export class Module {
  /** Whether layers that behave differently in training (dropout, batch norm) do so; set it with `train` and `eval`. */
  training = true;
  /** Names of the fields that are buffers, and whether they persist. */
  readonly #buffers = new Map<string, boolean>();
  #hooks: ForwardHooks | null = null;

  /** What the module computes; every module has its own. */
  forward(..._inputs: never[]): unknown {
    throw new ArgumentError({
      op: `${this.constructor.name}.forward`,
      got: 'a call',
      want: `a class that defines forward, which ${this.constructor.name} does not`,
      fix: 'Add forward(x: Tensor) { … } to it, or call the modules that it holds.',
    });
  }

  /** All parameters, each once. */
  *parameters(options?: RecurseOptions): Generator<Parameter> {
    for (const [, parameter] of this.namedParameters(options)) yield parameter;
  }

  /** All parameters with their paths, each once: a shared one under the first. */
  *namedParameters({ recurse = true }: RecurseOptions = {}): Generator<[name: string, parameter: Parameter]> {
    yield* distinct(this.#gathered(recurse, (module) => module.#ownParameters()));
  }

  /** All buffers, each once. */
  *buffers(options?: RecurseOptions): Generator<Tensor> {
    for (const [, buffer] of this.namedBuffers(options)) yield buffer;
  }

  /** All buffers with their paths, also those that do not persist, each once. */
  *namedBuffers({ recurse = true }: RecurseOptions = {}): Generator<[name: string, buffer: Tensor]> {
    yield* distinct(this.#gathered(recurse, (module) => module.#ownBuffers()));
  }

  /** The modules that this one holds itself, each once. */
  *children(): Generator<Module> {
    for (const [, child] of this.namedChildren()) yield child;
  }

  /** The modules that this one holds itself, with the names of their fields, each once. */
  *namedChildren(): Generator<[name: string, child: Module]> {
    yield* distinct(childEntries(this));
  }

  /** This module and all below it, each once. */
  *modules(): Generator<Module> {
    for (const [, module] of this.namedModules()) yield module;
  }

  /** This module (under `''`) and all below it with their paths, each once. */
  *namedModules(): Generator<[path: string, module: Module]> {
    yield* below(this, '', new Set());
  }

  /**
   * Makes a tensor that is not trained part of the state, as a field of this name: `this.registerBuffer('mean', zeros(3))`,
   * or `mean = this.registerBuffer('mean', zeros(3))` for a field with a type. `null` keeps the place free.
   */
  registerBuffer<T extends Tensor | null>(name: string, buffer: T, options: BufferOptions = {}): T {
    checkOptions('registerBuffer', options, ['persistent']);
    const { persistent = true } = options;
    if (buffer !== null && !(buffer instanceof Tensor))
      throw misfit(this, 'registerBuffer', buffer, 'a Tensor or null');
    this.#setField('registerBuffer', name, buffer);
    this.#buffers.set(name, persistent);
    return buffer;
  }

  /** Sets a field of this name to a parameter, for names that are only known at run time; `null` for none. */
  registerParameter<T extends Parameter | null>(name: string, parameter: T): T {
    if (parameter !== null && !(parameter instanceof Parameter))
      throw misfit(this, 'registerParameter', parameter, 'a Parameter or null');
    this.#setField('registerParameter', name, parameter);
    return parameter;
  }

  /** Sets a field of this name to a module, for names that are only known at run time. */
  registerModule<T extends Module>(name: string, module: T): T {
    if (!(module instanceof Module)) throw misfit(this, 'registerModule', module, 'a Module');
    this.#setField('registerModule', name, module);
    return module;
  }

  /** Asks all parameters to collect a gradient, or to stop. */
  requiresGrad_(wanted = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad_(wanted);
    return this;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /** Puts this module and all below it in training mode, or out of it. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Puts this module and all below it in evaluation mode. */
  eval(): this {
    return this.train(false);
  }

  /** Calls `fn` with every module below, children before their parents, and last with this one. */
  apply(fn: (module: Module) => void): this {
    applyWithin(this, fn, []);
    return this;
  }

  /**
   * Converts floating-point parameters and buffers. Parameters stay the objects they are (their gradients are
   * converted, too), so that an optimiser that holds them need not be made anew; buffers are replaced.
   * @throws DTypeError for what is no float
   */
  to(target: DType | 'cpu'): this {
    if (target === 'cpu') return this;
    if (!isDType(target) || !isFloat(target)) {
      throw new DTypeError({ op: 'Module.to', got: String(target), want: "'float32' or 'float64'" });
    }
    for (const parameter of this.parameters()) {
      if (isUninitialized(parameter)) convertUninitialized(parameter, target);
      else convertInPlace(parameter, target);
    }
    for (const module of this.modules()) {
      for (const [name, buffer] of module.#ownBuffers())
        if (isUninitialized(buffer)) convertUninitialized(buffer, target);
        else if (buffer.isFloatingPoint) Reflect.set(module, name, buffer.detach().to(target));
    }
    return this;
  }

  /** Converts to float32. @see to */
  float(): this {
    return this.to('float32');
  }

  /** Converts to float64. @see to */
  double(): this {
    return this.to('float64');
  }

  /**
   * Parameters and persistent buffers under PyTorch's names, `conv1.weight`, `bn1.running_mean`. The tensors share
   * memory with the module's: training changes them. Shared ones stand under each of their names, and what a lazy layer
   * has not got yet stands there as it is.
   */
  stateDict(): StateDict {
    const entries = [...stateEntries(this, '', [])];
    return Object.fromEntries(
      entries.map(([key, tensor]) => [key, isUninitialized(tensor) ? tensor : tensor.detach()]),
    );
  }

  /**
   * Copies a state dict into the module's own tensors, which keep their dtype.
   * @returns the keys that had no counterpart, of which `strict` allows none
   * @throws StateDictError that lists all that is missing, unexpected or misshapen; then nothing was loaded
   */
  loadStateDict(dict: Readonly<StateDict>, options: LoadOptions = {}): KeyReport {
    return loadEntries(this.constructor.name, new Map(stateEntries(this, '', [])), dict, options);
  }

  /** Calls `hook` after each forward of this instance; what it returns takes the output's place. */
  registerForwardHook<M extends Module>(this: M, hook: ForwardHook<M>): HookHandle {
    this.#hooks ??= new ForwardHooks(this);
    return this.#hooks.after(hook as never);
  }

  /** Calls `hook` before each forward of this instance; what it returns takes the inputs' place. */
  registerForwardPreHook<M extends Module>(this: M, hook: ForwardPreHook<M>): HookHandle {
    this.#hooks ??= new ForwardHooks(this);
    return this.#hooks.before(hook as never);
  }

  /** The arguments that `toString` shows; a layer of your own may have some. */
  extraRepr(): string {
    return '';
  }

  /** The tree of modules, as PyTorch prints it. */
  toString(): string {
    return printed(this, []);
  }

  /** `util.inspect` and the Node REPL. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Deno's `console.log`. */
  [Symbol.for('Deno.customInspect')](): string {
    return this.toString();
  }

  /** @internal This module's own entries of the state dict: parameters first, then persistent buffers. */
  *ownState(): Generator<[string, Tensor]> {
    yield* this.#ownParameters();
    for (const [name, buffer] of this.#ownBuffers()) if (this.#buffers.get(name)) yield [name, buffer];
  }

  *#ownParameters(): Generator<[string, Parameter]> {
    for (const [name, value] of fieldsOf(this)) if (value instanceof Parameter) yield [name, value];
  }

  *#ownBuffers(): Generator<[string, Tensor]> {
    for (const name of this.#buffers.keys()) {
      const value = Reflect.get(this, name);
      if (value instanceof Tensor && !(value instanceof Parameter)) yield [name, value];
    }
  }

  *#gathered<T>(
    recurse: boolean,
    own: (module: Module) => Iterable<[string, T]>,
  ): Generator<[name: string, T]> {
    for (const [path, module] of recurse ? this.namedModules() : [['', this] as const])
      for (const [name, value] of own(module)) yield [join(path, name), value];
  }

  /** A name may be used again for what it names already, but not for the module's own methods and settings. */
  #setField(op: string, name: string, value: unknown): void {
    const taken = name in this && !(Object.hasOwn(this, name) && isState(Reflect.get(this, name)));
    if (typeof name !== 'string' || name === '' || name.includes('.') || taken) {
      throw new ArgumentError({
        op: `${this.constructor.name}.${op}`,
        got: `the name '${name}'${taken ? ', which the module uses itself' : ''}`,
        want: 'a name that is free, not empty, and has no dot in it',
      });
    }
    Object.defineProperty(this, name, { value, enumerable: true, configurable: true, writable: true });
  }
}

function isState(value: unknown): boolean {
  return value === null || value === undefined || value instanceof Tensor || value instanceof Module;
}

function misfit(module: Module, op: string, value: unknown, want: string): ArgumentError {
  return new ArgumentError({
    op: `${module.constructor.name}.${op}`,
    got: describe(value),
    want,
  });
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** What the fields of a module hold, arrays opened: `['conv1', …]`, `['layers.0', …]`. */
function* fieldsOf(module: Module): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(module)) yield* opened(name, value, []);
}

function* opened(path: string, value: unknown, around: readonly unknown[]): Generator<[string, unknown]> {
  if (!Array.isArray(value)) yield [path, value];
  else if (!around.includes(value))
    for (const [i, item] of value.entries()) yield* opened(`${path}.${i}`, item, [...around, value]);
}

/** The modules in a module's fields, as often as they stand there. */
export function* childEntries(module: Module): Generator<[string, Module]> {
  for (const [name, value] of fieldsOf(module)) if (value instanceof Module) yield [name, value];
}

function* distinct<T>(entries: Iterable<[string, T]>): Generator<[string, T]> {
  const seen = new Set<T>();
  for (const entry of entries) {
    if (seen.has(entry[1])) continue;
    seen.add(entry[1]);
    yield entry;
  }
}

function* below(module: Module, path: string, seen: Set<Module>): Generator<[string, Module]> {
  if (seen.has(module)) return;
  seen.add(module);
  yield [path, module];
  for (const [name, child] of childEntries(module)) yield* below(child, join(path, name), seen);
}

// What is shared counts wherever it stands in these three, as in PyTorch; a module inside itself would not end.

function* stateEntries(module: Module, path: string, above: readonly Module[]): Generator<[string, Tensor]> {
  for (const [name, tensor] of module.ownState()) yield [join(path, name), tensor];
  for (const [name, child] of childEntries(module))
    if (child !== module && !above.includes(child))
      yield* stateEntries(child, join(path, name), [...above, module]);
}

function applyWithin(module: Module, fn: (module: Module) => void, above: readonly Module[]): void {
  for (const child of module.children())
    if (child !== module && !above.includes(child)) applyWithin(child, fn, [...above, module]);
  fn(module);
}

function printed(module: Module, above: readonly Module[]): string {
  const { name } = module.constructor;
  if (above.includes(module)) return `${name}(…)`;
  const children = [...childEntries(module)].map(
    ([field, child]) => `(${field}): ${printed(child, [...above, module])}`,
  );
  return layOut(name, module.extraRepr(), children);
}

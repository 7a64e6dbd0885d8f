import { ArgumentError, type Tensor } from '@retrograd/core';
import { type ByName, entriesOf } from './checks.ts';
import { NamedItems, NumberedItems } from './collection.ts';
import { type Layer, Module } from './module.ts';
import { Parameter } from './parameter.ts';

/**
 * Layers one after the other. They are named by their place, `0.weight`, or by the keys of an object or a Map.
 *
 * @example
 * ```ts
 * new nn.Sequential(new nn.Linear(784, 64), new nn.ReLU(), new nn.Linear(64, 10));
 * new nn.Sequential({ hidden: new nn.Linear(784, 64), relu: new nn.ReLU() });
 * ```
 */
export class Sequential extends NumberedItems<Layer> {
  constructor(...layers: readonly Layer[] | readonly [ByName<Layer>]) {
    super();
    const [first] = layers;
    const byName = layers.length === 1 ? entriesOf(first as ByName<Layer>) : undefined;
    const entries = byName ?? Object.entries(layers as readonly Layer[]);
    for (const [name, layer] of entries) this.place(name, layer);
    const order = this.named().map(([name]) => name);
    if (entries.every(([name], i) => name === order[i])) return;
    throw new ArgumentError({
      op: 'Sequential',
      got: `layers named ${entries.map(([name]) => name).join(', ')}`,
      want: 'whole numbers among the names first and in order, as objects have them',
    });
  }

  /** Some of the layers, under the names that they have: `model.slice(0, -1)` leaves out the last one. */
  slice(start?: number, end?: number): Sequential {
    return new Sequential(Object.fromEntries(this.named().slice(start, end)));
  }

  override forward(x: Tensor): Tensor {
    let y = x;
    for (const layer of this) y = layer.forward(y);
    return y;
  }

  protected override isItem(value: unknown): value is Layer {
    return value instanceof Module;
  }

  protected override place(name: string, layer: Layer): void {
    this.registerModule(name, layer);
  }
}

/**
 * A list of modules that the owner's forward calls as it likes.
 *
 * @example
 * ```ts
 * layers = new nn.ModuleList([new nn.Linear(4, 4), new nn.Linear(4, 4)]);
 * // … for (const layer of this.layers) x = layer.forward(x);
 * ```
 */
export class ModuleList<M extends Module = Layer> extends NumberedItems<M> {
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  /** Some of the modules, in a list of their own. */
  slice(start?: number, end?: number): ModuleList<M> {
    return new ModuleList([...this].slice(start, end));
  }

  protected override isItem(value: unknown): value is M {
    return value instanceof Module;
  }

  protected override place(name: string, module: M): void {
    this.registerModule(name, module);
  }
}

/**
 * Modules by name. A name must not be one that the dict uses itself, such as `forward` or `keys`.
 *
 * @example
 * ```ts
 * heads = new nn.ModuleDict({ digits: new nn.Linear(64, 10), parity: new nn.Linear(64, 2) });
 * // … this.heads.get('digits').forward(x)
 * ```
 */
export class ModuleDict<M extends Module = Layer> extends NamedItems<M> {
  constructor(modules: ByName<M> = {}) {
    super();
    this.update(modules);
  }

  protected override isItem(value: unknown): value is M {
    return value instanceof Module;
  }

  protected override place(name: string, module: M): void {
    this.registerModule(name, module);
  }
}

/**
 * A list of parameters, which belong to the module that holds the list.
 *
 * @example
 * ```ts
 * factors = new nn.ParameterList([new nn.Parameter(ones(3)), new nn.Parameter(ones(4))]);
 * ```
 */
export class ParameterList extends NumberedItems<Parameter> {
  constructor(parameters: Iterable<Parameter> = []) {
    super();
    this.extend(parameters);
  }

  /** Some of the parameters, in a list of their own. */
  slice(start?: number, end?: number): ParameterList {
    return new ParameterList([...this].slice(start, end));
  }

  override extraRepr(): string {
    return listed(this.named());
  }

  protected override isItem(value: unknown): value is Parameter {
    return value instanceof Parameter;
  }

  protected override place(name: string, parameter: Parameter): void {
    this.registerParameter(name, parameter);
  }
}

/** Parameters by name. @see ModuleDict */
export class ParameterDict extends NamedItems<Parameter> {
  constructor(parameters: ByName<Parameter> = {}) {
    super();
    this.update(parameters);
  }

  override extraRepr(): string {
    return listed(this.named());
  }

  protected override isItem(value: unknown): value is Parameter {
    return value instanceof Parameter;
  }

  protected override place(name: string, parameter: Parameter): void {
    this.registerParameter(name, parameter);
  }
}

/** A line for each parameter, as PyTorch prints them. */
function listed(entries: readonly (readonly [string, Parameter])[]): string {
  const line = ([name, { dtype, shape }]: readonly [string, Parameter]) =>
    `  (${name}): Parameter containing: [${dtype} of size ${shape.join('x')}]`;
  return entries.map(line).join('\n');
}

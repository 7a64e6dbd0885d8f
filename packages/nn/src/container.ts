import { ArgumentError, type Tensor } from '@retrograd/core';
import { childEntries, type Layer, Module } from './module.ts';

/**
 * Layers one after the other. They are named by their place, `0.weight`, or by the keys of an object.
 *
 * @example
 * ```ts
 * new nn.Sequential(new nn.Linear(784, 64), new nn.ReLU(), new nn.Linear(64, 10));
 * new nn.Sequential({ hidden: new nn.Linear(784, 64), relu: new nn.ReLU() });
 * ```
 */
export class Sequential extends Module implements Iterable<Layer> {
  readonly [index: number]: Layer;

  constructor(...layers: readonly Layer[] | readonly [Readonly<Record<string, Layer>>]) {
    super();
    const [first] = layers;
    const named = layers.length === 1 && !(first instanceof Module) ? first : layers;
    for (const [name, layer] of Object.entries(named ?? {})) this.registerModule(name, layer as Layer);
  }

  /** How many layers there are. */
  get length(): number {
    return [...this].length;
  }

  /**
   * One more layer at the end, named by its place.
   * @throws ArgumentError behind layers that have names: of the fields of an object, numbered ones come first
   */
  append(layer: Layer): this {
    const { length } = this;
    if (length > 0 && this[0] === undefined) {
      throw new ArgumentError({
        op: 'Sequential.append',
        got: 'a layer without a name, behind layers that have names',
        want: 'a name',
        fix: "Use registerModule('name', layer).",
      });
    }
    this.registerModule(String(length), layer);
    return this;
  }

  override forward(x: Tensor): Tensor {
    let y = x;
    for (const layer of this) y = layer.forward(y);
    return y;
  }

  /** The layers in order; one that stands in several places comes as often. */
  *[Symbol.iterator](): Generator<Layer> {
    for (const [, layer] of childEntries(this)) yield layer as Layer;
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
export class ModuleList<M extends Module = Layer> extends Module implements Iterable<M> {
  readonly [index: number]: M;

  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  /** How many modules there are. */
  get length(): number {
    return [...this].length;
  }

  /** The module at a place; negative ones count from the end. */
  at(index: number): M | undefined {
    return [...this].at(index);
  }

  /** One more module at the end. */
  append(module: M): this {
    return this.extend([module]);
  }

  /** More modules at the end. */
  extend(modules: Iterable<M>): this {
    const { length } = this;
    for (const [i, module] of [...modules].entries()) this.registerModule(String(length + i), module);
    return this;
  }

  *[Symbol.iterator](): Generator<M> {
    for (const [, module] of childEntries(this)) yield module as M;
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
export class ModuleDict<M extends Module = Layer> extends Module implements Iterable<[string, M]> {
  constructor(modules: Readonly<Record<string, M>> = {}) {
    super();
    for (const [name, module] of Object.entries(modules)) this.set(name, module);
  }

  /** How many modules there are. */
  get size(): number {
    return [...this].length;
  }

  has(name: string): boolean {
    return Object.hasOwn(this, name) && Reflect.get(this, name) instanceof Module;
  }

  /** @throws ArgumentError for a name that is not there */
  get(name: string): M {
    if (this.has(name)) return Reflect.get(this, name) as M;
    throw new ArgumentError({
      op: 'ModuleDict.get',
      got: `the name '${name}'`,
      want: `one of ${[...this.keys()].join(', ') || 'none: it is empty'}`,
    });
  }

  set(name: string, module: M): this {
    this.registerModule(name, module);
    return this;
  }

  delete(name: string): boolean {
    return this.has(name) && Reflect.deleteProperty(this, name);
  }

  *keys(): Generator<string> {
    for (const [name] of this) yield name;
  }

  *values(): Generator<M> {
    for (const [, module] of this) yield module;
  }

  *entries(): Generator<[string, M]> {
    yield* this;
  }

  *[Symbol.iterator](): Generator<[string, M]> {
    for (const [name, module] of childEntries(this)) yield [name, module as M];
  }
}

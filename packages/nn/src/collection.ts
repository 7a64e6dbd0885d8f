import { ArgumentError, describe } from '@retrograd/core';
import { type ByName, checkEntries, checkIterable } from './checks.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';

// What containers have in common: they are modules whose fields are their items.

/** What a container may hold. */
type Item = Module | Parameter;

abstract class Collection<T extends Item> extends Module {
  /** Whether what a field holds is an item. */
  protected abstract isItem(value: unknown): value is T;
  /** Makes an item a field; refuses what is none. */
  protected abstract place(name: string, item: T): void;

  /** The items with their names, in order. */
  protected named(): [name: string, item: T][] {
    return Object.entries(this).filter((entry): entry is [string, T] => this.isItem(entry[1]));
  }
}

/** Items under the names 0, 1, 2 … */
export abstract class NumberedItems<T extends Item> extends Collection<T> implements Iterable<T> {
  readonly [index: number]: T;

  /** @throws ArgumentError for a place that holds something else, which would be left out without a word */
  protected override named(): [name: string, item: T][] {
    for (const [name, value] of Object.entries(this)) {
      if (this.isItem(value) || !/^\d+$/.test(name)) continue;
      throw new ArgumentError({
        op: this.constructor.name,
        got: `${describe(value)} as item ${name}`,
        want: 'a Module, or a Parameter in a list of these',
      });
    }
    return super.named();
  }

  /** How many items there are. */
  get length(): number {
    return this.named().length;
  }

  /** The item at a place; negative ones count from the end. */
  at(index: number): T | undefined {
    return [...this].at(index);
  }

  /** One more item at the end. */
  append(item: T): this {
    return this.extend([item]);
  }

  /** More items at the end. */
  extend(items: Iterable<T>): this {
    const { length } = this.#numbered('extend');
    const more = checkIterable(`${this.constructor.name}.extend`, items);
    for (const [i, item] of more.entries()) this.place(String(length + i), item);
    return this;
  }

  /** One more item before the one at `index`, which may be negative, or at the end. */
  insert(index: number, item: T): this {
    const items = this.#numbered('insert');
    this.#checkIndex('insert', index, items.length);
    // First at the end, where an item is refused that is none.
    this.append(item);
    items.splice(index, 0, item);
    for (const [i, each] of items.entries()) this.place(String(i), each);
    return this;
  }

  /** Takes out the item at a place, by default the last one, and gives it back. */
  pop(index = -1): T {
    const items = this.#numbered('pop');
    this.#checkIndex('pop', index, items.length - 1);
    const [item] = items.splice(index, 1);
    Reflect.deleteProperty(this, String(items.length));
    for (const [i, each] of items.entries()) this.place(String(i), each);
    return item as T;
  }

  *[Symbol.iterator](): Generator<T> {
    for (const [, item] of this.named()) yield item;
  }

  /** The items. @throws ArgumentError where they have other names, and so no place that could be told */
  #numbered(op: string): T[] {
    const entries = this.named();
    if (entries.every(([name], i) => name === String(i))) return entries.map(([, item]) => item);
    throw new ArgumentError({
      op: `${this.constructor.name}.${op}`,
      got: `items named ${entries.map(([name]) => name).join(', ')}`,
      want: 'items named by their place, 0, 1, 2 …',
      fix: "Use registerModule('name', layer).",
    });
  }

  #checkIndex(op: string, index: number, last: number): void {
    if (Number.isInteger(index) && index <= last && index >= -last - 1) return;
    const got = `index ${index} of ${this.length} items`;
    throw new ArgumentError({ op: `${this.constructor.name}.${op}`, got, want: 'a place that there is' });
  }
}

/** Items by name. A name must not be one that the container uses itself, such as `forward` or `keys`. */
export abstract class NamedItems<T extends Item> extends Collection<T> implements Iterable<[string, T]> {
  /** How many items there are. */
  get size(): number {
    return this.named().length;
  }

  has(name: string): boolean {
    return Object.hasOwn(this, name) && this.isItem(Reflect.get(this, name));
  }

  /** @throws ArgumentError for a name that is not there */
  get(name: string): T {
    if (this.has(name)) return Reflect.get(this, name) as T;
    throw new ArgumentError({
      op: `${this.constructor.name}.get`,
      got: `the name '${String(name)}'`,
      want: `one of ${[...this.keys()].join(', ') || 'none: it is empty'}`,
    });
  }

  set(name: string, item: T): this {
    this.place(name, item);
    return this;
  }

  /** Sets all items of an object, or of a container like this. */
  update(items: ByName<T> | Iterable<readonly [string, T]>): this {
    const op = `${this.constructor.name}.update`;
    const isIterable = Object(items) === items && Symbol.iterator in items;
    const entries = isIterable ? [...items] : checkEntries(op, items as ByName<T>, 'items by name');
    for (const entry of entries) {
      if (!Array.isArray(entry))
        throw new ArgumentError({ op, got: typeof entry, want: 'pairs of a name and an item' });
      this.set(entry[0], entry[1]);
    }
    return this;
  }

  delete(name: string): boolean {
    return this.has(name) && Reflect.deleteProperty(this, name);
  }

  /** Takes an item out and gives it back. */
  pop(name: string): T {
    const item = this.get(name);
    this.delete(name);
    return item;
  }

  clear(): void {
    for (const name of [...this.keys()]) this.delete(name);
  }

  *keys(): Generator<string> {
    for (const [name] of this.named()) yield name;
  }

  *values(): Generator<T> {
    for (const [, item] of this.named()) yield item;
  }

  *entries(): Generator<[string, T]> {
    yield* this.named();
  }

  *[Symbol.iterator](): Generator<[string, T]> {
    yield* this.named();
  }
}

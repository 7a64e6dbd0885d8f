import { ArgumentError, ShapeError, stack, Tensor, type TypedArray, tensor } from '@retrograd/core';

/** What `defaultCollate` makes of items of a type; a promise of it for a dataset whose items are promises. */
export type Collated<Item> =
  Item extends Promise<infer Value>
    ? Promise<Collated<Value>>
    : Item extends Tensor | TypedArray | number | boolean
      ? Tensor
      : Item extends string
        ? Item[]
        : Item extends object
          ? { -readonly [Key in keyof Item]: Collated<Item[Key]> }
          : never;

/** How items of one kind are put together. */
interface Kind {
  readonly name: string;
  readonly holds: (item: unknown) => boolean;
  readonly join: (items: readonly never[]) => unknown;
}

/** The first kind that holds the first item decides. */
const kinds: readonly Kind[] = [
  {
    name: 'a Tensor',
    holds: (item) => item instanceof Tensor,
    join: (items: readonly Tensor[]) => stack(items),
  },
  { name: 'a number', holds: (item) => typeof item === 'number', join: joinNumbers },
  {
    name: 'a boolean',
    holds: (item) => typeof item === 'boolean',
    join: (items: readonly boolean[]) => tensor(items, { dtype: 'bool' }),
  },
  { name: 'a string', holds: (item) => typeof item === 'string', join: (items: readonly string[]) => items },
  {
    name: 'a typed array',
    holds: isTypedArray,
    join: (items: readonly TypedArray[]) => stack(items.map((item) => tensor(item))),
  },
  { name: 'an array', holds: Array.isArray, join: joinArrays },
  { name: 'a plain object', holds: isPlainObject, join: joinObjects },
];

/**
 * Puts items together to a batch, as PyTorch's `default_collate` does: tensors are stacked along a new first dim,
 * numbers become an `int32` vector if all of them are whole and a `float32` vector else, booleans a `bool` vector,
 * strings stay a list, and arrays and plain objects are put together position by position, key by key.
 *
 * @example
 * ```ts
 * defaultCollate([[tensor([1, 2]), 0], [tensor([3, 4]), 1]]); // [Tensor (2, 2), Tensor (2,) of int32]
 * ```
 * @throws ArgumentError for items of different kinds, or of a kind not named here; ShapeError for tensors or arrays of
 * different sizes
 */
export function defaultCollate<Item>(items: readonly Item[]): Collated<Item> {
  const [first] = items;
  if (items.length === 0) throw complaint('no items', 'at least one');
  const kind = kinds.find(({ holds }) => holds(first));
  if (kind === undefined)
    throw complaint(`items such as ${show(first)}`, kinds.map(({ name }) => name).join(', '));
  const odd = items.find((item) => kinds.find(({ holds }) => holds(item)) !== kind);
  if (odd !== undefined || items.includes(undefined as Item)) {
    throw complaint(`${kind.name} and ${show(odd)} in one batch`, 'items of one kind');
  }
  return kind.join(items as readonly never[]) as Collated<Item>;
}

function joinNumbers(items: readonly number[]): Tensor {
  return tensor(items, { dtype: items.every(Number.isInteger) ? 'int32' : 'float32' });
}

function joinArrays(items: readonly (readonly unknown[])[]): unknown[] {
  const lengths = new Set(items.map(({ length }) => length));
  if (lengths.size > 1) {
    throw new ShapeError({
      op: 'defaultCollate',
      got: `arrays of ${[...lengths].join(' and ')} elements`,
      want: 'arrays of one length',
      fix: 'Give a collate function of your own, which may pad them.',
    });
  }
  return (items[0] ?? []).map((_, position) => defaultCollate(items.map((item) => item[position])));
}

function joinObjects(items: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> {
  const keys = Object.keys(items[0] ?? {});
  const odd = items.find(
    (item) => Object.keys(item).length !== keys.length || keys.some((key) => !(key in item)),
  );
  if (odd !== undefined) {
    throw complaint(
      `objects with the keys ${keys.join(', ')} and ${Object.keys(odd).join(', ')}`,
      'the same keys',
    );
  }
  return Object.fromEntries(keys.map((key) => [key, defaultCollate(items.map((item) => item[key]))]));
}

function isTypedArray(item: unknown): item is TypedArray {
  return [Float32Array, Float64Array, Int32Array, Uint8Array].some((type) => item instanceof type);
}

function isPlainObject(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false;
  const prototype: unknown = Object.getPrototypeOf(item);
  return prototype === Object.prototype || prototype === null;
}

function show(item: unknown): string {
  const kind = kinds.find(({ holds }) => holds(item));
  if (kind !== undefined) return kind.name;
  return typeof item === 'object' && item !== null ? `a ${item.constructor.name}` : String(item);
}

function complaint(got: string, want: string): ArgumentError {
  return new ArgumentError({
    op: 'defaultCollate',
    got,
    want,
    fix: 'Give the DataLoader a collate function of your own for other items.',
  });
}

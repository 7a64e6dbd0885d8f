import {
  ArgumentError,
  checkTensor,
  type DType,
  DTypeError,
  describe,
  isPlainObject,
  type Tensor,
} from '@retrograd/core';

/** @throws DTypeError unless the elements are floats */
export function checkFloat(op: string, input: Tensor): Tensor {
  if (checkTensor(op, input).isFloatingPoint) return input;
  throw new DTypeError({ op, got: `an input of ${input.dtype}`, want: 'float32 or float64' });
}

/** @throws DTypeError for truth values */
export function checkNumeric(op: string, input: Tensor): Tensor {
  if (checkTensor(op, input).dtype !== 'bool') return input;
  throw new DTypeError({
    op,
    got: 'an input of bool',
    want: 'numbers',
    fix: "Convert it with to('float32').",
  });
}

/** @throws DTypeError unless what goes with an input is of its dtype */
export function checkSameDtype(op: string, input: Tensor, name: string, dtype: DType): void {
  if (input.dtype === dtype) return;
  throw new DTypeError({
    op,
    got: `an input of ${input.dtype} and a ${name} of ${dtype}`,
    want: 'one dtype',
    fix: `Convert one of them with to('${input.dtype}').`,
  });
}

/** @throws DTypeError unless the elements are whole numbers */
export function checkIndices(op: string, index: Tensor): void {
  if (!checkTensor(op, index).isFloatingPoint && index.dtype !== 'bool') return;
  throw new DTypeError({
    op,
    got: `indices of ${index.dtype}`,
    want: 'int32',
    fix: "Make them with { dtype: 'int32' }, or convert with to('int32').",
  });
}

/** @throws ArgumentError unless a number is whole and above 0 */
export function checkPositive(op: string, name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw new ArgumentError({ op, got: `${name} ${String(value)}`, want: 'a whole number ≥ 1' });
}

/** What can be iterated, as an array. @throws ArgumentError for what cannot */
export function checkIterable<T>(op: string, items: Iterable<T>): T[] {
  if (typeof items === 'object' && items !== null && Symbol.iterator in items) return [...items];
  throw new ArgumentError({ op, got: typeof items, want: 'an array, or something else to iterate over' });
}

/** What goes by name: a plain object, or a Map, which is PyTorch's `OrderedDict`. */
export type ByName<T> = Readonly<Record<string, T>> | ReadonlyMap<string, T>;

/** The names and what goes by them, from whatever realm. `undefined` for what is neither a plain object nor a Map */
export function entriesOf<T>(items: ByName<T>): [name: string, item: T][] | undefined {
  if (Object.prototype.toString.call(items) === '[object Map]') return [...(items as ReadonlyMap<string, T>)];
  return isPlainObject(items) ? Object.entries(items) : undefined;
}

/** @throws ArgumentError for what is neither a plain object nor a Map */
export function checkEntries<T>(op: string, items: ByName<T>, what: string): [name: string, item: T][] {
  const entries = entriesOf(items);
  if (entries !== undefined) return entries;
  throw new ArgumentError({ op, got: describe(items), want: `a plain object or a Map of ${what}` });
}

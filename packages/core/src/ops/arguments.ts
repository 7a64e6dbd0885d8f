import { type DType, dtypes, isDType } from '../dtype.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { describe } from '../primitives/operand.ts';
import { checkRoom, checkSizes, type Shape } from '../shape.ts';

/** Sizes or dims one by one, or as one array: `x.view(2, 3)` and `x.view([2, 3])`. */
export type Sizes = number[] | [Shape];

/** Sizes one by one or as one array, and options behind them: `zeros(2, 3, { dtype: 'int32' })`. */
export type SizesThenOptions<O> =
  | readonly number[]
  | readonly [...number[], O]
  | readonly [Shape]
  | readonly [Shape, O];

/**
 * PyTorch's optional arguments: by position in its order, or by name in a trailing object, or first so and then so:
 * `x.sum(1, true)`, `x.sum({ dim: 1, keepdim: true })`, `x.sum(1, { keepdim: true })`.
 */
export type Optional<O, Order extends readonly (keyof O)[]> =
  | []
  | [options: O]
  | (Order extends readonly [infer Name extends keyof O, ...infer Later extends readonly (keyof O)[]]
      ? [O[Name], ...Optional<O, Later>]
      : never);

/**
 * Optional arguments under their names, without those that are undefined.
 *
 * @param order those that may be given by position
 * @param named those that may not
 * @throws ArgumentError for too many, for one that the op does not have, or for one given twice
 */
export function optional<O extends object>(
  op: string,
  given: readonly unknown[],
  order: readonly (keyof O & string)[],
  named: readonly (keyof O & string)[] = [],
): O {
  if (given.length === 0) return {} as O;
  const last = given.at(-1);
  const [byPosition, byName] = isPlainObject(last) ? [given.slice(0, -1), last] : [given, {}];
  checkOptions(op, byName, [...order, ...named]);
  const result: Record<string, unknown> = definedOnly(byName);
  for (const [i, value] of byPosition.entries()) {
    const name = order[i];
    if (name !== undefined && value === undefined) continue;
    if (name === undefined || name in result) {
      throw new ArgumentError({
        op,
        got: name === undefined ? `${describe(value)} as one argument too many` : `${name} twice`,
        want:
          order.length === 0 ? 'only named options' : `optional arguments in the order ${order.join(', ')}`,
        fix: 'Name them in one object at the end.',
      });
    }
    result[name] = value;
  }
  return result as O;
}

/** Options without those that are undefined, which count as left out: what is spread over defaults leaves these alone. */
export function definedOnly<O extends object>(options: O): Partial<O> {
  const defined: Partial<O> = {};
  for (const name in options) if (options[name] !== undefined) defined[name] = options[name];
  return defined;
}

/** A plain object, from whatever realm: its prototype, if it has one, is the last of its chain. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @throws ArgumentError unless `value` is an array of whole numbers */
export function checkIntegers(op: string, name: string, value: unknown): readonly number[] {
  if (Array.isArray(value) && value.every(Number.isInteger)) return value;
  const got = Array.isArray(value) ? `[${value.map(describe).join(', ')}]` : describe(value);
  throw new ArgumentError({ op, got: `${name} ${got}`, want: 'an array of whole numbers' });
}

/** @throws ArgumentError unless `value` is a number that is not NaN */
export function checkNumber(op: string, name: string, value: unknown): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new ArgumentError({ op, got: `${name} ${describe(value)}`, want: 'a number' });
}

/** A number, NaN among them, or a truth value as one. @throws ArgumentError for anything else */
export function checkScalar(op: string, name: string, value: unknown): number {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  throw new ArgumentError({ op, got: `${name} ${describe(value)}`, want: 'a number or a truth value' });
}

/** @throws ArgumentError unless `value` is a whole number of at least `least` */
export function checkInteger(
  op: string,
  name: string,
  value: unknown,
  least = Number.NEGATIVE_INFINITY,
): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new ArgumentError({
    op,
    got: `${name} ${describe(value)}`,
    want: least > Number.NEGATIVE_INFINITY ? `a whole number ≥ ${least}` : 'a whole number',
  });
}

/** @throws ArgumentError unless `value` is a truth value; none is `false` */
export function checkFlag(op: string, name: string, value: unknown = false): boolean {
  if (typeof value === 'boolean') return value;
  throw new ArgumentError({ op, got: `${name} ${describe(value)}`, want: 'true or false' });
}

/** The sizes as one list. */
export function sizesOf(op: string, sizes: Sizes): Shape {
  const [first] = sizes;
  const list = Array.isArray(first) ? (first as Shape) : (sizes as Shape);
  for (const size of list) {
    if (!Number.isSafeInteger(size))
      throw new ShapeError({ op, got: describe(size), want: 'whole numbers, or one array of them' });
  }
  return list;
}

/** Takes sizes and trailing options apart. */
export function splitOptions<O extends object>(
  op: string,
  args: SizesThenOptions<O>,
): [Shape, O | undefined] {
  const last = args.at(-1);
  const hasOptions = isPlainObject(last);
  const sizes = sizesOf(op, (hasOptions ? args.slice(0, -1) : args) as Sizes);
  return [checkRoom(op, checkSizes(op, sizes)), hasOptions ? (last as O) : undefined];
}

/** @throws ArgumentError for what is no dtype */
export function checkDType(op: string, dtype: unknown): DType {
  if (isDType(dtype)) return dtype;
  throw new ArgumentError({ op, got: `dtype ${describe(dtype)}`, want: `one of ${dtypes.join(', ')}` });
}

/** @throws ArgumentError for an option that the op does not have, which would otherwise be ignored */
export function checkOptions(op: string, options: object | undefined, known: readonly string[]): void {
  if (options !== undefined && !isPlainObject(options))
    throw new ArgumentError({
      op,
      got: describe(options),
      want: `an object of options (${known.join(', ')})`,
    });
  for (const key of Object.keys(options ?? {})) {
    if (known.includes(key)) continue;
    throw new ArgumentError({
      op,
      got: `the option ${key}`,
      want: known.length === 0 ? 'no options' : `one of ${known.join(', ')}`,
    });
  }
}

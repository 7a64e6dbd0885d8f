import { type DType, dtypes, isDType } from '../dtype.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { describe } from '../primitives/operand.ts';
import { checkSizes, type Shape } from '../shape.ts';

/** Sizes or dims one by one, or as one array: `x.view(2, 3)` and `x.view([2, 3])`. */
export type Sizes = readonly number[] | readonly [Shape];

/** Sizes one by one or as one array, and options behind them: `zeros(2, 3, { dtype: 'int32' })`. */
export type SizesThenOptions<O> =
  | readonly number[]
  | readonly [...number[], O]
  | readonly [Shape]
  | readonly [Shape, O];

/** The sizes as one list. */
export function sizesOf(op: string, sizes: Sizes): Shape {
  const [first] = sizes;
  const list = Array.isArray(first) ? (first as Shape) : (sizes as Shape);
  for (const size of list) {
    if (typeof size !== 'number')
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
  const hasOptions = typeof last === 'object' && last !== null && !Array.isArray(last);
  const sizes = sizesOf(op, (hasOptions ? args.slice(0, -1) : args) as Sizes);
  return [checkSizes(op, sizes), hasOptions ? (last as O) : undefined];
}

/** @throws ArgumentError for what is no dtype */
export function checkDType(op: string, dtype: unknown): DType {
  if (isDType(dtype)) return dtype;
  throw new ArgumentError({ op, got: `dtype ${describe(dtype)}`, want: `one of ${dtypes.join(', ')}` });
}

/** @throws ArgumentError for an option that the op does not have, which would otherwise be ignored */
export function checkOptions(op: string, options: object | undefined, known: readonly string[]): void {
  for (const key of Object.keys(options ?? {})) {
    if (known.includes(key)) continue;
    throw new ArgumentError({ op, got: `the option ${key}`, want: `one of ${known.join(', ')}` });
  }
}

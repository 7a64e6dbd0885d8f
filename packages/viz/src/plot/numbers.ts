import { ArgumentError, ShapeError, showShape, Tensor } from '@retrograd/core';

/** What plots take: a tensor of one dim (on the tape or not, of any dtype), or an array. */
export type Numbers = Tensor | ArrayLike<number>;

/**
 * The values as an array.
 *
 * @throws ShapeError for a tensor that has not one dim
 * @throws ArgumentError for what holds no numbers, or none at all
 */
export function toNumbers(op: string, name: string, values: unknown): number[] {
  const numbers = values instanceof Tensor ? vectorOf(op, name, values) : arrayOf(op, name, values);
  if (numbers.length > 0) return numbers;
  throw new ArgumentError({ op, got: `no values in ${name}`, want: 'at least one' });
}

function vectorOf(op: string, name: string, tensor: Tensor): number[] {
  if (tensor.ndim === 1) return Array.from(tensor.data);
  throw new ShapeError({
    op,
    got: `${name} of shape ${showShape(tensor.shape)}`,
    want: 'one dim',
    fix: 'Flatten it (x.flatten()), or choose a part.',
  });
}

function arrayOf(op: string, name: string, values: unknown): number[] {
  const list = isArrayLike(values) ? Array.from(values) : undefined;
  const odd = list?.findIndex((value) => typeof value !== 'number');
  if (list !== undefined && odd === -1) return list as number[];
  throw new ArgumentError({
    op,
    got:
      odd === undefined
        ? `${name}, which is ${kindOf(values)}`
        : `${name}[${odd}], which is ${kindOf(list?.[odd])}`,
    want: odd === undefined ? 'a Tensor or an array of numbers' : 'a number',
  });
}

/** Arrays, and typed ones; a string also has a length, but no numbers. */
export function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  if (typeof value !== 'object' || value === null || value instanceof Tensor) return false;
  const { length } = value as { length?: unknown };
  return Number.isSafeInteger(length) && (length as number) >= 0;
}

/** A plain object: what names things. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || value instanceof Tensor || isArrayLike(value))
    return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What something is, in a word or two. */
export function kindOf(value: unknown): string {
  if (value instanceof Tensor) return `a tensor of shape ${showShape(value.shape)}`;
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return `an object (${value.constructor?.name ?? 'no class'})`;
  return `${typeof value} ${String(value).slice(0, 40)}`;
}

/** Values, and what they are called. */
type Named = readonly [name: string, values: ArrayLike<unknown>];

/** @throws ShapeError unless the two are of one length */
export function checkLengths(op: string, [a, one]: Named, [b, other]: Named): void {
  if (one.length === other.length) return;
  throw new ShapeError({
    op,
    got: `${one.length} values of ${a} and ${other.length} of ${b}`,
    want: 'as many of one as of the other',
  });
}

/** The least and the greatest of the values that are finite; none, if there are none. */
export function extentOf(values: Iterable<number>): [least: number, greatest: number] | undefined {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return least <= greatest ? [least, greatest] : undefined;
}

/** A range about one value, which by itself spans none. */
export function around(value: number): [number, number] {
  const half = value === 0 ? 0.5 : Math.abs(value) / 2;
  return [value - half, value + half];
}

/** Vega draws nothing for null; NaN and the infinities are no numbers of JSON. */
export function orGap(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/**
 * The rows of a matrix.
 *
 * @throws ShapeError for a tensor that has not two dims, for none, and for rows of different lengths
 * @throws ArgumentError for what holds no numbers
 */
export function toMatrix(op: string, matrix: unknown): number[][] {
  const rows = matrix instanceof Tensor ? rowsOf(op, matrix) : listOf(op, matrix);
  const columns = rows[0]?.length ?? 0;
  const uneven = rows.find((row) => row.length !== columns);
  if (columns > 0 && uneven === undefined) return rows;
  throw new ShapeError({
    op,
    got: uneven === undefined ? 'an empty matrix' : `rows of ${columns} and of ${uneven.length} values`,
    want: 'rows of one length, with at least one value',
  });
}

function rowsOf(op: string, tensor: Tensor): number[][] {
  const { data, shape, ndim } = tensor;
  if (ndim !== 2)
    throw new ShapeError({ op, got: `shape ${showShape(shape)}`, want: 'two dims, (rows, columns)' });
  const [rows, columns] = shape as [number, number];
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns)));
}

function listOf(op: string, matrix: unknown): number[][] {
  if (!isArrayLike(matrix))
    throw new ArgumentError({ op, got: kindOf(matrix), want: 'a Tensor or an array of rows' });
  return Array.from(matrix, (row, i) => toNumbers(op, `row ${i}`, row));
}

/** A number in few letters: counts in full, others to `digits` of them. */
export function brief(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '';
  const rounded =
    Number.isInteger(value) && Math.abs(value) < 1e6 ? value : Number(value.toPrecision(digits));
  return String(rounded).replaceAll('-', '−');
}

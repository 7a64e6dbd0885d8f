import { ArgumentError, ShapeError } from '../errors.ts';
import {
  add,
  eq,
  ge,
  gt,
  le,
  logicalAnd,
  logicalNot,
  logicalXor,
  lt,
  minimum,
  sub,
  where,
} from '../primitives/elementwise.ts';
import { gatherAlong } from '../primitives/gather.ts';
import { reshape } from '../primitives/movement.ts';
import {
  asTensor,
  checkTensor,
  describe,
  promoted,
  type TensorLike,
  zerosFor,
} from '../primitives/operand.ts';
import { argsortAlong } from '../primitives/sort.ts';
import { sameShape, showShapes } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { checkFlag, type Optional, optional } from './arguments.ts';
import { checkIndex } from './positions.ts';

/**
 * For each of `(…, M)` values how many elements of its sorted line `(…, N)` come before it: a binary search for all at
 * once, in as many rounds as N has binary digits.
 */
function countBefore(lines: Tensor, values: Tensor, isBefore: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const [dim, size] = [lines.ndim - 1, lines.shape.at(-1) as number];
  let count = zerosFor({ shape: values.shape, dtype: 'int32' });
  for (let step = 2 ** Math.floor(Math.log2(size)); step >= 1; step /= 2) {
    const next = add(count, step);
    const element = gatherAlong(lines, dim, sub(minimum(next, size), 1));
    count = where(logicalAnd(le(next, size), isBefore(element, values)), next, count);
  }
  return count;
}

export interface BucketizeOptions {
  /** For values that equal an element: behind it (true), or in front of it (default). */
  right?: boolean;
  /** Whether the result is int32. It always is. */
  outInt32?: boolean;
}

export interface SearchsortedOptions extends BucketizeOptions {
  /** The same in words; it must not say otherwise than `right`. */
  side?: 'left' | 'right' | null;
  /** What would sort the sequence, if it is not sorted: its `argsort`. */
  sorter?: Tensor | null;
}

/** As in PyTorch, NaN comes after all numbers; of two, none comes before the other. */
const isBefore = {
  left: (element: Tensor, value: Tensor) => logicalNot(ge(element, value)),
  right: (element: Tensor, value: Tensor) => logicalNot(gt(element, value)),
} as const;

function checkSide(op: string, { right, side = null }: SearchsortedOptions): 'left' | 'right' {
  const isRight = checkFlag(op, 'right', right);
  if (side === null) return isRight ? 'right' : 'left';
  if (side === 'right' || (side === 'left' && !isRight)) return side;
  throw new ArgumentError({
    op,
    got: `side ${describe(side)} and right ${isRight}`,
    want: "'left' or 'right', and not the opposite of right",
  });
}

function searched(op: string, sequence: Tensor, input: TensorLike, options: SearchsortedOptions): Tensor {
  checkFlag(op, 'outInt32', options.outInt32);
  const side = checkSide(op, options);
  const unsorted = checkTensor(op, sequence);
  const lead = unsorted.shape.slice(0, -1);
  const values = input instanceof Tensor ? input : asTensor(op, input);
  const fits = unsorted.ndim === 1 || (values.ndim > 0 && sameShape(lead, values.shape.slice(0, -1)));
  if (unsorted.ndim === 0 || !fits) {
    const got = `shapes ${showShapes([unsorted.shape, values.shape])}`;
    throw new ShapeError({ op, got, want: 'a sorted vector, or a line for each line of values' });
  }
  const [from, to] = promoted(op, [unsorted.detach(), values.detach()]) as [Tensor, Tensor];
  const lines = sortedBy(op, from, options.sorter ?? null);
  const points = lines.ndim === 1 ? reshape(to, [to.numel]) : to;
  return reshape(countBefore(lines, points, isBefore[side]), values.shape);
}

function sortedBy(op: string, lines: Tensor, sorter: Tensor | null): Tensor {
  if (sorter === null) return lines;
  const order = checkIndex(op, sorter);
  if (sameShape(order.shape, lines.shape)) return gatherAlong(lines, lines.ndim - 1, order);
  const got = `a sorter of shape ${showShapes([order.shape])}`;
  throw new ShapeError({ op, got, want: `the shape of the sequence, ${showShapes([lines.shape])}` });
}

/**
 * Where values belong in a sorted sequence: for each how many elements come before it, as int32. The sequence is a vector,
 * or has a line `(…, N)` for each line of values `(…, M)`.
 *
 * @example
 * ```ts
 * searchsorted(tensor([1, 3, 5]), tensor([3, 4])); // [1, 2]
 * searchsorted(tensor([1, 3, 5]), tensor([3, 4]), { right: true }); // [2, 2]
 * ```
 */
export function searchsorted(
  sequence: Tensor,
  values: TensorLike,
  ...rest: Optional<SearchsortedOptions, []>
): Tensor {
  const names = ['outInt32', 'right', 'side', 'sorter'] as const;
  return searched(
    'searchsorted',
    sequence,
    values,
    optional<SearchsortedOptions>('searchsorted', rest, [], names),
  );
}

/** Which bucket each value falls into: `searchsorted` in a vector of boundaries, the arguments the other way round. */
export function bucketize(
  values: TensorLike,
  boundaries: Tensor,
  ...rest: Optional<BucketizeOptions, []>
): Tensor {
  const options = optional<BucketizeOptions>('bucketize', rest, [], ['outInt32', 'right']);
  if (checkTensor('bucketize', boundaries).ndim === 1)
    return searched('bucketize', boundaries, values, options);
  const got = `boundaries of shape ${showShapes([boundaries.shape])}`;
  throw new ShapeError({ op: 'bucketize', got, want: 'a vector' });
}

export interface IsinOptions {
  /** Whether neither tensor repeats an element. It makes no difference. */
  assumeUnique?: boolean;
  /** True for those that are not. Default false. */
  invert?: boolean;
}

/** Which elements are among others. One of the two may be a number. */
export function isin(
  elements: TensorLike,
  testElements: TensorLike,
  ...rest: Optional<IsinOptions, []>
): Tensor {
  const options = optional<IsinOptions>('isin', rest, [], ['assumeUnique', 'invert']);
  checkFlag('isin', 'assumeUnique', options.assumeUnique);
  const invert = checkFlag('isin', 'invert', options.invert);
  if (!(elements instanceof Tensor || testElements instanceof Tensor))
    throw new ArgumentError({ op: 'isin', got: 'two numbers', want: 'a tensor at least' });
  const [values, others] = promoted('isin', [elements, testElements]) as [Tensor, Tensor];
  const flat = reshape(others.detach(), [others.numel]);
  const points = reshape(values.detach(), [values.numel]);
  const found = others.numel === 0 ? zerosFor({ shape: points.shape, dtype: 'bool' }) : areIn(points, flat);
  return reshape(logicalXor(found, invert), values.shape);
}

function areIn(values: Tensor, others: Tensor): Tensor {
  const count = others.numel;
  const sorted = gatherAlong(others, 0, argsortAlong(others, { dim: 0, descending: false, count }));
  const places = minimum(countBefore(sorted, values, lt), count - 1);
  return eq(gatherAlong(sorted, 0, places), values);
}

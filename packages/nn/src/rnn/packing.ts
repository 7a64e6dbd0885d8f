import {
  ArgumentError,
  cat,
  checkTensor,
  constantPad,
  full,
  indexSelect,
  type Optional,
  optional,
  ShapeError,
  showShape,
  showShapes,
  stack,
  type Tensor,
  tensor,
} from '@retrograd/core';
import { PackedSequence, wholeNumbers } from './packed-sequence.ts';

export { invertPermutation, PackedSequence } from './packed-sequence.ts';

/** Lengths of sequences: an array, or an int32 vector (which is read). */
export type Lengths = Tensor | readonly number[];

export interface PackOptions {
  /** Whether a padded batch is `(N, T, …)` instead of `(T, N, …)`. Default false. */
  batchFirst?: boolean;
  /** Refuse sequences that are not sorted by falling length, instead of sorting them. Default true. */
  enforceSorted?: boolean;
}

export interface PadPackedOptions {
  /** Whether the padded batch is `(N, T, …)` instead of `(T, N, …)`. Default false. */
  batchFirst?: boolean;
  /** What stands behind the shorter sequences. Default 0. */
  paddingValue?: number;
  /** How many steps to make of it, at least as many as the longest sequence has. Default: as many. */
  totalLength?: number | null;
}

export interface PadOptions {
  /** Whether the padded batch is `(N, T, …)` instead of `(T, N, …)`. Default false. */
  batchFirst?: boolean;
  /** What stands beside the shorter sequences. Default 0. */
  paddingValue?: number;
  /** Behind them or in front of them. Default `'right'`, behind. */
  paddingSide?: 'right' | 'left';
}

export interface UnpadOptions {
  /** Whether the padded batch is `(N, T, …)` instead of `(T, N, …)`. Default false. */
  batchFirst?: boolean;
}

const packOrder = ['batchFirst', 'enforceSorted'] as const;
const padPackedOrder = ['batchFirst', 'paddingValue', 'totalLength'] as const;
const padOrder = ['batchFirst', 'paddingValue', 'paddingSide'] as const;
const unpadOrder = ['batchFirst'] as const;

/**
 * Padded sequences `(T, N, …)` without the padding.
 *
 * @example
 * ```ts
 * const packed = nn.utils.rnn.packPaddedSequence(x, [5, 2, 3], { enforceSorted: false });
 * const [out] = lstm.forward(packed);
 * const [padded, lengths] = nn.utils.rnn.padPackedSequence(out);
 * ```
 * @throws ShapeError or ArgumentError for lengths that are not those of the batch, or not sorted
 */
export function packPaddedSequence(
  input: Tensor,
  lengths: Lengths,
  ...rest: Optional<PackOptions, typeof packOrder>
): PackedSequence {
  const op = 'packPaddedSequence';
  const { batchFirst = false, enforceSorted = true } = optional<PackOptions>(op, rest, packOrder);
  const [steps, count] = batchShape(op, input, batchFirst);
  const given = checkLengths(op, lengths, count, steps);
  const order = [...given.keys()];
  if (!enforceSorted) order.sort((a, b) => (given[b] as number) - (given[a] as number));
  const sorted = order.map((n) => given[n] as number);
  if (sorted.some((length, j) => length > (sorted[j - 1] ?? length))) {
    throw new ArgumentError({
      op,
      got: `the lengths [${sorted.join(', ')}]`,
      want: 'lengths that fall, the longest sequence first',
      fix: 'Give { enforceSorted: false } to have them sorted.',
    });
  }
  const sizes = batchSizesOf(sorted);
  const [perStep, perSequence] = batchFirst ? [1, steps] : [count, 1];
  const rows = sizes.flatMap((size, t) => order.slice(0, size).map((n) => t * perStep + n * perSequence));
  const data = indexSelect(input.flatten(0, 1), 0, int32(rows));
  return new PackedSequence(data, int32(sizes), enforceSorted ? null : int32(order));
}

/** The padded sequences `(T, N, …)` in their original order, and their lengths `(N)`. @see packPaddedSequence */
export function padPackedSequence(
  sequence: PackedSequence,
  ...rest: Optional<PadPackedOptions, typeof padPackedOrder>
): [padded: Tensor, lengths: Tensor] {
  const op = 'padPackedSequence';
  const options = optional<PadPackedOptions>(op, rest, padPackedOrder);
  const { batchFirst = false, paddingValue = 0, totalLength } = options;
  const { data, batchSizes, unsortedIndices } = checkPacked(op, sequence);
  const sizes = [...batchSizes.data];
  const steps = totalLength ?? sizes.length;
  if (!Number.isInteger(steps) || steps < sizes.length) {
    throw new ArgumentError({
      op,
      got: `totalLength ${steps}`,
      want: `at least the ${sizes.length} steps of the longest sequence`,
    });
  }
  const count = sizes[0] as number;
  const places = unsortedIndices ? [...unsortedIndices.data] : [...new Array(count).keys()];
  const starts = startsOf(sizes);
  // The row behind all others is the padding.
  const padding = data.shape[0] as number;
  const rowAt = (t: number, place: number) =>
    place < (sizes[t] ?? 0) ? (starts[t] as number) + place : padding;
  const times = [...new Array(steps).keys()];
  const rows = batchFirst
    ? places.flatMap((place) => times.map((t) => rowAt(t, place)))
    : times.flatMap((t) => places.map((place) => rowAt(t, place)));
  const pad = full([1, ...data.shape.slice(1)], paddingValue, { dtype: data.dtype });
  const padded = indexSelect(cat([data, pad]), 0, int32(rows));
  const lengths = places.map((place) => sizes.filter((size) => size > place).length);
  return [padded.unflatten(0, batchFirst ? [count, steps] : [steps, count]), int32(lengths)];
}

/** Sequences `(Tᵢ, …)` as one padded batch `(T, N, …)`. */
export function padSequence(
  sequences: readonly Tensor[],
  ...rest: Optional<PadOptions, typeof padOrder>
): Tensor {
  const op = 'padSequence';
  const options = optional<PadOptions>(op, rest, padOrder);
  const { batchFirst = false, paddingValue = 0, paddingSide = 'right' } = options;
  if (paddingSide !== 'right' && paddingSide !== 'left')
    throw new ArgumentError({ op, got: `paddingSide '${paddingSide}'`, want: "'right' or 'left'" });
  const steps = Math.max(...lengthsOf(op, sequences));
  const padded = sequences.map((x) => {
    const missing = steps - (x.shape[0] as number);
    const around = paddingSide === 'right' ? [0, missing] : [missing, 0];
    return constantPad(x, [...x.shape.slice(1).flatMap(() => [0, 0]), ...around], paddingValue);
  });
  return stack(padded, batchFirst ? 0 : 1);
}

/** The sequences `(Tᵢ, …)` of a padded batch `(T, N, …)`, as views. */
export function unpadSequence(
  padded: Tensor,
  lengths: Lengths,
  ...rest: Optional<UnpadOptions, typeof unpadOrder>
): Tensor[] {
  const { batchFirst = false } = optional<UnpadOptions>('unpadSequence', rest, unpadOrder);
  const [steps, count] = batchShape('unpadSequence', padded, batchFirst);
  const given = checkLengths('unpadSequence', lengths, count, steps);
  return padded.unbind(batchFirst ? 0 : 1).map((x, n) => x.narrow(0, 0, given[n] as number));
}

/** Sequences `(Tᵢ, …)` as they are packed. @see packPaddedSequence */
export function packSequence(
  sequences: readonly Tensor[],
  ...rest: Optional<Pick<PackOptions, 'enforceSorted'>, ['enforceSorted']>
): PackedSequence {
  const options = optional<Pick<PackOptions, 'enforceSorted'>>('packSequence', rest, ['enforceSorted']);
  const lengths = lengthsOf('packSequence', sequences);
  return packPaddedSequence(padSequence(sequences), lengths, { ...options, batchFirst: false });
}

/** The sequences `(Tᵢ, …)` of a packed one, in their original order. */
export function unpackSequence(sequence: PackedSequence): Tensor[] {
  const [padded, lengths] = padPackedSequence(checkPacked('unpackSequence', sequence), { batchFirst: true });
  return unpadSequence(padded, lengths, { batchFirst: true });
}

/** How many sequences reach each step, of lengths that fall. */
function batchSizesOf(lengths: readonly number[]): number[] {
  return Array.from({ length: lengths[0] ?? 0 }, (_, t) => lengths.filter((length) => length > t).length);
}

/** Where the rows of each step begin. */
function startsOf(sizes: readonly number[]): number[] {
  let rows = 0;
  return sizes.map((size) => {
    const start = rows;
    rows += size;
    return start;
  });
}

function int32(values: readonly number[]): Tensor {
  return tensor(Int32Array.from(values));
}

/** The numbers of steps and of sequences in a padded batch. */
function batchShape(op: string, padded: Tensor, batchFirst: boolean): [steps: number, count: number] {
  const [a, b] = checkTensor(op, padded).shape;
  if (a !== undefined && b !== undefined) return batchFirst ? [b, a] : [a, b];
  const want = batchFirst ? '(N, T, …)' : '(T, N, …)';
  throw new ShapeError({ op, got: `shape ${showShape(padded.shape)}`, want });
}

function checkLengths(op: string, lengths: Lengths, count: number, steps: number): readonly number[] {
  const list = wholeNumbers(op, 'lengths', lengths);
  if (list.length === count && count > 0 && list.every((length) => length > 0 && length <= steps))
    return list;
  throw new ArgumentError({
    op,
    got: `the lengths [${list.join(', ')}] for ${count} sequences of ${steps} steps`,
    want: `a length from 1 to ${steps} for each, and at least one sequence`,
  });
}

/** The lengths of sequences, of which there must be one at least. */
function lengthsOf(op: string, sequences: unknown): number[] {
  if (!Array.isArray(sequences) || sequences.length === 0)
    throw new ArgumentError({ op, got: String(sequences), want: 'an array of sequences, not empty' });
  const shapes = sequences.map((x) => checkTensor(op, x).shape);
  const rest = String(shapes[0]?.slice(1));
  const odd = shapes.find((shape) => shape.length === 0 || String(shape.slice(1)) !== rest);
  if (odd === undefined) return shapes.map(([length]) => length as number);
  throw new ShapeError({
    op,
    got: `sequences of shapes ${showShapes([shapes[0] ?? [], odd])}`,
    want: '(T, …), with sizes that agree but for the length',
  });
}

/** @throws ArgumentError for what is not packed */
export function checkPacked(op: string, sequence: unknown): PackedSequence {
  if (sequence instanceof PackedSequence) return sequence;
  throw new ArgumentError({
    op,
    got: sequence === null ? 'null' : typeof sequence,
    want: 'a PackedSequence',
    fix: 'Make one with packPaddedSequence or packSequence.',
  });
}

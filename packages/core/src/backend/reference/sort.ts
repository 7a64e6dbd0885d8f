import type { DType } from '../../dtype.ts';
import type { View } from '../backend.ts';
import { forEachRun } from './iterate.ts';

/** In so few candidates, insertion is faster than counting. */
const fewCandidates = 64;

/** The digits of a key: three times eleven bits, the last time what is left. */
const [digitBits, digits] = [11, 3];
const digitValues = 1 << digitBits;
const lastShift = 2 * digitBits;

/** What one line after the other is sorted in. */
class Line {
  /** Whole numbers in the order of the elements, of 32 bits; or those above others, where these do not suffice. */
  readonly keys: Uint32Array;
  readonly lower: Uint32Array | undefined;
  /** The positions that come into question. */
  readonly order: Int32Array;
  readonly spare: Int32Array;
  readonly counts = new Uint32Array(digits * digitValues);

  constructor(size: number, isWide: boolean) {
    this.keys = new Uint32Array(size);
    this.lower = isWide ? new Uint32Array(size) : undefined;
    this.order = new Int32Array(size);
    this.spare = new Int32Array(size);
  }
}

export function argsort(x: View, dim: number, descending: boolean, out: View): void {
  const [size, count] = [x.shape[dim] as number, out.shape[dim] as number];
  if (count === 0) return;
  const target = out.storage.data;
  const [along, outAlong] = [x.strides[dim] as number, out.strides[dim] as number];
  const line = new Line(size, x.storage.dtype === 'float64');
  const makeKeys = keyMakers[x.storage.dtype](x);
  forEachRun(out.shape.with(dim, 1), [x, out], (length, [from = 0, to = 0], [xStep = 0, outStep = 0]) => {
    for (let i = 0; i < length; i++) {
      makeKeys(line, from + i * xStep, along, descending ? -1 : 0);
      const candidates = choose(line, count);
      const order =
        candidates > fewCandidates ? countDigits(line, candidates) : insert(line, candidates, count);
      for (let n = 0, at = to + i * outStep; n < count; n++, at += outAlong) target[at] = order[n] as number;
    }
  });
}

/** Makes the keys of the elements that start `at` a place and lie `along` apart; `flip` of −1 turns their order round. */
type MakeKeys = (line: Line, at: number, along: number, flip: number) => void;

const signBit = 1 << 31;

/**
 * The bits of positive floats are in their order already, and those of negative ones in the opposite: of these every bit is
 * turned over, of a positive one only the sign. −0 is 0, and NaN is to be the largest.
 */
const keyMakers: Readonly<Record<DType, (x: View) => MakeKeys>> = {
  float32: ({ storage: { data } }) => {
    const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
    return ({ keys }, first, along, flip) => {
      for (let n = 0, at = first; n < keys.length; n++, at += along) {
        const own = bits[at] as number;
        const size = own & ~signBit;
        const key = own ^ ((own >> 31) | signBit);
        keys[n] = (size > 0x7f800000 ? -1 : size === 0 ? signBit : key) ^ flip;
      }
    };
  },
  float64: ({ storage: { data } }) => {
    // Low and high words. Typed arrays are little-endian wherever engines run.
    const bits = new Int32Array(data.buffer, data.byteOffset, 2 * data.length);
    return ({ keys, lower = keys }, first, along, flip) => {
      for (let n = 0, at = first; n < keys.length; n++, at += along) {
        const [low, high] = [bits[2 * at] as number, bits[2 * at + 1] as number];
        const negative = high >> 31;
        const value = data[at] as number;
        const missing = Number.isNaN(value);
        lower[n] = (missing ? -1 : value === 0 ? 0 : low ^ negative) ^ flip;
        keys[n] = (missing ? -1 : value === 0 ? signBit : high ^ (negative | signBit)) ^ flip;
      }
    };
  },
  int32: wholeKeys(signBit),
  uint8: wholeKeys(0),
  bool: wholeKeys(0),
};

function wholeKeys(sign: number): (x: View) => MakeKeys {
  return ({ storage: { data } }) =>
    ({ keys }, first, along, flip) => {
      for (let n = 0, at = first; n < keys.length; n++, at += along) {
        keys[n] = (data[at] as number) ^ sign ^ flip;
      }
    };
}

/**
 * Puts the positions among which the first `count` are in `order`, as they come: those whose last digit is no larger than
 * that of the one at `count`, which counting finds without sorting.
 *
 * @returns how many there are
 */
function choose({ keys, order, counts }: Line, count: number): number {
  const size = keys.length;
  let last = digitValues;
  if (count < size && size > fewCandidates) {
    const starts = counts.subarray(0, digitValues).fill(0);
    for (let n = 0; n < size; n++) {
      const digit = (keys[n] as number) >>> lastShift;
      starts[digit] = (starts[digit] as number) + 1;
    }
    last = 0;
    for (let before = starts[0] as number; before < count; before += starts[last] as number) last++;
  }
  let kept = 0;
  for (let n = 0; n < size; n++) {
    order[kept] = n;
    // Without a branch, which would often be mistaken.
    kept += Number((keys[n] as number) >>> lastShift <= last);
  }
  return kept;
}

/** Sorts the first `count` positions of the candidates, each of which is inserted among those before it. */
function insert({ keys, lower, order }: Line, candidates: number, count: number): Int32Array {
  for (let n = 0; n < candidates; n++) {
    const position = order[n] as number;
    const key = keys[position] as number;
    let at = Math.min(n, count);
    for (; at > 0; at--) {
      const other = order[at - 1] as number;
      const otherKey = keys[other] as number;
      if (key > otherKey) break;
      if (key === otherKey && (!lower || (lower[position] as number) >= (lower[other] as number))) break;
      if (at < count) order[at] = other;
    }
    if (at < count) order[at] = position;
  }
  return order;
}

/** Sorts the candidates by the last digit of the keys, then stably by the one before it, and so on (a radix sort). */
function countDigits({ keys, lower, order, spare, counts }: Line, candidates: number): Int32Array {
  let [from, to] = [order, spare];
  for (const words of lower ? [lower, keys] : [keys]) {
    countAll(words, from, candidates, counts);
    for (let digit = 0; digit < digits; digit++) {
      const shift = digit * digitBits;
      const starts = counts.subarray(digit * digitValues, (digit + 1) * digitValues);
      // A digit that all keys have in common puts nothing in order.
      const first = (words[from[0] as number] as number) >>> shift;
      if (starts[first & (digitValues - 1)] === candidates) continue;
      let start = 0;
      for (let value = 0; value < digitValues; value++) {
        const length = starts[value] as number;
        starts[value] = start;
        start += length;
      }
      for (let n = 0; n < candidates; n++) {
        const position = from[n] as number;
        const value = ((words[position] as number) >>> shift) & (digitValues - 1);
        const place = starts[value] as number;
        starts[value] = place + 1;
        to[place] = position;
      }
      [from, to] = [to, from];
    }
  }
  return from;
}

/** How often each digit occurs with each value. */
function countAll(words: Uint32Array, order: Int32Array, candidates: number, counts: Uint32Array): void {
  counts.fill(0);
  for (let n = 0; n < candidates; n++) {
    const word = words[order[n] as number] as number;
    const low = word & (digitValues - 1);
    const middle = digitValues + ((word >>> digitBits) & (digitValues - 1));
    const high = 2 * digitValues + (word >>> lastShift);
    counts[low] = (counts[low] as number) + 1;
    counts[middle] = (counts[middle] as number) + 1;
    counts[high] = (counts[high] as number) + 1;
  }
}

import type { View } from '../backend.ts';
import { forEachRun } from './iterate.ts';

/** Up to so many positions, and in lines up to so long, insertion is faster than counting. */
const [fewPositions, shortLine] = [16, 128];

/** What one line after the other is sorted in. */
class Line {
  readonly values: Float64Array;
  /** Low and high word of each value. Typed arrays are little-endian wherever engines run. */
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly order: Int32Array;
  readonly spare: Int32Array;
  readonly counts = new Uint32Array(8 * 256);

  constructor(size: number) {
    this.values = new Float64Array(size);
    this.words = new Uint32Array(this.values.buffer);
    this.bytes = new Uint8Array(this.values.buffer);
    this.order = new Int32Array(size);
    this.spare = new Int32Array(size);
  }
}

export function argsort(x: View, dim: number, descending: boolean, out: View): void {
  const [size, count] = [x.shape[dim] as number, out.shape[dim] as number];
  if (count === 0) return;
  const [source, target] = [x.storage.data, out.storage.data];
  const [along, outAlong] = [x.strides[dim] as number, out.strides[dim] as number];
  const line = new Line(size);
  const sort = count <= fewPositions || size <= shortLine ? insert : countDigits;
  forEachRun(out.shape.with(dim, 1), [x, out], (length, [from = 0, to = 0], [xStep = 0, outStep = 0]) => {
    for (let i = 0; i < length; i++) {
      for (let n = 0, at = from + i * xStep; n < size; n++, at += along) {
        // What is added makes −0 equal to 0.
        line.values[n] = (source[at] as number) + 0;
      }
      makeKeys(line, descending);
      const order = sort(line, count);
      for (let n = 0, at = to + i * outStep; n < count; n++, at += outAlong) target[at] = order[n] as number;
    }
  });
}

/**
 * Turns each value into a whole number of 64 bits, so that these are in the order of the values: positive floats are already,
 * negative ones are in the opposite order, and NaN is to be the largest.
 */
function makeKeys({ values, words }: Line, descending: boolean): void {
  const flip = descending ? -1 : 0;
  for (let n = 0; n < values.length; n++) {
    const [low, high] = [words[2 * n] as number, words[2 * n + 1] as number];
    const missing = Number.isNaN(values[n]);
    // All ones for a negative number, of which every bit is turned over; of a positive one, only the sign.
    const negative = high >> 31;
    words[2 * n] = (missing ? -1 : low ^ negative) ^ flip;
    words[2 * n + 1] = (missing ? -1 : high ^ (negative | (1 << 31))) ^ flip;
  }
}

/** The first `count` positions, each element inserted among those before it. */
function insert({ words, order }: Line, count: number): Int32Array {
  let kept = 0;
  for (let n = 0; 2 * n < words.length; n++) {
    const [low, high] = [words[2 * n] as number, words[2 * n + 1] as number];
    let at = kept;
    for (; at > 0; at--) {
      const other = 2 * (order[at - 1] as number);
      const otherHigh = words[other + 1] as number;
      if (high > otherHigh || (high === otherHigh && low >= (words[other] as number))) break;
      if (at < count) order[at] = order[at - 1] as number;
    }
    if (at < count) order[at] = n;
    kept = Math.min(kept + 1, count);
  }
  return order;
}

/** All positions, sorted by the last byte of the keys, then stably by the one before it, and so on (a radix sort). */
function countDigits({ bytes, order, spare, counts }: Line): Int32Array {
  const size = order.length;
  for (let n = 0; n < size; n++) order[n] = n;
  counts.fill(0);
  for (let i = 0; i < bytes.length; i++) {
    const place = ((i & 7) << 8) | (bytes[i] as number);
    counts[place] = (counts[place] as number) + 1;
  }
  let [from, to] = [order, spare];
  for (let digit = 0; digit < 8; digit++) {
    const starts = counts.subarray(digit << 8, (digit + 1) << 8);
    // A byte that all keys have in common puts nothing in order.
    if (starts[bytes[digit] as number] === size) continue;
    let start = 0;
    for (let value = 0; value < 256; value++) {
      const length = starts[value] as number;
      starts[value] = start;
      start += length;
    }
    for (let n = 0; n < size; n++) {
      const position = from[n] as number;
      const value = bytes[8 * position + digit] as number;
      const place = starts[value] as number;
      starts[value] = place + 1;
      to[place] = position;
    }
    [from, to] = [to, from];
  }
  return from;
}

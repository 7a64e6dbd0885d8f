import type { Generator } from './generator.ts';

/** Enough to make the calls cheap, and few enough to stay near the processor. */
const scratch = new Uint32Array(2048);

/**
 * Calls `fill` with one part of an array after the other, where it starts, and the next words of 32 bits, `each` for every
 * element. `fill` must not draw itself.
 */
export function fillParts<T extends { readonly length: number; subarray(from: number, to: number): T }>(
  out: T,
  generator: Generator,
  each: 1 | 2,
  fill: (part: T, words: Uint32Array, at: number) => void,
): void {
  const most = scratch.length / each;
  for (let at = 0; at < out.length; at += most) {
    const part = out.subarray(at, at + most);
    const words = scratch.subarray(0, part.length * each);
    generator.randomWords(words);
    fill(part, words, at);
  }
}

/** 24 random bits as a fraction of [0, 1). */
export function fraction24(word: number): number {
  return (word & 0xffffff) / 0x1000000;
}

/** 53 random bits, those of the first word above, as a fraction of [0, 1). */
export function fraction53(high: number, low: number): number {
  return join53(high, low) / 0x20000000000000;
}

/** The low 53 bits of two words, the upper one first. */
export function join53(high: number, low: number): number {
  return (high & 0x1fffff) * 0x100000000 + low;
}

import { align } from './spans.ts';

interface Chunk {
  readonly address: number;
  readonly bytes: number;
}

/**
 * Memory for the length of one kernel call. It is kept from call to call and never shrinks. Where a call needs more,
 * a further chunk is opened beside what it already holds, and the next call gets one chunk of the size of all.
 */
export class Scratch {
  readonly #allocate: (bytes: number) => number;
  readonly #free: (address: number, bytes: number) => void;
  #chunks: Chunk[] = [];
  /** How much of the last chunk is taken. */
  #used = 0;
  #total = 0;

  constructor(allocate: (bytes: number) => number, free: (address: number, bytes: number) => void) {
    this.#allocate = allocate;
    this.#free = free;
  }

  take(bytes: number): number {
    const size = align(bytes);
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || this.#used + size > chunk.bytes) {
      const wanted = chunk === undefined ? Math.max(size, this.#total) : size;
      chunk = { address: this.#allocate(wanted), bytes: wanted };
      this.#chunks.push(chunk);
      this.#used = 0;
    }
    const address = chunk.address + this.#used;
    this.#used += size;
    return address;
  }

  /** Takes everything back, for the next kernel call. */
  reset(): void {
    this.#used = 0;
    if (this.#chunks.length < 2) return;
    this.#total = 0;
    for (const { address, bytes } of this.#chunks) {
      this.#free(address, bytes);
      this.#total += bytes;
    }
    this.#chunks = [];
  }
}

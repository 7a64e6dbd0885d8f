/** Addresses and sizes are multiples of this: a cache line, and the widest load there is. */
export const alignment = 64;

export function align(bytes: number, to = alignment): number {
  return Math.ceil(bytes / to) * to;
}

/**
 * Which bytes of `[start, end)` are free. Pure bookkeeping: free spans sorted by address, no two of which touch;
 * the smallest that is large enough is cut (best fit), at its lower end.
 */
export class Spans {
  readonly #starts: number[] = [];
  readonly #sizes: number[] = [];
  #end: number;
  #free = 0;

  /** Everything in `[start, end)` is free at first; what does not fill an aligned unit is left out. */
  constructor(start: number, end: number) {
    const first = align(start);
    this.#end = Math.max(first, end - (end % alignment));
    if (this.#end > first) this.#insert(0, first, this.#end - first);
  }

  /** Bytes that are free. */
  get freeBytes(): number {
    return this.#free;
  }

  /** Into how many spans they are broken. */
  get count(): number {
    return this.#starts.length;
  }

  /** One past the last byte, free or not. */
  get end(): number {
    return this.#end;
  }

  /** Free bytes that reach up to the end, to which an extension would add. */
  get tail(): number {
    const last = this.#starts.length - 1;
    if (last < 0) return 0;
    const size = this.#sizes[last] as number;
    return (this.#starts[last] as number) + size === this.#end ? size : 0;
  }

  /** The address of `bytes` bytes, rounded up to whole units, or -1 where no span is large enough. */
  allocate(bytes: number): number {
    const size = align(Math.max(bytes, 1));
    const best = this.#bestFit(size);
    if (best < 0) return -1;
    const address = this.#starts[best] as number;
    const rest = (this.#sizes[best] as number) - size;
    if (rest === 0) {
      this.#starts.splice(best, 1);
      this.#sizes.splice(best, 1);
    } else {
      this.#starts[best] = address + size;
      this.#sizes[best] = rest;
    }
    this.#free -= size;
    return address;
  }

  /** Takes back what `allocate(bytes)` gave, and joins it to its free neighbours. */
  free(address: number, bytes: number): void {
    const size = align(Math.max(bytes, 1));
    const next = this.#firstAfter(address);
    const previous = next - 1;
    const endOfPrevious =
      previous < 0 ? -1 : (this.#starts[previous] as number) + (this.#sizes[previous] as number);
    const startOfNext = next < this.#starts.length ? (this.#starts[next] as number) : this.#end;
    if (address < endOfPrevious || address + size > startOfNext) {
      throw new RangeError(`internal: ${size} bytes at ${address} are freed twice`);
    }

    this.#insert(next, address, size);
    if (address + size === startOfNext) this.#joinWithNext(next);
    if (address === endOfPrevious) this.#joinWithNext(previous);
  }

  /** Adds free bytes at the end. */
  extend(bytes: number): void {
    const start = this.#end;
    this.#end += bytes - (bytes % alignment);
    if (this.#end > start) this.free(start, this.#end - start);
  }

  #bestFit(size: number): number {
    let best = -1;
    let bestSize = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#sizes.length && bestSize !== size; i++) {
      const found = this.#sizes[i] as number;
      if (found >= size && found < bestSize) {
        best = i;
        bestSize = found;
      }
    }
    return best;
  }

  /** The index of the first free span above an address. */
  #firstAfter(address: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] as number) <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Makes one span of two that touch; at the very end there is nothing to join. */
  #joinWithNext(index: number): void {
    if (index + 1 === this.#starts.length) return;
    this.#sizes[index] = (this.#sizes[index] as number) + (this.#sizes[index + 1] as number);
    this.#starts.splice(index + 1, 1);
    this.#sizes.splice(index + 1, 1);
  }

  #insert(index: number, address: number, size: number): void {
    this.#starts.splice(index, 0, address);
    this.#sizes.splice(index, 0, size);
    this.#free += size;
  }
}

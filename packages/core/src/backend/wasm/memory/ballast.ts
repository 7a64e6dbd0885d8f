/** How much is given out before the collector is shown it. */
const step = 8 * 2 ** 20;

/**
 * How heavy a byte is made to seem. V8 collects when some 64 MB are new, and a collection takes 2 to 5 ms, beside
 * what its own threads do. At twice this weight a training takes 45 MB less, and a ninth longer.
 */
const weight = 0.75;

/** What may hold ballast: a region, or what one eviction moved. */
export interface Laden {
  ballast: ArrayBuffer | null;
}

type Resizable = new (length: number, options: { maxByteLength: number }) => ArrayBuffer;

/**
 * Lets the collector feel the heap's weight. It counts the bytes of ArrayBuffers, and runs when many are new; of
 * bytes inside a WebAssembly.Memory it knows nothing, and would let gigabytes of dead tensors lie. So every few MiB a
 * holder gets an ArrayBuffer that dies with it. Nobody writes to it, and a resizable one is mapped, not allocated: it
 * takes addresses, but no memory.
 */
export class Ballast {
  #unshown = 0;
  #works = Object.hasOwn(ArrayBuffer.prototype, 'resizable');

  /** Counts what a holder has taken. */
  add(holder: Laden, bytes: number): void {
    this.#unshown += bytes;
    if (this.#unshown < step || !this.#works) return;
    const length = Math.ceil(weight * this.#unshown);
    this.#unshown = 0;
    try {
      holder.ballast = new (ArrayBuffer as unknown as Resizable)(length, { maxByteLength: length });
    } catch {
      this.#works = false; // no addresses to spare: eviction alone has to bound the heap
    }
  }

  /** Discounts what was given back by hand, which the collector need not look for. */
  remove(holder: Laden, bytes: number): void {
    this.#unshown -= bytes;
    holder.ballast = null;
  }
}

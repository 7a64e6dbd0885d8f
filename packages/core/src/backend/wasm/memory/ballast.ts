/**
 * How much is given out before the collector is shown it. A collection takes V8 some 4 ms, and its threads as much: at
 * half of this a training takes 40 MB less, and a tenth longer.
 */
export const unshownBytes = 96 * 2 ** 20;

/** What is shown then: V8 begins to mark when more than 64 MiB are new, and better all at once. */
const ballastBytes = 80 * 2 ** 20;

/**
 * How many allocations after that are shown, too, however little they weigh. While V8 marks, other threads do much of it,
 * on the cores that kernels run on, and what JavaScript writes is looked at; each report has it mark for a while on the
 * thread that reports, so that this is soon over.
 */
const reports = 64;

/** What may hold ballast: a region, or what one eviction moved. */
export interface Laden {
  ballast: ArrayBuffer | null;
}

interface Resizable extends ArrayBuffer {
  resize(length: number): void;
}

type MakeResizable = new (length: number, options: { maxByteLength: number }) => Resizable;

/**
 * Lets the collector feel the heap's weight. It counts the bytes of ArrayBuffers, and runs when many are new; of
 * bytes inside a WebAssembly.Memory it knows nothing, and would let gigabytes of dead tensors lie. So now and then a
 * holder gets an ArrayBuffer that dies with it. Nobody writes to it, and a resizable one is mapped, not allocated: it
 * takes addresses, but no memory. It is made when the one before is given out, and gets its weight when it is given out
 * itself: by then it is old, and where much weighs on new objects V8 looks through those first, in vain, and twice.
 */
export class Ballast {
  #unshown = 0;
  #reportsLeft = 0;
  #next: Resizable | undefined;
  #works = Object.hasOwn(ArrayBuffer.prototype, 'resizable');

  /** Counts what a holder has taken. */
  add(holder: Laden, bytes: number): void {
    this.#unshown += bytes;
    if (!this.#works) return;
    if (this.#unshown >= unshownBytes) this.#show(holder);
    else if (this.#reportsLeft > 0) {
      this.#reportsLeft--;
      holder.ballast = new ArrayBuffer(1);
    }
  }

  /** Discounts what was given back by hand, which the collector need not look for. */
  remove(holder: Laden, bytes: number): void {
    this.#unshown -= bytes;
    holder.ballast = null;
  }

  #show(holder: Laden): void {
    this.#unshown = 0;
    this.#reportsLeft = reports;
    try {
      const ballast = this.#next ?? emptyBallast();
      ballast.resize(ballastBytes);
      holder.ballast = ballast;
      this.#next = emptyBallast();
    } catch {
      this.#works = false; // no addresses to spare: eviction alone has to bound the heap
    }
  }
}

function emptyBallast(): Resizable {
  return new (ArrayBuffer as unknown as MakeResizable)(0, { maxByteLength: ballastBytes });
}

/** Less than this is not worth a timer. */
const worthwhile = 2 ** 20;

interface Timers {
  setTimeout(callback: () => void, milliseconds: number): { unref?(): void } | number;
}

/**
 * Tells how much was allocated from one turn of the event loop to the next. In a loop that never awaits no turn ends,
 * and nothing is told.
 */
export class Turns {
  readonly #ended: (bytes: number) => void;
  #bytes = 0;
  #isWaiting = false;

  constructor(ended: (bytes: number) => void) {
    this.#ended = ended;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#isWaiting || this.#bytes < worthwhile) return;
    this.#isWaiting = true;
    const timer = (globalThis as unknown as Timers).setTimeout(() => {
      const bytes = this.#bytes;
      this.#bytes = 0;
      this.#isWaiting = false;
      this.#ended(bytes);
    }, 0);
    if (typeof timer === 'object') timer.unref?.();
  }
}

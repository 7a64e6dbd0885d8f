import type { Kernel } from '../engine.ts';
import type { WasmMemory } from '../webassembly.ts';
import { blockWords, word } from './protocol.ts';
import type { Spawn, WorkerHandle } from './spawn.ts';

/** Milliseconds for which the caller looks out for the last parts before it sleeps. */
const spin = 0.1;

/** Milliseconds after which the caller looks again whether anything moves. */
const slice = 50;

export interface CrewOptions {
  readonly memory: WasmMemory;
  /** The address of its words. */
  readonly block: number;
  /** How many workers. */
  readonly size: number;
  readonly spawn: Spawn;
  /** Milliseconds without progress after which a worker that has claimed a part counts as dead. */
  readonly patience: number;
  /** Called when a worker has ended, or could not be started. */
  readonly died: (crew: Crew) => void;
}

/** A fixed number of workers that share the parts of jobs with the caller. See `protocol.ts`. */
export class Crew {
  readonly size: number;
  readonly #words: Int32Array;
  readonly #workers: WorkerHandle[] = [];
  readonly #patience: number;
  readonly #mayBlock: boolean;

  /** Starts the workers, in the background. @throws where that cannot be done */
  constructor({ memory, block, size, spawn, patience, died }: CrewOptions) {
    this.size = size;
    this.#patience = patience;
    this.#words = new Int32Array(memory.buffer, block, blockWords).fill(0);
    this.#mayBlock = mayBlock(this.#words);
    try {
      for (let thread = 1; thread <= size; thread++) {
        this.#workers.push(spawn({ memory, block, thread }, () => died(this)));
      }
    } catch (error) {
      this.disband();
      throw error;
    }
  }

  /** How many of the workers have started. */
  get ready(): number {
    return Atomics.load(this.#words, word.ready);
  }

  /**
   * Runs a job and takes part in it.
   * @returns false if a worker died over it: what has been done of it is not known
   */
  run({ id, run }: Kernel, descriptor: number, parts: number): boolean {
    const words = this.#words;
    words[word.kernel] = id;
    words[word.descriptor] = descriptor;
    words[word.parts] = parts;
    Atomics.store(words, word.unfinished, parts);
    Atomics.store(words, word.left, parts);
    this.#wake(parts - 1);

    let settled = 0;
    try {
      for (;;) {
        const left = Atomics.sub(words, word.left, 1);
        if (left <= 0) break;
        settled++;
        run(descriptor, parts - left, 0);
      }
    } catch (error) {
      // The job ends here, but not before the workers are out of it.
      settled += Math.max(0, Atomics.exchange(words, word.left, 0));
      this.#finish(settled);
      throw error;
    }
    return this.#finish(settled);
  }

  /** Has the workers end; one that is in the middle of a part may take a moment. */
  disband(): void {
    Atomics.store(this.#words, word.left, 0);
    for (const worker of this.#workers) worker.terminate();
  }

  /** Gives workers that were told to end the time to do so, of which no word would reach a caller that does not await. */
  rest(): void {
    this.#pause(this.#words[word.unfinished] as number);
  }

  /** Wakes as many sleepers as are needed for `helpers` workers to be awake. */
  #wake(helpers: number): void {
    const sleepers = Atomics.load(this.#words, word.sleepers);
    const missing = helpers - (this.ready - sleepers);
    if (sleepers > 0 && missing > 0) Atomics.notify(this.#words, word.left, missing);
  }

  /** Reports the caller's parts and waits for the others'. */
  #finish(own: number): boolean {
    const words = this.#words;
    if (Atomics.sub(words, word.unfinished, own) === own) return true;
    const until = performance.now() + spin;
    do {
      for (let i = 0; i < 64; i++) if (Atomics.load(words, word.unfinished) === 0) return true;
    } while (performance.now() < until);
    return this.#await();
  }

  /** Slices are counted, not read from the clock: it may leap, as when the machine sleeps. */
  #await(): boolean {
    const words = this.#words;
    let idle = 0;
    while (idle * slice < this.#patience && Atomics.load(words, word.failed) === 0) {
      const before = Atomics.load(words, word.unfinished);
      if (before === 0) return true;
      this.#pause(before);
      idle = Atomics.load(words, word.unfinished) === before ? idle + 1 : 0;
    }
    return Atomics.load(words, word.unfinished) === 0;
  }

  /** Lets a slice pass, or less if `unfinished` goes to 0 or a worker fails. */
  #pause(unfinished: number): void {
    const words = this.#words;
    if (this.#mayBlock) {
      Atomics.store(words, word.awaited, 1);
      Atomics.wait(words, word.unfinished, unfinished, slice);
      Atomics.store(words, word.awaited, 0);
      return;
    }
    const until = performance.now() + slice;
    while (performance.now() < until && Atomics.load(words, word.unfinished) === unfinished);
  }
}

/** A page's main thread must not wait, only look again and again. */
function mayBlock(words: Int32Array): boolean {
  try {
    Atomics.wait(words, word.failed, 1, 0);
    return true;
  } catch {
    return false;
  }
}

import type { Kernel } from '../engine.ts';
import type { WasmMemory } from '../webassembly.ts';
import { blockWords, over, queue, slot, slotOf, word } from './protocol.ts';
import type { Spawn, WorkerHandle } from './spawn.ts';

/** Milliseconds for which the caller looks out for parts before it sleeps. */
const spin = 0.1;

/** Milliseconds after which the caller looks again whether anything moves. */
const slice = 50;

export interface CrewOptions {
  readonly memory: WasmMemory;
  /** The address of its words. */
  readonly block: number;
  /** How many workers. */
  readonly size: number;
  /** How many jobs were enqueued before its first. */
  readonly enqueued: number;
  /** All kernels of its jobs, by their ids. */
  readonly kernels: readonly Kernel[];
  readonly spawn: Spawn;
  /** Milliseconds without progress after which a worker that has claimed a part counts as dead. */
  readonly patience: number;
  /** Called when a worker has ended, or could not be started. */
  readonly died: (crew: Crew) => void;
}

export interface LeftOver {
  /** How many of the last jobs. */
  readonly jobs: number;
  /** Whether some parts of the first of them may have been done, or half done. */
  readonly hasBegun: boolean;
}

/** A fixed number of workers that run the jobs of the queue, with the caller's help when it waits. See `protocol.ts`. */
export class Crew {
  readonly size: number;
  readonly #words: Int32Array;
  readonly #slots: Int32Array;
  readonly #kernels: readonly Kernel[];
  readonly #workers: WorkerHandle[] = [];
  readonly #patience: number;
  readonly #mayBlock: boolean;

  /** Starts the workers, in the background. @throws where that cannot be done */
  constructor({ memory, block, size, enqueued, kernels, spawn, patience, died }: CrewOptions) {
    this.size = size;
    this.#kernels = kernels;
    this.#patience = patience;
    this.#words = new Int32Array(memory.buffer, block, blockWords).fill(0);
    this.#words[word.opened] = enqueued;
    this.#slots = new Int32Array(memory.buffer, queue.address, (queue.slots * queue.slotBytes) / 4);
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

  /** How many jobs are not finished. */
  get pending(): number {
    return Atomics.load(this.#words, word.pending);
  }

  /**
   * What a crew that was disbanded leaves to be done.
   * @param enqueued how many jobs were enqueued, as its first was told
   */
  leftOver(enqueued: number): LeftOver {
    const words = this.#words;
    const jobs = this.pending;
    const isOpen = (words[word.opened] as number) + jobs - enqueued === 1;
    const isDone = isOpen && Atomics.load(words, word.unfinished) === 0;
    return { jobs: isDone ? jobs - 1 : jobs, hasBegun: isOpen && !isDone };
  }

  /** Makes a job of the n-th slot, in which the arguments are. */
  enqueue(n: number, kernel: Kernel, parts: number, again: boolean): void {
    const slots = this.#slots;
    const job = jobOf(n);
    slots[job + slot.kernel] = kernel.id;
    slots[job + slot.parts] = parts;
    slots[job + slot.again] = Number(again);
    if (Atomics.add(this.#words, word.pending, 1) === 0) this.#open();
  }

  /**
   * Takes part in the work until no more than so many jobs are pending.
   * @returns false if a worker died over it: what has been done of the open job is not known
   * @throws what the caller's own parts threw
   */
  finish(most: number): boolean {
    const words = this.#words;
    const errors: unknown[] = [];
    while (Atomics.load(words, word.pending) > most) {
      if (Atomics.load(words, word.left) > 0 && Atomics.sub(words, word.left, 1) > 0) {
        try {
          this.#run(Atomics.add(words, word.front, 1));
        } catch (error) {
          errors.push(error);
        }
        this.#report();
      } else if (!this.#partComes(most)) return false;
    }
    if (errors.length > 0) throw errors[0];
    return true;
  }

  /** Has the workers end; one that is in the middle of a part may take a moment. */
  disband(): void {
    const words = this.#words;
    Atomics.store(words, word.failed, 1);
    Atomics.store(words, word.left, over);
    Atomics.notify(words, word.left);
    for (const worker of this.#workers) worker.terminate();
  }

  /** Gives workers that were told to end the time to do so, of which no word would reach a caller that does not await. */
  rest(): void {
    this.#pause();
  }

  #open(): void {
    const words = this.#words;
    const opened = words[word.opened] as number;
    const job = jobOf(opened);
    const parts = this.#slots[job + slot.parts] as number;
    words[word.opened] = opened + 1;
    words[word.job] = job;
    words[word.front] = 0;
    words[word.back] = parts;
    Atomics.store(words, word.unfinished, parts);
    Atomics.store(words, word.left, parts);
    this.#wake(parts);
  }

  /** Runs a part of the open job. */
  #run(part: number): void {
    const job = this.#words[word.job] as number;
    const kernel = this.#kernels[this.#slots[job + slot.kernel] as number] as Kernel;
    kernel.run(queue.address + 4 * (job + slot.descriptor), part, 0);
  }

  #report(): void {
    const words = this.#words;
    if (Atomics.sub(words, word.unfinished, 1) === 1 && Atomics.sub(words, word.pending, 1) > 1) this.#open();
  }

  /** Wakes as many sleepers as are needed for so many workers to be awake. */
  #wake(workers: number): void {
    const sleepers = Atomics.load(this.#words, word.sleepers);
    const missing = workers - (this.ready - sleepers);
    if (sleepers === 0 || missing <= 0) return;
    Atomics.notify(this.#words, word.left, missing);
  }

  /** Waits until a part is left or few enough jobs are pending; false if nothing of the kind is to be expected. */
  #partComes(most: number): boolean {
    const words = this.#words;
    const until = performance.now() + spin;
    do {
      for (let i = 0; i < 64; i++) if (this.#hasCome(most)) return true;
    } while (performance.now() < until);
    // Slices are counted, not read from the clock: it may leap, as when the machine sleeps.
    let idle = 0;
    while (idle * slice < this.#patience && Atomics.load(words, word.failed) === 0) {
      const before = Atomics.load(words, word.unfinished);
      this.#pause();
      if (this.#hasCome(most)) return true;
      idle = Atomics.load(words, word.unfinished) === before ? idle + 1 : 0;
    }
    return false;
  }

  #hasCome(most: number): boolean {
    return Atomics.load(this.#words, word.left) > 0 || Atomics.load(this.#words, word.pending) <= most;
  }

  /** Lets a slice pass, or less if a job ends or a worker fails. */
  #pause(): void {
    const words = this.#words;
    const pending = Atomics.load(words, word.pending);
    if (this.#mayBlock) {
      Atomics.store(words, word.awaited, 1);
      if (Atomics.load(words, word.left) <= 0) Atomics.wait(words, word.pending, pending, slice);
      Atomics.store(words, word.awaited, 0);
      return;
    }
    const until = performance.now() + slice;
    while (performance.now() < until && Atomics.load(words, word.pending) === pending);
  }
}

/** Where the n-th slot begins among the words of all. */
function jobOf(n: number): number {
  return (slotOf(n) - queue.address) / 4;
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

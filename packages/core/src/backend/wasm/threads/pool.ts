import { ArgumentError, BackendError } from '../../../errors.ts';
import type { Kernel, Stream } from '../engine.ts';
import type { WasmMemory } from '../webassembly.ts';
import { Crew, type LeftOver } from './crew.ts';
import { Modules } from './modules.ts';
import { blockOfCrew, numbersAt, queue, slot, slotOf } from './protocol.ts';
import { type Spawn, spawn as spawnWorker } from './spawn.ts';

const mostThreads = 256;

/** How many crews may be lost before the caller goes on alone. */
const mostLosses = 3;

export interface PoolOptions {
  readonly memory: WasmMemory;
  /** The address, a multiple of 4, of bytes that are never freed. It must not move what the running kernel uses. */
  readonly allocateForever: (bytes: number) => number;
  /** `console.warn` if not given. */
  readonly warn?: (message: string) => void;
  readonly spawn?: Spawn;
  /** Milliseconds without progress after which a worker counts as dead, so no part may take that long. 10 s if not given. */
  readonly patience?: number;
}

/**
 * Runs kernels one after the other, on several threads where there are any to be had, and then while the caller goes on:
 * a stream, as GPUs have. Workers start in the background when they are first of use, and until they are ready the
 * caller does all the work. One pool to a memory, one thread of JavaScript to a pool.
 */
export class ThreadPool implements Stream {
  readonly #memory: WasmMemory;
  readonly #modules: Modules;
  readonly #warn: (message: string) => void;
  readonly #spawn: Spawn;
  readonly #patience: number;
  #threads = availableThreads();
  #possible: boolean;
  #crew: Crew | undefined;
  #crews = 0;
  /** How many jobs there were in all, as 32 bits. */
  #enqueued = 0;
  /** The slot of the next job. */
  #slot = slotOf(0);
  /** What jobs threw that nobody has been told yet. */
  readonly #errors: unknown[] = [];
  #losses = 0;

  constructor({ memory, allocateForever, warn, spawn, patience }: PoolOptions) {
    this.#memory = memory;
    this.#modules = new Modules(memory, allocateForever);
    this.#warn = warn ?? console.warn;
    this.#spawn = spawn ?? spawnWorker;
    this.#patience = patience ?? 10_000;
    this.#possible = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  }

  /** On how many threads kernels may run, the caller's included. */
  getNumThreads(): number {
    return this.#possible ? this.#threads : 1;
  }

  /**
   * Sets on how many threads kernels run; with 1, on the caller's alone. Results do not depend on it.
   * @throws ArgumentError unless it is a whole number from 1 to 256
   */
  setNumThreads(threads: number): void {
    checkThreads(threads);
    this.synchronize();
    this.#threads = threads;
  }

  /** How many threads are there by now: the caller's, and the workers that have started. */
  get ready(): number {
    return 1 + (this.#crew?.ready ?? 0);
  }

  /** Where the arguments of the next kernel go, and the numbers among its operands. */
  get descriptor(): number {
    return this.#slot + 4 * slot.descriptor;
  }

  get numbers(): number {
    return this.#slot + numbersAt;
  }

  /**
   * Runs parts 0 … parts − 1 of a kernel, in any order, after all that was launched before. Where there are workers they
   * may still have to run when this returns; `synchronize` waits for them.
   * @param again whether a part may be run a second time, after a worker died in the middle of it
   */
  readonly launch = (kernel: Kernel, parts: number, again: boolean): void => {
    const crew = this.#crewFor(kernel, parts);
    if (crew === undefined) runAlone(kernel, this.descriptor, parts);
    else this.#enqueue(crew, kernel, parts, again);
  };

  /**
   * Waits, with a hand in the work, until all that was launched has run.
   * @throws BackendError if a worker died over a part that may not be run again
   */
  readonly synchronize = (): void => {
    if (this.#crew !== undefined && this.#crew.pending > 0) this.#finish(this.#crew, 0);
    if (this.#errors.length > 0) throw this.#errors.splice(0)[0];
  };

  /** Workers that are of use for a job, if there are any yet; and for every job while others are still to run. */
  #crewFor(kernel: Kernel, parts: number): Crew | undefined {
    const isBusy = this.#crew !== undefined && this.#crew.pending > 0;
    if (!isBusy) {
      if (parts < 2 || this.#threads === 1 || !this.#possible) return undefined;
      if (this.#crew?.size !== this.#threads - 1) this.#gather();
      if (!this.#crew?.ready) return undefined;
    }
    if (this.#modules.kernels[kernel.id] === undefined) {
      this.synchronize(); // the module's memory may have been somebody's whose jobs are still to run
      this.#modules.publish(kernel);
    }
    return this.#crew;
  }

  #enqueue(crew: Crew, kernel: Kernel, parts: number, again: boolean): void {
    crew.enqueue(this.#enqueued, kernel, parts, again);
    this.#enqueued = (this.#enqueued + 1) | 0;
    this.#slot = slotOf(this.#enqueued);
    if (crew.pending === queue.slots - 1) this.#finish(crew, queue.slots / 2);
  }

  #finish(crew: Crew, most: number): void {
    try {
      if (!crew.finish(most)) this.#lose(crew);
    } catch (error) {
      this.#errors.push(error);
    }
  }

  #gather(): void {
    this.#dismiss();
    try {
      this.#crew = new Crew({
        memory: this.#memory,
        block: blockOfCrew(this.#crews++),
        size: this.#threads - 1,
        enqueued: this.#enqueued,
        kernels: this.#modules.kernels,
        spawn: this.#spawn,
        patience: this.#patience,
        died: (crew) => this.#lose(crew),
      });
    } catch {
      this.#possible = false;
    }
  }

  #dismiss(): void {
    const crew = this.#crew;
    this.#crew = undefined; // first, since in Deno a worker that is told to end has died before the call is over
    crew?.disband();
  }

  /**
   * Gives a crew up of which a worker has died, and does what it has left. The next job gathers another, unless that
   * seems to be of no use.
   */
  #lose(crew: Crew): void {
    if (crew !== this.#crew) return;
    this.#dismiss();
    if (crew.pending > 0) {
      crew.rest();
      this.#takeOver(crew.leftOver(this.#enqueued));
    }
    this.#losses++;
    const neverBegan = crew.ready === 0;
    this.#possible = !neverBegan && this.#losses < mostLosses;
    if (this.#losses > 1 || neverBegan) return;
    this.#warn('retrograd: a worker thread has died. The calling thread takes its work over.');
  }

  #takeOver({ jobs, hasBegun }: LeftOver): void {
    for (let i = jobs; i > 0; i--) {
      const address = slotOf(this.#enqueued - i);
      const words = new Int32Array(this.#memory.buffer, address, slot.descriptor);
      const isLost = hasBegun && i === jobs && words[slot.again] === 0;
      try {
        if (isLost) throw lostData();
        const kernel = this.#modules.kernels[words[slot.kernel] as number] as Kernel;
        runAlone(kernel, address + 4 * slot.descriptor, words[slot.parts] as number);
      } catch (error) {
        this.#errors.push(error);
      }
    }
  }
}

function runAlone({ run }: Kernel, descriptor: number, parts: number): void {
  for (let part = 0; part < parts; part++) run(descriptor, part, 0);
}

/** @throws ArgumentError for what is no number of threads */
export function checkThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads) {
    throw new ArgumentError({
      op: 'setNumThreads',
      got: typeof threads === 'number' ? `${threads}` : `a value of type ${typeof threads}`,
      want: `a whole number from 1 to ${mostThreads}`,
    });
  }
}

function availableThreads(): number {
  const { navigator } = globalThis as { navigator?: { readonly hardwareConcurrency?: number } };
  const os = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:os');
  const threads = navigator?.hardwareConcurrency ?? os?.availableParallelism() ?? 1;
  return Math.max(1, Math.min(threads, mostThreads));
}

function lostData(): BackendError {
  return new BackendError({
    op: 'launch',
    got: 'a worker thread that died in the middle of an operation that overwrites its own input',
    want: 'every part of it to be done once',
    fix: 'The tensor that was being overwritten holds no meaningful values any more: load or compute it anew.',
  });
}

import { ArgumentError, BackendError } from '../../../errors.ts';
import type { Kernel } from '../engine.ts';
import type { WasmMemory } from '../webassembly.ts';
import { Crew } from './crew.ts';
import { Modules } from './modules.ts';
import { blockOfCrew } from './protocol.ts';
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
 * Runs kernels on several threads, where there are any to be had. Workers start in the background when they are first
 * of use, and until they are ready the caller does all the work. One pool to a memory, one thread of JavaScript to a pool.
 */
export class ThreadPool {
  readonly #memory: WasmMemory;
  readonly #modules: Modules;
  readonly #warn: (message: string) => void;
  readonly #spawn: Spawn;
  readonly #patience: number;
  #threads = availableThreads();
  #possible: boolean;
  #crew: Crew | undefined;
  #crews = 0;
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
    this.#threads = threads;
  }

  /** How many threads are there by now: the caller's, and the workers that have started. */
  get ready(): number {
    return 1 + (this.#crew?.ready ?? 0);
  }

  /**
   * Runs parts 0 … parts − 1 of a kernel, in any order.
   * @param again whether a part may be run a second time, after a worker died in the middle of it
   * @throws BackendError if a worker died and `again` is false
   */
  readonly launch = (kernel: Kernel, descriptor: number, parts: number, again = true): void => {
    const crew = this.#crewFor(parts);
    if (crew !== undefined) {
      this.#modules.publish(kernel);
      if (this.#runOn(crew, kernel, descriptor, parts)) return;
      this.#lose(crew);
      crew.rest();
      if (!again) throw lostData();
    }
    for (let part = 0; part < parts; part++) kernel.run(descriptor, part, 0);
  };

  /** Workers that are of use for a job, if there are any yet. */
  #crewFor(parts: number): Crew | undefined {
    if (parts < 2 || this.#threads === 1 || !this.#possible) return undefined;
    if (this.#crew?.size !== this.#threads - 1) this.#gather();
    return this.#crew?.ready ? this.#crew : undefined;
  }

  #gather(): void {
    this.#dismiss();
    try {
      this.#crew = new Crew({
        memory: this.#memory,
        block: blockOfCrew(this.#crews++),
        size: this.#threads - 1,
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

  #runOn(crew: Crew, kernel: Kernel, descriptor: number, parts: number): boolean {
    try {
      return crew.run(kernel, descriptor, parts);
    } catch (error) {
      this.#dismiss();
      throw error;
    }
  }

  /** Gives a crew up of which a worker has died. The next job gathers another, unless that seems to be of no use. */
  #lose(crew: Crew): void {
    if (crew !== this.#crew) return;
    this.#dismiss();
    this.#losses++;
    const neverBegan = crew.ready === 0;
    this.#possible = !neverBegan && this.#losses < mostLosses;
    if (this.#losses > 1 || neverBegan) return;
    this.#warn('retrograd: a worker thread has died. The calling thread takes its work over.');
  }
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

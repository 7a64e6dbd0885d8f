import type { DType } from '../../dtype.ts';
import type { View } from '../backend.ts';
import type { FunctionBuilder, Local } from './assembler/function.ts';
import { i32 } from './assembler/instructions.ts';
import { assemble, type Body, memoryImport } from './assembler/module.ts';
import type { Features } from './features.ts';
import type { Heap } from './memory/heap.ts';
import type { HeapStorage, Numbers } from './memory/storage.ts';
import { mostFields, noteAddress } from './threads/protocol.ts';
import { webAssembly } from './webassembly.ts';

/** What every kernel looks like from outside: it reads its arguments from memory and does one part of the work. */
type Run = (descriptor: number, part: number, thread: number) => void;

export interface Kernel {
  readonly id: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly run: Run;
}

/** The arguments of a kernel inside of it: its fields, which part it is to do, and on which thread it runs. */
export interface Arguments {
  readonly fields: readonly Local<'i32'>[];
  readonly part: Local<'i32'>;
  readonly thread: Local<'i32'>;
}

/** Runs kernels on the memory, one after the other. */
export interface Stream {
  /** Where the arguments of the next kernel go. */
  readonly descriptor: number;
  /** Where numbers go that are operands of the next kernel. */
  readonly numbers: number;
  /**
   * Runs parts 0 … parts − 1 of a kernel, on one thread or several, now or soon: what JavaScript reads from the memory, or
   * writes to it but for the next kernel's arguments, has to `synchronize` before.
   * @param again whether a part gives the same when it is run twice, as when a thread dies in the middle of it
   */
  launch(kernel: Kernel, parts: number, again: boolean): void;
  synchronize(): void;
}

/** Compiles kernels when they are first asked for, and runs them on the heap. */
export class Engine {
  readonly heap: Heap;
  readonly features: Features;
  /** Every kernel so far; a kernel's id is its place here. */
  readonly kernels: Kernel[] = [];
  readonly stream: Stream;
  readonly #byKey = new Map<string, Kernel>();
  #words: Int32Array = new Int32Array(0);

  constructor(heap: Heap, features: Features, stream: Stream) {
    this.heap = heap;
    this.stream = stream;
    this.features = features;
  }

  /** The kernel of that name, assembled by `write` the first time: its last function is the one that is run. */
  kernel(key: string, write: () => Readonly<Record<string, Body>>): Kernel {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const functions = write();
    const bytes = assemble(functions, this.heap.shared);
    const { module, name } = memoryImport;
    if (webAssembly === undefined) throw new TypeError('there is no WebAssembly here');
    const instance = new webAssembly.Instance(new webAssembly.Module(bytes), {
      [module]: { [name]: this.heap.memory },
    });
    const last = Object.keys(functions).at(-1) ?? '';
    const kernel = { id: this.kernels.length, bytes, run: instance.exports[last] as Run };
    this.kernels.push(kernel);
    this.#byKey.set(key, kernel);
    return kernel;
  }

  /**
   * Runs a kernel, now or soon: see `Stream`. Its results must not depend on how many parts run at once, nor in which order.
   * @param fields its arguments, integers all
   * @param again whether a part gives the same when it is run twice: not if it overwrites what it reads
   */
  launch(kernel: Kernel, fields: readonly number[], parts = 1, again = true): void {
    const words = this.#wordsNow();
    const first = this.stream.descriptor / 4;
    for (let i = 0; i < fields.length; i++) words[first + i] = fields[i] as number;
    this.stream.launch(kernel, parts, again);
  }

  /** Waits for what was launched; whether a kernel has noted anything since this was last asked. */
  wasNoted(): boolean {
    let noted = false;
    try {
      this.stream.synchronize();
    } finally {
      // Cleared in any case, lest the next to ask gets this answer.
      const words = this.#wordsNow();
      noted = words[noteAddress / 4] !== 0;
      words[noteAddress / 4] = 0;
    }
    return noted;
  }

  /** The whole memory as 32-bit words, good until it grows. */
  #wordsNow(): Int32Array {
    if (this.#words.buffer !== this.heap.buffer) this.#words = new Int32Array(this.heap.buffer);
    return this.#words;
  }
}

/** The arguments of a kernel, of which some are known long before the call. */
export class Template<Name extends string, Known extends Name> {
  readonly #values: number[];
  readonly #places: Readonly<Record<string, number>>;

  constructor(names: readonly Name[], known: Readonly<Record<Known, number>>) {
    this.#places = Object.fromEntries(names.map((name, i) => [name, i]));
    this.#values = names.map((name) => (name in known ? known[name as Known] : 0));
  }

  /** All of them in the order in which the kernel reads them, until the next call. */
  with(later: Readonly<Record<Exclude<Name, Known>, number>>): readonly number[] {
    const values: Readonly<Record<string, number>> = later;
    for (const name in values) this.#values[this.#places[name] as number] = values[name] as number;
    return this.#values;
  }
}

export const bytesPerElement: Record<DType, number> = { bool: 1, uint8: 1, int32: 4, float32: 4, float64: 8 };

/** Where the first element of a view is, in bytes; good until the next kernel call begins. */
export function addressOf({ storage, offset }: View): number {
  return (storage as HeapStorage | Numbers).address() + offset * bytesPerElement[storage.dtype];
}

/** Values under the names that they have in the same order. */
export function named<K extends string, T>(names: readonly K[], values: readonly T[]): Record<K, T> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]])) as Record<K, T>;
}

/**
 * The body of a kernel with `count` fields.
 *
 * @example
 * ```ts
 * const fill = body(2, (f, { fields: [out, value] }) => f.emit(i32.store(out, value)));
 * ```
 */
export function body(count: number, write: (f: FunctionBuilder, args: Arguments) => void): Body {
  if (count > mostFields) throw new RangeError(`a kernel takes at most ${mostFields} fields`);
  return (f) => {
    const [descriptor, part, thread] = [f.param(), f.param(), f.param()];
    const fields = Array.from({ length: count }, (_, i) => f.let(i32.load(descriptor, 4 * i)));
    write(f, { fields, part, thread });
  };
}

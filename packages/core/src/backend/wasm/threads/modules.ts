import type { Kernel } from '../engine.ts';
import type { WasmMemory } from '../webassembly.ts';
import { link, linkBytes, linkWords } from './protocol.ts';

/** The kernels that workers know or can learn: a chain of modules in memory, which only ever grows. */
export class Modules {
  readonly #memory: WasmMemory;
  readonly #allocateForever: (bytes: number) => number;
  /** Those that are there, by their ids. */
  readonly kernels: Kernel[] = [];
  #last = 0;

  constructor(memory: WasmMemory, allocateForever: (bytes: number) => number) {
    this.#memory = memory;
    this.#allocateForever = allocateForever;
  }

  /** Puts a kernel where workers find it, in memory that nothing else may be using. */
  publish(kernel: Kernel): void {
    const { id, bytes } = kernel;
    const address = this.#allocateForever(linkBytes + bytes.length);
    const { buffer } = this.#memory;
    const words = new Int32Array(buffer, address, linkWords);
    words[link.next] = 0;
    words[link.kernel] = id;
    words[link.length] = bytes.length;
    new Uint8Array(buffer, address + linkBytes, bytes.length).set(bytes);
    Atomics.store(new Int32Array(buffer, this.#last, linkWords), link.next, address);
    this.#last = address;
    this.kernels[id] = kernel;
  }
}

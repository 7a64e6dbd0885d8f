import {
  autograd,
  type Call,
  type DType,
  kernelFallbacks,
  memoryStats,
  numelOf,
  probe,
  type Shape,
  synchronize,
  type Tensor,
} from '@retrograd/core';
import type { Module } from '@retrograd/nn';
import { chainOf, type ModuleCall, ModuleWatch } from '../modules.ts';
import { bytesPerElement } from '../units.ts';
import { flopsOf } from './flops.ts';

/** One run of a primitive. Times are in milliseconds from the beginning of the profile. */
export interface OpEvent {
  /** The primitive; with an underscore at its end where it has written in place. */
  readonly op: string;
  /** The op whose gradient it was part of; `null` outside of backward. */
  readonly gradientOf: string | null;
  /** Counts the gradients that backward has computed, so that the primitives of one can be told from the next. */
  readonly visit: number;
  /** The modules that it ran in, or whose gradient it was part of, from the outermost to the innermost. */
  readonly modules: readonly ModuleCall[];
  readonly start: number;
  readonly duration: number;
  /** The duration, without that of primitives that ran within this one (in hooks). */
  readonly self: number;
  readonly shape: Shape;
  readonly dtype: DType;
  /** What its result takes; 0 for views and what is written in place. */
  readonly bytes: number;
  /** Floating-point operations, where they are counted: matrix products and correlations. */
  readonly flops: number;
  /** The kernels that ran on the reference backend. */
  readonly fallbacks: readonly string[];
  /** Bytes that all tensors held afterwards. */
  readonly live: number;
}

/** What a profile is made of. */
export interface Recorded {
  readonly events: readonly OpEvent[];
  readonly calls: readonly ModuleCall[];
  /** Milliseconds from beginning to end. */
  readonly duration: number;
  /** `performance.now()` at the beginning. */
  readonly began: number;
  /** Bytes that all tensors held at the beginning. */
  readonly liveBefore: number;
}

/** Watches from its making on until `end`. */
export class Recording {
  readonly #events: OpEvent[] = [];
  readonly #watch: ModuleWatch | null;
  readonly #stop: () => void;
  readonly #began: number;
  readonly #liveBefore = memoryStats().live;
  #node: autograd.Node | null = null;
  #visits = 0;

  constructor(model: Module | null) {
    this.#watch = model && new ModuleWatch(model);
    this.#stop = probe((call) => this.#begin(call));
    this.#began = performance.now();
  }

  /** Stops watching, and gives what was seen. */
  end(): Recorded {
    const duration = performance.now() - this.#began;
    this.#stop();
    this.#watch?.stop();
    const calls = this.#watch?.calls ?? [];
    return { events: this.#events, calls, duration, began: this.#began, liveBefore: this.#liveBefore };
  }

  #begin({ primitive, inputs, params, into }: Call): (out: Tensor) => void {
    const { name } = primitive;
    const node = autograd.currentNode();
    if (node !== this.#node) this.#visits++;
    this.#node = node;
    const place = {
      op: into === null ? name : `${name}_`,
      gradientOf: node === null ? null : node.name,
      visit: this.#visits,
      modules: chainOf((node ? this.#watch?.callOf(node.sequence) : this.#watch?.current) ?? null),
    };
    const before = new Map(kernelFallbacks());
    const inside = this.#events.length;
    synchronize(); // so that each op is charged with its own kernels, though it takes longer so
    const start = performance.now();
    return (out) => {
      synchronize();
      const duration = performance.now() - start;
      const within = this.#events.slice(inside).reduce((sum, { self }) => sum + self, 0);
      // A view is of memory that is there already, unless it had to be copied.
      const isNew = into === null && !inputs.some(({ storage }) => storage === out.storage);
      this.#events.push({
        ...place,
        start: start - this.#began,
        duration,
        self: Math.max(duration - within, 0),
        shape: out.shape,
        dtype: out.dtype,
        bytes: isNew ? numelOf(out.shape) * bytesPerElement[out.dtype] : 0,
        flops: flopsOf(name, inputs, out, params),
        fallbacks: isNew || into !== null ? fallbacksSince(before, out) : [],
        live: memoryStats().live,
      });
    };
  }
}

/** The kernels that have run on the reference backend since; where it is the only one, all do. */
function fallbacksSince(before: ReadonlyMap<string, number>, out: Tensor): string[] {
  if (out.storage.backend.name === 'reference') return ['all'];
  return [...kernelFallbacks()].flatMap(([kernel, times]) =>
    times > (before.get(kernel) ?? 0) ? [kernel] : [],
  );
}

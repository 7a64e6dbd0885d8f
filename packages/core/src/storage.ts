import type { Backend } from './backend/backend.ts';
import type { DType, TypedArray } from './dtype.ts';

/** The memory under one or more views: a flat run of elements that one backend owns. */
export abstract class Storage {
  readonly backend: Backend;
  readonly dtype: DType;
  /** Number of elements. */
  readonly length: number;
  /** How often the elements were overwritten in place; what the tape saved is only good for the version it saw. */
  version = 0;
  /**
   * True while the elements are those that a tensor was made of, so that nobody has to wait for a kernel to read them.
   * Dispatch sets it to false before one writes to them.
   */
  isInitial = false;
  /** The op that overwrote them last, for the error that names it. */
  writer = '';

  constructor(backend: Backend, dtype: DType, length: number) {
    this.backend = backend;
    this.dtype = dtype;
    this.length = length;
  }

  /** The elements where they lie now, for reading. A backend may move them: read at once, and keep no reference. */
  abstract get data(): TypedArray;

  /** Gives the memory back at once, instead of when the collector finds it. For owners that know it to be unreachable. */
  abstract free(): void;

  /** Called before elements are overwritten: what was to be computed of them later is computed now. */
  willChange(): void {}

  /** Records that `op` has overwritten elements. */
  touch(op: string): void {
    this.version++;
    this.writer = op;
  }
}

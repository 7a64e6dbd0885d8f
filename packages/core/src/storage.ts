import type { Backend } from './backend/backend.ts';
import type { DType, TypedArray } from './dtype.ts';

/** The memory under one or more views: a flat run of elements that one backend owns. */
export class Storage {
  readonly backend: Backend;
  readonly dtype: DType;
  readonly data: TypedArray;
  /** How often the elements were overwritten in place; what the tape saved is only good for the version it saw. */
  version = 0;
  /** The op that overwrote them last, for the error that names it. */
  writer = '';

  constructor(backend: Backend, dtype: DType, data: TypedArray) {
    this.backend = backend;
    this.dtype = dtype;
    this.data = data;
  }

  get length(): number {
    return this.data.length;
  }

  /** Records that `op` has overwritten elements. */
  touch(op: string): void {
    this.version++;
    this.writer = op;
  }
}

import type { DType, TypedArray } from '../../../dtype.ts';
import { Storage } from '../../../storage.ts';
import type { Backend } from '../../backend.ts';
import type { Engine, Stream } from '../engine.ts';
import { controlBytes, mostFields } from '../threads/protocol.ts';
import type { Heap } from './heap.ts';
import type { Region } from './region.ts';

type View = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TypedArray;

const views: Record<DType, View & { readonly BYTES_PER_ELEMENT: number }> = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** Elements in the heap. */
export class HeapStorage extends Storage {
  readonly #heap: Heap;
  readonly #region: Region;
  readonly #offset: number;
  readonly #shared: boolean;
  #view: TypedArray | undefined;
  /** About which share of the elements is not 0, as far as is known: nothing but speed depends on it. */
  density = 1;

  constructor(backend: Backend, heap: Heap, dtype: DType, length: number) {
    super(backend, dtype, length);
    const { region, offset, shared } = heap.allocate(length * views[dtype].BYTES_PER_ELEMENT);
    this.#heap = heap;
    this.#region = region;
    this.#offset = offset;
    this.#shared = shared;
  }

  /** Where the first element is, in bytes; good until the next kernel call begins. */
  address(): number {
    return this.#region.address() + this.#offset;
  }

  get data(): TypedArray {
    if (!this.isInitial) this.#heap.synchronize();
    return this.#viewNow();
  }

  /** Writes the first elements it ever has. */
  initialize(data: TypedArray): void {
    this.#heap.quieten(this.#region);
    this.#viewNow().set(data);
  }

  /** Does nothing for a small storage, since others share its region. */
  free(): void {
    if (this.#shared) return;
    this.#heap.free(this.#region);
    this.#view = undefined;
  }

  #viewNow(): TypedArray {
    const address = this.address();
    const { buffer } = this.#heap;
    let view = this.#view;
    if (view === undefined || view.buffer !== buffer || view.byteOffset !== address) {
      view = new views[this.dtype](buffer, address, this.length);
      this.#view = view;
    }
    return view;
  }
}

/** Numbers as operands of the next kernel, which lie beside its arguments. */
export class Numbers extends Storage {
  readonly #heap: Heap;
  readonly #stream: Stream;
  #all: TypedArray;

  constructor(backend: Backend, { heap, stream }: Engine, dtype: DType) {
    super(backend, dtype, mostFields);
    this.#heap = heap;
    this.#stream = stream;
    this.#all = new views[dtype](heap.buffer, 0, controlBytes / views[dtype].BYTES_PER_ELEMENT);
  }

  address(): number {
    return this.#stream.numbers;
  }

  get data(): TypedArray {
    return new views[this.dtype](this.#heap.buffer, this.address(), this.length);
  }

  write(values: readonly number[]): void {
    const { dtype } = this;
    const { BYTES_PER_ELEMENT } = views[dtype];
    const { buffer } = this.#heap;
    if (this.#all.buffer !== buffer)
      this.#all = new views[dtype](buffer, 0, controlBytes / BYTES_PER_ELEMENT);
    const first = this.address() / BYTES_PER_ELEMENT;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      this.#all[first + i] = dtype === 'bool' ? Number(value !== 0) : value;
    }
  }

  free(): void {}
}

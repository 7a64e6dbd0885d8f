import type { DType, TypedArray } from '../../../dtype.ts';
import { Storage } from '../../../storage.ts';
import type { Backend } from '../../backend.ts';
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
    const address = this.address();
    const { buffer } = this.#heap;
    let view = this.#view;
    if (view === undefined || view.buffer !== buffer || view.byteOffset !== address) {
      view = new views[this.dtype](buffer, address, this.length);
      this.#view = view;
    }
    return view;
  }

  /** Does nothing for a small storage, since others share its region. */
  free(): void {
    if (this.#shared) return;
    this.#heap.free(this.#region);
    this.#view = undefined;
  }
}

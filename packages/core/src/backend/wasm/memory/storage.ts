import type { DType, TypedArray } from '../../../dtype.ts';
import { Storage } from '../../../storage.ts';
import type { Backend, View } from '../../backend.ts';
import type { Engine, Stream } from '../engine.ts';
import { controlBytes, mostFields } from '../threads/protocol.ts';
import type { Heap } from './heap.ts';
import type { Placement } from './region.ts';

type ArrayOf = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TypedArray;

const views: Record<DType, ArrayOf & { readonly BYTES_PER_ELEMENT: number }> = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** Elements that are computed when they are first asked for; who reads them may do without. */
export interface Deferred {
  /** What they are made of, which stays as it is until then. */
  readonly operands: readonly View[];
  /** Launches what makes them. This may happen in the middle of another kernel call, and so begins none. */
  compute(out: View): void;
}

/** So many may wait for one storage, which holds them: they must not pile up. */
const mostWaiting = 4;
const none: readonly HeapStorage[] = [];

let made = 0;

/** Elements in the heap, which has room for them from when they are first asked for. */
export class HeapStorage extends Storage {
  readonly #heap: Heap;
  #placement: Placement | null = null;
  #view: TypedArray | undefined;
  #deferred: Deferred | null = null;
  /** Those whose elements are to be made of these. No weak references: they would keep them until a turn ends. */
  #waiting: readonly HeapStorage[] = none;
  #isFree = false;
  /** About which share of the elements is not 0, as far as is known: nothing but speed depends on it. */
  density = 1;
  /** Deep comparisons, which do not see elements in a heap, would find all storages of one size equal, but for this. */
  readonly number = ++made;

  constructor(backend: Backend, heap: Heap, dtype: DType, length: number) {
    super(backend, dtype, length);
    this.#heap = heap;
  }

  /** Where the first element is, in bytes; good until the next kernel call begins. */
  address(): number {
    const placement = this.#placement ?? this.#settle();
    return placement.region.address() + placement.offset;
  }

  get data(): TypedArray {
    this.address();
    if (!this.isInitial) this.#heap.synchronize();
    return this.#viewNow();
  }

  /** How the elements are to be made, as long as nobody has asked for them. */
  get deferred(): Deferred | null {
    return this.#deferred;
  }

  /** Leaves the elements to be made when somebody asks for them; `false` if they had better be made at once. */
  defer(deferred: Deferred): boolean {
    if (this.#placement !== null) return false;
    for (const { storage } of deferred.operands) {
      if (!(storage instanceof HeapStorage) || storage.#waiting.length >= mostWaiting) return false;
    }
    for (const { storage } of deferred.operands) {
      if (storage instanceof HeapStorage) storage.#waiting = [...storage.#waiting, this];
    }
    this.#deferred = deferred;
    return true;
  }

  /** Writes the first elements it ever has. */
  initialize(data: TypedArray): void {
    const { region } = this.#placement ?? this.#settle();
    this.#heap.quieten(region);
    this.#viewNow().set(data);
  }

  override willChange(): void {
    for (const storage of this.#waiting) storage.address();
  }

  /** Does nothing for a small storage, since others share its region, and only later what others are to be made of. */
  free(): void {
    this.#isFree = true;
    if (this.#waiting.length > 0) return;
    this.#forget();
    if (this.#placement === null || this.#placement.shared) return;
    this.#heap.free(this.#placement.region);
    this.#view = undefined;
  }

  #settle(): Placement {
    if (this.#isFree && this.#deferred === null)
      throw new TypeError('internal: a storage was touched that has been freed');
    const placement = this.#heap.allocate(this.length * views[this.dtype].BYTES_PER_ELEMENT);
    this.#placement = placement;
    try {
      this.#deferred?.compute({ storage: this, shape: [this.length], strides: [1], offset: 0 });
    } catch (error) {
      this.#placement = null;
      if (!placement.shared) this.#heap.free(placement.region);
      throw error;
    }
    this.#forget();
    return placement;
  }

  /** Waits no longer for what the elements were to be made of. */
  #forget(): void {
    const operands = this.#deferred?.operands ?? [];
    this.#deferred = null;
    for (const { storage } of operands) {
      if (!(storage instanceof HeapStorage)) continue;
      storage.#waiting =
        storage.#waiting.length === 1 ? none : storage.#waiting.filter((each) => each !== this);
      if (storage.#isFree) storage.free();
    }
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

import type { DType, TypedArray } from '../../dtype.ts';
import type { Backend } from '../backend.ts';
import { reference } from '../reference/reference.ts';
import { correlating } from './correlate.ts';
import { elementwise } from './elementwise.ts';
import { Engine } from './engine.ts';
import { onHeap } from './fallback.ts';
import type { Features } from './features.ts';
import { gathering } from './gather.ts';
import { matmul } from './matmul.ts';
import { Heap } from './memory/heap.ts';
import { HeapStorage } from './memory/storage.ts';
import type { MemoryOptions } from './memory/wasm-memory.ts';
import { pooling } from './pool.ts';
import { reduce } from './reduce.ts';
import { argReduce } from './search.ts';
import { softmax } from './softmax.ts';
import { ThreadPool } from './threads/pool.ts';

export interface WasmOptions extends Partial<MemoryOptions> {
  readonly features: Features;
}

/** A backend with a heap and threads of its own. */
export interface Wasm {
  readonly backend: Backend;
  readonly heap: Heap;
  readonly pool: ThreadPool;
  /** How often each kernel was left to the reference backend. */
  readonly fallen: ReadonlyMap<string, number>;
}

/**
 * Kernels in WebAssembly, on vectors and threads; what they do not cover runs on the reference backend, which reads and
 * writes the same heap.
 */
export function createWasm({ features, shared = true, ...memory }: WasmOptions): Wasm {
  const heap = new Heap({ shared, ...memory });
  const pool = new ThreadPool({
    memory: heap.memory,
    allocateForever: (bytes) => heap.allocateForever(bytes),
  });
  heap.synchronize = pool.synchronize;
  const engine = new Engine(heap, features, pool);
  const fallen = new Map<string, number>();
  const fallback = onHeap(reference, (kernel) => {
    fallen.set(kernel, (fallen.get(kernel) ?? 0) + 1);
    heap.begin();
    heap.synchronize();
  });
  const base: Backend = {
    ...fallback,
    name: 'wasm',
    allocate: (dtype: DType, length: number) => new HeapStorage(backend, heap, dtype, length),
    adopt: (dtype: DType, data: TypedArray) => {
      heap.begin();
      const storage = new HeapStorage(backend, heap, dtype, data.length);
      storage.initialize(data);
      return storage;
    },
    ...elementwise(engine, fallback),
    reduce: reduce(engine, fallback),
    argReduce: argReduce(engine, fallback),
    softmax: softmax(engine, fallback),
    matmul: matmul(engine, fallback),
    ...gathering(engine, fallback),
    synchronize: pool.synchronize,
  };
  const backend: Backend = { ...base, correlate: correlating(engine, base), ...pooling(engine, base) };
  return { backend, heap, pool, fallen };
}

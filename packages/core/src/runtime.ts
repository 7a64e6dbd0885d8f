import { wasm } from './backend/select.ts';
import { checkLimits, type MemoryLimits, type MemoryStats } from './backend/wasm/memory/heap.ts';
import { checkThreads } from './backend/wasm/threads/pool.ts';
import { checkOptions } from './ops/arguments.ts';

export type { MemoryLimits, MemoryStats };

const nothing: MemoryStats = { live: 0, cached: 0, evicted: 0, reserved: 0, softLimit: 0, hardLimit: 0 };

/**
 * What the heap of tensors holds, in bytes. No call is needed to keep it small.
 * All zeros where tensors lie in ordinary arrays (RETROGRAD_BACKEND=reference, or no WebAssembly with vectors).
 */
export function memoryStats(): MemoryStats {
  return wasm?.heap.memoryStats() ?? nothing;
}

/**
 * Fixes the heap size from which on tensors that were not touched for long are moved to ordinary memory (`soft`; it
 * adapts otherwise), and the size that it never exceeds (`hard`).
 * @throws ArgumentError for limits that make no sense; MemoryError, later, from the op that finds no room
 */
export function setMemoryLimits(limits: MemoryLimits = {}): void {
  checkOptions('setMemoryLimits', limits, ['soft', 'hard']);
  if (wasm === null) checkLimits(limits);
  wasm?.heap.setMemoryLimits(limits);
}

const noFallbacks: ReadonlyMap<string, number> = new Map();

/**
 * How often each kernel has run on the reference backend, which is slow, because WebAssembly has none for its operands.
 * The map is a live one. Empty where all runs on the reference backend (RETROGRAD_BACKEND=reference).
 */
export function kernelFallbacks(): ReadonlyMap<string, number> {
  return wasm?.fallen ?? noFallbacks;
}

/** How many threads large ops are spread over, the caller's among them. */
export function getNumThreads(): number {
  return wasm?.pool.getNumThreads() ?? 1;
}

/**
 * Spreads large ops over so many threads; the caller's is one of them. Results are the same bits for any number.
 * Default: as many as the machine runs at once. Where memory cannot be shared, all runs on the caller's.
 * @throws ArgumentError unless it is a whole number from 1 to 256
 */
export function setNumThreads(threads: number): void {
  if (wasm === null) checkThreads(threads);
  wasm?.pool.setNumThreads(threads);
}

/**
 * Waits until all ops that were called have run. An op may still be running on other threads when its call returns;
 * whatever reads a tensor's elements waits by itself, so that only who measures time has to ask for it.
 *
 * @example
 * ```ts
 * const start = performance.now();
 * const c = a.matmul(b);
 * synchronize();
 * console.log(performance.now() - start);
 * ```
 */
export function synchronize(): void {
  wasm?.backend.synchronize();
}

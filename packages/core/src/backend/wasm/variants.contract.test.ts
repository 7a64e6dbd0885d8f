import { describe, expect, it } from 'vitest';
import { correlateContract } from '../contract/correlate.ts';
import { matmulContract } from '../contract/matmul.ts';
import { memoryContract } from '../contract/memory.ts';
import { sparseContract } from '../contract/sparse.ts';
import { createWasm } from './wasm.ts';

/**
 * What a platform lacks that has neither the relaxed instructions nor shared memory. One backend for both: the first
 * decides how a kernel multiplies and adds, the second which memory it is linked to, and neither looks at the other.
 * Of the contract it takes what could tell the difference: the families that multiply and add, and that of memory.
 * Elementwise kernels of this kind are held against their formulas in `elementwise.test.ts` and `functions.test.ts`.
 */
const { backend, heap, pool } = createWasm({ features: { simd: true, relaxed: false }, shared: false });

describe('a platform with neither relaxed instructions nor shared memory', () => {
  it('has an ordinary memory and one thread', () => {
    expect(heap.buffer).toBeInstanceOf(ArrayBuffer);
    expect(pool.getNumThreads()).toBe(1);
  });

  it.each([1, 12])('rounds products before it adds them, in %i columns', (columns) => {
    // x² = 1 + 2⁻¹¹ + 2⁻²⁴, of which a float32 keeps all but the last: x² − (1 + 2⁻¹¹) is 0, and fused it is 2⁻²⁴.
    const x = 1 + 2 ** -12;
    const matrix = (rows: number, values: readonly number[]) => ({
      storage: backend.adopt('float32', Float32Array.from(values)),
      shape: [rows, values.length / rows],
      strides: [values.length / rows, 1],
      offset: 0,
    });
    const a = matrix(1, [-(1 + 2 ** -11), x]);
    const b = matrix(2, [...new Array(columns).fill(1), ...new Array(columns).fill(x)]);
    const out = matrix(1, new Array(columns).fill(-1));
    backend.matmul(a, b, out);
    expect([...out.storage.data]).toEqual(new Array(columns).fill(0));
  });

  describe('memory', () => memoryContract(backend));
  describe('matmul', () => matmulContract(backend));
  describe('correlate', () => correlateContract(backend));
  describe('sparse', () => sparseContract(backend));
});

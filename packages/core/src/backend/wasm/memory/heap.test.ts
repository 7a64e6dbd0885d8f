import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryError } from '../../../errors.ts';
import type { Backend } from '../../backend.ts';
import { reference } from '../../reference/reference.ts';
import { controlBytes } from '../threads/protocol.ts';
import { Heap } from './heap.ts';
import { HeapStorage } from './storage.ts';

const MiB = 2 ** 20;
const pages = 65536;

/** A storage knows its backend but asks nothing of it. */
const backend: Backend = reference;

function heapOf(limits: { soft?: number; hard?: number } = {}, shared = true): Heap {
  const heap = new Heap({ shared });
  heap.setMemoryLimits(limits);
  return heap;
}

function floats(heap: Heap, length: number, value = 0): HeapStorage {
  const storage = new HeapStorage(backend, heap, 'float32', length);
  storage.data.fill(value);
  return storage;
}

/** A storage of so many bytes, as the only op of a kernel call. */
function step(heap: Heap, bytes: number, value = 0): HeapStorage {
  heap.begin();
  return floats(heap, bytes / 4, value);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe.each([
  { kind: 'shared', shared: true },
  { kind: 'unshared', shared: false },
])('a heap in $kind memory', ({ shared }) => {
  it('keeps every storage what it was, under a soft limit far too small', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 60 });
    const touches = fc.array(fc.nat(), { maxLength: 60 });
    const property = fc.property(sizes, touches, (lengths, order) => {
      const heap = heapOf({ soft: MiB }, shared);
      const storages = lengths.map((length, i) => step(heap, 4 * length, i));
      for (const n of order) {
        heap.begin();
        const i = n % storages.length;
        const { data } = storages[i] as HeapStorage;
        expect(data.length).toBe(lengths[i]);
        expect(data.every((x) => x === i)).toBe(true);
      }
      const { live, cached, reserved } = heap.memoryStats();
      expect(live + cached).toBeLessThanOrEqual(reserved - controlBytes);
    });
    fc.assert(property, { numRuns: 15 });
  });

  it('sees what was written before the memory grew', () => {
    const heap = heapOf({}, shared);
    const storage = floats(heap, 10, 7);
    const before = heap.buffer;
    floats(heap, 4 * MiB);
    expect(heap.buffer).not.toBe(before);
    expect(heap.buffer).toBe(heap.memory.buffer);
    expect([...storage.data]).toEqual(new Array(10).fill(7));
  });
});

describe('residency', () => {
  it('counts what leaves and what comes back', () => {
    const heap = heapOf({ soft: 2 * MiB });
    const first = step(heap, MiB, 1);
    step(heap, MiB / 2, 2);
    expect(heap.memoryStats().evicted).toBe(0);
    const last = step(heap, MiB, 3);
    expect(heap.memoryStats()).toMatchObject({ evicted: MiB, live: 1.5 * MiB });
    heap.begin();
    expect(first.data[0]).toBe(1);
    expect(last.data[0]).toBe(3);
    expect(heap.memoryStats().live + heap.memoryStats().evicted).toBe(2.5 * MiB);
    expect(heap.reserved).toBeLessThanOrEqual(3 * MiB);
  });

  it('never moves what the running call has asked for', () => {
    const heap = heapOf({ soft: MiB });
    const inputs = [1, 2, 3, 4].map((value) => step(heap, MiB / 2, value));
    heap.begin();
    const addresses = inputs.map((input) => input.address());
    const scratch = heap.scratch(MiB / 2);
    const out = floats(heap, MiB / 4, 5);
    expect(inputs.map((input) => input.address())).toEqual(addresses);
    new Float32Array(heap.buffer, scratch, MiB / 8).fill(9);
    expect(inputs.map(({ data }) => data[0])).toEqual([1, 2, 3, 4]);
    expect(out.data.every((x) => x === 5)).toBe(true);
  });

  it('moves the oldest first', () => {
    const heap = heapOf({ soft: 4 * MiB });
    const [a, b, c] = [1, 2, 3].map((value) => step(heap, MiB, value)) as [
      HeapStorage,
      HeapStorage,
      HeapStorage,
    ];
    for (const touched of [c, a]) {
      heap.begin();
      touched.address();
    }
    const places = [a.address(), c.address()];
    step(heap, MiB, 4);
    expect(heap.memoryStats().evicted).toBe(MiB);
    heap.begin();
    expect([a.address(), c.address()]).toEqual(places);
    expect(heap.memoryStats().evicted).toBe(MiB);
    expect(b.data[0]).toBe(2);
  });

  it('holds a tensor that is larger than the soft limit', () => {
    const heap = heapOf({ soft: MiB });
    const large = step(heap, 3 * MiB, 1);
    const small = step(heap, MiB / 2, 2);
    heap.begin();
    expect([large.data[0], small.data[0]]).toEqual([1, 2]);
  });

  it('raises a soft limit that the work in hand does not fit under, but not one that was set', () => {
    const cycle = (heap: Heap) => {
      const storages = Array.from({ length: 15 }, (_, i) => step(heap, 10 * MiB, i));
      for (let round = 0; round < 2; round++) {
        for (const [i, storage] of storages.entries()) {
          heap.begin();
          expect(storage.data[0]).toBe(i);
        }
      }
      return heap.memoryStats();
    };
    const adaptive = cycle(heapOf());
    expect(adaptive.softLimit).toBeGreaterThan(150 * MiB);
    expect(adaptive.live).toBe(150 * MiB);
    const fixed = cycle(heapOf({ soft: 100 * MiB }));
    expect(fixed.softLimit).toBe(100 * MiB);
    expect(fixed.reserved).toBeLessThanOrEqual(110 * MiB);
  });

  it('stays bounded, in and out of the heap, in a loop that never awaits', () => {
    const heap = heapOf({ soft: 8 * MiB });
    const parameter = floats(heap, MiB / 8, 42);
    collect();
    const before = process.memoryUsage().arrayBuffers;
    let moved = 0;
    for (let i = 0; i < 100; i++) {
      for (let j = 0; j < 4; j++) step(heap, MiB, i);
      expect(parameter.data[0]).toBe(42);
      moved = Math.max(moved, heap.memoryStats().evicted);
    }
    expect(moved).toBeGreaterThan(300 * MiB);
    expect(heap.reserved).toBeLessThanOrEqual(10 * MiB);
    collect();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MiB);
  });
});

/** What the collector finds dead is told when the event loop turns, after one collection or another. */
async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 50 && !done(); i++) {
    collect();
    await turn();
  }
}

describe('freeing', () => {
  it('follows the collector', async () => {
    const heap = heapOf();
    const kept = step(heap, MiB, 1);
    for (let i = 0; i < 10; i++) step(heap, MiB, 2);
    await until(() => heap.memoryStats().live === MiB);
    expect(heap.memoryStats().live).toBe(MiB);
    expect(kept.data[0]).toBe(1);
  });

  it('brings down the count of evicted bytes when what was moved out is collected', async () => {
    const heap = heapOf({ soft: 2 * MiB });
    const kept = step(heap, MiB, 1);
    for (let i = 0; i < 10; i++) step(heap, MiB, 2);
    expect(heap.memoryStats().evicted).toBeGreaterThanOrEqual(9 * MiB);
    await until(() => heap.memoryStats().evicted <= MiB);
    expect(heap.memoryStats().evicted).toBe(MiB);
    expect(kept.data[0]).toBe(1);
    await until(() => heap.memoryStats().evicted === 0);
    expect(heap.memoryStats().evicted).toBe(0);
  });

  it('by hand gives the bytes to the next at once', () => {
    const heap = heapOf();
    const first = step(heap, MiB);
    const address = first.address();
    first.free();
    first.free();
    expect(heap.memoryStats().live).toBe(0);
    expect(step(heap, MiB).address()).toBe(address);
    expect(() => first.address()).toThrow('freed');
    expect(() => first.data).toThrow('freed');
  });

  it('by hand also ends what was moved out', () => {
    const heap = heapOf({ soft: 2 * MiB });
    const first = step(heap, MiB);
    step(heap, MiB);
    expect(heap.memoryStats().evicted).toBe(MiB);
    first.free();
    first.free();
    expect(heap.memoryStats().evicted).toBe(0);
    expect(() => first.address()).toThrow('freed');
  });
});

describe('small storages', () => {
  it('share regions by their size', () => {
    const heap = heapOf();
    const tiny = Array.from({ length: 4096 / 16 }, () => floats(heap, 1));
    expect(heap.memoryStats().live).toBe(4096);
    expect(new Set(tiny.map((storage) => storage.address())).size).toBe(tiny.length);
    floats(heap, 1);
    expect(heap.memoryStats().live).toBe(2 * 4096);
    const small = Array.from({ length: 16 }, (_, i) => floats(heap, 1024, i));
    expect(heap.memoryStats().live).toBe(2 * 4096 + 65536);
    expect(small.map(({ data }) => data.every((x, _, all) => x === all[0]) && data[0])).toEqual([
      ...small.keys(),
    ]);
    floats(heap, 1025);
    expect(heap.memoryStats().live).toBe(2 * 4096 + 65536 + 4160);
  });

  it('wait for what was launched before only when JavaScript initializes them, and once', () => {
    const heap = heapOf();
    let waits = 0;
    heap.synchronize = () => {
      waits++;
    };
    const [a, b, c] = [1, 2, 3].map(() => new HeapStorage(backend, heap, 'float32', 8)) as [
      HeapStorage,
      HeapStorage,
      HeapStorage,
    ];
    expect(waits).toBe(0);
    b.initialize(Float32Array.of(1, 2));
    expect(waits).toBe(1);
    a.initialize(Float32Array.of(3));
    c.initialize(Float32Array.of(4));
    expect(waits).toBe(1);
    const large = new HeapStorage(backend, heap, 'float32', 8192);
    expect(waits).toBe(1);
    large.initialize(Float32Array.of(5));
    expect(waits).toBe(2);
  });

  it('are not freed by hand, since others lie beside them', () => {
    const heap = heapOf();
    const [a, b] = [floats(heap, 4, 1), floats(heap, 4, 2)];
    a.free();
    floats(heap, 4, 3);
    expect([...a.data, ...b.data]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  });

  it('may be empty', () => {
    const heap = heapOf();
    expect(floats(heap, 0).data.length).toBe(0);
  });

  it('lie aligned for every dtype', () => {
    const heap = heapOf();
    for (const dtype of ['bool', 'float64', 'uint8', 'int32', 'float32'] as const) {
      const storage = new HeapStorage(backend, heap, dtype, 3);
      expect(storage.address() % 16).toBe(0);
      expect(storage.data.length).toBe(3);
    }
  });
});

describe('limits', () => {
  it('end in an error that says what is wanted, what there is and what to do', () => {
    const heap = heapOf({ hard: 8 * MiB });
    const kept = step(heap, MiB, 1);
    expect(() => step(heap, 16 * MiB)).toThrow(MemoryError);
    expect(() => step(heap, 16 * MiB)).toThrow(/got 16 MiB at once; .*hard limit of 8 MiB.*setMemoryLimits/);
    expect(heap.memoryStats().evicted).toBe(0);
    expect(kept.data[0]).toBe(1);
  });

  it('move everything out before they refuse', () => {
    const heap = heapOf({ hard: 8 * MiB });
    const storages = Array.from({ length: 20 }, (_, i) => step(heap, MiB, i));
    expect(heap.reserved).toBeLessThanOrEqual(8 * MiB);
    const large = step(heap, 7 * MiB, 99);
    for (const [i, storage] of storages.entries()) {
      heap.begin();
      expect(storage.data[0]).toBe(i);
    }
    heap.begin();
    expect(large.data[0]).toBe(99);
  });

  it('refuse what one call cannot hold at a time', () => {
    const heap = heapOf({ hard: 4 * MiB });
    const [a, b] = [step(heap, 3 * MiB), step(heap, 3 * MiB)];
    heap.begin();
    a.address();
    expect(() => b.address()).toThrow(MemoryError);
    heap.begin();
    expect(b.address()).toBeGreaterThan(0);
  });

  it('are those of the memory, where none are set', () => {
    const heap = new Heap({ shared: false, maximumPages: 64 });
    expect(heap.memoryStats().hardLimit).toBe(64 * pages);
    heap.setMemoryLimits({ hard: 2 ** 40 });
    expect(heap.memoryStats().hardLimit).toBe(64 * pages);
    expect(() => floats(heap, MiB)).toThrow(MemoryError);
    expect(() => heap.setMemoryLimits({ soft: Number.NaN })).toThrow('wanted a number of bytes');
  });
});

describe('scratch', () => {
  it('does not overlap within a call, and is the same memory in the next', () => {
    const heap = heapOf();
    const wishes = [100, 5000, 0, 3 * MiB, 64, 1];
    let reserved = 0;
    for (let call = 0; call < 4; call++) {
      heap.begin();
      const spans = wishes.map((bytes) => ({ bytes, address: heap.scratch(bytes) }));
      spans.sort((a, b) => a.address - b.address);
      for (const [i, { bytes, address }] of spans.entries()) {
        expect(address % 64).toBe(0);
        expect(address).toBeGreaterThanOrEqual(controlBytes);
        expect(address + bytes).toBeLessThanOrEqual(spans[i + 1]?.address ?? heap.reserved - 256);
      }
      if (call === 1) reserved = heap.reserved;
    }
    expect(heap.reserved).toBe(reserved);
    expect(heap.memoryStats().live).toBe(0);
  });
});

describe('without SharedArrayBuffer', () => {
  it('the memory is an ordinary one', () => {
    const shared = globalThis.SharedArrayBuffer;
    Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');
    try {
      const heap = new Heap({ shared: true });
      expect(heap.shared).toBe(false);
      expect(heap.buffer).toBeInstanceOf(ArrayBuffer);
    } finally {
      Object.defineProperty(globalThis, 'SharedArrayBuffer', {
        value: shared,
        configurable: true,
        writable: true,
      });
    }
  });
});

describe('a storage whose elements are put off', () => {
  const whole = (storage: HeapStorage) => ({ storage, shape: [storage.length], strides: [1], offset: 0 });

  /** Twice the elements of another storage, once they are asked for. */
  function twice(heap: Heap, of: HeapStorage): HeapStorage {
    const storage = new HeapStorage(backend, heap, 'float32', of.length);
    const compute = ({ storage: out }: { storage: { data: ArrayLike<number> } }) =>
      (out.data as Float32Array).set((of.data as Float32Array).map((n) => 2 * n));
    expect(storage.defer({ operands: [whole(of)], compute })).toBe(true);
    return storage;
  }

  it('takes no room before they are asked for', () => {
    const heap = heapOf();
    const first = step(heap, MiB, 3);
    const second = twice(heap, first);
    const third = twice(heap, second);
    expect(heap.memoryStats().live).toBe(MiB);
    expect(third.data[0]).toBe(12);
    expect(heap.memoryStats().live).toBe(3 * MiB);
    expect(second.data[0]).toBe(6);
  });

  it('keeps its operand from being freed until then', () => {
    const heap = heapOf();
    const first = step(heap, MiB, 3);
    const second = twice(heap, first);
    first.free();
    expect(heap.memoryStats().live).toBe(MiB);
    expect(second.data[5]).toBe(6);
    expect(heap.memoryStats().live).toBe(MiB);
    second.free();
    expect(heap.memoryStats().live).toBe(0);
    expect(() => first.address()).toThrow('freed');
    expect(() => second.address()).toThrow('freed');
  });

  it('is computed for another that it is an operand of, though it has been freed', () => {
    const heap = heapOf();
    const first = step(heap, MiB, 3);
    const second = twice(heap, first);
    const third = twice(heap, second);
    first.free();
    second.free();
    expect(third.data[5]).toBe(12);
    expect(heap.memoryStats().live).toBe(MiB);
  });

  it('lets its operand go when it is freed itself, though nobody has asked', () => {
    const heap = heapOf();
    const first = step(heap, MiB, 3);
    const second = twice(heap, first);
    first.free();
    second.free();
    expect(heap.memoryStats().live).toBe(0);
    expect(() => second.address()).toThrow('freed');
  });

  it('is asked again where there was no room', () => {
    const heap = heapOf({ soft: 2 * MiB, hard: 3 * MiB });
    heap.begin();
    const first = floats(heap, MiB / 4, 3);
    const second = twice(heap, first);
    const held = floats(heap, (3 * MiB) / 8, 1);
    expect(() => second.address()).toThrow(MemoryError);
    held.free();
    expect(second.data[7]).toBe(6);
  });

  it('goes with its operand when nobody holds either', async () => {
    const heap = heapOf();
    const operand = () => step(heap, MiB, 3);
    twice(heap, operand());
    await turn();
    collect();
    await turn();
    expect(heap.memoryStats().live).toBe(0);
  });

  it('is computed before its operand changes', () => {
    const heap = heapOf();
    const first = step(heap, MiB, 3);
    const second = twice(heap, first);
    first.willChange();
    (first.data as Float32Array).fill(100);
    expect(second.data[9]).toBe(6);
  });
});

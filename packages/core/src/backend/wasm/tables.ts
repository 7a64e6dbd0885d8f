import type { Engine } from './engine.ts';
import type { Heap } from './memory/heap.ts';
import type { Placement } from './memory/region.ts';

/** Offsets and the like that kernels read: gathered once for a geometry, and kept in the heap from the first call on. */
export class Tables {
  readonly #words: number[] = [];
  #placement: Placement | undefined;

  /** Adds a table; gives its place, to which the address of `place` is added. */
  add(words: readonly number[]): number {
    const place = 4 * this.#words.length;
    for (const word of words) this.#words.push(word);
    return place;
  }

  /** The address of all tables, good until the next kernel call begins. */
  place({ heap }: Engine): number {
    const placement = this.#placement ?? this.#settle(heap);
    return placement.region.address() + placement.offset;
  }

  #settle(heap: Heap): Placement {
    const words = this.#words.splice(0);
    const placement = heap.allocate(4 * words.length);
    const address = placement.region.address() + placement.offset;
    heap.synchronize();
    new Int32Array(heap.buffer, address, words.length).set(words);
    this.#placement = placement;
    return placement;
  }
}

interface Entry<P> {
  readonly key: readonly number[];
  readonly plan: P;
}

/** Plans by the numbers that they depend on, so that a model's geometries are worked out once. */
export class PlanCache<P> {
  static readonly #most = 500;
  readonly #byHash = new Map<number, Entry<P>[]>();
  #count = 0;

  get(key: readonly number[], make: () => P): P {
    const hash = hashOf(key);
    const near = this.#byHash.get(hash);
    if (near !== undefined) for (const entry of near) if (areEqual(entry.key, key)) return entry.plan;
    // Shapes that never come back must not pile up.
    if (this.#count === PlanCache.#most) this.#clear();
    const plan = make();
    this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), { key, plan }]);
    this.#count++;
    return plan;
  }

  #clear(): void {
    this.#byHash.clear();
    this.#count = 0;
  }
}

/** FNV-1a, word by word. */
function hashOf(words: readonly number[]): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ (words[i] as number), 0x01000193);
  return hash;
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Where vectors of `lanes` elements begin in a run of `length`: the last overlaps, so that all are whole. */
export function vectorStarts(length: number, lanes: number): number[] {
  if (length <= lanes) return [0];
  const starts: number[] = [];
  for (let at = 0; at + lanes < length; at += lanes) starts.push(at);
  starts.push(length - lanes);
  return starts;
}

export function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

/** Parts that are worth handing out at all: fewer than this leave threads idle. */
export const partsWanted = 16;

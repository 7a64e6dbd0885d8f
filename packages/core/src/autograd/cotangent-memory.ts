import { isObserved, trackAllocations } from '../dispatch.ts';
import type { Storage } from '../storage.ts';
import type { Tensor } from '../tensor.ts';

/**
 * The memory of one backward walk. What the walk allocates is seen by nobody else, but for the gradients that it leaves
 * behind and what hooks are shown; so it is freed the moment that no cotangent on its way holds it any more, and the
 * next one finds it warm in the cache.
 */
export class CotangentMemory {
  /** Allocated by this walk, neither freed nor let out. */
  readonly #own = new Set<Storage>();
  /** How many cotangents on their way lie on a storage. */
  readonly #holders = new Map<Storage, number>();

  /** Runs a walk that allocates here; `isolated` says that nothing outside of it can see what it makes. */
  within<T>(isolated: boolean, walk: () => T): T {
    const restore = trackAllocations(isolated && !isObserved() ? this.#own : null);
    try {
      return walk();
    } finally {
      restore();
    }
  }

  hold({ storage }: Tensor): void {
    this.#holders.set(storage, (this.#holders.get(storage) ?? 0) + 1);
  }

  drop({ storage }: Tensor): void {
    const others = (this.#holders.get(storage) ?? 1) - 1;
    if (others > 0) this.#holders.set(storage, others);
    else this.#holders.delete(storage);
  }

  /** True for a tensor that fills a storage of this walk that nothing else holds: it may be kept as it is. */
  isSpare({ storage, numel, isContiguous }: Tensor): boolean {
    return (
      !isObserved() &&
      this.#own.has(storage) &&
      !this.#holders.has(storage) &&
      isContiguous &&
      storage.length === numel
    );
  }

  /** True for a tensor that fills a storage of this walk that one cotangent on its way holds: it may be added to. */
  isExclusive({ storage, numel, isContiguous }: Tensor): boolean {
    return (
      !isObserved() &&
      this.#own.has(storage) &&
      this.#holders.get(storage) === 1 &&
      isContiguous &&
      storage.length === numel
    );
  }

  /** Leaves a tensor, or all that there are, to the collector: somebody else may hold it from now on. */
  letGo(tensor?: Tensor): void {
    if (tensor === undefined) this.#own.clear();
    else this.#own.delete(tensor.storage);
  }

  /** Frees what no cotangent holds. */
  sweep(): void {
    // Whoever has begun to watch may keep what they are shown.
    if (isObserved()) this.letGo();
    for (const storage of this.#own) {
      if (this.#holders.has(storage)) continue;
      storage.free();
      this.#own.delete(storage);
    }
  }
}

import type { Laden } from './ballast.ts';

/** What the heap knows of a region. It must not reach the `Region`, or no region would ever be collected. */
export interface Residence {
  readonly bytes: number;
  /** Under which the heap keeps it while it is resident. */
  readonly id: number;
  /** Where it begins, or -1 while it is not resident. */
  address: number;
  /** The heap's clock when it was last asked for. */
  lastUse: number;
  /** The bytes while they are out of the heap. */
  evicted: Evicted | null;
}

export interface Evicted {
  readonly bytes: ArrayBuffer;
  /** The count of all that left with it, which brings it down when it comes back. */
  readonly batch: EvictedBatch;
}

/** What one eviction moved: collected when the last of it is. */
export interface EvictedBatch extends Laden {
  readonly count: { bytes: number };
}

/** The part of the heap that a region needs. */
export interface Keeper {
  readonly clock: number;
  /** Brings a region back that was moved out of the heap. */
  restore(region: Region): void;
}

/**
 * The unit of residency: bytes that are in the heap or out of it together. Only storages hold it, so that the collector
 * finds it dead with the last of them.
 */
export class Region implements Laden {
  readonly residence: Residence;
  ballast: ArrayBuffer | null = null;
  /** Whether nothing that was launched before can be using its bytes; asked for where JavaScript writes the first. */
  isQuiet = false;
  readonly #keeper: Keeper;

  constructor(keeper: Keeper, residence: Residence) {
    this.#keeper = keeper;
    this.residence = residence;
  }

  /** Where it begins; good until the next kernel call begins. */
  address(): number {
    const { residence } = this;
    if (residence.address < 0) this.#keeper.restore(this);
    residence.lastUse = this.#keeper.clock;
    return residence.address;
  }
}

/** A storage's place: bytes of a region, from `offset` on. */
export interface Placement {
  readonly region: Region;
  readonly offset: number;
  /** Whether other storages lie in the region too. */
  readonly shared: boolean;
}

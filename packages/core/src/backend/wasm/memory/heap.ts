import { ArgumentError, MemoryError } from '../../../errors.ts';
import { controlBytes } from '../threads/protocol.ts';
import type { WasmMemory } from '../webassembly.ts';
import { Ballast, unshownBytes } from './ballast.ts';
import { type Evicted, type EvictedBatch, type Placement, Region, type Residence } from './region.ts';
import { Scratch } from './scratch.ts';
import { align, Spans } from './spans.ts';
import { Turns } from './turns.ts';
import { createMemory, type MemoryOptions, pageBytes } from './wasm-memory.ts';

/** Mapped bytes after the last one given out, since kernels may read past the end of their operands. */
const slackBytes = 256;

/** The least that the memory grows by; pages nobody writes to take no room. */
const growthBytes = 4 * 2 ** 20;

/** With some 60 MB of the runtime's own, and what is dead but not yet collected, Node stays under 200 MB resident. */
const defaultSoftLimit = 80 * 2 ** 20;

/** How many turns' garbage comes on top of what the collector is shown at once, before it has found that. */
const turnsUntilFound = 4;
const turnsToJudge = 32;

/** Small storages share regions, lest each be work for the collector; the smallest among themselves, lest one pin much. */
const sharing = [
  { upTo: 64, alignment: 16, regionBytes: 4096 },
  { upTo: 4096, alignment: 64, regionBytes: 65536 },
] as const;

export interface MemoryStats {
  /** Bytes of tensors in the heap. */
  readonly live: number;
  /** Free bytes in the heap. */
  readonly cached: number;
  /** Bytes moved out of the heap that have not come back and are not known to be collected, which is only learnt
   * when the event loop turns: a loop that never awaits sees the sum of all that it moved. */
  readonly evicted: number;
  /** The size of the heap. */
  readonly reserved: number;
  readonly softLimit: number;
  readonly hardLimit: number;
}

export interface MemoryLimits {
  /** The heap size from which on the oldest tensors are moved out before it grows further. */
  readonly soft?: number;
  /** The heap size that is never exceeded. */
  readonly hard?: number;
}

/**
 * Memory for tensors that nobody has to manage. A region is freed when its owner says so, or when the collector finds
 * it dead; and where neither happens in time (a loop that never awaits), the oldest regions are moved to ordinary
 * ArrayBuffers, which the collector frees by itself, and come back when they are touched.
 */
export class Heap {
  readonly memory: WasmMemory;
  readonly shared: boolean;
  /** The memory's buffer as it is now; growth replaces it. */
  buffer: ArrayBufferLike;
  /** Called before JavaScript reads or writes what kernels that were launched may still be using. */
  synchronize: () => void = () => {};
  /** Counts kernel calls. What has been asked for since the last tick stays where it is. */
  clock = 0;

  readonly #spans: Spans;
  readonly #scratch: Scratch;
  readonly #ballast = new Ballast();
  readonly #turns = new Turns((bytes) => this.#makeRoomForTurns(bytes));
  readonly #open: ({ region: Region; used: number } | undefined)[] = [];

  readonly #resident = new Map<number, Residence>();
  #lastId = 0;
  #live = 0;
  readonly #deadRegions = new FinalizationRegistry<number>((id) => {
    const residence = this.#resident.get(id);
    if (residence !== undefined) this.#leave(residence);
  });

  #evicted = 0;
  readonly #deadBatches = new FinalizationRegistry<{ bytes: number }>(({ bytes }) => {
    this.#evicted -= bytes;
  });
  #movedLast = 0;
  #restoredSince = 0;

  readonly #maximumBytes: number;
  #hardLimit: number;
  #softLimit: number;
  #softIsFixed = false;
  /** Bytes in use at the end of each of the last turns; the least of them are what is kept. */
  readonly #lately: number[] = [];

  constructor(options: MemoryOptions) {
    const { memory, shared, maximumBytes } = createMemory(options);
    this.memory = memory;
    this.shared = shared;
    this.buffer = memory.buffer;
    this.#maximumBytes = maximumBytes;
    this.#hardLimit = maximumBytes;
    this.#softLimit = Math.min(defaultSoftLimit, maximumBytes);
    this.#spans = new Spans(controlBytes, this.reserved - slackBytes);
    this.#scratch = new Scratch(
      (bytes) => this.#reserve(bytes),
      (address, bytes) => this.#spans.free(address, bytes),
    );
  }

  /** The size of the memory. */
  get reserved(): number {
    return this.buffer.byteLength;
  }

  /** Begins a kernel call: addresses from before it hold no longer. */
  begin(): void {
    this.clock++;
    this.#scratch.reset();
  }

  /** Bytes for the running kernel call, anything in them. Like any allocation it may replace `buffer`. */
  scratch(bytes: number): number {
    return this.#scratch.take(bytes);
  }

  /** Bytes that are never freed. */
  allocateForever(bytes: number): number {
    return this.#reserve(bytes);
  }

  /** Bytes for a storage, anything in them. */
  allocate(bytes: number): Placement {
    for (let kind = 0; kind < sharing.length; kind++) {
      if (bytes <= (sharing[kind] as (typeof sharing)[number]).upTo) return this.#share(kind, bytes);
    }
    return { region: this.#newRegion(bytes), offset: 0, shared: false };
  }

  /** Frees a region at once. To touch it afterwards is an error. */
  free(region: Region): void {
    const { residence } = region;
    if (residence.address >= 0) {
      this.#leave(residence);
      this.#ballast.remove(region, residence.bytes);
    } else if (residence.evicted !== null) {
      this.#returned(residence.evicted);
    }
    residence.evicted = null;
  }

  /** Waits until nothing that was launched before a region was made can be using its bytes. */
  quieten(region: Region): void {
    if (region.isQuiet) return;
    this.synchronize();
    region.isQuiet = true;
  }

  restore(region: Region): void {
    const { residence } = region;
    const { evicted } = residence;
    if (evicted === null) throw new TypeError('internal: a storage was touched that has been freed');
    const address = this.#reserve(residence.bytes);
    this.synchronize();
    new Uint8Array(this.buffer).set(new Uint8Array(evicted.bytes), address);
    residence.evicted = null;
    this.#returned(evicted);
    this.#restoredSince += residence.bytes;
    this.#settle(region, address);
  }

  memoryStats(): MemoryStats {
    return {
      live: this.#live,
      cached: this.#spans.freeBytes,
      evicted: this.#evicted,
      reserved: this.reserved,
      softLimit: this.#softLimit,
      hardLimit: this.#hardLimit,
    };
  }

  /** Sets limits in bytes; a soft limit that is set no longer adapts. */
  setMemoryLimits({ soft, hard }: MemoryLimits): void {
    checkLimits({ soft, hard });
    this.#hardLimit = Math.min(hard ?? this.#hardLimit, this.#maximumBytes);
    this.#softLimit = Math.min(soft ?? this.#softLimit, this.#hardLimit);
    if (soft !== undefined) this.#softIsFixed = true;
  }

  #share(kind: number, bytes: number): Placement {
    const { alignment, regionBytes } = sharing[kind] as (typeof sharing)[number];
    const size = align(Math.max(bytes, 1), alignment);
    let open = this.#open[kind];
    if (open === undefined || open.used + size > regionBytes) {
      open = { region: this.#newRegion(regionBytes), used: 0 };
      this.#open[kind] = open;
    }
    const offset = open.used;
    open.used += size;
    return { region: open.region, offset, shared: true };
  }

  #newRegion(bytes: number): Region {
    const residence: Residence = {
      bytes: align(bytes),
      id: ++this.#lastId,
      address: -1,
      lastUse: this.clock,
      evicted: null,
    };
    const region = new Region(this, residence);
    this.#settle(region, this.#reserve(residence.bytes));
    return region;
  }

  #settle(region: Region, address: number): void {
    const { residence } = region;
    residence.address = address;
    residence.lastUse = this.clock;
    this.#live += residence.bytes;
    this.#resident.set(residence.id, residence);
    this.#deadRegions.register(region, residence.id, residence);
    this.#ballast.add(region, residence.bytes);
    this.#turns.add(residence.bytes);
  }

  /** Gives a region's span back and forgets the region. */
  #leave(residence: Residence): void {
    this.#resident.delete(residence.id);
    this.#deadRegions.unregister(residence);
    this.#spans.free(residence.address, residence.bytes);
    this.#live -= residence.bytes;
    residence.address = -1;
  }

  #returned({ bytes, batch }: Evicted): void {
    batch.count.bytes -= bytes.byteLength;
    this.#evicted -= bytes.byteLength;
  }

  /** Finds room: in free spans, by moving old regions out once the soft limit is reached, or by growing. */
  #reserve(bytes: number): number {
    let address = this.#spans.allocate(bytes);
    if (address >= 0) return address;
    if (bytes > this.#hardLimit) throw this.#refusal(bytes, 'at once');
    if (this.#wouldPassSoftLimit(bytes)) {
      this.#adaptSoftLimit();
      if (this.#wouldPassSoftLimit(bytes)) this.#evict((3 / 4) * this.#softLimit - bytes);
      address = this.#spans.allocate(bytes);
    }
    if (address < 0 && this.#grow(bytes)) address = this.#spans.allocate(bytes);
    if (address < 0) {
      this.#evict(0); // a hard limit, or a system, that leaves no room for the soft one
      address = this.#spans.allocate(bytes);
    }
    // What is left now could not be moved out.
    if (address < 0)
      throw this.#refusal(bytes, `on top of ${showBytes(this.#live)} that the running op holds`);
    return address;
  }

  #wouldPassSoftLimit(bytes: number): boolean {
    return this.reserved + bytes - this.#spans.tail > this.#softLimit;
  }

  /** What was moved out came back soon: the work in hand needs more than the limit, and moving is dear. */
  #adaptSoftLimit(): void {
    if (this.#softIsFixed || this.#restoredSince <= this.#movedLast / 4) return;
    this.#softLimit = Math.min(2 * this.#softLimit, this.#hardLimit);
    this.#restoredSince = 0;
  }

  /**
   * A program that gives the event loop turns has its garbage found, some turns later; until then there should be room
   * for it, beside what the program keeps.
   */
  #makeRoomForTurns(bytes: number): void {
    if (this.#softIsFixed) return;
    this.#lately.push(this.#live);
    if (this.#lately.length < turnsToJudge) return;
    if (this.#lately.length > turnsToJudge) this.#lately.shift();
    // In so many turns garbage has been found at least once, so that the least in use is what the program keeps.
    const kept = Math.min(...this.#lately);
    const wanted = kept + unshownBytes + Math.min(turnsUntilFound * bytes, unshownBytes);
    this.#softLimit = Math.min(Math.max(this.#softLimit, wanted), this.#hardLimit);
  }

  /** Moves the oldest regions out until no more than `target` bytes are left, though none of the running call's. */
  #evict(target: number): void {
    if (this.#live <= target) return;
    this.synchronize();
    const batch: EvictedBatch = { count: { bytes: 0 }, ballast: null };
    const oldestFirst = [...this.#resident.values()].sort((a, b) => a.lastUse - b.lastUse);
    for (const residence of oldestFirst) {
      if (this.#live <= target || residence.lastUse === this.clock || !this.#moveOut(residence, batch)) break;
    }
    const { count } = batch;
    if (count.bytes === 0) return;
    this.#evicted += count.bytes;
    this.#movedLast = count.bytes;
    this.#restoredSince = 0;
    this.#deadBatches.register(batch, count);
    this.#ballast.add(batch, count.bytes);
  }

  #moveOut(residence: Residence, batch: EvictedBatch): boolean {
    try {
      // `slice` of a view makes an ordinary ArrayBuffer of its own, also of shared memory.
      const bytes = new Uint8Array(this.buffer, residence.address, residence.bytes).slice().buffer;
      residence.evicted = { bytes, batch };
    } catch {
      return false; // no room outside of the heap either
    }
    batch.count.bytes += residence.bytes;
    this.#leave(residence);
    return true;
  }

  #grow(bytes: number): boolean {
    const missing = bytes - this.#spans.tail;
    const wanted = Math.max(missing, Math.min(growthBytes, this.#softLimit - this.reserved));
    const pages = Math.ceil(wanted / pageBytes);
    if (this.reserved + pages * pageBytes > this.#hardLimit) return false;
    try {
      this.memory.grow(pages);
    } catch {
      return false;
    }
    this.buffer = this.memory.buffer;
    this.#spans.extend(pages * pageBytes);
    return true;
  }

  #refusal(bytes: number, how: string): MemoryError {
    const atLimit = this.reserved + bytes > this.#hardLimit;
    return new MemoryError({
      op: 'allocate',
      got: `${showBytes(bytes)} ${how}`,
      want: atLimit
        ? `no more than the hard limit of ${showBytes(this.#hardLimit)} in all`
        : `room, which the system did not give beyond ${showBytes(this.reserved)}`,
      fix: atLimit
        ? 'Take smaller batches, or raise the limit with setMemoryLimits({ hard }).'
        : 'Take smaller batches, or give the process more memory.',
    });
  }
}

/** @throws ArgumentError for what is no number of bytes */
export function checkLimits(limits: MemoryLimits): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (limit !== undefined && !(typeof limit === 'number' && limit >= 0)) {
      throw new ArgumentError({
        op: 'setMemoryLimits',
        got: `${name}: ${typeof limit === 'number' ? limit : `a ${typeof limit}`}`,
        want: 'a number of bytes',
      });
    }
  }
}

function showBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${units[power]}`;
}

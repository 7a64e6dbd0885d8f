import { MemoryError } from '../../../errors.ts';
import { type WasmMemory, webAssembly } from '../webassembly.ts';

export const pageBytes = 65536;

/** What WebAssembly can address (4 GiB), and less where the system gives out no such range of addresses. */
const maxima = [65536, 32768, 16384] as const;

export interface MemoryOptions {
  /** Memory that threads can share; where the platform has none, ordinary memory. */
  readonly shared: boolean;
  readonly initialPages?: number;
  readonly maximumPages?: number;
}

export interface GrantedMemory {
  readonly memory: WasmMemory;
  readonly shared: boolean;
  readonly maximumBytes: number;
}

/** The largest memory that the platform grants: shared if wanted and possible, and else not. */
export function createMemory({
  shared,
  initialPages = 16,
  maximumPages = 65536,
}: MemoryOptions): GrantedMemory {
  // Without the global (a page that is not cross-origin isolated) shared memory could not be sent to a worker.
  const kinds = shared && typeof SharedArrayBuffer !== 'undefined' ? [true, false] : [false];
  let cause: unknown;
  if (webAssembly === undefined) throw refusal(cause);
  for (const kind of kinds) {
    for (const maximum of new Set(maxima.map((pages) => Math.min(pages, maximumPages)))) {
      try {
        const memory = new webAssembly.Memory({ initial: initialPages, maximum, shared: kind });
        return { memory, shared: kind, maximumBytes: maximum * pageBytes };
      } catch (error) {
        cause = error;
      }
    }
  }
  throw refusal(cause);
}

function refusal(cause: unknown): MemoryError {
  return new MemoryError({
    op: 'WebAssembly.Memory',
    got: 'a platform that refuses it',
    want: 'a range of addresses for the heap',
    fix: 'Lift the limit on address space (`ulimit -v`), or set RETROGRAD_BACKEND=reference.',
    cause,
  });
}

import type { Case } from './cases.ts';
import type { Ceiling } from './ceiling.ts';
import { type Child, PeerError } from './child.ts';
import type { Options } from './options.ts';
import type { Launcher, PeerSpec } from './peers.ts';
import type { Reply } from './protocol.ts';

/** What one peer did in one case. Figures are in the case's unit. */
export interface Result {
  readonly peer: string;
  readonly median: number;
  readonly min: number;
  readonly rounds: number;
  readonly gflops?: number;
  /** Of what its threads could do in WebAssembly in the same rounds. */
  readonly ofCeiling?: number;
  /** The same of the best rates that were seen. */
  readonly bestOfCeiling?: number;
  /** Times as much as PyTorch on one thread, and as PyTorch with its better number of threads. */
  readonly toTorch1?: number;
  readonly toTorch?: number;
  readonly check?: number;
  /** Whether the check is PyTorch's, or else the first peer's. */
  readonly agrees?: boolean;
  readonly note?: string;
}

export interface Missing {
  readonly peer: string;
  readonly why: string;
}

export interface CaseReport {
  readonly case: string;
  readonly unit: Case['unit'];
  readonly results: readonly Result[];
  readonly missing: readonly Missing[];
  /** What one thread could do in WebAssembly, in GFLOPS: the median of the rounds, and the best that was ever seen. */
  readonly ceiling?: { readonly median: number; readonly best: number };
}

/** Milliseconds of calls that a peer makes in its turn, and that it may spend on a case before its rounds end. */
const turn = 300;
const patience = 20_000;

/** A part of 1 by which float32 sums in another order, and five steps of training, may differ. */
const tolerance = 1e-3;

export interface Contestant {
  readonly spec: PeerSpec;
  readonly child: Child;
}

/** One case: every peer in turn, round by round. */
export async function measureCase(
  what: Case,
  contestants: readonly Contestant[],
  launcher: Launcher,
  { rounds, chosen }: Options,
  ceiling: Ceiling | undefined,
): Promise<CaseReport> {
  const entries = contestants.map(({ spec, child }) => new Entry(what, spec, child, launcher));
  for (const entry of entries) {
    if (entry.spec.slow && what.long && !chosen.cases) entry.leaveOut(`slow: ask by --only ${what.name}`);
  }
  const ceilings: number[] = [];
  for (let round = 0; round < (what.kind === 'memory' ? 1 : rounds); round++) {
    for (const entry of entries) {
      await entry.takeTurn();
      if (what.flops !== undefined && ceiling !== undefined) ceilings.push(ceiling.measure());
    }
  }
  const highest =
    ceiling && ceilings.length > 0 ? { median: median(ceilings), best: ceiling.best } : undefined;
  const running = entries.filter(({ why }) => why === undefined);
  return {
    case: what.name,
    unit: what.unit,
    results: compared(running.map((entry) => entry.result(highest))),
    missing: entries.flatMap(({ spec, why }) => (why === undefined ? [] : [{ peer: spec.name, why }])),
    ...(highest && { ceiling: highest }),
  };
}

/** A peer's part in one case. */
class Entry {
  readonly spec: PeerSpec;
  why: string | undefined;
  readonly #what: Case;
  readonly #child: Child;
  readonly #launcher: Launcher;
  /** Medians and least values of the rounds so far, and milliseconds spent. */
  readonly #medians: number[] = [];
  readonly #least: number[] = [];
  #spent = 0;
  #last: Exclude<Reply, { missing: string }> | undefined;

  constructor(what: Case, spec: PeerSpec, child: Child, launcher: Launcher) {
    this.#what = what;
    this.spec = spec;
    this.#child = child;
    this.#launcher = launcher;
  }

  leaveOut(why: string): void {
    this.why = why;
  }

  async takeTurn(): Promise<void> {
    if (this.why !== undefined || this.#spent > patience) return;
    const before = performance.now();
    try {
      const reply = await this.#ask();
      this.#medians.push(median(reply.values));
      this.#least.push(Math.min(...reply.values));
      this.#last = reply;
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      this.leaveOut(error.message);
    }
    this.#spent += performance.now() - before;
  }

  async #ask() {
    const { name, kind, long } = this.#what;
    // The first time, warm up until compilers have done their work; later, one call brings back what other peers pushed
    // from the cache.
    const isLong = long === true || (this.#medians[0] ?? 0) > turn;
    const warm = this.#medians.length === 0 ? 6 * turn : 1;
    const request = { case: name, kind, warm: isLong ? 0 : warm, measure: turn };
    if (kind === 'time') return this.#child.ask(request);
    const child = await this.#launcher.start(this.spec);
    try {
      return await child.ask(request);
    } finally {
      child.stop();
    }
  }

  result(ceiling: CaseReport['ceiling']): Result {
    const { flops, unit } = this.#what;
    const perMillisecond = unit === 'µs' ? 1000 : 1;
    const value = median(this.#medians);
    const least = Math.min(...this.#least);
    const { threads } = this.spec;
    const { check, note } = this.#last ?? {};
    return {
      peer: this.spec.name,
      median: value * perMillisecond,
      min: least * perMillisecond,
      rounds: this.#medians.length,
      ...(flops !== undefined && { gflops: flops / value / 1e6 }),
      ...(flops !== undefined &&
        ceiling !== undefined && {
          ofCeiling: flops / value / 1e6 / ceiling.median / threads,
          bestOfCeiling: flops / least / 1e6 / ceiling.best / threads,
        }),
      ...(check !== undefined && { check }),
      ...(note !== undefined && { note }),
    };
  }
}

/** The results with their ratios to PyTorch, and whether they agree with it. */
function compared(results: readonly Result[]): Result[] {
  const torch = results.filter(({ peer }) => peer.startsWith('torch'));
  const single = torch.find(({ peer }) => peer === 'torch-1')?.median;
  const better = torch.length === 0 ? undefined : Math.min(...torch.map((result) => result.median));
  const wanted = [...torch, ...results].find(({ check }) => check !== undefined)?.check;
  return results.map((result) => ({
    ...result,
    ...(single !== undefined && { toTorch1: result.median / single }),
    ...(better !== undefined && { toTorch: result.median / better }),
    ...(wanted !== undefined &&
      result.check !== undefined && {
        agrees: Math.abs(result.check - wanted) <= tolerance * Math.abs(wanted),
      }),
  }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

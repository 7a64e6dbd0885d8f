import { ArgumentError, checkOptions, writeAtomically } from '@retrograd/core';
import { Module } from '@retrograd/nn';
import type { Figure } from './figure.ts';
import { jupyterDisplay, type MimeBundle, type Picture } from './picture.ts';
import { line } from './plot/line.ts';
import { Flame } from './profile/flame.ts';
import { type OpEvent, type Recorded, Recording } from './profile/recording.ts';
import { merged, type ProfileRow, rowsOf, sum } from './profile/rows.ts';
import { tableOf } from './profile/table.ts';
import { type ChromeTrace, traceOf } from './profile/trace.ts';
import type { Theme } from './theme.ts';
import { showBytes, showCount, showTime } from './units.ts';

export type { ChromeTrace, OpEvent, ProfileRow };

export interface ProfileOptions {
  /** The model whose modules ops are to be told by. */
  model?: Module;
}

export interface TableOptions {
  /** How many rows are shown. Default 20. */
  top?: number;
  /** What a row stands for: an op in a module (`place`), an op wherever it ran (`op`), or a module. Default `place`. */
  by?: 'place' | 'op' | 'module';
}

export interface FlameOptions {
  /** In pixels. Default 960. */
  width?: number;
  theme?: Theme;
}

/**
 * Runs a function and measures the ops that run meanwhile: time, memory, and by which kernels. What an asynchronous one
 * does is measured to its end; the profile is then a promise.
 *
 * The first run of an op includes the compilation of its kernel: run a step before you profile one.
 *
 * @example
 * ```ts
 * const step = () => F.crossEntropy(model.forward(x), y).backward();
 * step();
 * const profiled = profile(step, { model });
 * console.log(String(profiled));
 * await profiled.flame().save('step.svg');
 * await profiled.save('trace.json'); // for ui.perfetto.dev
 * ```
 * @throws ArgumentError for what is no function, and whatever the function throws
 */
export function profile(run: () => Promise<unknown>, options?: ProfileOptions): Promise<Profile>;
export function profile(run: () => unknown, options?: ProfileOptions): Profile;
export function profile(run: () => unknown, options: ProfileOptions = {}): Profile | Promise<Profile> {
  checkOptions('profile', options, ['model']);
  if (typeof run !== 'function')
    throw new ArgumentError({ op: 'profile', got: `a ${typeof run}`, want: 'a function, which is run' });
  const { model } = options;
  if (model !== undefined && !(model instanceof Module))
    throw new ArgumentError({ op: 'profile', got: 'a model of another kind', want: 'a Module' });
  const recording = new Recording(model ?? null);
  let isPending = false;
  try {
    const result = run();
    if (!(result instanceof Promise)) return new Profile(recording.end());
    isPending = true;
    return result.then(() => new Profile(recording.end())).finally(() => recording.end());
  } finally {
    if (!isPending) recording.end();
  }
}

/** What a profiled run has taken. As a string it is a table. */
export class Profile {
  /** Of the whole run, in milliseconds: more than the ops take, as there is code between them. */
  readonly duration: number;
  /** One for each op in each module, the longest first. */
  readonly rows: readonly ProfileRow[];
  /** One for each run of a primitive, in the order in which they ended. */
  readonly events: readonly OpEvent[];
  readonly #recorded: Recorded;

  /** @internal */
  constructor(recorded: Recorded) {
    this.duration = recorded.duration;
    this.events = recorded.events;
    this.rows = rowsOf(recorded.events);
    this.#recorded = recorded;
  }

  /**
   * The rows as text, and what they come to.
   * @throws ArgumentError for options that make no sense
   */
  table(options: TableOptions = {}): string {
    checkOptions('table', options, ['top', 'by']);
    const { top = 20, by = 'place' } = options;
    if (!Number.isInteger(top) || top < 1)
      throw new ArgumentError({ op: 'table', got: `top ${String(top)}`, want: 'a whole number from 1 on' });
    const [rows, hidden] = this.#rowsBy(by);
    return `${tableOf(rows, top, hidden)}\n${this.#totals()}`;
  }

  toString(): string {
    return this.table();
  }

  /** Where the time went: modules, in them ops, each as wide as it took long. */
  flame(options: FlameOptions = {}): Picture {
    checkOptions('flame', options, ['width', 'theme']);
    const { width = 960, theme } = options;
    if (!(typeof width === 'number' && width >= 200 && width <= 8000))
      throw new ArgumentError({ op: 'flame', got: `width ${String(width)}`, want: '200 to 8000' });
    return new Flame(this.events, this.duration, width, theme);
  }

  /**
   * The bytes that all tensors held, as time went by. Where tensors lie in ordinary arrays (RETROGRAD_BACKEND=reference)
   * nobody knows when they go, and what is shown is how much was allocated.
   */
  memory(options: { theme?: Theme } = {}): Figure {
    checkOptions('memory', options, ['theme']);
    const { isKnown, points: all } = this.#memory();
    const points = thinned(all);
    const megabytes = points.map(({ bytes }) => bytes / 1e6);
    const name = isKnown ? 'live' : 'allocated';
    return line(
      { [name]: { x: points.map(({ time }) => time), y: megabytes } },
      {
        title: isKnown ? 'Memory that tensors hold' : 'Memory allocated so far',
        xLabel: 'time (ms)',
        yLabel: 'MB',
        ...options,
      },
    );
  }

  /** In Chrome's trace format. */
  chromeTrace(): ChromeTrace {
    return traceOf(this.#recorded);
  }

  /**
   * Writes the Chrome trace, which ui.perfetto.dev and chrome://tracing open.
   * @throws ArgumentError for a name that does not end in .json; FileError where the file cannot be written
   */
  async save(path: string): Promise<void> {
    if (typeof path !== 'string' || !path.toLowerCase().endsWith('.json')) {
      throw new ArgumentError({
        op: 'save',
        got: typeof path === 'string' ? `the path ${JSON.stringify(path)}` : typeof path,
        want: 'a name that ends in .json',
        fix: 'For a picture use flame().save().',
      });
    }
    await writeAtomically(path, [new TextEncoder().encode(JSON.stringify(this.chromeTrace()))]);
  }

  /** For notebooks: the flame graph, and the table where only text can be shown. */
  async [jupyterDisplay](): Promise<MimeBundle> {
    return { ...(await this.flame()[jupyterDisplay]()), 'text/plain': this.toString() };
  }

  /** `util.inspect` and the Node REPL. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Deno's `console.log`. */
  [Symbol.for('Deno.customInspect')](): string {
    return this.toString();
  }

  #rowsBy(by: unknown): [rows: readonly ProfileRow[], hidden: string[]] {
    switch (by) {
      case 'place':
        return [this.rows, []];
      case 'op':
        return [merged(this.rows, ({ op, phase }) => ({ op, phase })), ['Module']];
      case 'module':
        return [merged(this.rows, ({ module }) => ({ op: nameOf(module), phase: 'forward' })), ['Module']];
    }
    throw new ArgumentError({ op: 'table', got: `by ${String(by)}`, want: "'place', 'op' or 'module'" });
  }

  #totals(): string {
    const inOps = sum(this.rows, ({ self }) => self);
    const flops = sum(this.rows, (row) => row.flops);
    const { isKnown, points } = this.#memory();
    const most = points.reduce((largest, { bytes }) => Math.max(largest, bytes), 0);
    const slow = this.events.filter(({ fallbacks }) => fallbacks.length > 0);
    const kernels = [...new Set(slow.flatMap(({ fallbacks }) => fallbacks))].join(', ');
    return [
      `${this.events.length} ops in ${showTime(inOps)}, of ${showTime(this.duration)}; output ${showBytes(sum(this.rows, ({ bytes }) => bytes))}` +
        `${flops > 0 ? `; ${showCount(flops)} FLOP` : ''}${isKnown ? `; peak of live memory ${showBytes(most)}` : ''}`,
      ...(slow.length > 0
        ? [
            `${slow.length} ran on the reference backend, for ${showTime(sum(slow, ({ self }) => self))} (kernels: ${kernels})`,
          ]
        : []),
    ].join('\n');
  }

  #memory(): { isKnown: boolean; points: readonly Moment[] } {
    const { events, liveBefore, duration } = this.#recorded;
    const isKnown = liveBefore > 0 || events.some(({ live }) => live > 0);
    let allocated = 0;
    const after = events.map(({ start, duration: took, live, bytes }) => {
      allocated += bytes;
      return { time: start + took, bytes: isKnown ? live : allocated };
    });
    const before = { time: 0, bytes: liveBefore };
    return {
      isKnown,
      points: [before, ...after, { time: duration, bytes: after.at(-1)?.bytes ?? liveBefore }],
    };
  }
}

interface Moment {
  readonly time: number;
  readonly bytes: number;
}

/** Few enough points for a line: of each stretch of time the lowest and the highest. */
function thinned(points: readonly Moment[], stretches = 1000): readonly Moment[] {
  if (points.length <= 2 * stretches) return points;
  const length = Math.ceil(points.length / stretches);
  return Array.from({ length: stretches }, (_, i) => points.slice(i * length, (i + 1) * length)).flatMap(
    (stretch) => {
      const sorted = [...stretch].sort((a, b) => a.bytes - b.bytes);
      return [sorted[0], sorted.at(-1)]
        .filter((point) => point !== undefined)
        .sort((a, b) => a.time - b.time);
    },
  );
}

function nameOf(module: string | null): string {
  return module === null ? '(outside)' : module || '(model)';
}

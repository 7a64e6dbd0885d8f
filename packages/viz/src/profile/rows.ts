import type { OpEvent } from './recording.ts';

/** What an op has taken, in all its calls in one place. Times are in milliseconds. */
export interface ProfileRow {
  /** The primitive, with an underscore at its end where it writes in place; in backward, the op whose gradient it is. */
  readonly op: string;
  /** `backward` for gradients, `forward` for everything else. */
  readonly phase: 'forward' | 'backward';
  /** The path of the module; `''` for the model itself, `null` outside of it, or where none was given. */
  readonly module: string | null;
  /** How often it ran; in backward, how often its gradient was computed. */
  readonly calls: number;
  /** How many primitives that took. */
  readonly primitives: number;
  /** From beginning to end of each. */
  readonly total: number;
  /** The same without what ran within them, in hooks. */
  readonly self: number;
  /** What part of the time of all ops `self` is. */
  readonly share: number;
  /** Bytes that were allocated for results. */
  readonly bytes: number;
  /** Floating-point operations, as far as they are counted: those of matrix products and correlations. */
  readonly flops: number;
  /** How many of the primitives ran on the reference backend, which is slow. */
  readonly onReference: number;
}

/** The events summed up by op, phase and module, the longest first. */
export function rowsOf(events: readonly OpEvent[]): ProfileRow[] {
  const all = sum(events, ({ self }) => self);
  const groups = groupBy(
    events,
    (event) => `${event.modules.at(-1)?.path ?? '\n'}\n${event.gradientOf !== null}\n${opOf(event)}`,
  );
  return groups
    .map((group): ProfileRow => {
      const first = group[0] as OpEvent;
      const self = sum(group, (event) => event.self);
      const isBackward = first.gradientOf !== null;
      return {
        op: opOf(first),
        phase: isBackward ? 'backward' : 'forward',
        module: first.modules.at(-1)?.path ?? null,
        calls: isBackward ? new Set(group.map(({ visit }) => visit)).size : group.length,
        primitives: group.length,
        total: sum(group, ({ duration }) => duration),
        self,
        share: all === 0 ? 0 : self / all,
        bytes: sum(group, ({ bytes }) => bytes),
        flops: sum(group, ({ flops }) => flops),
        onReference: group.filter(({ fallbacks }) => fallbacks.length > 0).length,
      };
    })
    .sort((a, b) => b.self - a.self);
}

/** Rows that look the same as one of that look. */
export function merged(
  rows: readonly ProfileRow[],
  lookOf: (row: ProfileRow) => Pick<ProfileRow, 'op' | 'phase'>,
): ProfileRow[] {
  return groupBy(rows, (row) => Object.values(lookOf(row)).join('\n'))
    .map((group): ProfileRow => {
      const first = group[0] as ProfileRow;
      const total = (pick: (row: ProfileRow) => number) => sum(group, pick);
      return {
        ...first,
        ...lookOf(first),
        calls: total(({ calls }) => calls),
        primitives: total(({ primitives }) => primitives),
        total: total((row) => row.total),
        self: total(({ self }) => self),
        share: total(({ share }) => share),
        bytes: total(({ bytes }) => bytes),
        flops: total(({ flops }) => flops),
        onReference: total(({ onReference }) => onReference),
      };
    })
    .sort((a, b) => b.self - a.self);
}

export function opOf({ op, gradientOf }: OpEvent): string {
  return gradientOf ?? op;
}

export function sum<T>(items: readonly T[], pick: (item: T) => number): number {
  return items.reduce((total, item) => total + pick(item), 0);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}

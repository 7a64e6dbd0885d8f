import { showBytes, showCount, showTime } from '../units.ts';
import { type ProfileRow, sum } from './rows.ts';

interface Column {
  readonly title: string;
  readonly isText?: boolean;
  cell(row: ProfileRow): string;
  /** Whether there is anything to say in it. */
  isFor?(rows: readonly ProfileRow[]): boolean;
}

const columns: readonly Column[] = [
  { title: 'Op', isText: true, cell: ({ op, phase }) => (phase === 'backward' ? `${op} (backward)` : op) },
  {
    title: 'Module',
    isText: true,
    cell: ({ module }) => (module === null ? '-' : module || '(model)'),
    isFor: (rows) => rows.some(({ module }) => module !== null),
  },
  { title: 'Calls', cell: ({ calls }) => String(calls) },
  { title: 'Self', cell: ({ self }) => showTime(self) },
  { title: 'Share', cell: ({ share }) => `${(100 * share).toFixed(1)}%` },
  { title: 'Per call', cell: ({ self, calls }) => showTime(self / calls) },
  { title: 'Output', cell: ({ bytes }) => (bytes === 0 ? '-' : showBytes(bytes)) },
  {
    title: 'FLOP',
    cell: ({ flops }) => (flops === 0 ? '-' : showCount(flops)),
    isFor: (rows) => rows.some(({ flops }) => flops > 0),
  },
  {
    title: 'FLOP/s',
    cell: ({ flops, self }) => (flops === 0 || self === 0 ? '-' : showCount((1000 * flops) / self)),
    isFor: (rows) => rows.some(({ flops }) => flops > 0),
  },
  {
    title: 'On reference',
    cell: ({ onReference, primitives }) => (onReference === 0 ? '-' : `${onReference} of ${primitives}`),
    isFor: (rows) => rows.some(({ onReference }) => onReference > 0),
  },
];

/** The first rows as a table, without the `hidden` columns, with what the others come to. */
export function tableOf(rows: readonly ProfileRow[], top: number, hidden: readonly string[] = []): string {
  const shown = columns.filter(({ title, isFor }) => !hidden.includes(title) && (isFor?.(rows) ?? true));
  const lines = [
    shown.map(({ title }) => title),
    ...rows.slice(0, top).map((row) => shown.map(({ cell }) => cell(row))),
  ];
  const widths = shown.map((_, c) => Math.max(...lines.map((line) => (line[c] as string).length)));
  const [heading = '', ...body] = lines.map((line) =>
    line
      .map((cell, c) =>
        shown[c]?.isText ? cell.padEnd(widths[c] as number) : cell.padStart(widths[c] as number),
      )
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(widths.reduce((total, width) => total + width + 2, -2));
  const rest = rows.slice(top);
  const more = `… ${rest.length} more, ${showTime(sum(rest, ({ self }) => self))}`;
  return [heading, rule, ...body, ...(rest.length > 0 ? [more] : []), rule].join('\n');
}

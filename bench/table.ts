import { type Case, cases } from './cases.ts';
import type { CaseReport, Result } from './measure.ts';

/** A column: its head, and what it shows of a result. */
type Column = readonly [head: string, cell: (result: Result) => string];

/** Three digits that matter. */
function short(value: number | undefined): string {
  if (value === undefined) return '';
  if (value >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${(100 * share).toFixed(0)}%`;
}

function columnsOf({ unit, check }: Case): Column[] {
  return [
    ['peer', ({ peer }) => peer],
    [`median ${unit}`, ({ median }) => short(median)],
    [`min ${unit}`, ({ min }) => short(min)],
    ['× torch-1', ({ toTorch1 }) => short(toTorch1)],
    ['× torch', ({ toTorch }) => short(toTorch)],
    ['GFLOPS', ({ gflops }) => short(gflops)],
    ['of ceiling', ({ ofCeiling }) => percent(ofCeiling)],
    ['best of best', ({ bestOfCeiling }) => percent(bestOfCeiling)],
    [
      check ?? 'check',
      ({ check, agrees }) =>
        check === undefined ? '' : `${check.toPrecision(6)}${agrees === false ? ' DISAGREES' : ''}`,
    ],
    ['note', ({ note }) => note ?? ''],
  ];
}

/** A case's results as a Markdown table, without columns that say nothing. */
export function tableOf(report: CaseReport): string {
  const what = cases.find(({ name }) => name === report.case) as Case;
  const columns = columnsOf(what).filter(([, cell]) => report.results.some((result) => cell(result) !== ''));
  const rows = [
    columns.map(([head]) => head),
    ...report.results.map((result) => columns.map(([, cell]) => cell(result))),
  ];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  // Names and notes begin, figures end, where their columns do.
  const pad = (text: string, i: number) =>
    columns[i]?.[0] === 'peer' || columns[i]?.[0] === 'note'
      ? text.padEnd(widths[i] as number)
      : text.padStart(widths[i] as number);
  const [head, ...body] = rows.map((row) => `| ${row.map(pad).join(' | ')} |`);
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const missing = report.missing.map(({ peer, why }) => `${peer} is left out: ${why}.`);
  const table = columns.length === 0 ? [] : [head, rule, ...body];
  const { ceiling } = report;
  const bounds = ceiling
    ? [
        `Ceiling of a thread in these rounds: ${short(ceiling.median)} GFLOPS, ${short(ceiling.best)} at best.`,
      ]
    : [];
  return [`## ${what.name}: ${what.about}`, '', ...table, ...bounds, ...missing, ''].join('\n');
}

export const legend = `Medians of rounds in which all had their turns. "× torch-1" is to PyTorch on one thread, "× torch" to PyTorch with its
better number of threads: below 1 is faster, or smaller. "of ceiling" is of what as many threads could do in WebAssembly, measured
between the turns: 128-bit multiply-adds on registers; PyTorch's vectors are wider. "best of best" compares the best rates seen.`;

import { ArgumentError } from '@retrograd/core';
import type { Figure } from '../figure.ts';
import { colours, figureOf, quantitative } from './axes.ts';
import { around, extentOf, isRecord, type Numbers, toNumbers } from './numbers.ts';
import { type AxisOptions, axisOptions, checkPlotOptions } from './options.ts';

export interface HistOptions extends AxisOptions {
  /** How many intervals of equal width (on a logarithmic x axis, of equal ratio). Default 30. */
  bins?: number;
}

/**
 * How often values fall into each of some intervals between the least and the greatest: of one set, or of several by
 * name, over the same intervals. NaN and the infinities are not counted.
 *
 * @example
 * ```ts
 * plot.hist(layer.weight.flatten(), { title: 'Weights', bins: 50 });
 * ```
 * @throws ArgumentError for no values, for values a logarithmic axis cannot show, and for unknown options
 * @throws ShapeError for tensors that have not one dim
 */
export function hist(values: Numbers | Readonly<Record<string, Numbers>>, options: HistOptions = {}): Figure {
  const op = 'plot.hist';
  checkPlotOptions(op, options, [...axisOptions, 'bins']);
  const sets = setsOf(op, values);
  const all = sets.flatMap(({ values }) => values);
  const x = quantitative(op, 'x', 'from', all, options);
  const edges = edgesOf(all, options.bins ?? 30, options.xScale === 'log');
  const bars = sets.flatMap(({ name, values }) =>
    countsOf(values, edges).map((count, i) => ({ name, from: edges[i], to: edges[i + 1], count })),
  );
  const log = options.yScale === 'log';
  const counts = bars.map(({ count }) => count).filter((count) => count > 0);
  const y = quantitative(op, 'y', 'count', log ? [...counts, 1] : [...counts, 0], {
    yLabel: 'count',
    ...options,
  });
  const names = sets.map(({ name }) => name);
  return figureOf(
    {
      data: { values: bars.filter(({ count }) => count > 0) },
      mark: { type: 'bar', opacity: sets.length > 1 ? 0.7 : 1, binSpacing: edges.length > 60 ? 0 : 1 },
      encoding: {
        x: {
          ...x,
          scale: { ...x.scale, domain: [edges[0], edges.at(-1)] },
          axis: { ...x.axis, grid: false },
          bin: { binned: true },
        },
        x2: { field: 'to' },
        y: { ...y, stack: null },
        // The least that a logarithmic axis shows stands for none.
        ...(log ? { y2: { datum: (y.scale as { domain: number[] }).domain[0] } } : {}),
        color: { legend: { symbolOpacity: 1 }, ...colours('name', names) },
      },
    },
    options,
  );
}

function setsOf(op: string, values: unknown): { name: string; values: number[] }[] {
  const entries = isRecord(values) ? Object.entries(values) : [['values', values] as const];
  if (entries.length === 0) throw new ArgumentError({ op, got: 'no sets of values', want: 'at least one' });
  return entries.map(([name, given]) => ({ name, values: toNumbers(op, name, given) }));
}

/** The ends of `bins` intervals over all values. */
function edgesOf(values: readonly number[], bins: number, log: boolean): number[] {
  let [least, greatest] = extentOf(values) ?? [1, 10];
  if (least === greatest) [least, greatest] = log ? [least / 2, least * 2] : around(least);
  const at = (t: number) => (log ? least * (greatest / least) ** t : least + (greatest - least) * t);
  return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? greatest : at(i / bins)));
}

/** How many values lie in [edge i, edge i + 1); the last interval holds its end, too, as NumPy's does. */
function countsOf(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    let [low, high] = [0, counts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (value >= (edges[middle] as number)) low = middle;
      else high = middle - 1;
    }
    counts[low] = (counts[low] as number) + 1;
  }
  return counts;
}

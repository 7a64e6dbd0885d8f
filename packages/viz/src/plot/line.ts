import { ArgumentError } from '@retrograd/core';
import type { Figure } from '../figure.ts';
import { categories } from '../theme.ts';
import { colours, figureOf, quantitative } from './axes.ts';
import { checkLengths, isRecord, type Numbers, orGap, toNumbers } from './numbers.ts';
import { type AxisOptions, axisOptions, checkPlotOptions } from './options.ts';

export interface LineOptions extends AxisOptions {
  /** Where the values stand, for all series that say nothing else. Default 0, 1, 2, … */
  x?: Numbers;
  /** Marks each value with a point. Default false; a value with gaps on both sides is always marked. */
  points?: boolean;
}

/** A line with places of its own. */
export interface XY {
  x: Numbers;
  y: Numbers;
}

interface Series {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/**
 * Lines through values, in the order given: one series, or several by name. NaN and the infinities are gaps.
 *
 * @example
 * ```ts
 * plot.line({ train: losses, test: testLosses }, { xLabel: 'epoch', yLabel: 'loss', yScale: 'log' });
 * plot.line({ circle: { x: angles.cos(), y: angles.sin() } });
 * ```
 * @throws ArgumentError for no values, for values a logarithmic axis cannot show, and for unknown options
 * @throws ShapeError for tensors that have not one dim, and for lengths that differ
 */
export function line(
  series: Numbers | Readonly<Record<string, Numbers | XY>>,
  options: LineOptions = {},
): Figure {
  const op = 'plot.line';
  checkPlotOptions(op, options, [...axisOptions, 'x', 'points']);
  const lines = seriesOf(op, series, options.x);
  const values = lines.flatMap(({ name, x, y }) =>
    y.map((value, i) => ({ i, name, x: orGap(x[i] as number), y: orGap(value), alone: isAlone(x, y, i) })),
  );
  const all = (axis: 'x' | 'y') => lines.flatMap((one) => one[axis]);
  const x = quantitative(op, 'x', 'x', all('x'), options);
  const names = lines.map(({ name }) => name);
  return figureOf(
    {
      data: { values },
      encoding: {
        x: { ...x, axis: { ...x.axis, grid: false } },
        y: quantitative(op, 'y', 'y', all('y'), options),
        color: { legend: { symbolType: 'stroke' }, ...colours('name', names) },
      },
      layer: [
        { mark: 'line', encoding: { order: { field: 'i', type: 'quantitative' }, ...dashes(names) } },
        { mark: { type: 'point', opacity: 1 }, transform: options.points ? [] : [{ filter: 'datum.alone' }] },
      ],
    },
    options,
  );
}

/** Where there are more lines than colours, the second round of them is dashed, the third dotted. */
function dashes(names: readonly string[]) {
  if (names.length <= categories.length) return {};
  const rounds = [
    [1, 0],
    [6, 4],
    [1, 4],
    [8, 4, 1, 4],
  ];
  const range = names.map((_, i) => rounds[Math.floor(i / categories.length) % rounds.length]);
  return { strokeDash: { field: 'name', type: 'nominal', title: null, scale: { domain: names, range } } };
}

function seriesOf(op: string, series: unknown, sharedX: unknown): Series[] {
  const entries = isRecord(series) ? Object.entries(series) : [['values', series] as const];
  if (entries.length === 0) throw new ArgumentError({ op, got: 'no series', want: 'at least one' });
  return entries.map(([name, given]) => {
    const own = isRecord(given);
    const y = toNumbers(op, own ? `${name}.y` : name, own ? given.y : given);
    const places = own ? given.x : sharedX;
    const x = places === undefined ? y.map((_, i) => i) : toNumbers(op, own ? `${name}.x` : 'x', places);
    checkLengths(op, [own ? `${name}.x` : 'x', x], [name, y]);
    return { name, x, y };
  });
}

/** Whether a value is drawn, but no line leads to or from it. */
function isAlone(x: readonly number[], y: readonly number[], i: number): boolean {
  const drawn = (at: number) => Number.isFinite(x[at]) && Number.isFinite(y[at]);
  return drawn(i) && !drawn(i - 1) && !drawn(i + 1);
}

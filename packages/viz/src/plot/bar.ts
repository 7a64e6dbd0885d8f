import { ArgumentError } from '@retrograd/core';
import type { Figure } from '../figure.ts';
import { colours, defaultSize, figureOf, quantitative, slant } from './axes.ts';
import { brief, extentOf, isRecord, kindOf, orGap } from './numbers.ts';
import { type AxisOptions, axisOptions, checkPlotOptions } from './options.ts';

export interface BarOptions extends Omit<AxisOptions, 'xScale' | 'yScale'> {
  /** Of the axis of lengths, whichever that is: `yScale`, or `xScale` where bars lie. Default `linear`. */
  xScale?: 'linear' | 'log';
  /** As `xScale`. */
  yScale?: 'linear' | 'log';
  /** Bars lie, which leaves long names room. Default false. */
  horizontal?: boolean;
  /** Writes each value at the end of its bar. Default: where there are at most 12 bars. */
  annotate?: boolean;
}

interface Bar {
  readonly name: string;
  readonly group: string;
  readonly value: number;
}

/**
 * Bars by name, or groups of bars: in `{ mnist: { sgd: 0.97, adam: 0.98 } }` the outer name is that of a group and the
 * inner one that of a bar, which has its colour in every group. NaN and the infinities are left out.
 *
 * @example
 * ```ts
 * plot.bar({ train: 0.99, test: 0.98 }, { yLabel: 'accuracy' });
 * ```
 * @throws ArgumentError for no bars, for what are no numbers, and for unknown options
 */
export function bar(
  values: Readonly<Record<string, number | Readonly<Record<string, number>>>>,
  options: BarOptions = {},
): Figure {
  const op = 'plot.bar';
  checkPlotOptions(op, options, [...axisOptions, 'horizontal', 'annotate']);
  const bars = barsOf(op, values);
  const { horizontal = false, width = defaultSize.width } = options;
  const [across, along] = horizontal ? (['y', 'x'] as const) : (['x', 'y'] as const);
  if (options[`${across}Scale`] === 'log')
    throw new ArgumentError({
      op,
      got: `${across}Scale log`,
      want: `linear: names stand on the ${across} axis`,
    });
  const groups = [...new Set(bars.map(({ group }) => group))];
  const names = [...new Set(bars.map(({ name }) => name))];
  const grouped = names[0] !== '';
  const log = options[`${along}Scale`] === 'log';
  const channel = quantitative(
    op,
    along,
    'value',
    bars.map(({ value }) => value),
    options,
  );
  const labels = horizontal ? {} : slant(groups, (width - 80) / groups.length);
  const annotate = options.annotate ?? bars.length <= mostAnnotated;
  const encoding = {
    [across]: {
      field: 'group',
      type: 'nominal',
      sort: null,
      title: options[`${across}Label`] || null,
      scale: { domain: groups, paddingInner: grouped ? 0.25 : 0.3, paddingOuter: 0.2 },
      axis: { ticks: false, labelLimit: 0, ...labels },
    },
    [along]: { ...channel, ...(log ? {} : { scale: fromZero(bars, annotate) }), stack: null },
    ...(grouped ? { [`${across}Offset`]: { field: 'name', sort: null, scale: { domain: names } } } : {}),
  };
  const start = log ? { [`${along}2`]: { datum: (channel.scale as { domain: number[] }).domain[0] } } : {};
  const colour = grouped ? { color: colours('name', names) } : {};
  return figureOf(
    {
      data: { values: bars.map((bar) => ({ ...bar, value: orGap(bar.value), text: brief(bar.value, 4) })) },
      encoding,
      layer: [
        { mark: 'bar', encoding: { ...start, ...colour } },
        ...(annotate ? [{ mark: annotation(horizontal), encoding: { text: { field: 'text' } } }] : []),
      ],
    },
    options,
  );
}

const mostAnnotated = 12;

/** A bar says its value by its length, so it starts at zero; what is written at its end has some room. */
function fromZero(bars: readonly Bar[], annotate: boolean) {
  if (!annotate) return { zero: true, nice: true };
  const [least, greatest] = extentOf([0, ...bars.map(({ value }) => value)]) as [number, number];
  const domain = least === greatest ? [0, 1] : [1.08 * least, 1.08 * greatest];
  return { zero: true, nice: false, domain };
}

/** Beyond the end of a bar, whichever way it goes. */
function annotation(horizontal: boolean) {
  const away = (below: number, above: number) => ({ expr: `datum.value < 0 ? ${below} : ${above}` });
  return {
    type: 'text',
    ...(horizontal
      ? { baseline: 'middle', align: { expr: "datum.value < 0 ? 'right' : 'left'" }, dx: away(-4, 4) }
      : { align: 'center', baseline: 'middle', dy: away(9, -8) }),
  };
}

function barsOf(op: string, values: unknown): Bar[] {
  if (!isRecord(values))
    throw new ArgumentError({ op, got: kindOf(values), want: 'an object of names and numbers' });
  const bars = Object.entries(values).flatMap(([group, given]) =>
    isRecord(given)
      ? Object.entries(given).map(([name, value]) => ({
          group,
          name,
          value: checkValue(op, `${group}.${name}`, value),
        }))
      : [{ group, name: '', value: checkValue(op, group, given) }],
  );
  const grouped = bars.filter(({ name }) => name !== '').length;
  if (bars.length > 0 && (grouped === 0 || grouped === bars.length)) return bars;
  throw new ArgumentError({
    op,
    got: bars.length === 0 ? 'no bars' : 'bars and groups of bars',
    want: 'either bars by name, or groups of bars by name',
  });
}

/** @throws ArgumentError for what is no number */
function checkValue(op: string, name: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw new ArgumentError({ op, got: `${name}, which is ${kindOf(value)}`, want: 'a number' });
}

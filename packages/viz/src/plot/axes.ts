import { ArgumentError } from '@retrograd/core';
import type { TopLevelSpec } from 'vega-lite';
import { Figure } from '../figure.ts';
import { textWidth, wrapText } from '../text.ts';
import { categories } from '../theme.ts';
import { around, extentOf } from './numbers.ts';
import type { AxisOptions, PlotOptions } from './options.ts';

export const defaultSize = { width: 560, height: 340 };

/** Of axis labels, as in the theme. */
const labelSize = 11;

/** A figure of this content, with the title and in the size that the options say. */
export function figureOf(content: object, options: PlotOptions): Figure {
  const { title, width = defaultSize.width, height = defaultSize.height, theme } = options;
  const size = { width, height, autosize: { type: 'fit', contains: 'padding' } };
  const spec = { ...titled(title, width - 24), ...size, ...content };
  return new Figure(spec as TopLevelSpec, theme === undefined ? {} : { theme });
}

/** A title in lines that fit into `room`. */
export function titled(title: string | undefined, room: number): { title?: string[] } {
  return title === undefined ? {} : { title: wrapText(title, 15, room, { bold: true }) };
}

/**
 * A quantitative channel over values, of which those that are not finite are gaps.
 *
 * @throws ArgumentError for a value that a logarithmic scale has no place for
 */
export function quantitative(
  op: string,
  axis: 'x' | 'y',
  field: string,
  values: readonly number[],
  options: AxisOptions,
) {
  const extent = extentOf(values);
  const title = options[`${axis}Label`] || null;
  const log = options[`${axis}Scale`] === 'log';
  const shape = log
    ? logarithmic(op, axis, extent ?? [1, 10])
    : linear(op, axis, extent, wholeNumbers(values));
  return { field, type: 'quantitative', title, ...shape };
}

type Extent = readonly [least: number, greatest: number];

function wholeNumbers(values: readonly number[]): boolean {
  return values.every((value) => Number.isInteger(value) || !Number.isFinite(value));
}

const ticks = { x: 8, y: 6 };

/** Nearer to each other than this, or farther apart than its inverse, Vega cannot tell values apart. */
const nearest = 1e-300;

/**
 * Between whole numbers that stand close there are no ticks: there is no epoch 1.5.
 *
 * @throws ArgumentError for values so far apart that their difference overflows
 */
function linear(op: string, axis: 'x' | 'y', extent: Extent | undefined, whole: boolean) {
  const [least, greatest] = extent ?? [0, 1];
  const span = greatest - least;
  if (span * nearest > 1)
    throw new ArgumentError({
      op,
      got: `values from ${least} to ${greatest} on the ${axis} axis`,
      want: `values no farther apart than ${1 / nearest}`,
      fix: `Use ${axis}Scale: 'log', or leave some out.`,
    });
  const furthest = Math.max(Math.abs(least), Math.abs(greatest));
  const long = furthest >= 1e6 || (furthest > nearest && furthest < 1e-3);
  const single = span < nearest ? around(furthest < nearest ? 0 : least) : undefined;
  const domain = extent === undefined ? [least, greatest] : single;
  return {
    scale: { zero: false, ...(domain ? { domain } : { nice: axis === 'y' ? ticks.y : false }) },
    axis: {
      tickCount: ticks[axis],
      ...(whole ? { tickMinStep: 1 } : {}),
      ...(long ? { labelExpr: "datum.value === 0 ? '0' : format(datum.value, '~e')" } : {}),
    },
  };
}

/**
 * From a mark at or below the least value to one at or above the greatest. Marks are 1, 2 and 5 times powers of ten, or
 * powers of ten alone where there are more than two of them.
 *
 * @throws ArgumentError for values of which there is no logarithm
 */
function logarithmic(op: string, axis: 'x' | 'y', [least, greatest]: Extent) {
  if (least <= 0)
    throw new ArgumentError({
      op,
      got: `the value ${least} on the logarithmic ${axis} axis`,
      want: 'values above 0',
      fix: `Leave it out, make it NaN for a gap, or use ${axis}Scale: 'linear'.`,
    });
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(greatest))];
  const stride = Math.max(1, Math.ceil((to - from) / ticks[axis]));
  const factors = greatest / least <= 100 ? [1, 2, 5] : [1];
  const marks: number[] = [];
  for (let power = from; power <= to + 1; power++)
    for (const factor of factors) marks.push(Number(`${factor}e${power}`));
  const low = marks.findLast((mark) => mark <= least && mark > 0) ?? least;
  const high = marks.find((mark) => mark >= greatest && mark > low) ?? greatest;
  return {
    scale: { type: 'log', domain: [low, high], nice: false },
    axis: {
      values: marks.filter(
        (mark, i) => mark >= low && mark <= high && (marks.indexOf(high) - i) % stride === 0,
      ),
      labelExpr:
        "datum.value >= 0.001 && datum.value < 1e6 ? format(datum.value, ',~r') : format(datum.value, '~e')",
    },
  };
}

/** Colours by name, in the order given; a legend only where there is something to tell apart. */
export function colours(field: string, names: readonly string[]) {
  return {
    field,
    type: 'nominal',
    title: null,
    scale: { domain: names, range: names.map((_, i) => categories[i % categories.length]) },
    ...(names.length > 1 ? {} : { legend: null }),
  };
}

/** How labels of categories stand under an axis with `room` for each: level, or slanted where they are too long. */
export function slant(labels: readonly string[], room: number) {
  const widest = Math.max(0, ...labels.map((label) => textWidth(label, labelSize)));
  return widest + 6 <= room
    ? { labelAngle: 0 }
    : { labelAngle: -40, labelAlign: 'right', labelBaseline: 'middle', labelOverlap: false };
}

import { Tensor } from '@retrograd/core';
import type { Figure } from '../figure.ts';
import { colours, figureOf, quantitative } from './axes.ts';
import { checkLengths, isArrayLike, type Numbers, orGap, toNumbers } from './numbers.ts';
import { type AxisOptions, axisOptions, checkPlotOptions } from './options.ts';
import { shades } from './shades.ts';

export interface ScatterOptions extends AxisOptions {
  /** What the points are coloured by: numbers (viridis; coolwarm where some are negative), or names of categories. */
  color?: Numbers | readonly string[];
}

/**
 * Points at (x, y). One with NaN or an infinity is not drawn.
 *
 * @example
 * ```ts
 * plot.scatter(x, y, { color: labels.map((label) => `class ${label}`) });
 * ```
 * @throws ArgumentError for no values, for values a logarithmic axis cannot show, and for unknown options
 * @throws ShapeError for tensors that have not one dim, and for lengths that differ
 */
export function scatter(x: Numbers, y: Numbers, options: ScatterOptions = {}): Figure {
  const op = 'plot.scatter';
  checkPlotOptions(op, options, [...axisOptions, 'color']);
  const places = { x: toNumbers(op, 'x', x), y: toNumbers(op, 'y', y) };
  checkLengths(op, ['x', places.x], ['y', places.y]);
  const { values, channel } = colouring(op, options.color);
  if (values !== undefined) checkLengths(op, ['color', values], ['x', places.x]);
  return figureOf(
    {
      data: {
        values: places.x.map((value, i) => ({
          x: orGap(value),
          y: orGap(places.y[i] as number),
          ...(values === undefined ? {} : { c: values[i] }),
        })),
      },
      mark: 'point',
      encoding: {
        x: spacious(quantitative(op, 'x', 'x', places.x, options)),
        y: quantitative(op, 'y', 'y', places.y, options),
        ...(channel === undefined ? {} : { color: channel }),
      },
    },
    options,
  );
}

/** Points would lie half outside at the ends of a scale that is not rounded. */
function spacious<C extends { scale: object }>(channel: C): C {
  const { scale } = channel;
  return 'nice' in scale && !('type' in scale) ? { ...channel, scale: { ...scale, nice: 8 } } : channel;
}

function colouring(op: string, color: unknown) {
  if (color === undefined) return {};
  if (isNames(color)) return { values: color, channel: colours('c', [...new Set(color)]) };
  const values = toNumbers(op, 'color', color);
  return {
    values: values.map(orGap),
    channel: { field: 'c', type: 'quantitative', title: null, scale: shades(values).scale },
  };
}

function isNames(color: unknown): color is string[] {
  if (color instanceof Tensor || !isArrayLike(color) || color.length === 0) return false;
  return Array.from(color).every((name) => typeof name === 'string');
}

import { ArgumentError, type Tensor } from '@retrograd/core';
import type { TopLevelSpec } from 'vega-lite';
import { Figure } from '../figure.ts';
import type { ColorMap } from '../image/color-maps.ts';
import { textWidth } from '../text.ts';
import { slant, titled } from './axes.ts';
import { brief, checkLengths, isArrayLike, kindOf, orGap, toMatrix } from './numbers.ts';
import { checkPlotOptions, type LabelOptions, labelOptions } from './options.ts';
import { shades } from './shades.ts';

/** A matrix: a tensor `(rows, columns)`, or nested arrays. */
export type Matrix = Tensor | readonly (readonly number[])[];

export interface HeatmapOptions extends LabelOptions {
  /** Names of the columns, from left to right. Default: their indices. */
  xLabels?: readonly (string | number)[];
  /** Names of the rows, from top to bottom. Default: their indices. */
  yLabels?: readonly (string | number)[];
  /** Default `viridis`; `coolwarm`, centred at zero, where some values are negative. */
  colorMap?: ColorMap;
  /** Writes the value into each cell. Default: where there are at most 100 cells. */
  annotate?: boolean;
}

export interface ConfusionOptions extends Omit<HeatmapOptions, 'xLabels' | 'yLabels' | 'annotate'> {
  /** Names of the classes. Default: their numbers. */
  labels?: readonly (string | number)[];
}

/** Drawn as one rectangle each; more than this no plot can show. */
const mostCells = 65_536;

/** On a side, in pixels: the whole matrix, and one cell. */
const room = { matrix: 420, cell: 44 };

/**
 * A matrix in colours, the first row on top. Cells with NaN or an infinity stay empty.
 *
 * @example
 * ```ts
 * plot.heatmap(attention, { xLabels: words, yLabels: words, title: 'Head 1' });
 * ```
 * @throws ShapeError for what has not two dims, and for labels that are not as many as rows or columns
 * @throws ArgumentError for more than 65,536 cells (imshow shows those), and for unknown options
 */
export function heatmap(matrix: Matrix, options: HeatmapOptions = {}): Figure {
  const op = 'plot.heatmap';
  checkPlotOptions(op, options, [...labelOptions, 'xLabels', 'yLabels', 'colorMap', 'annotate']);
  const values = toMatrix(op, matrix);
  return matrixFigure(op, { values, shade: values, legend: null }, options);
}

/**
 * How often which class was taken for which: rows are the truth, columns what was predicted. Each cell says how many; its
 * colour is their share of the row, so that a rare class is seen as well as a frequent one.
 *
 * @example
 * ```ts
 * plot.confusion(counts, { labels: ['cat', 'dog'], title: 'Test set' });
 * ```
 * @throws ShapeError for what is no square matrix, and for labels that are not as many as classes
 * @throws ArgumentError for counts that are negative or not finite, and for unknown options
 */
export function confusion(matrix: Matrix, options: ConfusionOptions = {}): Figure {
  const op = 'plot.confusion';
  checkPlotOptions(op, options, [...labelOptions, 'labels', 'colorMap']);
  const values = toMatrix(op, matrix);
  checkLengths(op, ['rows', values], ['columns', values[0] as number[]]);
  const odd = values.flat().find((count) => !(count >= 0 && count < Number.POSITIVE_INFINITY));
  if (odd !== undefined)
    throw new ArgumentError({ op, got: `the count ${odd}`, want: 'counts of 0 or more' });
  const { labels, ...others } = options;
  const shade = values.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => (total === 0 ? 0 : count / total));
  });
  return matrixFigure(
    op,
    { values, shade, legend: 'share of the row', range: [0, 1] },
    {
      xLabel: 'predicted',
      yLabel: 'true',
      ...others,
      ...(labels === undefined ? {} : { xLabels: labels, yLabels: labels }),
      annotate: true,
    },
  );
}

interface Cells {
  /** What is written in the cells. */
  readonly values: number[][];
  /** What they are coloured by. */
  readonly shade: number[][];
  readonly legend: string | null;
  readonly range?: [number, number];
}

function matrixFigure(op: string, { values, shade, legend, range }: Cells, options: HeatmapOptions): Figure {
  const size = { rows: values.length, columns: (values[0] as number[]).length };
  const count = size.rows * size.columns;
  if (count > mostCells)
    throw new ArgumentError({
      op,
      got: `${size.rows} × ${size.columns} cells`,
      want: `at most ${mostCells}`,
      fix: 'imshow shows matrices of any size.',
    });
  const rows = namesOf(op, 'yLabels', options.yLabels, size.rows);
  const columns = namesOf(op, 'xLabels', options.xLabels, size.columns);
  const step = Math.min(room.cell, Math.max(1, Math.floor(room.matrix / Math.max(size.rows, size.columns))));
  const texts =
    (options.annotate ?? count <= 100) ? values.map((row) => row.map((value) => brief(value))) : undefined;
  const { scale, isDark } = shades(shade.flat(), options.colorMap, range);
  const data = values.flatMap((row, i) =>
    row.map((_, j) => {
      const level = shade[i]?.[j] as number;
      return { i, j, v: orGap(level), ...(texts ? { text: texts[i]?.[j], dark: isDark(level) } : {}) };
    }),
  );
  const cell = cellSize(texts, step);
  const natural = { width: size.columns * cell, height: size.rows * step };
  return new Figure(
    {
      ...titled(options.title, Math.max(320, (options.width ?? natural.width + beside.width) - 24)),
      ...sized(options, natural),
      data: { values: data },
      encoding: {
        x: band('j', options.xLabel, columns, cell, options.xLabels === undefined ? indices : named),
        y: band('i', options.yLabel, rows, step, upright),
      },
      layer: [
        {
          // The stroke closes the seams between cells, through which the ground would show.
          mark: { type: 'rect', strokeWidth: 0.5, stroke: { expr: "scale('color', datum.v)" } },
          encoding: {
            color: {
              field: 'v',
              type: 'quantitative',
              scale,
              legend: {
                title: legend,
                gradientLength: Math.max(60, Math.min(200, natural.height)),
                tickCount: 5,
              },
            },
          },
        },
        ...(texts === undefined ? [] : [annotations(texts, cell)]),
      ],
    } as TopLevelSpec,
    options.theme === undefined ? {} : { theme: options.theme },
  );
}

/** About what axes and legend take. */
const beside = { width: 130, height: 90 };

function sized({ width, height }: HeatmapOptions, natural: { width: number; height: number }) {
  if (width === undefined && height === undefined) return natural;
  return {
    width: width ?? natural.width + beside.width,
    height: height ?? natural.height + beside.height,
    autosize: { type: 'fit', contains: 'padding' },
  };
}

const annotationSize = 11;

function annotations(texts: string[][], cell: number) {
  const widest = Math.max(...texts.flat().map((text) => textWidth(text, annotationSize)));
  return {
    mark: {
      type: 'text',
      fontSize: Math.max(5, Math.min(annotationSize, (annotationSize * (cell - 4)) / widest)),
    },
    encoding: {
      text: { field: 'text' },
      color: { condition: { test: 'datum.dark', value: 'white' }, value: 'black' },
    },
  };
}

/** Cells are wide enough for what is written in them, up to twice their height. */
function cellSize(texts: string[][] | undefined, step: number): number {
  const widest = Math.max(0, ...(texts?.flat() ?? []).map((text) => textWidth(text, annotationSize)));
  return Math.ceil(Math.min(Math.max(step, widest + 8), Math.max(step, 2 * room.cell)));
}

/** How the labels of one axis stand, and how much room along it one takes. */
interface Labelling {
  readonly needed: (widest: number) => number;
  readonly look: (names: readonly string[], step: number) => object;
}

const lineHeight = 14;
const upright: Labelling = { needed: () => lineHeight, look: () => ({}) };
const named: Labelling = { needed: () => lineHeight, look: slant };
const indices: Labelling = { needed: (widest) => widest + 8, look: () => ({ labelAngle: 0 }) };

/** A channel of bands `step` wide, of which as many are labelled as have room: all, or every second, fifth, tenth, … */
function band(
  field: string,
  title: string | undefined,
  names: string[],
  step: number,
  { needed, look }: Labelling,
) {
  const widest = Math.max(...names.map((name) => textWidth(name, 11)));
  const by = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((by) => by * step >= needed(widest)) ?? names.length;
  return {
    field,
    type: 'ordinal',
    title: title || null,
    axis: {
      values: names.flatMap((_, i) => (i % by === 0 ? [i] : [])),
      labelExpr: `${JSON.stringify(names)}[datum.value]`,
      labelLimit: 0,
      labelOverlap: false,
      ticks: false,
      domain: false,
      ...look(names, by * step),
    },
  };
}

/** @throws ShapeError for too few or too many labels */
function namesOf(op: string, name: string, labels: unknown, count: number): string[] {
  if (labels === undefined) return Array.from({ length: count }, (_, i) => String(i));
  if (
    !isArrayLike(labels) ||
    !Array.from(labels).every((label) => ['string', 'number'].includes(typeof label))
  )
    throw new ArgumentError({
      op,
      got: `${name}, ${kindOf(labels)}`,
      want: 'an array of strings or numbers',
    });
  checkLengths(op, [name, labels], [name === 'xLabels' ? 'columns' : 'rows', { length: count }]);
  return Array.from(labels, String);
}

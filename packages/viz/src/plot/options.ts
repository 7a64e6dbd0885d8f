import { ArgumentError, checkOptions } from '@retrograd/core';
import { checkColorMap } from '../image/color-maps.ts';
import { checkTheme } from '../picture.ts';
import type { Theme } from '../theme.ts';
import { kindOf } from './numbers.ts';

/** What every plot takes. */
export interface PlotOptions {
  /** Above the plot; broken into lines where it is long. */
  title?: string;
  /** Of the whole picture, axes and legend included, from 80 to 8000. Default 560, or what a matrix needs. */
  width?: number;
  /** As `width`. Default 340, or what a matrix needs. */
  height?: number;
  /** Default `auto`. */
  theme?: Theme;
}

/** What names the axes. */
export interface LabelOptions extends PlotOptions {
  /** Name of the x axis. */
  xLabel?: string;
  /** Name of the y axis. */
  yLabel?: string;
}

/** What plots of numbers against numbers take. */
export interface AxisOptions extends LabelOptions {
  /** Default `linear`. A logarithmic one takes positive values only. */
  xScale?: 'linear' | 'log';
  /** Default `linear`. A logarithmic one takes positive values only. */
  yScale?: 'linear' | 'log';
}

type Check = readonly [want: string, holds: (value: unknown) => boolean];

const text: Check = ['a string', (value) => typeof value === 'string'];
const flag: Check = ['true or false', (value) => typeof value === 'boolean'];
const pixels: Check = ['80 to 8000', (value) => typeof value === 'number' && value >= 80 && value <= 8000];
const scale: Check = ['linear or log', (value) => value === 'linear' || value === 'log'];
const count: Check = [
  'a whole number from 1 to 10,000',
  (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 10_000,
];
const anything: Check = ['', () => true]; // Looked at where the data are known.

/** All options of all plots, and what each may be. */
const checks = {
  title: text,
  width: pixels,
  height: pixels,
  theme: anything,
  xLabel: text,
  yLabel: text,
  xScale: scale,
  yScale: scale,
  x: anything,
  points: flag,
  color: anything,
  horizontal: flag,
  bins: count,
  columns: count,
  xLabels: anything,
  yLabels: anything,
  labels: anything,
  colorMap: anything,
  annotate: flag,
} satisfies Record<string, Check>;

type OptionName = keyof typeof checks;

export const plotOptions = ['title', 'width', 'height', 'theme'] as const satisfies readonly OptionName[];
export const labelOptions = [...plotOptions, 'xLabel', 'yLabel'] as const;
export const axisOptions = [...labelOptions, 'xScale', 'yScale'] as const;

/** @throws ArgumentError for an option that the plot does not have, or a value that an option cannot have */
export function checkPlotOptions(op: string, options: object, known: readonly OptionName[]): void {
  checkOptions(op, options, known);
  for (const [name, value] of Object.entries(options) as [OptionName, unknown][]) {
    if (value === undefined) continue;
    if (name === 'theme') checkTheme(value);
    if (name === 'colorMap') checkColorMap(op, value);
    const [want, holds] = checks[name];
    if (!holds(value)) throw new ArgumentError({ op, got: `${name} ${kindOf(value)}`, want });
  }
}

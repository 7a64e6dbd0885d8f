import { ArgumentError } from '@retrograd/core';
import type { Picture } from '../picture.ts';
import { grid, line } from '../plot.ts';
import type { History, Series } from './recorder.ts';

/** More than a plot has columns are not to be seen. */
const mostPoints = 1000;
const fewPoints = 30;
const panelsPerRow = 3;

/** Each metric over the steps, in a panel of its own. @throws ArgumentError for no metrics */
export function drawHistory(history: History): Picture {
  if (Object.keys(history).length === 0)
    throw new ArgumentError({
      op: 'Logger.plot',
      got: 'a logger without metrics',
      want: 'at least one value',
      fix: 'Log some first: logger.log({ loss }).',
    });
  const panels = Object.entries(history).map(([tag, series]) => {
    const size = { width: 320, height: 200 };
    const points = series.values.length <= fewPoints;
    return line(
      { [tag]: thinned(series, mostPoints) },
      { title: tag, xLabel: 'step', yLabel: '', points, ...size },
    );
  });
  return grid(panels, { columns: Math.min(panels.length, panelsPerRow) });
}

/** A series of at most about `most` points: the least and the greatest of each stretch, so that no peak is lost. */
export function thinned({ steps, values }: Series, most: number): { x: number[]; y: number[] } {
  const stretch = values.length > most ? Math.ceil((2 * values.length) / most) : 1;
  const kept: number[] = [];
  for (let start = 0; start < values.length; start += stretch)
    kept.push(...extremes(values, start, Math.min(start + stretch, values.length)));
  return { x: kept.map((i) => steps[i] as number), y: kept.map((i) => values[i] as number) };
}

/** Where the least and the greatest are, in the order of the series; a NaN counts as either. */
function extremes(values: readonly number[], start: number, end: number): number[] {
  let [least, greatest] = [start, start];
  for (let i = start; i < end; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) return [i];
    if (value < (values[least] as number)) least = i;
    if (value > (values[greatest] as number)) greatest = i;
  }
  return least === greatest ? [least] : [Math.min(least, greatest), Math.max(least, greatest)];
}

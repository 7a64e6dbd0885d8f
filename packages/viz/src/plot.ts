/** Plots. Each is a `Figure`, a Vega-Lite specification that shows itself; a grid is of any pictures. */
export { type BarOptions, bar } from './plot/bar.ts';
export { type GridOptions, grid } from './plot/grid.ts';
export { type HistOptions, hist } from './plot/hist.ts';
export { type LineOptions, line, type XY } from './plot/line.ts';
export {
  type ConfusionOptions,
  confusion,
  type HeatmapOptions,
  heatmap,
  type Matrix,
} from './plot/matrix.ts';
export type { Numbers } from './plot/numbers.ts';
export type { AxisOptions, LabelOptions, PlotOptions } from './plot/options.ts';
export { type ScatterOptions, scatter } from './plot/scatter.ts';

import './display.ts';

export { type ModuleRow, ModuleSummary, summary } from './display/module.ts';
export { PictureError } from './errors.ts';
export { Figure } from './figure.ts';
export { Graph, type GraphOptions, graph } from './graph.ts';
export { type ColorMap, colorMaps } from './image/color-maps.ts';
export type { ImageGridOptions, ImageOptions } from './image/gallery.ts';
export { compare, featureMaps, filters, imageGrid, imshow } from './image/images.ts';
export type { LoggerOptions } from './logger/options.ts';
export type { Output } from './logger/progress-lines.ts';
export type { History, Series } from './logger/recorder.ts';
export type { Scalar } from './logger/scalars.ts';
export type { TrackOptions } from './logger/track.ts';
export { Logger } from './logger.ts';
export {
  jupyterDisplay,
  type MimeBundle,
  type Picture,
  type PngOptions,
  type SvgOptions,
} from './picture.ts';
export * as plot from './plot.ts';
export {
  type ChromeTrace,
  type FlameOptions,
  type OpEvent,
  Profile,
  type ProfileOptions,
  type ProfileRow,
  profile,
  type TableOptions,
} from './profile.ts';
export { type Showable, type ShowOptions, show } from './show.ts';
export type { Scheme, Theme } from './theme.ts';

export type { DownloadProgress } from './download.ts';
export { encodeIdx, type IdxArray, type IdxExpectation, type ParseIdxOptions, parseIdx } from './idx.ts';
export type { Split } from './idx-datasets.ts';
export { type RenderedDigits, renderStrokeDigits, type StrokeDigitsOptions } from './stroke-digits.ts';

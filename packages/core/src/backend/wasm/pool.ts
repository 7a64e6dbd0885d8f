import { numelOf } from '../../shape.ts';
import type { Backend, PoolGeometry, View } from '../backend.ts';
import { axesOf, countOf, perPartOf, pushDims } from './axes.ts';
import { addressOf, bytesPerElement, type Engine } from './engine.ts';
import {
  anyWindows,
  type Neighbours,
  pairedWindows,
  type WindowFields,
  windowFields,
} from './kernels/pool.ts';

/** What dims have that are not there. */
const absent: WindowFields = {
  size: 1,
  taps: 1,
  outputs: 1,
  stride: 1,
  dilation: 1,
  padding: 0,
  xStep: 0,
  outStep: 0,
};

function windowsOf(x: View, out: View, geometry: PoolGeometry): WindowFields[] {
  const { kernel, stride, dilation, padding } = geometry;
  const present = kernel.map((taps, d) => ({
    size: x.shape[d + 2] as number,
    taps,
    outputs: out.shape[d + 2] as number,
    stride: stride[d] as number,
    dilation: dilation[d] as number,
    padding: padding[d]?.[0] as number,
    xStep: (x.strides[d + 2] as number) * bytesPerElement[x.storage.dtype],
    outStep: (out.strides[d + 2] as number) * bytesPerElement[out.storage.dtype],
  }));
  return [absent, absent, absent, ...present].slice(-3);
}

/** Whether windows are pairs of pairs that lie as `pairedWindows` wants them. */
function arePairs(dtype: string, [depth, rows, columns]: readonly WindowFields[]): boolean {
  const pairs = ({ size, taps, outputs, stride, dilation, padding }: WindowFields) =>
    taps === 2 && stride === 2 && dilation === 1 && padding === 0 && 2 * outputs <= size;
  const flat = depth?.taps === 1 && depth.outputs === 1 && depth.size === 1 && depth.padding === 0;
  if (dtype !== 'float32' || !flat || !rows || !columns) return false;
  return (
    pairs(rows) && pairs(columns) && columns.outputs >= 4 && columns.xStep === 4 && columns.outStep === 4
  );
}

/** Taps of a window in the last dim for which there are kernels that search several windows at a time. */
const mostTaps = 7;

/** How windows lie in the last dim, where `anyWindows` can search several at a time. */
function neighboursOf(dtype: string, [, , columns]: readonly WindowFields[]): Neighbours | undefined {
  if (dtype !== 'float32' || columns?.xStep !== 4 || columns.outStep !== 4) return undefined;
  const { stride, taps } = columns;
  return (stride === 1 || stride === 2) && taps <= mostTaps ? { apart: stride, taps } : undefined;
}

function run(engine: Engine, x: View, out: View, geometry: PoolGeometry): boolean {
  const { dtype } = x.storage;
  if ((dtype !== 'float32' && dtype !== 'float64') || geometry.kernel.length > 3) return false;
  if (numelOf(out.shape) === 0) return true;
  const windows = windowsOf(x, out, geometry);
  const near = neighboursOf(dtype, windows);
  const kernel = arePairs(dtype, windows)
    ? engine.kernel('maxPool pairs', pairedWindows)
    : engine.kernel(`maxPool ${dtype} ${near?.apart} ${near?.taps}`, () => anyWindows(dtype, near));
  const planes = axesOf(out.shape.slice(0, 2), [x, out]);
  const count = countOf(planes);
  const perPart = perPartOf(count, numelOf(x.shape.slice(2)));
  const fields = [addressOf(x), addressOf(out), count, perPart];
  pushDims(fields, planes, 2, 2);
  for (const window of windows) for (const field of windowFields) fields.push(window[field]);
  engine.launch(kernel, fields, Math.ceil(count / perPart));
  return true;
}

export function pooling(engine: Engine, fallback: Backend): Pick<Backend, 'maxPoolIndices'> {
  return {
    maxPoolIndices: (x, out, geometry) => {
      engine.heap.begin();
      if (!run(engine, x, out, geometry)) fallback.maxPoolIndices(x, out, geometry);
    },
  };
}

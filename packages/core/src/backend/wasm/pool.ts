import { contiguousStrides, isContiguous, numelOf, sameShape } from '../../shape.ts';
import type { Backend, PoolGeometry, View } from '../backend.ts';
import { axesOf, countOf, perPartOf, pushDims } from './axes.ts';
import { beforeRelu, DeferredLead, defer, type Lead } from './deferred.ts';
import { noteDensity } from './density.ts';
import { addressOf, bytesPerElement, type Engine } from './engine.ts';
import { type FloatDType, isFloatDType } from './kernels/lanes.ts';
import {
  anyWindows,
  type Neighbours,
  pairedWindows,
  type Wanted,
  type WindowFields,
  windowFields,
} from './kernels/pool.ts';

type Pooling = Pick<Backend, 'maxPool' | 'maxPoolGradient' | 'maxPoolIndices'>;

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
  const windows = [absent, absent, absent];
  for (let d = 0; d < kernel.length; d++) {
    windows.shift();
    windows.push({
      size: x.shape[d + 2] as number,
      taps: kernel[d] as number,
      outputs: out.shape[d + 2] as number,
      stride: stride[d] as number,
      dilation: dilation[d] as number,
      padding: padding[d]?.[0] as number,
      xStep: (x.strides[d + 2] as number) * bytesPerElement[x.storage.dtype],
      outStep: (out.strides[d + 2] as number) * bytesPerElement[out.storage.dtype],
    });
  }
  return windows;
}

function isPair({ size, taps, outputs, stride, dilation, padding }: WindowFields): boolean {
  return taps === 2 && stride === 2 && dilation === 1 && padding === 0 && 2 * outputs <= size;
}

/** Whether windows are pairs of pairs that lie as `pairedWindows` wants them. */
function arePairs(dtype: string, [depth, rows, columns]: readonly WindowFields[]): boolean {
  const flat = depth?.taps === 1 && depth.outputs === 1 && depth.size === 1 && depth.padding === 0;
  if (dtype !== 'float32' || !flat || !rows || !columns) return false;
  return (
    isPair(rows) && isPair(columns) && columns.outputs >= 4 && columns.xStep === 4 && columns.outStep === 4
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

/** Pairs of pairs, for any purpose; what is led to their places lies as x does. */
function runPairs(
  engine: Engine,
  wanted: Wanted,
  { x: given, out }: Views,
  [, rows, columns]: readonly WindowFields[],
  led?: View,
): void {
  const x = beforeRelu(given);
  const isClamped = x !== given;
  const gradient = led ?? x;
  const planes = axesOf(out.shape.slice(0, 2), [x, out, gradient]);
  const count = countOf(planes);
  const perPart = perPartOf(count, numelOf(x.shape.slice(2)));
  const fields = [
    addressOf(x),
    addressOf(out),
    addressOf(gradient),
    count,
    perPart,
    rows?.outputs ?? 0,
    columns?.outputs ?? 0,
    rows?.xStep ?? 0,
    rows?.outStep ?? 0,
    columns?.size ?? 0,
    rows?.size ?? 0,
  ];
  pushDims(fields, planes, 2, 3);
  const key = `maxPool pairs ${wanted} ${isClamped}`;
  const kernel = engine.kernel(key, () => pairedWindows(wanted, isClamped));
  engine.launch(kernel, fields, Math.ceil(count / perPart));
}

/** Positions in windows of any kind. */
function runAny(engine: Engine, { x, out }: Views, windows: readonly WindowFields[]): void {
  const dtype = x.storage.dtype as FloatDType;
  const near = neighboursOf(dtype, windows);
  const planes = axesOf(out.shape.slice(0, 2), [x, out]);
  const count = countOf(planes);
  const perPart = perPartOf(count, numelOf(x.shape.slice(2)));
  const fields = [addressOf(x), addressOf(out), count, perPart];
  pushDims(fields, planes, 2, 2);
  for (const window of windows) for (const field of windowFields) fields.push(window[field]);
  const key = `maxPool ${dtype} ${near?.apart} ${near?.taps}`;
  const kernel = engine.kernel(key, () => anyWindows(dtype, near));
  engine.launch(kernel, fields, Math.ceil(count / perPart));
}

/** What is searched, and what has a place for each window. */
interface Views {
  readonly x: View;
  readonly out: View;
}

/** The planes of a view `(N, C, …S)` as rows `(N, C, S)`; `null` where their elements do not lie evenly. */
function inRows(view: View): View | null {
  const spatial = view.shape.slice(2);
  if (!isContiguous(spatial, view.strides.slice(2))) return null;
  return {
    ...view,
    shape: [...view.shape.slice(0, 2), numelOf(spatial)],
    strides: [...view.strides.slice(0, 2), 1],
  };
}

/**
 * Max-pooling. Windows in pairs have kernels for all purposes; others find positions, which `rest` gathers from and
 * scatters to.
 */
export function pooling(engine: Engine, rest: Backend): Pooling {
  const { heap } = engine;
  const isCovered = ({ storage: { dtype } }: View, windows: View, { kernel }: PoolGeometry) =>
    isFloatDType(dtype) && kernel.length <= 3 && numelOf(windows.shape) > 0;
  const maxPoolIndices: Pooling['maxPoolIndices'] = (x, out, geometry) => {
    if (!isCovered(x, out, geometry)) return rest.maxPoolIndices(x, out, geometry);
    heap.begin();
    const windows = windowsOf(x, out, geometry);
    if (arePairs(x.storage.dtype, windows)) runPairs(engine, 'indices', { x, out }, windows);
    else runAny(engine, { x, out }, windows);
  };

  /** Calls `use` with the positions of windows, as rows, for as long as it takes. */
  const withPositions = (x: View, windows: View, geometry: PoolGeometry, use: (positions: View) => void) => {
    const { shape } = windows;
    const storage = rest.allocate('int32', numelOf(shape));
    const positions: View = { storage, shape, strides: contiguousStrides(shape), offset: 0 };
    maxPoolIndices(x, positions, geometry);
    use(inRows(positions) ?? positions);
    storage.free();
  };

  const maxPool: Pooling['maxPool'] = (x, out, geometry) => {
    if (!isCovered(x, out, geometry)) return rest.maxPool(x, out, geometry);
    const windows = windowsOf(x, out, geometry);
    const [source, target] = [inRows(x), inRows(out)];
    if (arePairs(x.storage.dtype, windows)) {
      heap.begin();
      runPairs(engine, 'values', { x, out }, windows);
    } else if (source === null || target === null) rest.maxPool(x, out, geometry);
    else withPositions(x, out, geometry, (positions) => rest.gather(source, 2, positions, target));
  };

  /** Leads a gradient to the largest elements of pairs of pairs. */
  const lead: Lead = (x, g, out, geometry, isGated) => {
    const wanted = isGated ? 'gated gradient' : 'gradient';
    runPairs(engine, wanted, { x, out: g }, windowsOf(x, g, geometry), out);
  };

  const maxPoolGradient: Pooling['maxPoolGradient'] = (x, g, out, geometry) => {
    if (!isCovered(x, g, geometry)) return rest.maxPoolGradient(x, g, out, geometry);
    const windows = windowsOf(x, g, geometry);
    const [source, target] = [inRows(g), inRows(out)];
    if (sameShape(x.strides, out.strides) && arePairs(x.storage.dtype, windows)) {
      heap.begin();
      if (!defer(out, new DeferredLead(x, g, geometry, lead))) lead(x, g, out, geometry, false);
    } else if (source === null || target === null) rest.maxPoolGradient(x, g, out, geometry);
    else {
      rest.fill(out, 0);
      withPositions(x, g, geometry, (positions) => rest.scatter('sum', target, 2, positions, source));
    }
    noteDensity(out, Math.min(1, numelOf(g.shape) / numelOf(out.shape)));
  };

  return { maxPool, maxPoolGradient, maxPoolIndices };
}

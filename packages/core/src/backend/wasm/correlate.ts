import { isContiguous } from '../../shape.ts';
import type { Backend, CorrelateGeometry, View } from '../backend.ts';
import { type DotsPlan, type Plan, planOf, type TilePlan } from './correlate-plan.ts';
import { isSparse, percentOf } from './density.ts';
import { addressOf, type Engine, Template } from './engine.ts';
import { dotsBlocksOf, dotsFields, dotsModule } from './kernels/dots.ts';
import { isFloatDType, type Lanes, lanesOf } from './kernels/lanes.ts';
import { packRows, packRowsFields, pad, padFields } from './kernels/pack.ts';
import { tileFields, tileKernel, tileRows } from './kernels/tile.ts';
import { problemOf } from './layout.ts';
import { routeOf, sparsePlan } from './sparse.ts';
import { PlanCache, partsWanted, roundUp } from './tables.ts';
import { correlateTurned, isBetterTurned } from './turned.ts';
import { correlateAtPoints, isForPoints } from './winograd.ts';

export interface Call {
  readonly x: View;
  readonly w: View;
  readonly out: View;
  /** What the sums begin with: a bias for each output channel, nothing, or what out holds. */
  readonly start: View | 'zeros' | 'out';
  readonly geometry: CorrelateGeometry;
}

/** A correlation of one geometry, with all that depends on shapes and strides alone worked out. */
type Correlation = (call: Call) => void;

/** Correlation of floats; `rest` copies, and does what has no kernel here. */
export function correlating(engine: Engine, rest: Backend): Backend['correlate'] {
  const known = new PlanCache<Correlation>();
  const sparse = new PlanCache<Correlation | null>();
  /** How to start from the elements that are not 0, where that is worth it. */
  const sparsely = (call: Call, lanes: Lanes): Correlation | null =>
    sparse.get([percentOf(call.x), percentOf(call.w), ...keyOf(lanes, call)], () => {
      const route = routeOf(call, lanes);
      return route && sparsePlan(engine, rest, lanes, route);
    });
  return (x, w, bias, out, geometry) => {
    const { dtype } = out.storage;
    // Results are stored as vectors.
    const isRow = out.strides.at(-1) === 1 || out.shape.at(-1) === 1;
    if (!isFloatDType(dtype) || !isRow || out.shape.includes(0) || w.shape.includes(0)) {
      rest.correlate(x, w, bias, out, geometry);
      return;
    }
    const lanes = lanesOf(dtype, engine.features.relaxed);
    const correlate: Correlation = (call) =>
      known.get(keyOf(lanes, call), () => prepared(engine, call, lanes))(call);
    const call: Call = { x, w, out, start: bias ?? 'zeros', geometry };
    const fromElements = isSparse(x) || isSparse(w) ? sparsely(call, lanes) : null;
    if (fromElements !== null) fromElements(call);
    else if (isForPoints(call, lanes)) correlateAtPoints(call, engine, lanes, rest, correlate);
    else if (isBetterTurned(call, lanes)) correlateTurned(call, lanes, rest, correlate);
    else correlate(call);
  };
}

/** What plans depend on; ranks come first, so that no two of them give one list. */
function keyOf({ bytes }: Lanes, { x, w, out, start, geometry }: Call): number[] {
  const key = [bytes, x.shape.length, start === 'zeros' ? 0 : start === 'out' ? 1 : 2, geometry.groups];
  for (const { shape, strides } of [x, w, out]) {
    for (let d = 0; d < shape.length; d++) key.push(shape[d] as number, strides[d] as number);
  }
  const { stride, dilation, inputDilation, padding } = geometry;
  for (let d = 0; d < stride.length; d++) {
    const [before, after] = padding[d] as readonly [number, number];
    key.push(stride[d] as number, dilation[d] as number, inputDilation[d] as number, before, after);
  }
  return key;
}

/** Images whose padded copies are made together: enough for all threads, few enough to stay in the cache. */
const paddedBytesWanted = 2 ** 20;

/** Where the kernel finds the images: as they are, or padded, a few at a time. */
function prepared(engine: Engine, call: Call, lanes: Lanes): Correlation {
  const { x, out } = call;
  const { groups } = call.geometry;
  const { bytes } = lanes;
  const plan = planOf(problemOf(call), call.start === 'zeros', lanes);
  const images = out.shape[0] as number;
  const imageStride = (x.strides[0] as number) * bytes;
  const channelStride = (x.strides[1] as number) * bytes;
  const paddedGroup = plan.channels * plan.channelStride;
  const place =
    plan.padding === null
      ? { imageStride, groupStride: plan.channels * channelStride }
      : { imageStride: groups * paddedGroup, groupStride: paddedGroup };
  const compute =
    plan.kernel.kind === 'tile'
      ? tiles(engine, plan, plan.kernel, call, lanes, place)
      : dots(engine, plan, plan.kernel, call, lanes, place);
  if (plan.padding === null) {
    return (now) => {
      engine.heap.begin();
      compute(now, plan.tables.place(engine))(addressOf(now.x), 0, images);
    };
  }

  const { contiguous, rows, columns, ...counts } = plan.padding;
  const atOnce = Math.min(images, Math.max(1, Math.floor(paddedBytesWanted / (groups * paddedGroup))));
  const kernel = engine.kernel(`pad ${lanes.dtype} ${contiguous}`, () => pad(lanes, contiguous));
  const fields = new Template(padFields, {
    ...counts,
    sourceImageStride: imageStride,
    sourceGroupStride: plan.channels * channelStride,
    sourceChannelStride: channelStride,
    targetChannelStride: plan.channelStride,
    groups,
    channels: plan.channels,
  });
  return (now) => {
    engine.heap.begin();
    const base = plan.tables.place(engine);
    const computeNow = compute(now, base);
    const target = engine.heap.scratch(atOnce * groups * paddedGroup + 64);
    const source = addressOf(now.x);
    for (let first = 0; first < images; first += atOnce) {
      const count = Math.min(atOnce, images - first);
      const here = fields.with({
        source: source + first * imageStride,
        target,
        rows: base + rows,
        columns: base + columns,
      });
      engine.launch(kernel, here, count * groups);
      computeNow(target, first, count);
    }
  };
}

/** How far apart images and groups lie as the kernel reads them, in bytes. */
interface Place {
  readonly imageStride: number;
  readonly groupStride: number;
}

/**
 * Computes the results of some images, the first of which lies at an address; made for a call whose tables are at `base`.
 */
type Compute = (call: Call, base: number) => (address: number, first: number, images: number) => void;

function tiles(
  engine: Engine,
  plan: Plan,
  kernel: TilePlan,
  call: Call,
  lanes: Lanes,
  place: Place,
): Compute {
  const { w, out } = call;
  const { groups } = call.geometry;
  const { bytes, dtype } = lanes;
  const [images, channels] = [out.shape[0] as number, out.shape[1] as number];
  const outPerGroup = channels / groups;
  const { rowsPerPart, vectorsPerPart } = partOf(
    images * groups,
    outPerGroup,
    kernel.vectorCount,
    kernel.tapCount * bytes,
  );
  const packing = engine.kernel(`packRows ${dtype} ${kernel.neighbours}`, () =>
    packRows(lanes, tileRows, kernel.neighbours),
  );
  const packed = new Template(packRowsFields, {
    wImageStride: 0,
    rowStride: (w.strides[0] as number) * bytes,
    outImageStride: 0,
    tapCount: kernel.tapCount,
    groups,
    rowsPerGroup: outPerGroup,
    rowsPerPart,
  });
  const blocksOfRows = Math.ceil(outPerGroup / rowsPerPart);
  const tiling = tileKernel(engine, lanes, kernel);
  const outImageStride = (out.strides[0] as number) * bytes;
  const fields = new Template(tileFields, {
    xImageStride: place.imageStride,
    xGroupStride: place.groupStride,
    outImageStride,
    outChannelStride: (out.strides[1] as number) * bytes,
    wImageStride: 0,
    tapCount: kernel.tapCount,
    vectorCount: kernel.vectorCount,
    groups,
    outPerGroup,
    rowsPerPart,
    vectorsPerPart,
  });
  const partsPerImage = groups * blocksOfRows * Math.ceil(kernel.vectorCount / vectorsPerPart);
  const zeros = plan.tables.add(new Array((channels * bytes) / 4).fill(0));
  return ({ w, start, out }, base) => {
    const weights = engine.heap.scratch(channels * kernel.tapCount * bytes);
    const taps = base + kernel.weightTaps;
    engine.launch(packing, packed.with({ w: addressOf(w), out: weights, taps }), groups * blocksOfRows);
    const bias =
      start === 'out' ? 0 : start === 'zeros' ? base + zeros : biasAddress(engine, start, channels, bytes);
    const results = addressOf(out);
    return (address, first, count) => {
      const here = fields.with({
        x: address,
        out: results + first * outImageStride,
        w: weights,
        bias,
        taps: base + kernel.taps,
        vectors: base + kernel.vectors,
      });
      engine.launch(tiling, here, count * partsPerImage, start !== 'out');
    };
  };
}

function dots(engine: Engine, plan: Plan, kernel: DotsPlan, call: Call, lanes: Lanes, place: Place): Compute {
  const { w, out } = call;
  const { groups } = call.geometry;
  const { bytes, dtype } = lanes;
  const module = engine.kernel(`dots ${dtype} ${kernel.tail} ${kernel.spacing}`, () =>
    dotsModule(lanes, kernel.tail, kernel.spacing),
  );
  const channels = out.shape[1] as number;
  const outImageStride = (out.strides[0] as number) * bytes;
  const wChannelStride = (w.strides[1] as number) * bytes;
  const fields = new Template(dotsFields, {
    xImageStride: place.imageStride,
    xGroupStride: place.groupStride,
    xChannelStride: plan.channelStride,
    wRowStride: (w.strides[0] as number) * bytes,
    wChannelStride,
    outImageStride,
    outRowStride: (out.strides[1] as number) * bytes,
    groups,
    rowsPerGroup: channels / groups,
    columnCount: kernel.columnCount,
    wholeCount: kernel.wholeCount,
    stepCount: kernel.stepCount,
  });
  const partsPerImage = groups * dotsBlocksOf(channels / groups, kernel.columnCount);
  return ({ w, out }, base) => {
    const [weights, results] = [addressOf(w), addressOf(out)];
    return (address, first, images) => {
      const channelBytes = channels * kernel.tapCount * bytes + images * plan.channelStride;
      const atOnce = Math.max(1, Math.floor(bytesAtOnce / channelBytes));
      for (let channel = 0; channel < plan.channels; channel += atOnce) {
        const here = fields.with({
          x: address + channel * plan.channelStride,
          w: weights + channel * wChannelStride,
          out: results + first * outImageStride,
          columns: base + kernel.columns,
          steps: base + kernel.steps,
          channels: Math.min(atOnce, plan.channels - channel),
          accumulate: Number(channel > 0),
        });
        engine.launch(module, here, images * partsPerImage, channel === 0);
      }
    };
  };
}

/** What all tiles together read of some channels stays in the second-level cache. */
const bytesAtOnce = 2 ** 18;

/** Bytes of packed weights that stay in the second-level cache while vectors pass by. */
const weightBytesAtOnce = 2 ** 18;

/** Vectors that a part has at least: a multiple of what the tiles take at once. */
const fewestVectors = 24;

/**
 * The output channels and vectors of a part. Where there are too few images and groups to share out, vectors are cut; or
 * channels, where there are few vectors.
 */
function partOf(images: number, channels: number, vectors: number, channelBytes: number) {
  const most = Math.max(tileRows, Math.floor(weightBytesAtOnce / channelBytes / tileRows) * tileRows);
  const rowsPerPart = Math.min(roundUp(channels, tileRows), most);
  const cuts = Math.ceil(partsWanted / (images * Math.ceil(channels / rowsPerPart)));
  if (cuts === 1) return { rowsPerPart, vectorsPerPart: vectors };
  if (vectors >= cuts * fewestVectors) {
    return { rowsPerPart, vectorsPerPart: roundUp(Math.ceil(vectors / cuts), fewestVectors) };
  }
  return { rowsPerPart: roundUp(Math.ceil(rowsPerPart / cuts), tileRows), vectorsPerPart: vectors };
}

/** Where the bias lies as neighbouring elements. */
function biasAddress(engine: Engine, bias: View, channels: number, bytes: number): number {
  if (isContiguous(bias.shape, bias.strides)) return addressOf(bias);
  const address = engine.heap.scratch(channels * bytes);
  engine.stream.synchronize(); // kernels of earlier calls may be using the scratch
  const { data } = bias.storage;
  const { buffer } = engine.heap;
  const target =
    bytes === 4 ? new Float32Array(buffer, address, channels) : new Float64Array(buffer, address, channels);
  const [stride] = bias.strides as [number];
  for (let o = 0; o < channels; o++) target[o] = data[bias.offset + o * stride] as number;
  return address;
}

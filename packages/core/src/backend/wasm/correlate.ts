import { isContiguous } from '../../shape.ts';
import type { Backend, CorrelateGeometry, View } from '../backend.ts';
import { type DotsPlan, type Plan, planOf, type TilePlan } from './correlate-plan.ts';
import { addressOf, type Engine, inOrder } from './engine.ts';
import { dotsFields, dotsModule, dotsPartsOf } from './kernels/dots.ts';
import { type FloatDType, isFloatDType, type Lanes, lanesOf } from './kernels/lanes.ts';
import { packRows, packRowsFields, pad, padFields } from './kernels/pack.ts';
import { tileFields, tileModule, tilePartsOf, tileRows } from './kernels/tile.ts';
import { problemOf } from './layout.ts';
import { PlanCache, partsWanted, roundUp } from './tables.ts';
import { correlateTurned, isBetterTurned } from './turned.ts';

export interface Call {
  readonly x: View;
  readonly w: View;
  readonly out: View;
  /** What the sums begin with: a bias for each output channel, nothing, or what out holds. */
  readonly start: View | 'zeros' | 'out';
  readonly geometry: CorrelateGeometry;
}

/** Correlation of floats; `rest` copies, and does what has no kernel here. */
export function correlating(engine: Engine, rest: Backend): Backend['correlate'] {
  const plans = new PlanCache<Plan>();
  return (x, w, bias, out, geometry) => {
    const { dtype } = out.storage;
    // Results are stored as vectors.
    const isRow = out.strides.at(-1) === 1 || out.shape.at(-1) === 1;
    if (!isFloatDType(dtype) || !isRow || out.shape.includes(0) || w.shape.includes(0)) {
      rest.correlate(x, w, bias, out, geometry);
      return;
    }
    const lanes = lanesOf(dtype, engine.features.relaxed);
    const correlate = (call: Call) => {
      const plan = plans.get(keyOf(dtype, call), () =>
        planOf(problemOf(call), call.start === 'zeros', lanes),
      );
      run(engine, plan, call, lanes);
    };
    const call: Call = { x, w, out, start: bias ?? 'zeros', geometry };
    if (isBetterTurned(call, lanes)) correlateTurned(call, lanes, rest, correlate);
    else correlate(call);
  };
}

function keyOf(dtype: FloatDType, { x, w, out, start, geometry }: Call): string {
  const { stride, dilation, inputDilation, padding } = geometry;
  const views = [x, w, out].map(({ shape, strides }) => `${shape.slice(1)};${strides.slice(1)}`);
  return [dtype, start === 'zeros', ...views, stride, dilation, inputDilation, padding].join('|');
}

/** Images whose padded copies are made together: enough for all threads, few enough to stay in the cache. */
const paddedBytesWanted = 2 ** 20;

/** Where the kernel finds the images: as they are, or padded, a few at a time. */
function run(engine: Engine, plan: Plan, call: Call, lanes: Lanes): void {
  const { x, out } = call;
  const { groups } = call.geometry;
  const { bytes } = lanes;
  engine.heap.begin();
  const base = plan.tables.place(engine);
  const compute =
    plan.kernel.kind === 'tile'
      ? tiles(engine, plan.kernel, base, call, lanes)
      : dots(engine, plan, plan.kernel, base, call, lanes);
  const images = out.shape[0] as number;
  const imageStride = (x.strides[0] as number) * bytes;
  const groupStride = plan.channels * (x.strides[1] as number) * bytes;
  const source = addressOf(x);
  if (plan.padding === null) {
    compute({ address: source, imageStride, groupStride, first: 0, images });
    return;
  }
  const { contiguous, rows, columns, ...counts } = plan.padding;
  const paddedGroup = plan.channels * plan.channelStride;
  const atOnce = Math.min(images, Math.max(1, Math.floor(paddedBytesWanted / (groups * paddedGroup))));
  const target = engine.heap.scratch(atOnce * groups * paddedGroup + 64);
  const kernel = engine.kernel(`pad ${lanes.dtype} ${contiguous}`, () => pad(lanes, contiguous));
  for (let first = 0; first < images; first += atOnce) {
    const now = Math.min(atOnce, images - first);
    const fields = {
      ...counts,
      source: source + first * imageStride,
      sourceImageStride: imageStride,
      sourceGroupStride: groupStride,
      sourceChannelStride: (x.strides[1] as number) * bytes,
      target,
      targetChannelStride: plan.channelStride,
      groups,
      channels: plan.channels,
      rows: base + rows,
      columns: base + columns,
    };
    engine.launch(kernel, inOrder(padFields, fields), now * groups);
    compute({
      address: target,
      imageStride: groups * paddedGroup,
      groupStride: paddedGroup,
      first,
      images: now,
    });
  }
}

/** Images as the kernel reads them, in bytes. */
interface Images {
  readonly address: number;
  readonly imageStride: number;
  readonly groupStride: number;
  /** Which of the call's images the first is. */
  readonly first: number;
  readonly images: number;
}

type Compute = (images: Images) => void;

function tiles(engine: Engine, kernel: TilePlan, base: number, call: Call, lanes: Lanes): Compute {
  const { w, start, out } = call;
  const { groups } = call.geometry;
  const { bytes, dtype } = lanes;
  const [images, channels] = [out.shape[0] as number, out.shape[1] as number];
  const outPerGroup = channels / groups;
  const rowsPerPart = rowsPerPartOf(images * groups, outPerGroup);
  const packed = engine.heap.scratch(channels * kernel.tapCount * bytes);
  const packing = {
    w: addressOf(w),
    wImageStride: 0,
    rowStride: (w.strides[0] as number) * bytes,
    out: packed,
    outImageStride: 0,
    taps: base + kernel.weightTaps,
    tapCount: kernel.tapCount,
    groups,
    rowsPerGroup: outPerGroup,
    rowsPerPart,
  };
  engine.launch(
    engine.kernel(`packRows ${dtype} ${kernel.neighbours}`, () =>
      packRows(lanes, tileRows, kernel.neighbours),
    ),
    inOrder(packRowsFields, packing),
    groups * Math.ceil(outPerGroup / rowsPerPart),
  );
  const module = engine.kernel(`tile ${dtype} ${kernel.width}`, () => tileModule(lanes, kernel.width));
  const outImageStride = (out.strides[0] as number) * bytes;
  const fields = {
    outImageStride,
    outChannelStride: (out.strides[1] as number) * bytes,
    w: packed,
    wImageStride: 0,
    bias: start === 'out' ? 0 : biasAddress(engine, start, channels, bytes),
    taps: base + kernel.taps,
    tapCount: kernel.tapCount,
    vectors: base + kernel.vectors,
    vectorCount: kernel.vectorCount,
    groups,
    outPerGroup,
    rowsPerPart,
    vectorsPerPart: kernel.vectorCount,
  };
  return ({ address, imageStride, groupStride, first, images: count }) => {
    const here = {
      ...fields,
      x: address,
      xImageStride: imageStride,
      xGroupStride: groupStride,
      out: addressOf(out) + first * outImageStride,
    };
    engine.launch(module, inOrder(tileFields, here), tilePartsOf(count, here), start !== 'out');
  };
}

function dots(engine: Engine, plan: Plan, kernel: DotsPlan, base: number, call: Call, lanes: Lanes): Compute {
  const { w, out } = call;
  const { groups } = call.geometry;
  const { bytes, dtype } = lanes;
  const module = engine.kernel(`dots ${dtype} ${kernel.tail} ${kernel.spacing}`, () =>
    dotsModule(lanes, kernel.tail, kernel.spacing),
  );
  const outImageStride = (out.strides[0] as number) * bytes;
  const fields = {
    xChannelStride: plan.channelStride,
    w: addressOf(w),
    wRowStride: (w.strides[0] as number) * bytes,
    wChannelStride: (w.strides[1] as number) * bytes,
    outImageStride,
    outRowStride: (out.strides[1] as number) * bytes,
    groups,
    rowsPerGroup: (out.shape[1] as number) / groups,
    columns: base + kernel.columns,
    columnCount: kernel.columnCount,
    steps: base + kernel.steps,
    wholeCount: kernel.wholeCount,
    stepCount: kernel.stepCount,
  };
  return ({ address, imageStride, groupStride, first, images }) => {
    const channelBytes = (out.shape[1] as number) * kernel.tapCount * bytes + images * plan.channelStride;
    const atOnce = Math.max(1, Math.floor(bytesAtOnce / channelBytes));
    for (let channel = 0; channel < plan.channels; channel += atOnce) {
      const here = {
        ...fields,
        x: address + channel * plan.channelStride,
        xImageStride: imageStride,
        xGroupStride: groupStride,
        w: fields.w + channel * fields.wChannelStride,
        channels: Math.min(atOnce, plan.channels - channel),
        out: addressOf(out) + first * outImageStride,
        accumulate: Number(channel > 0),
      };
      engine.launch(module, inOrder(dotsFields, here), dotsPartsOf(images, here), channel === 0);
    }
  };
}

/** What all tiles together read of some channels stays in the second-level cache. */
const bytesAtOnce = 2 ** 18;

/** Cuts the output channels where there are too few images and groups to share out. */
function rowsPerPartOf(images: number, outPerGroup: number): number {
  const cuts = Math.ceil(partsWanted / images);
  return Math.max(tileRows, roundUp(Math.ceil(outPerGroup / cuts), tileRows));
}

/** The bias as neighbouring elements; zeros for none. */
function biasAddress(engine: Engine, bias: View | 'zeros', channels: number, bytes: number): number {
  if (bias !== 'zeros' && isContiguous(bias.shape, bias.strides)) return addressOf(bias);
  const address = engine.heap.scratch(channels * bytes);
  const { buffer } = engine.heap;
  const target =
    bytes === 4 ? new Float32Array(buffer, address, channels) : new Float64Array(buffer, address, channels);
  if (bias === 'zeros') target.fill(0);
  else {
    const { data } = bias.storage;
    const [stride] = bias.strides as [number];
    for (let o = 0; o < channels; o++) target[o] = data[bias.offset + o * stride] as number;
  }
  return address;
}

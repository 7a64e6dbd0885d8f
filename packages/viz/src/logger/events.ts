import { bytes, concat, double, doubles, float, int, message } from './protobuf.ts';

// The messages of TensorBoard's event files; the field numbers are those of tensorflow/core/util/event.proto and
// tensorflow/core/framework/{summary,tensor,tensor_shape,types}.proto.

/** DataClass of summary.proto: what kind of values a tag has. */
const dataClass = { scalar: 1, tensor: 2 } as const;
/** DataType of types.proto. */
const stringType = 7;

/** When something was logged: seconds since 1970 and the step. */
export interface Moment {
  readonly wallTime: number;
  readonly step: number;
}

/** The first event of every file. */
export function versionEvent(wallTime: number): Uint8Array {
  return concat([double(1, wallTime), bytes(3, 'brain.Event:2')]);
}

/** An event with one value of one tag. */
export function summaryEvent({ wallTime, step }: Moment, tag: string, value: Uint8Array): Uint8Array {
  return concat([double(1, wallTime), int(2, step), message(5, message(1, bytes(1, tag), value))]);
}

/** A number for the scalars plugin, which shows float32. */
export function scalarValue(value: number): Uint8Array {
  return concat([float(2, value), metadata('scalars', 'scalar')]);
}

/** A PNG file for the images plugin. `channels` are 1 (grey), 3 (RGB) or 4 (RGBA). */
export function imageValue(
  png: Uint8Array,
  size: { height: number; width: number; channels: number },
): Uint8Array {
  return message(4, int(1, size.height), int(2, size.width), int(3, size.channels), bytes(4, png));
}

/** Markdown for the text plugin: a tensor of one string. */
export function textValue(text: string): Uint8Array {
  const shape = message(2, message(2, int(1, 1)));
  return concat([message(8, int(1, stringType), shape, bytes(8, text)), metadata('text', 'tensor')]);
}

/** The values that there are, for the histograms plugin. What is not finite is left out. */
export function histogramValue(values: ArrayLike<number>, bins: number): Uint8Array {
  const finite = Float64Array.from(values).filter(Number.isFinite);
  const { min, max, sum, squares } = moments(finite);
  const { limits, counts } = buckets(finite, min, max, bins);
  return message(
    5,
    double(1, min),
    double(2, max),
    double(3, finite.length),
    double(4, sum),
    double(5, squares),
    doubles(6, limits),
    doubles(7, counts),
  );
}

function moments(values: Float64Array): { min: number; max: number; sum: number; squares: number } {
  if (values.length === 0) return { min: 0, max: 0, sum: 0, squares: 0 };
  let [min, max, sum, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    squares += value * value;
  }
  return { min, max, sum, squares };
}

/** Buckets of equal width, each with its left edge and without its right one, but for the last: right edges and counts. */
function buckets(
  values: Float64Array,
  min: number,
  max: number,
  bins: number,
): { limits: number[]; counts: number[] } {
  const used = min === max ? 1 : bins;
  const limits = Array.from({ length: used }, (_, i) => min * (1 - (i + 1) / used) + max * ((i + 1) / used));
  const counts = Array<number>(used).fill(0);
  for (const value of values) {
    let [first, last] = [0, used - 1];
    while (first < last) {
      const middle = (first + last) >> 1;
      if (value < (limits[middle] as number)) last = middle;
      else first = middle + 1;
    }
    counts[first] = (counts[first] as number) + 1;
  }
  return { limits, counts };
}

/** SummaryMetadata: which of TensorBoard's plugins shows a value. */
function metadata(plugin: string, kind: keyof typeof dataClass): Uint8Array {
  return message(9, message(1, bytes(1, plugin)), int(4, dataClass[kind]));
}

import {
  ArgumentError,
  checkTensor,
  ShapeError,
  showShape,
  type Tensor,
  type TypedArray,
} from '@retrograd/core';
import { type ColorMap, checkColorMap, colorTable, isDiverging } from './color-maps.ts';

/** An image, row by row, each pixel as red, green, blue and opacity of 8 bits. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface PixelOptions {
  /** The colours of a grey image's values. Default `'gray'`. */
  colorMap?: ColorMap;
  /** The value of the lowest colour; lower ones look like it. */
  min?: number;
  /** The value of the highest colour. */
  max?: number;
}

export const pixelOptions = ['colorMap', 'min', 'max'] as const;

/** Where the pixels of an image lie in its tensor: element `c·channel + y·row + x·column`. */
export interface Layout {
  readonly channels: 1 | 3 | 4;
  readonly height: number;
  readonly width: number;
  readonly channel: number;
  readonly row: number;
  readonly column: number;
}

/** The layout of `(H, W)`, `(C, H, W)` or, where that cannot be meant, `(H, W, C)`, of 1, 3 or 4 channels; else `null`. */
export function layoutOf(shape: readonly number[]): Layout | null {
  const [a = 0, b = 0, c = 0] = shape;
  if (shape.includes(0)) return null;
  if (shape.length === 2) return { channels: 1, height: a, width: b, channel: 0, row: b, column: 1 };
  if (shape.length !== 3) return null;
  if (isChannels(a)) return { channels: a, height: b, width: c, channel: b * c, row: c, column: 1 };
  if (isChannels(c)) return { channels: c, height: a, width: b, channel: 1, row: b * c, column: c };
  return null;
}

function isChannels(n: number): n is Layout['channels'] {
  return n === 1 || n === 3 || n === 4;
}

/**
 * The pixels of a tensor. As in matplotlib, grey values are scaled from their least to their greatest (for a diverging
 * colour map: symmetrically about zero), and colours go from 0 to 1 if they are floats, to 255 if they are integers;
 * `min` and `max` say otherwise. Booleans are 0 and 1. NaN is transparent.
 *
 * @throws ShapeError for what is no image, ArgumentError for options that make no sense
 */
export function toPixels(op: string, image: Tensor, options: PixelOptions = {}): Pixels {
  const layout = imageLayout(op, image);
  const { height, width, row, column, channels } = layout;
  const values = image.data;
  const colour =
    channels === 1 ? greys(op, image, values, options) : colours(op, image, values, layout, options);
  const data = new Uint8Array(height * width * 4);
  let out = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++, out += 4) colour(data, out, y * row + x * column);
  return { width, height, data };
}

function imageLayout(op: string, image: unknown): Layout {
  const { shape } = checkTensor(op, image);
  const layout = layoutOf(shape);
  if (layout !== null) return layout;
  throw new ShapeError({
    op,
    got: `a tensor of shape ${showShape(shape)}`,
    want: 'an image: (H, W), (1, H, W), (3, H, W) or (4, H, W), or (H, W, 3)',
    fix: shape.length === 4 ? 'Use imageGrid for a batch, or take one: x.select(0, i).' : undefined,
  });
}

/** Writes the colour of the pixel whose first channel is at `from` to `out` and the three bytes behind it. */
type Colour = (data: Uint8Array, out: number, from: number) => void;

function greys(op: string, image: Tensor, values: TypedArray, options: PixelOptions): Colour {
  const name = checkColorMap(op, options.colorMap ?? 'gray');
  const table = colorTable(name);
  const { min, max } = greyRange(op, [image], options);
  const flat = isDiverging(name) ? 0.5 : 0;
  return (data, out, from) => {
    const value = values[from] as number;
    if (Number.isNaN(value)) return;
    const at = max > min ? byte((value - min) / (max - min)) : Math.round(255 * flat);
    for (let c = 0; c < 3; c++) data[out + c] = table[3 * at + c] as number;
    data[out + 3] = 255;
  };
}

function colours(
  op: string,
  { dtype, isFloatingPoint }: Tensor,
  values: TypedArray,
  { channels, channel }: Layout,
  options: PixelOptions,
): Colour {
  const full = isFloatingPoint || dtype === 'bool' ? 1 : 255;
  const { min, max } = checkRange(op, { min: options.min ?? 0, max: options.max ?? full });
  return (data, out, from) => {
    for (let c = 0; c < channels; c++) {
      const value = values[from + c * channel] as number;
      if (Number.isNaN(value)) {
        data.fill(0, out, out + 4);
        return;
      }
      data[out + c] = c === 3 ? byte(value / full) : max > min ? byte((value - min) / (max - min)) : 0;
    }
    if (channels === 3) data[out + 3] = 255;
  };
}

/** 0 to 1 as 0 to 255; what lies outside is cut off. */
function byte(value: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The values of the lowest and the highest colour for grey images that share them. */
export function greyRange(op: string, images: readonly Tensor[], options: PixelOptions = {}): Range {
  const { colorMap = 'gray', min, max } = options;
  if (images.every(({ dtype }) => dtype === 'bool')) return checkRange(op, { min: min ?? 0, max: max ?? 1 });
  const found = extremes(images);
  if (!isDiverging(colorMap)) return checkRange(op, { min: min ?? found.min, max: max ?? found.max });
  const extent = Math.abs(max ?? min ?? Math.max(-found.min, found.max));
  return checkRange(op, { min: min ?? -extent, max: max ?? extent });
}

/** The least and the greatest finite value; 0 and 0 if there is none. */
export function extremes(images: readonly Tensor[]): Range {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { data } of images) {
    for (const value of data) {
      if (!Number.isFinite(value)) continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min > max ? { min: 0, max: 0 } : { min, max };
}

function checkRange(op: string, { min, max }: Range): Range {
  if (Number.isFinite(min) && Number.isFinite(max) && min <= max) return { min, max };
  throw new ArgumentError({
    op,
    got: `colours from min ${min} to max ${max}`,
    want: 'numbers, of which min is not the greater',
  });
}

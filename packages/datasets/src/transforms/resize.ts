import { interpolate, type Optional, optional, type Tensor } from '@retrograd/core';
import { checkChoice, checkGenerator } from '../options.ts';
import { cropped } from './crop.ts';
import {
  asFloats,
  checkRange,
  checkRatio,
  checkSize,
  drawPlace,
  drawShape,
  type Interpolation,
  type RandomTransformOptions,
  roundHalfToEven,
  sizeOf,
} from './parameters.ts';
import { random, type Transform } from './transform.ts';

export interface ResizeOptions {
  /** Default `'bilinear'`. */
  interpolation?: Interpolation | undefined;
  /** Whether all of an image counts when it shrinks; only for `'bilinear'`. Default `true`. */
  antialias?: boolean | undefined;
}

const order = ['interpolation', 'antialias'] as const;

/**
 * Images `(…, H, W)` in another size. Bytes stay bytes.
 *
 * @param size A height and a width; or one number for the smaller of the two, the other following in proportion.
 */
export function resize(
  size: number | readonly number[],
  ...rest: Optional<ResizeOptions, typeof order>
): Transform {
  const op = 'resize';
  const options = checkResizing(op, optional<ResizeOptions>(op, rest, order));
  const wanted = checkSize(op, 'size', size);
  return (images) => {
    const [height, width] = sizeOf(op, images);
    if (typeof size !== 'number') return resized(images, wanted, options);
    const long = Math.trunc((size * Math.max(height, width)) / Math.min(height, width));
    return resized(images, height <= width ? [size, long] : [long, size], options);
  };
}

type Resizing = Required<{ [Key in keyof ResizeOptions]: NonNullable<ResizeOptions[Key]> }>;

function checkResizing(op: string, options: ResizeOptions): Resizing {
  const { interpolation = 'bilinear', antialias = true } = options;
  return {
    interpolation: checkChoice(op, 'interpolation', interpolation, ['nearest', 'bilinear']),
    antialias,
  };
}

function resized(
  images: Tensor,
  size: readonly [number, number],
  { interpolation, antialias }: Resizing,
): Tensor {
  const [height, width] = images.shape.slice(-2);
  if (size[0] === height && size[1] === width) return images;
  const work = (x: Tensor) => {
    const flat = x.reshape(1, -1, height as number, width as number);
    const options = interpolation === 'nearest' ? {} : { antialias, alignCorners: false };
    const result = interpolate(flat, { size: [...size], mode: interpolation, ...options });
    return result.reshape(...images.shape.slice(0, -2), ...size);
  };
  return interpolation === 'nearest' ? work(images) : asFloats(images, work);
}

export interface RandomResizedCropOptions extends ResizeOptions, RandomTransformOptions {
  /** How much of an image's area is taken. Default from 0.08 to 1. */
  scale?: readonly number[] | undefined;
  /** How many times as wide as high the part is. Default from 3/4 to 4/3. */
  ratio?: readonly number[] | undefined;
}

const cropOrder = ['scale', 'ratio', 'interpolation', 'antialias'] as const;

/**
 * A random part of images `(…, H, W)`, of random area and shape, resized to `size`: torchvision's, for the same seed.
 *
 * @param size The height and the width, or one number for both.
 */
export function randomResizedCrop(
  size: number | readonly number[],
  ...rest: Optional<RandomResizedCropOptions, typeof cropOrder>
): Transform {
  const op = 'randomResizedCrop';
  const options = optional<RandomResizedCropOptions>(op, rest, cropOrder, ['generator']);
  const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3] } = options;
  const resizing = checkResizing(op, options);
  const wanted = checkSize(op, 'size', size);
  const areas = checkRange(op, 'scale', scale, 0, 1);
  const ratios = checkRatio(op, ratio);
  const generator = checkGenerator(op, options.generator);
  return random((images) => {
    const [height, width] = sizeOf(op, images);
    const drawn = drawShape(areas, ratios, generator, (area, ratio) => {
      const w = roundHalfToEven(Math.sqrt(height * width * area * ratio));
      const h = roundHalfToEven(Math.sqrt((height * width * area) / ratio));
      return h > 0 && w > 0 && h <= height && w <= width ? ([h, w] as const) : undefined;
    });
    const [h, w] = drawn ?? largest(height, width, ratios);
    const [top, left] =
      drawn === undefined
        ? [Math.floor((height - h) / 2), Math.floor((width - w) / 2)]
        : drawPlace(height - h, width - w, generator);
    return resized(cropped(images, top, left, h, w), wanted, resizing);
  });
}

/** The largest part whose ratio of width to height is allowed. */
function largest(height: number, width: number, [low, high]: readonly [number, number]): [number, number] {
  if (width / height < low) return [roundHalfToEven(width / low), width];
  if (width / height > high) return [height, roundHalfToEven(height * high)];
  return [height, width];
}

import {
  constantPad,
  fromTypedArray,
  type Optional,
  optional,
  ShapeError,
  type Tensor,
} from '@retrograd/core';
import { checkChoice, checkGenerator } from '../options.ts';
import {
  checkProbability,
  checkSize,
  drawPlace,
  happens,
  isNumbers,
  type RandomTransformOptions,
  refuse,
  roundHalfToEven,
  sizeOf,
} from './parameters.ts';
import { random, type Transform } from './transform.ts';

/** What is put around images: a number, the pixels at the edge, or the image mirrored without or with those. */
export type PaddingMode = 'constant' | 'edge' | 'reflect' | 'symmetric';

/** So many pixels on each side; left and right, top and bottom; or left, top, right, bottom. */
export type Padding = number | readonly number[];

export interface PadOptions {
  /** The value of the pixels for `'constant'`. Default 0. */
  fill?: number | undefined;
  /** Default `'constant'`. */
  paddingMode?: PaddingMode | undefined;
}

/** For a place outside of 0 … size − 1, the place whose pixel is there. */
const mirrors: Readonly<Record<Exclude<PaddingMode, 'constant'>, (place: number, size: number) => number>> = {
  edge: (place, size) => Math.min(Math.max(place, 0), size - 1),
  reflect: (place, size) => (place < 0 ? -place : 2 * (size - 1) - place),
  symmetric: (place, size) => (place < 0 ? -1 - place : 2 * size - 1 - place),
};

/** How many pixels on one side a mode can make of `size` pixels. */
const reach = (mode: PaddingMode, size: number) =>
  mode === 'reflect' ? size - 1 : mode === 'symmetric' ? size : Infinity;

const padOrder = ['fill', 'paddingMode'] as const;

/**
 * Images `(…, H, W)` with pixels around them.
 *
 * @throws ArgumentError for padding that is no whole number ≥ 0, or 2 or 4 of them; when called, ShapeError for images
 * that are too small to be mirrored
 */
export function pad(padding: Padding, ...rest: Optional<PadOptions, typeof padOrder>): Transform {
  const options = optional<PadOptions>('pad', rest, padOrder);
  const around = checkPadding('pad', padding);
  const { fill, paddingMode } = checkPadOptions('pad', options);
  return (images) => padded('pad', images, around, fill, paddingMode);
}

type Sides = readonly [left: number, top: number, right: number, bottom: number];

function checkPadding(op: string, padding: Padding): Sides {
  const list = typeof padding === 'number' ? [padding] : padding;
  const length = [1, 2, 4].find((n) => isNumbers(list, n));
  if (length === undefined || !list.every((n) => Number.isInteger(n) && n >= 0))
    return refuse(op, 'padding', padding, 'a whole number ≥ 0, or 2 or 4 of them');
  return [0, 1, 2, 3].map((side) => list[side % length]) as unknown as Sides;
}

function checkPadOptions(op: string, { fill = 0, paddingMode = 'constant' }: PadOptions) {
  if (!Number.isFinite(fill)) refuse(op, 'fill', fill, 'a finite number');
  checkChoice(op, 'paddingMode', paddingMode, ['constant', 'edge', 'reflect', 'symmetric']);
  return { fill, paddingMode };
}

function padded(op: string, images: Tensor, sides: Sides, fill: number, mode: PaddingMode): Tensor {
  const [height, width] = sizeOf(op, images);
  const [left, top, right, bottom] = sides;
  if (mode === 'constant') return constantPad(images, [left, right, top, bottom], fill);
  if (Math.max(left, right) > reach(mode, width) || Math.max(top, bottom) > reach(mode, height)) {
    const got = `padding [${sides.join(', ')}] of images of ${height} × ${width}`;
    throw new ShapeError({ op, got, want: `images large enough for '${mode}'` });
  }
  const along = (x: Tensor, dim: number, before: number, after: number): Tensor => {
    const size = x.size(dim);
    const places = Int32Array.from({ length: before + size + after }, (_, i) => {
      const place = i - before;
      return place >= 0 && place < size ? place : mirrors[mode](place, size);
    });
    return x.indexSelect(dim, fromTypedArray(places, [places.length], 'int32'));
  };
  return along(along(images, -1, left, right), -2, top, bottom);
}

/** A part of images. */
export function cropped(images: Tensor, top: number, left: number, height: number, width: number): Tensor {
  return images.narrow(-2, top, height).narrow(-1, left, width);
}

/**
 * The middle of images `(…, H, W)`. Where they are smaller than `size`, zeros are put around them.
 *
 * @param size The height and the width, or one number for both.
 */
export function centerCrop(size: number | readonly number[]): Transform {
  const op = 'centerCrop';
  const [height, width] = checkSize(op, 'size', size);
  return (given) => {
    const [h, w] = sizeOf(op, given);
    const [down, across] = [Math.max(0, height - h), Math.max(0, width - w)];
    const half = (n: number) => Math.floor(n / 2);
    const sides: Sides = [half(across), half(down), half(across + 1), half(down + 1)];
    const images = padded(op, given, sides, 0, 'constant');
    const middle = (inner: number, outer: number) => roundHalfToEven((outer - inner) / 2);
    return cropped(images, middle(height, h + down), middle(width, w + across), height, width);
  };
}

export interface RandomCropOptions extends PadOptions, RandomTransformOptions {
  /** Pixels to put around images first. Default: none. */
  padding?: Padding | null | undefined;
  /** Put pixels around images that are smaller than `size`, which is an error otherwise. Default `false`. */
  padIfNeeded?: boolean | undefined;
}

const cropOrder = ['padding', 'padIfNeeded', 'fill', 'paddingMode'] as const;

/**
 * A part of `size` of images `(…, H, W)`, at a random place: torchvision's, for the same seed.
 *
 * @example
 * ```ts
 * const augment = compose(randomCrop(32, { padding: 4 }), randomHorizontalFlip(), toTensor());
 * ```
 * @throws ArgumentError for sizes that make no sense; when called, ShapeError for images that are too small
 */
export function randomCrop(
  size: number | readonly number[],
  ...rest: Optional<RandomCropOptions, typeof cropOrder>
): Transform {
  const op = 'randomCrop';
  const options = optional<RandomCropOptions>(op, rest, cropOrder, ['generator']);
  const [height, width] = checkSize(op, 'size', size);
  const { padding, padIfNeeded = false } = options;
  const generator = checkGenerator(op, options.generator);
  const { fill, paddingMode } = checkPadOptions(op, options);
  const around = checkPadding(op, padding ?? 0);
  return random((given) => {
    let images = padded(op, given, around, fill, paddingMode);
    const lack = (dim: number, side: number) => Math.max(0, side - images.size(dim));
    if (padIfNeeded) {
      const across = lack(-1, width);
      images = padded(op, images, [across, 0, across, 0], fill, paddingMode);
      const down = lack(-2, height);
      images = padded(op, images, [0, down, 0, down], fill, paddingMode);
    }
    const [h, w] = sizeOf(op, images);
    if (h < height || w < width) {
      const fix = 'Say padIfNeeded: true, or resize the images first.';
      throw new ShapeError({ op, got: `images of ${h} × ${w}`, want: `at least ${height} × ${width}`, fix });
    }
    if (h === height && w === width) return images;
    const [top, left] = drawPlace(h - height, w - width, generator);
    return cropped(images, top, left, height, width);
  });
}

/** A transform that flips images along a dim, or not. */
function randomFlip(op: string, dim: number, rest: Optional<RandomFlipOptions, typeof flipOrder>): Transform {
  const { p = 0.5, generator } = optional<RandomFlipOptions>(op, rest, flipOrder, ['generator']);
  checkProbability(op, p);
  checkGenerator(op, generator);
  return random((images) => {
    sizeOf(op, images);
    return happens(p, generator) ? images.flip(dim) : images;
  });
}

export interface RandomFlipOptions extends RandomTransformOptions {
  /** How likely images are flipped. Default 0.5. */
  p?: number | undefined;
}

const flipOrder = ['p'] as const;

/** Images `(…, H, W)`, left and right exchanged or not: as torchvision decides, for the same seed. */
export function randomHorizontalFlip(...rest: Optional<RandomFlipOptions, typeof flipOrder>): Transform {
  return randomFlip('randomHorizontalFlip', -1, rest);
}

/** Images `(…, H, W)`, top and bottom exchanged or not: as torchvision decides, for the same seed. */
export function randomVerticalFlip(...rest: Optional<RandomFlipOptions, typeof flipOrder>): Transform {
  return randomFlip('randomVerticalFlip', -2, rest);
}

import {
  fmod,
  type Optional,
  optional,
  randperm,
  remainder,
  stack,
  type Tensor,
  where,
} from '@retrograd/core';
import { checkGenerator } from '../options.ts';
import { channelsOf, checkRange, type RandomTransformOptions, refuse, uniform } from './parameters.ts';
import { random, type Transform } from './transform.ts';

/** Luma of ITU-R BT.601, with the digits that torchvision has. */
const luma = [0.2989, 0.587, 0.114] as const;

/** Brightness alone, `(…, 1, H, W)`. */
function grey(op: string, images: Tensor): Tensor {
  if (channelsOf(op, images) === 1) return images;
  const [red, green, blue] = images.unbind(-3) as [Tensor, Tensor, Tensor];
  const sum = red.mul(luma[0]).add(green.mul(luma[1])).add(blue.mul(luma[2]));
  return sum.to(images.dtype).unsqueeze(-3);
}

export interface GrayscaleOptions {
  /** 1, or 3 that are the same. Default 1. */
  numOutputChannels?: 1 | 3 | undefined;
}

const greyOrder = ['numOutputChannels'] as const;

/** Colour images `(…, 3, H, W)` without their colours; those of one channel stay as they are. */
export function grayscale(...rest: Optional<GrayscaleOptions, typeof greyOrder>): Transform {
  const op = 'grayscale';
  const { numOutputChannels = 1 } = optional<GrayscaleOptions>(op, rest, greyOrder);
  if (numOutputChannels !== 1 && numOutputChannels !== 3)
    refuse(op, 'numOutputChannels', numOutputChannels, '1 or 3');
  return (images) => {
    const one = grey(op, images);
    const shape = [...images.shape.slice(0, -3), numOutputChannels, ...images.shape.slice(-2)];
    return numOutputChannels === 1 ? one : one.expand(shape);
  };
}

/** ratio · a + (1 − ratio) · b, kept within the range of images. */
function blend(a: Tensor, b: Tensor | number, ratio: number): Tensor {
  const most = a.isFloatingPoint ? 1 : 255;
  const other = typeof b === 'number' ? b * (1 - ratio) : b.mul(1 - ratio);
  return a.mul(ratio).add(other).clamp(0, most).to(a.dtype);
}

/** What a factor does to images. */
type Adjust = (op: string, images: Tensor, factor: number) => Tensor;

/** In the order in which torchvision numbers them. */
const adjustments: readonly Adjust[] = [
  (_, images, brightness) => blend(images, 0, brightness),
  (op, images, contrast) => {
    const shades = grey(op, images);
    const mean = (shades.isFloatingPoint ? shades : shades.to('float32')).mean([-3, -2, -1], true);
    return blend(images, mean, contrast);
  },
  (op, images, saturation) =>
    channelsOf(op, images) === 1 ? images : blend(images, grey(op, images), saturation),
  (op, images, hue) => {
    if (channelsOf(op, images) === 1) return images;
    if (images.isFloatingPoint) return turnedHue(images, hue);
    return turnedHue(images.to('float32').div(255), hue).mul(255).to(images.dtype);
  },
];

/**
 * RGB to hue, saturation and value, and back with another hue: A. R. Smith, "Color gamut transform pairs", SIGGRAPH 1978.
 * The hue is in turns; each sixth of a turn lies between two of the six pure colours.
 */
function turnedHue(images: Tensor, turn: number): Tensor {
  const [red, green, blue] = images.unbind(-3) as [Tensor, Tensor, Tensor];
  const [value, least] = [images.amax(-3), images.amin(-3)];
  const range = value.sub(least);
  const isGrey = range.eq(0);
  const saturation = range.div(where(isGrey, 1, value));
  const distance = (colour: Tensor) => value.sub(colour).div(where(isGrey, 1, range));
  const [r, g, b] = [distance(red), distance(green), distance(blue)];
  const isRed = value.eq(red);
  const sixths = where(isRed, b.sub(g), where(value.eq(green), r.add(2).sub(b), g.add(4).sub(r)));
  const hue = remainder(fmod(sixths.div(6).add(1), 1).add(turn), 1).mul(6);
  const sector = hue.floor();
  const rest = hue.sub(sector);
  const shade = (part: Tensor) => value.mul(part.neg().add(1)).clamp(0, 1);
  const p = shade(saturation);
  const q = shade(saturation.mul(rest));
  const t = shade(saturation.mul(rest.neg().add(1)));
  const at = remainder(sector, 6).to('int32').unsqueeze(-3);
  const channel = (...bySector: Tensor[]) => stack(bySector, -3).gather(-3, at).squeeze(-3);
  return stack(
    [channel(value, q, p, p, t, value), channel(t, value, value, q, p, p), channel(p, p, t, value, value, q)],
    -3,
  );
}

export interface ColorJitterOptions extends RandomTransformOptions {
  /** The factor is from max(0, 1 − brightness) to 1 + brightness, or between two bounds. Default 0: no change. */
  brightness?: number | readonly number[] | undefined;
  /** Likewise. */
  contrast?: number | readonly number[] | undefined;
  /** Likewise. */
  saturation?: number | readonly number[] | undefined;
  /** The hue turns by −hue to hue, or between two bounds; in turns, from −0.5 to 0.5. Default 0: no change. */
  hue?: number | readonly number[] | undefined;
}

const order = ['brightness', 'contrast', 'saturation', 'hue'] as const;

/**
 * Images `(…, 1, H, W)` or `(…, 3, H, W)` with brightness, contrast, saturation and hue changed at random, in random
 * order: torchvision's, for the same seed.
 *
 * @example
 * ```ts
 * const augment = colorJitter({ brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.05 });
 * ```
 */
export function colorJitter(...rest: Optional<ColorJitterOptions, typeof order>): Transform {
  const op = 'colorJitter';
  const options = optional<ColorJitterOptions>(op, rest, order, ['generator']);
  const generator = checkGenerator(op, options.generator);
  const ranges = order.map((name) => factorRange(op, name, options[name] ?? 0));
  return random((images) => {
    channelsOf(op, images);
    const places = randperm(4, { generator }).data;
    const factors = ranges.map((range) => range && uniform(range[0], range[1], generator));
    return Array.from(places).reduce((result, place) => {
      const factor = factors[place];
      return factor === undefined ? result : (adjustments[place] as Adjust)(op, result, factor);
    }, images);
  });
}

/** Bounds of a factor; `undefined` where they leave everything as it is. */
function factorRange(
  op: string,
  name: (typeof order)[number],
  given: number | readonly number[],
): readonly [number, number] | undefined {
  const [middle, least, most] = name === 'hue' ? [0, -0.5, 0.5] : [1, 0, Infinity];
  if (typeof given === 'number' && !(given >= 0)) refuse(op, name, given, 'a number ≥ 0, or two bounds');
  const bounds =
    typeof given === 'number'
      ? [name === 'hue' ? -given : Math.max(0, middle - given), middle + given]
      : given;
  const [low, high] = checkRange(op, name, bounds, least, most);
  return low === middle && high === middle ? undefined : [low, high];
}

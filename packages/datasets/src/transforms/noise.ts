import {
  conv2d,
  linspace,
  matmul,
  type Optional,
  optional,
  randn,
  randnLike,
  type Tensor,
  tensor,
} from '@retrograd/core';
import { checkGenerator } from '../options.ts';
import { pad } from './crop.ts';
import {
  asFloats,
  checkProbability,
  checkRange,
  checkRatio,
  checkSize,
  drawPlace,
  drawShape,
  happens,
  isNumbers,
  type PerChannel,
  type RandomTransformOptions,
  refuse,
  roundHalfToEven,
  sizeOf,
  uniform,
} from './parameters.ts';
import { random, type Transform } from './transform.ts';

export interface GaussianNoiseOptions extends RandomTransformOptions {
  /** Default 0. */
  mean?: number | undefined;
  /** The standard deviation. Default 0.1. */
  sigma?: number | undefined;
  /** Keep the result from 0 to 1. Default `true`. */
  clip?: boolean | undefined;
}

const noiseOrder = ['mean', 'sigma', 'clip'] as const;

/** Images of floats with normal noise on each pixel. */
export function gaussianNoise(...rest: Optional<GaussianNoiseOptions, typeof noiseOrder>): Transform {
  const op = 'gaussianNoise';
  const options = optional<GaussianNoiseOptions>(op, rest, noiseOrder, ['generator']);
  const { mean = 0, sigma = 0.1, clip = true } = options;
  if (!Number.isFinite(mean)) refuse(op, 'mean', mean, 'a finite number');
  if (!(sigma >= 0 && sigma < Infinity)) refuse(op, 'sigma', sigma, 'a number ≥ 0');
  const generator = checkGenerator(op, options.generator);
  return random((images) => {
    if (!images.isFloatingPoint) refuse(op, 'images of', images.dtype, 'floats: put toTensor() before it');
    const noisy = images.add(randnLike(images, { generator }).mul(sigma).add(mean));
    return clip ? noisy.clamp(0, 1) : noisy;
  });
}

export interface GaussianBlurOptions extends RandomTransformOptions {
  /** The standard deviation of the kernel in pixels, or bounds of it. Default from 0.1 to 2. */
  sigma?: number | readonly number[] | undefined;
}

const blurOrder = ['sigma'] as const;

/**
 * Images `(…, C, H, W)` convolved with a normal distribution of random width: torchvision's, for the same seed. At the
 * edges they are mirrored.
 *
 * @param kernelSize The width and the height of the kernel in pixels, both odd, or one number for both.
 */
export function gaussianBlur(
  kernelSize: number | readonly number[],
  ...rest: Optional<GaussianBlurOptions, typeof blurOrder>
): Transform {
  const op = 'gaussianBlur';
  const options = optional<GaussianBlurOptions>(op, rest, blurOrder, ['generator']);
  const { sigma = [0.1, 2] } = options;
  const generator = checkGenerator(op, options.generator);
  const [width, height] = checkSize(op, 'kernelSize', kernelSize);
  if (width % 2 === 0 || height % 2 === 0) refuse(op, 'kernelSize', kernelSize, 'odd numbers');
  const [low, high] = checkRange(op, 'sigma', typeof sigma === 'number' ? [sigma, sigma] : sigma);
  if (low <= 0) refuse(op, 'sigma', sigma, 'numbers above 0');
  const widen = pad([(width - 1) / 2, (height - 1) / 2], { paddingMode: 'reflect' });
  return random((images) => {
    sizeOf(op, images);
    const deviation = uniform(low, high, generator);
    return asFloats(images, (floats) => {
      const [down, across] = [height, width].map((n) => bell(n, deviation).to(floats.dtype)) as [
        Tensor,
        Tensor,
      ];
      const kernel = matmul(down.unsqueeze(1), across.unsqueeze(0));
      const wide = widen(floats);
      const [h, w] = wide.shape.slice(-2) as [number, number];
      const result = conv2d(wide.reshape(-1, 1, h, w), kernel.reshape(1, 1, height, width));
      return result.reshape(...images.shape);
    });
  });
}

/** A normal density at so many places, with sum 1. */
function bell(places: number, sigma: number): Tensor {
  const half = (places - 1) / 2;
  const density = linspace(-half, half, places).div(sigma).pow(2).mul(-0.5).exp();
  return density.div(density.sum());
}

export interface RandomErasingOptions extends RandomTransformOptions {
  /** How likely something is erased. Default 0.5. */
  p?: number | undefined;
  /** How much of an image's area is. Default from 0.02 to 0.33. */
  scale?: readonly number[] | undefined;
  /** The height of that part over its width. Default from 0.3 to 3.3. */
  ratio?: readonly number[] | undefined;
  /** What it becomes: a number, one for each channel, or normal noise. Default 0. */
  value?: PerChannel | 'random' | undefined;
}

const erasingOrder = ['p', 'scale', 'ratio', 'value'] as const;

/**
 * Images `(…, C, H, W)` of which a rectangle is erased at random: torchvision's, for the same seed. After Z. Zhong et al.,
 * "Random erasing data augmentation", arXiv:1708.04896.
 */
export function randomErasing(...rest: Optional<RandomErasingOptions, typeof erasingOrder>): Transform {
  const op = 'randomErasing';
  const options = optional<RandomErasingOptions>(op, rest, erasingOrder, ['generator']);
  const { p = 0.5, scale = [0.02, 0.33], ratio = [0.3, 3.3], value = 0 } = options;
  checkProbability(op, p);
  const areas = checkRange(op, 'scale', scale, 0, 1);
  const ratios = checkRatio(op, ratio);
  const values = typeof value === 'number' ? [value] : value;
  if (
    values !== 'random' &&
    !(Array.isArray(values) && values.length > 0 && isNumbers(values, values.length))
  )
    refuse(op, 'value', value, "a number, one for each channel, or 'random'");
  const generator = checkGenerator(op, options.generator);
  return random((images) => {
    const [height, width] = sizeOf(op, images);
    const channels = images.shape.at(-3) ?? 1;
    if (values !== 'random' && values.length !== 1 && values.length !== channels)
      refuse(op, 'value', value, `a number, or one for each of ${channels} channels`);
    if (!happens(p, generator)) return images;
    const shape = drawShape(areas, ratios, generator, (area, ratio) => {
      const h = roundHalfToEven(Math.sqrt(height * width * area * ratio));
      const w = roundHalfToEven(Math.sqrt((height * width * area) / ratio));
      return h < height && w < width ? ([h, w] as const) : undefined;
    });
    if (shape === undefined) return images;
    const [h, w] = shape;
    const paint =
      values === 'random'
        ? randn([channels, h, w], { generator })
        : tensor([...values], { dtype: 'float32' }).view(-1, 1, 1);
    const [top, left] = drawPlace(height - h, width - w, generator);
    const result = images.clone();
    result
      .narrow(-2, top, h)
      .narrow(-1, left, w)
      .copy_(images.ndim === 2 ? paint.squeeze(0) : paint);
    return result;
  });
}

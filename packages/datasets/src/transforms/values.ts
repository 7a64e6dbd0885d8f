import { ArgumentError, DTypeError, ShapeError, showShape, tensor } from '@retrograd/core';
import type { Transform } from './transform.ts';

/**
 * Images as floats with a channel dim: `(H, W)`, a grey image, becomes `(1, H, W)`; `(C, H, W)` and `(N, C, H, W)` stay so.
 * Bytes become float32 from 0 to 1; floats keep their values.
 *
 * @throws ShapeError for other shapes, DTypeError for `int32` and `bool`, whose range nobody knows
 */
export function toTensor(): Transform {
  return (images) => {
    if (images.ndim < 2 || images.ndim > 4) {
      throw new ShapeError({
        op: 'toTensor',
        got: `shape ${showShape(images.shape)}`,
        want: '(H, W), (C, H, W) or (N, C, H, W)',
      });
    }
    if (images.dtype !== 'uint8' && !images.isFloatingPoint) {
      throw new DTypeError({
        op: 'toTensor',
        got: `images of ${images.dtype}`,
        want: 'uint8, from 0 to 255, or floats',
        fix: "Divide by the largest value yourself: x.to('float32').div(…).",
      });
    }
    const floats = images.isFloatingPoint ? images : images.div(255);
    return floats.ndim === 2 ? floats.unsqueeze(0) : floats;
  };
}

/**
 * (x − mean) / std for each channel of `(C, H, W)` or `(N, C, H, W)`.
 *
 * @param mean One number for all channels, or one for each.
 * @param std Likewise.
 *
 * @example
 * ```ts
 * const transform = compose(toTensor(), normalize(0.1307, 0.3081)); // MNIST's pixels to mean 0 and variance 1
 * ```
 * @throws ArgumentError for a standard deviation that is not above 0; when called, ShapeError for another number of
 * channels and DTypeError for integers
 */
export function normalize(mean: number | readonly number[], std: number | readonly number[]): Transform {
  const [means, deviations] = [listOf(mean), listOf(std)];
  if (!means.every(Number.isFinite) || !deviations.every((std) => std > 0 && std < Infinity)) {
    throw new ArgumentError({
      op: 'normalize',
      got: `mean ${means.join(', ')} and std ${deviations.join(', ')}`,
      want: 'finite means, and standard deviations above 0',
    });
  }
  return (images) => {
    if (!images.isFloatingPoint) {
      throw new DTypeError({
        op: 'normalize',
        got: `images of ${images.dtype}`,
        want: 'floats',
        fix: 'Put toTensor() before it: compose(toTensor(), normalize(…)).',
      });
    }
    const channels = images.shape.at(-3);
    const perChannel = (numbers: readonly number[]) => {
      if (channels === undefined || (numbers.length !== 1 && numbers.length !== channels)) {
        throw new ShapeError({
          op: 'normalize',
          got: `images of shape ${showShape(images.shape)} and numbers for ${numbers.length} channels`,
          want: '(C, H, W) or (N, C, H, W), and a mean and a std for each channel',
        });
      }
      return tensor(numbers, { dtype: images.dtype }).view(-1, 1, 1);
    };
    return images.sub(perChannel(means)).div(perChannel(deviations));
  };
}

function listOf(numbers: number | readonly number[]): readonly number[] {
  return typeof numbers === 'number' ? [numbers] : [...numbers];
}

import { ArgumentError, DTypeError, ShapeError, showShape, Tensor, tensor } from '@retrograd/core';

/**
 * Makes images into what a model takes. An image dataset calls it with one image, or with a whole batch of them at
 * once (another dim in front); it must do the same to each image in both cases.
 */
export type Transform = (images: Tensor) => Tensor;

/**
 * Grey images with a channel dim, as floats: `(H, W)` or `(N, H, W)` become `(1, H, W)` or `(N, 1, H, W)`. Bytes become
 * float32 from 0 to 1; floats keep their values.
 *
 * @throws ShapeError for other shapes, DTypeError for `int32` and `bool`, whose range nobody knows
 */
export function toTensor(): Transform {
  return (images) => {
    if (images.ndim < 2 || images.ndim > 3) {
      throw new ShapeError({
        op: 'toTensor',
        got: `shape ${showShape(images.shape)}`,
        want: '(H, W) for a grey image or (N, H, W) for several',
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
    return (images.isFloatingPoint ? images : images.div(255)).unsqueeze(-3);
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

/**
 * One transform after the other.
 *
 * @throws ArgumentError for what is no function
 */
export function compose(...transforms: readonly Transform[]): Transform {
  for (const transform of transforms) checkTransform('compose', transform);
  return (images) => transforms.reduce((result, transform) => applied(transform, result), images);
}

/** @throws ArgumentError for what is no function */
export function checkTransform(op: string, transform: Transform): Transform {
  if (typeof transform === 'function') return transform;
  throw new ArgumentError({
    op,
    got: Array.isArray(transform) ? 'an array' : typeof transform,
    want: 'functions from tensors to tensors',
    fix: 'Give transforms one by one: compose(toTensor(), normalize(0.5, 0.5)).',
  });
}

/** @throws ArgumentError when a transform gives something else than a tensor */
export function applied(transform: Transform, images: Tensor): Tensor {
  const result: unknown = transform(images);
  if (result instanceof Tensor) return result;
  throw new ArgumentError({
    op: transform.name || 'transform',
    got: `${typeof result} as the result of a transform`,
    want: 'a tensor',
    fix: 'toTensor() and normalize(…) make transforms: do not forget to call them.',
  });
}

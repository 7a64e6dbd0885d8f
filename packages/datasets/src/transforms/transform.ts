import { ArgumentError, stack, Tensor } from '@retrograd/core';

/**
 * Makes images into what a model takes. An image dataset calls it with one image `(C, H, W)`, or with a whole batch
 * `(N, C, H, W)` at once; it must do the same to each image in both cases.
 */
export type Transform = (images: Tensor) => Tensor;

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

const randomTransforms = new WeakSet<Transform>();

/**
 * A transform that draws random numbers: each image of a batch gets its own, in the order in which a dataset would give
 * them one by one. A chain with such a transform in it is one itself, so that image after image goes through the whole.
 */
export function random(transform: Transform): Transform {
  const each: Transform = (images) =>
    images.ndim === 4 && images.size(0) > 0
      ? stack(Array.from({ length: images.size(0) }, (_, i) => applied(transform, images.select(0, i))))
      : applied(transform, images);
  randomTransforms.add(each);
  return each;
}

export function isRandom(transform: Transform): boolean {
  return randomTransforms.has(transform);
}

/**
 * One transform after the other.
 *
 * @throws ArgumentError for what is no function
 */
export function compose(...transforms: readonly Transform[]): Transform {
  for (const transform of transforms) checkTransform('compose', transform);
  const chain: Transform = (images) =>
    transforms.reduce((result, transform) => applied(transform, result), images);
  return transforms.some(isRandom) ? random(chain) : chain;
}

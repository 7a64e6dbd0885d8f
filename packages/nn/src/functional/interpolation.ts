import { type InterpolateOptions, interpolate, type Optional, optional, type Tensor } from '@retrograd/core';

export { interpolate } from '@retrograd/core';

const order = ['size', 'scaleFactor'] as const;
type Resize = Pick<InterpolateOptions, (typeof order)[number]>;
type Rest = Optional<Resize, typeof order>;

/** `interpolate` in mode `'nearest'`. */
export function upsampleNearest(x: Tensor, ...rest: Rest): Tensor {
  return interpolate(x, { ...optional<Resize>('upsampleNearest', rest, order), mode: 'nearest' });
}

/** `interpolate` in mode `'bilinear'`, with aligned corners. */
export function upsampleBilinear(x: Tensor, ...rest: Rest): Tensor {
  const options = optional<Resize>('upsampleBilinear', rest, order);
  return interpolate(x, { ...options, mode: 'bilinear', alignCorners: true });
}

import { ArgumentError, checkOptions, checkTensor, ShapeError, showShape, Tensor } from '@retrograd/core';
import type { Picture } from '../picture.ts';
import {
  checkCount,
  gallery,
  type ImageGridOptions,
  type ImageOptions,
  imageOptions,
  ordinary,
} from './gallery.ts';
import { extremes } from './pixels.ts';

/**
 * A tensor as an image, as it is now: `(H, W)` or `(1, H, W)` in greys or a colour map, `(3, H, W)` or `(4, H, W)` in
 * colours (`(H, W, 3)`, too, where nothing else can be meant). Values are scaled as in matplotlib: greys from the least
 * to the greatest, colours from 0 to 1 (integers: to 255), unless `min` and `max` say otherwise. NaN is transparent.
 *
 * @example
 * ```ts
 * imshow(digit, { title: 'a seven' });
 * imshow(gradient, { colorMap: 'coolwarm' }); // zero is the pale middle
 * ```
 * @throws ShapeError for what is no image
 */
export function imshow(image: Tensor, options: ImageOptions = {}): Picture {
  checkOptions('imshow', options, imageOptions);
  return gallery('imshow', [image], options, { ...ordinary, size: 140, most: 480, scaleEach: false });
}

/**
 * Images beside and below each other: a batch `(N, H, W)`, `(N, C, H, W)`, or an array of images of any sizes. Grey
 * ones are each scaled by themselves unless `scaleEach` is false. At most 64 are shown unless `limit` says otherwise.
 *
 * @example
 * ```ts
 * const titles = labels.map((label, i) => `predicted ${predicted[i]} · true ${label}`);
 * imageGrid(images, { titles, wrong: titles.map((_, i) => predicted[i] !== labels[i]) });
 * ```
 * @throws ShapeError for what are no images
 */
export function imageGrid(images: Tensor | readonly Tensor[], options: ImageGridOptions = {}): Picture {
  return gallery('imageGrid', Array.isArray(images) ? images : parts('imageGrid', images), options, ordinary);
}

/** Named images beside each other, each scaled by itself: `compare({ digit, horizontal, vertical })`. */
export function compare(images: Readonly<Record<string, Tensor>>, options: ImageGridOptions = {}): Picture {
  if (typeof images !== 'object' || images === null || images instanceof Tensor)
    throw new ArgumentError({ op: 'compare', got: 'something else', want: 'an object of names and images' });
  return gallery('compare', Object.values(images), options, {
    ...ordinary,
    size: 140,
    most: 240,
    titles: Object.keys(images),
  });
}

/**
 * What each channel of an activation `(C, H, W)`, or `(1, C, H, W)`, answers. All are scaled alike, so that a silent
 * channel looks it, in viridis, or in coolwarm about zero where values are negative.
 *
 * @throws ShapeError for other shapes
 */
export function featureMaps(activations: Tensor, options: ImageGridOptions = {}): Picture {
  const op = 'featureMaps';
  const { shape } = checkTensor(op, activations);
  const maps = shape.length === 4 && shape[0] === 1 ? activations.select(0, 0) : activations;
  if (maps.ndim !== 3)
    throw new ShapeError({
      op,
      got: `a tensor of shape ${showShape(shape)}`,
      want: '(C, H, W) or (1, C, H, W)',
      fix: 'Take one image of a batch: x.select(0, i).',
    });
  const channels = parts(op, maps);
  return gallery(op, channels, options, {
    ...ordinary,
    ...valueColours(maps),
    titles: numbered(channels.length),
  });
}

/** How many filters, and how many channels of each, are shown unless `limit` says otherwise. */
const filterLimit = 16;

/**
 * The kernels of a convolution's weight `(O, I, kH, kW)` or `(O, I, k)`: a row for each filter and a column for each
 * channel that it looks at (of only one channel, side by side), at most 16 of each unless `limit` says otherwise. All
 * are scaled alike, in coolwarm about zero.
 *
 * @throws ShapeError for other shapes
 */
export function filters(weight: Tensor, options: ImageGridOptions = {}): Picture {
  const op = 'filters';
  const { shape } = checkTensor(op, weight);
  if ((shape.length !== 3 && shape.length !== 4) || shape.includes(0))
    throw new ShapeError({
      op,
      got: `a tensor of shape ${showShape(shape)}`,
      want: '(O, I, kH, kW) or (O, I, k)',
    });
  const [outputs = 0, inputs = 0, ...kernel] = shape;
  const usual = { ...ordinary, ...valueColours(weight), size: 48 };
  const flat = weight.detach().reshape([outputs * inputs, ...(kernel.length === 1 ? [1] : []), ...kernel]);
  if (inputs === 1) return gallery(op, parts(op, flat), options, { ...usual, titles: numbered(outputs) });
  const limit = checkCount(op, 'limit', options.limit ?? filterLimit);
  const [rows, columns] = [Math.min(outputs, limit), Math.min(inputs, limit)];
  const shown = Array.from({ length: rows * columns }, (_, i) =>
    flat.select(0, Math.floor(i / columns) * inputs + (i % columns)),
  );
  const { limit: _, ...others } = options;
  return gallery(op, shown, others, {
    ...usual,
    columns,
    limit: shown.length,
    size: 28,
    rowLabels: numbered(rows),
    titles: numbered(columns),
    note:
      rows < outputs || columns < inputs
        ? `${rows} of ${outputs} filters (rows), ${columns} of ${inputs} channels (columns)`
        : 'a row for each filter, a column for each channel',
  });
}

/** The colours of values that are no picture of anything: about zero, if they have signs. */
function valueColours(values: Tensor): { colorMap: 'coolwarm' | 'viridis'; scaleEach: false } {
  return { colorMap: extremes([values]).min < 0 ? 'coolwarm' : 'viridis', scaleEach: false };
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

/** The images of a batch. */
function parts(op: string, batch: unknown): Tensor[] {
  const images = checkTensor(op, batch);
  if (images.ndim < 3)
    throw new ShapeError({
      op,
      got: `a tensor of shape ${showShape(images.shape)}`,
      want: 'a batch of images, (N, H, W) or (N, C, H, W), or an array of them',
      fix: 'Use imshow for a single one.',
    });
  return Array.from({ length: images.shape[0] as number }, (_, i) => images.detach().select(0, i));
}

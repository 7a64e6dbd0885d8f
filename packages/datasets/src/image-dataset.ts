import {
  checkOptions,
  DatasetError,
  DTypeError,
  fromTypedArray,
  isFloat,
  numelOf,
  ShapeError,
  showShape,
  type Tensor,
  type TypedArray,
} from '@retrograd/core';
import { Dataset, overridesGetAlone } from './dataset.ts';
import type { IdxArray } from './idx.ts';
import { type Indices, positionOf, positionsOf } from './indices.ts';
import { applied, checkTransform, type Transform } from './transforms/transform.ts';
import { toTensor } from './transforms/values.ts';

export interface ImageDatasetOptions {
  /** The name of each class. Default: `'0'`, `'1'` … up to the largest label. */
  readonly classes?: readonly string[] | undefined;
  /** Makes images into what a model takes. Default: `toTensor()`. */
  readonly transform?: Transform | undefined;
}

/**
 * Images in memory, grey `(N, H, W)` or with channels `(N, C, H, W)`, and what each shows. An item is `[image, label]`; a
 * batch, `[images, labels]`, is gathered and transformed at once.
 *
 * The pixels are kept outside the memory of tensors, which is for what is computed with: those of a tensor are copied, an
 * array such as `parseIdx` gives is taken over.
 *
 * @example
 * ```ts
 * const dataset = new ImageDataset(images, labels, { classes: ['cat', 'dog'] }); // (N, 28, 28) uint8 and (N,) int32
 * const [image, label] = dataset.get(0); // (1, 28, 28) float32 from 0 to 1, and a number
 * ```
 * @throws DatasetError when there are not as many labels as images, a label names no class, or a pixel is not finite
 */
export class ImageDataset extends Dataset<[image: Tensor, label: number], [images: Tensor, labels: Tensor]> {
  /** All labels: `(N,)`, `int32`. */
  readonly labels: Tensor;
  readonly classes: readonly string[];
  readonly transform: Transform;
  readonly #stored: IdxArray;
  /** The shape of one image as transforms get it: grey ones with a channel. */
  readonly #imageShape: readonly number[];
  readonly #labels: Int32Array;

  constructor(images: Tensor | IdxArray, labels: Tensor, options: ImageDatasetOptions = {}) {
    super();
    checkOptions(new.target.name, options, ['classes', 'transform']);
    checkLabels(new.target.name, images.shape, labels);
    const { data, shape, dtype } = images;
    this.#stored = { data, shape, dtype };
    checkPixels(new.target.name, this.#stored);
    this.#imageShape = shape.length === 3 ? [1, ...shape.slice(1)] : shape.slice(1);
    this.labels = labels.to('int32');
    this.#labels = this.labels.data as Int32Array;
    this.classes = options.classes ?? numbered(this.#labels);
    this.transform = checkTransform(new.target.name, options.transform ?? toTensor());
    checkRange(new.target.name, this.#labels, this.classes.length);
  }

  /** All images as they are stored, as a copy: `(N, H, W)` in MNIST and its like, `(N, 3, H, W)` in CIFAR, `uint8` in both. */
  get images(): Tensor {
    const { data, shape, dtype } = this.#stored;
    return fromTypedArray(data.slice(), shape, dtype);
  }

  get length(): number {
    return this.#labels.length;
  }

  get(index: number): [image: Tensor, label: number] {
    const at = positionOf(this.constructor.name, index, this.length);
    return [applied(this.transform, this.#gather([at]).select(0, 0)), this.#labels[at] as number];
  }

  override getBatch(indices: Indices): [images: Tensor, labels: Tensor] {
    if (overridesGetAlone(this, ImageDataset.prototype)) return super.getBatch(indices);
    const at = positionsOf(this.constructor.name, indices, this.length);
    const images = applied(this.transform, this.#gather(at));
    if (images.shape[0] !== at.length) {
      throw new ShapeError({
        op: `${this.constructor.name}.transform`,
        got: `a result of shape ${showShape(images.shape)} for ${at.length} images`,
        want: `(${at.length}, …): a transform gets a whole batch at once`,
        fix: 'Count dims from the end (-1, -2), so that it does the same to one image and to many.',
      });
    }
    return [
      images,
      fromTypedArray(
        at.map((i) => this.#labels[i] as number),
        [at.length],
        'int32',
      ),
    ];
  }

  /** Images as they are stored, `(N, C, H, W)`. */
  #gather(at: ArrayLike<number>): Tensor {
    const { data, dtype } = this.#stored;
    const size = numelOf(this.#imageShape);
    const pixels = new (data.constructor as new (length: number) => TypedArray)(at.length * size);
    for (let i = 0; i < at.length; i++) {
      const start = (at[i] as number) * size;
      pixels.set(data.subarray(start, start + size), i * size);
    }
    return fromTypedArray(pixels, [at.length, ...this.#imageShape], dtype);
  }
}

function numbered(labels: ArrayLike<number>): string[] {
  let most = -1;
  for (let i = 0; i < labels.length; i++) most = Math.max(most, labels[i] as number);
  return Array.from({ length: most + 1 }, (_, k) => String(k));
}

function checkLabels(op: string, shape: readonly number[], labels: Tensor): void {
  if (labels.isFloatingPoint || labels.dtype === 'bool') {
    throw new DTypeError({ op, got: `labels of ${labels.dtype}`, want: 'int32 or uint8' });
  }
  if (labels.ndim === 1 && shape.length > 0 && shape[0] === labels.shape[0]) return;
  throw new DatasetError({
    op,
    got: `images of shape ${showShape(shape)} and labels of shape ${showShape(labels.shape)}`,
    want: '(N, …) and (N,): a label for each image',
  });
}

function checkPixels(op: string, { data, shape, dtype }: IdxArray): void {
  if (!isFloat(dtype)) return;
  const bad = data.findIndex((pixel) => !Number.isFinite(pixel));
  if (bad < 0) return;
  throw new DatasetError({
    op,
    got: `a pixel of ${data[bad]} in image ${Math.floor((bad * (shape[0] as number)) / data.length)}`,
    want: 'finite numbers',
    fix: 'Leave the image out, or clean the data first.',
  });
}

function checkRange(op: string, labels: ArrayLike<number>, classes: number): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (label >= 0 && label < classes) continue;
    throw new DatasetError({
      op,
      got: `label ${label} of image ${i}`,
      want: classes === 0 ? 'at least one class' : `labels from 0 to ${classes - 1}, for ${classes} classes`,
    });
  }
}

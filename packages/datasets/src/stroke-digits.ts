import { checkOptions, fromTypedArray } from '@retrograd/core';
import { ImageDataset } from './image-dataset.ts';
import { renderStrokeDigits } from './render-digits.ts';
import type { Transform } from './transforms/transform.ts';

export interface StrokeDigitsOptions {
  /** How many digits. Default: as many as in MNIST, 60,000 to train and 10,000 to test. */
  readonly size?: number | undefined;
  /** Whole number that decides them. Default 0. */
  readonly seed?: number | undefined;
  /** Which of two unrelated sequences of digits: those to train on, or those to test on. Default `true`. */
  readonly train?: boolean | undefined;
  /** Makes images `(N, 1, 28, 28)`, `uint8`, into what a model takes. Default: `toTensor()`. */
  readonly transform?: Transform | undefined;
}

/**
 * Digits drawn by a program, in MNIST's form and about as hard: no files, no network, any number of them, and the same
 * pixels for the same seed on every machine.
 *
 * @example
 * ```ts
 * const train = new StrokeDigits({ size: 2000, seed: 1 });
 * const test = new StrokeDigits({ size: 500, seed: 1, train: false });
 * ```
 * @throws ArgumentError when `size` or `seed` is no whole number, negative, or too large
 */
export class StrokeDigits extends ImageDataset {
  constructor(options: StrokeDigitsOptions = {}) {
    checkOptions('StrokeDigits', options, ['size', 'seed', 'train', 'transform']);
    const { train = true, size = train ? 60_000 : 10_000, seed, transform } = options;
    const { images, labels } = renderStrokeDigits({ size, seed, split: train ? 'train' : 'test' });
    super({ data: images, shape: [size, 28, 28], dtype: 'uint8' }, fromTypedArray(labels, [size], 'uint8'), {
      classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
      transform,
    });
  }

  /** The same as `new StrokeDigits(options)`, for scripts that load MNIST where they can. */
  static async load(options: StrokeDigitsOptions = {}): Promise<StrokeDigits> {
    return new StrokeDigits(options);
  }
}

import { checkOptions, fromTypedArray, type Tensor } from '@retrograd/core';
import type { IdxArray } from './idx.ts';
import { fashionMnist, type IdxDataset, kmnist, mnist } from './idx-datasets.ts';
import { ImageDataset, type ImageDatasetOptions } from './image-dataset.ts';
import { loadIdxDataset } from './load-idx.ts';
import { type FilesOptions, filesOptions } from './obtain.ts';
import type { Transform } from './transforms/transform.ts';

export interface MNISTOptions extends FilesOptions {
  /** The 60,000 training images, or the 10,000 test images. Default `true`. */
  readonly train?: boolean | undefined;
  /** Makes images `(N, 1, 28, 28)`, `uint8`, into what a model takes. Default: `toTensor()`. */
  readonly transform?: Transform | undefined;
}

const knownOptions = ['train', 'transform', ...filesOptions];

const digits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** What the labels stand for; torchvision's names. */
const classNames = {
  mnist: digits.map((word, digit) => `${digit} - ${word}`),
  fashionMnist: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
  kmnist: ['o', 'ki', 'su', 'tsu', 'na', 'ha', 'ma', 'ya', 're', 'wo'],
} as const;

/** What the constructors take, read from files. */
async function read(
  dataset: IdxDataset,
  classes: readonly string[],
  options: MNISTOptions,
): Promise<[images: IdxArray, labels: Tensor, options: ImageDatasetOptions]> {
  checkOptions(`${dataset.name}.load`, options, knownOptions);
  const { train = true, transform, ...files } = options;
  const { images, labels } = await loadIdxDataset(dataset, train ? 'train' : 'test', files);
  return [images, fromTypedArray(labels.data, labels.shape, labels.dtype), { classes, transform }];
}

/**
 * Handwritten digits: 70,000 grey images of 28 × 28 pixels.
 *
 * @example
 * ```ts
 * const train = await MNIST.load({ root: 'data' });
 * const test = await MNIST.load({ root: 'data', train: false });
 * ```
 */
export class MNIST extends ImageDataset {
  /**
   * Loads the images from files, which are downloaded if they are nowhere yet.
   *
   * @throws MissingFilesError when a file is found nowhere, DatasetError when one is broken
   */
  static async load(options: MNISTOptions = {}): Promise<MNIST> {
    return new MNIST(...(await read(mnist, classNames.mnist, options)));
  }
}

/** Articles of clothing, in MNIST's form: 70,000 grey images of 28 × 28 pixels, ten classes. */
export class FashionMNIST extends ImageDataset {
  /** @see MNIST.load */
  static async load(options: MNISTOptions = {}): Promise<FashionMNIST> {
    return new FashionMNIST(...(await read(fashionMnist, classNames.fashionMnist, options)));
  }
}

/** Cursive Japanese characters, in MNIST's form: 70,000 grey images of 28 × 28 pixels, ten classes. */
export class KMNIST extends ImageDataset {
  /** @see MNIST.load */
  static async load(options: MNISTOptions = {}): Promise<KMNIST> {
    return new KMNIST(...(await read(kmnist, classNames.kmnist, options)));
  }
}

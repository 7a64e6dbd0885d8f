import { checkOptions, fromTypedArray } from '@retrograd/core';
import type { Split } from './idx-datasets.ts';
import { ImageDataset } from './image-dataset.ts';
import { type Archive, loadMembers } from './load-archive.ts';
import { checkPair, decode, gzipOverhead, type ImagesAndLabels } from './load-idx.ts';
import { type FilesOptions, filesOptions } from './obtain.ts';
import { checkChoice } from './options.ts';
import type { Transform } from './transforms/transform.ts';
import { unzip } from './unzip.ts';

/**
 * Source: G. Cohen, S. Afshar, J. Tapson, A. van Schaik,
 * https://www.nist.gov/itl/products-and-services/emnist-dataset; length and checksum from TensorFlow Datasets,
 * `url_checksums/emnist.txt`.
 */
export const emnist: Archive = {
  dataset: 'EMNIST',
  name: 'gzip.zip',
  mirrors: [
    'https://biometrics.nist.gov/cs_links/EMNIST/',
    'https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/',
  ],
  bytes: 561_753_746,
  sha256: 'fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e',
  extract: unzip,
};

const digits = [...'0123456789'];
const capitals = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const smalls = [...'abcdefghijklmnopqrstuvwxyz'];
/** Small letters that look like their capitals share a class with them. */
const merged = [...digits, ...capitals, ...'abdefghnqrt'];

/** The ways in which the characters are grouped: what the labels stand for. */
const classNames = {
  byclass: [...digits, ...capitals, ...smalls],
  bymerge: merged,
  balanced: merged,
  /** Labels start at 1. */
  letters: ['N/A', ...smalls],
  digits,
  mnist: digits,
} as const;

export type EMNISTSplit = keyof typeof classNames;

/** The most images in one file: those to train on of `byclass` and `bymerge`. */
const mostImages = 697_932;

/** Loads the images `(N, 28, 28)` and labels `(N,)` of one grouping, as they are in the files. */
export async function loadEmnist(
  archive: Archive,
  grouping: EMNISTSplit,
  split: Split,
  options: FilesOptions = {},
): Promise<ImagesAndLabels> {
  const files = [
    {
      name: `emnist-${grouping}-${split}-images-idx3-ubyte`,
      shape: [mostImages, 28, 28] as const,
      contentBytes: 16 + mostImages * 784,
    },
    {
      name: `emnist-${grouping}-${split}-labels-idx1-ubyte`,
      shape: [mostImages] as const,
      contentBytes: 8 + mostImages,
    },
  ] as const;
  const members = files.map(({ name, contentBytes }) => ({
    name: `gzip/${name}.gz`,
    limit: contentBytes + gzipOverhead,
    unpacked: [name, `${name}.gz`, `gzip/${name}.gz`],
  }));
  const contents = await loadMembers(archive, members, options);
  const [images, labels] = await Promise.all(
    files.map((file, i) => decode(contents[i] as Uint8Array, file, file.name)),
  );
  return checkPair(archive.dataset, { images, labels } as ImagesAndLabels);
}

export interface EMNISTOptions extends FilesOptions {
  /** How the characters are grouped: `'byclass'`, `'bymerge'`, `'balanced'`, `'letters'`, `'digits'` or `'mnist'`. */
  readonly split: EMNISTSplit;
  /** The images to train on, or those to test on. Default `true`. */
  readonly train?: boolean | undefined;
  /** Makes images `(N, 1, 28, 28)`, `uint8`, into what a model takes. Default: `toTensor()`. */
  readonly transform?: Transform | undefined;
}

/**
 * Handwritten digits and letters: up to 814,255 grey images of 28 × 28 pixels.
 *
 * Rows and columns are exchanged in the published files, and stay so here as in torchvision. To see the characters
 * upright, transpose them.
 *
 * @example
 * ```ts
 * const upright = compose(toTensor(), (images) => images.transpose(-1, -2));
 * const train = await EMNIST.load({ split: 'letters', root: 'data', transform: upright });
 * ```
 */
export class EMNIST extends ImageDataset {
  /**
   * Loads the images from IDX files, or the archive of them (562 MB), which is downloaded if they are nowhere yet.
   *
   * @throws MissingFilesError when they are found nowhere, DatasetError when they are broken, ArgumentError for another
   * `split`
   */
  static async load(options: EMNISTOptions): Promise<EMNIST> {
    const op = 'EMNIST.load';
    checkOptions(op, options, ['split', 'train', 'transform', ...filesOptions]);
    const { split, train = true, transform, ...files } = { ...options };
    const grouping = checkChoice(op, 'split', split, Object.keys(classNames) as EMNISTSplit[]);
    const { images, labels } = await loadEmnist(emnist, grouping, train ? 'train' : 'test', files);
    return new EMNIST(images, fromTypedArray(labels.data, labels.shape, labels.dtype), {
      classes: classNames[grouping],
      transform,
    });
  }
}

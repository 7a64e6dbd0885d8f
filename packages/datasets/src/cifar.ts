import { checkOptions, DatasetError, fromTypedArray, type Tensor } from '@retrograd/core';
import { coarseNames, fineNames, objectNames } from './cifar-names.ts';
import type { IdxArray } from './idx.ts';
import type { Split } from './idx-datasets.ts';
import { ImageDataset, type ImageDatasetOptions } from './image-dataset.ts';
import { type Archive, loadMembers } from './load-archive.ts';
import { type FilesOptions, filesOptions } from './obtain.ts';
import { checkChoice } from './options.ts';
import type { Transform } from './transforms/transform.ts';
import { untarGzip } from './untar.ts';

/** 3 channels of 32 × 32 pixels, row by row: red, green, blue. */
const imageBytes = 3 * 32 * 32;

/** A dataset in the form of CIFAR's "binary version": records of one or two labels and the pixels of an image. */
export interface CifarDataset {
  readonly archive: Archive;
  /** The folder in the archive. */
  readonly folder: string;
  /** The files of each split, and the records in one of them. */
  readonly files: Readonly<Record<Split, { readonly names: readonly string[]; readonly records: number }>>;
  /** Labels before the pixels of an image. */
  readonly labels: number;
}

/** Lengths and checksums are from TensorFlow Datasets, `url_checksums/cifar10.txt` and `cifar100.txt`. */
function archive(dataset: string, name: string, bytes: number, sha256: string): Archive {
  const mirrors = ['https://www.cs.toronto.edu/~kriz/'];
  return { dataset, name, mirrors, bytes, sha256, extract: untarGzip(60_000 * (2 + imageBytes)) };
}

/** Source: A. Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html */
export const cifar10: CifarDataset = {
  archive: archive(
    'CIFAR10',
    'cifar-10-binary.tar.gz',
    170_052_171,
    'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
  ),
  folder: 'cifar-10-batches-bin',
  files: {
    train: { names: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`), records: 10_000 },
    test: { names: ['test_batch.bin'], records: 10_000 },
  },
  labels: 1,
};

/** Source: as above. Of the two labels the coarse one comes first. */
export const cifar100: CifarDataset = {
  archive: archive(
    'CIFAR100',
    'cifar-100-binary.tar.gz',
    168_513_733,
    '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
  ),
  folder: 'cifar-100-binary',
  files: {
    train: { names: ['train.bin'], records: 50_000 },
    test: { names: ['test.bin'], records: 10_000 },
  },
  labels: 2,
};

/**
 * Loads one split: images `(N, 3, 32, 32)` and for each place of a label in the records the labels `(N,)`, all `uint8`.
 *
 * @throws MissingFilesError when the files are nowhere, DatasetError when they are broken
 */
export async function loadCifar(
  { archive, folder, files, labels }: CifarDataset,
  split: Split,
  options: FilesOptions = {},
): Promise<{ images: IdxArray; labels: Tensor[] }> {
  const record = labels + imageBytes;
  const { names, records } = files[split];
  const members = names.map((name) => {
    const path = `${folder}/${name}`;
    return { name: path, limit: records * record, unpacked: [path] };
  });
  const contents = await loadMembers(archive, members, options);
  contents.forEach(({ length }, i) => {
    if (length > 0 && length % record === 0 && length <= records * record) return;
    throw new DatasetError({
      op: archive.dataset,
      got: `${names[i]} of ${length} bytes`,
      want: `at most ${records} records of ${record} bytes`,
      fix: 'Delete the file and fetch it again.',
    });
  });
  const count = contents.reduce((sum, { length }) => sum + length / record, 0);
  const images = new Uint8Array(count * imageBytes);
  const marks = Array.from({ length: labels }, () => new Uint8Array(count));
  let at = 0;
  for (const content of contents) {
    for (let start = 0; start < content.length; start += record, at++) {
      for (const [place, mark] of marks.entries()) mark[at] = content[start + place] as number;
      images.set(content.subarray(start + labels, start + record), at * imageBytes);
    }
  }
  return {
    images: { data: images, shape: [count, 3, 32, 32], dtype: 'uint8' },
    labels: marks.map((mark) => fromTypedArray(mark, [count], 'uint8')),
  };
}

export interface CIFAR10Options extends FilesOptions {
  /** The 50,000 training images, or the 10,000 test images. Default `true`. */
  readonly train?: boolean | undefined;
  /** Makes images `(N, 3, 32, 32)`, `uint8`, into what a model takes. Default: `toTensor()`. */
  readonly transform?: Transform | undefined;
}

export interface CIFAR100Options extends CIFAR10Options {
  /** One of 100 classes for a label, or of 20 groups of them. Default `'fine'`. */
  readonly labels?: 'fine' | 'coarse' | undefined;
}

async function read(
  dataset: CifarDataset,
  { train = true, transform, ...files }: CIFAR10Options,
  classes: readonly string[],
  place: number,
): Promise<[images: IdxArray, labels: Tensor, options: ImageDatasetOptions]> {
  const { images, labels } = await loadCifar(dataset, train ? 'train' : 'test', files);
  return [images, labels[place] as Tensor, { classes, transform }];
}

/**
 * Photographs of ten kinds of things: 60,000 colour images of 32 × 32 pixels.
 *
 * @example
 * ```ts
 * const train = await CIFAR10.load({ root: 'data' });
 * const [image, label] = train.get(0); // (3, 32, 32) float32 from 0 to 1, and a number
 * ```
 */
export class CIFAR10 extends ImageDataset {
  /**
   * Loads the images from the binary version's files (`cifar-10-batches-bin/*.bin`, or the archive of them), which is
   * downloaded if they are nowhere yet.
   *
   * @throws MissingFilesError when they are found nowhere, DatasetError when they are broken
   */
  static async load(options: CIFAR10Options = {}): Promise<CIFAR10> {
    checkOptions('CIFAR10.load', options, ['train', 'transform', ...filesOptions]);
    return new CIFAR10(...(await read(cifar10, options, objectNames, 0)));
  }
}

/** Photographs of a hundred kinds of things, in twenty groups: 60,000 colour images of 32 × 32 pixels. */
export class CIFAR100 extends ImageDataset {
  /** @see CIFAR10.load */
  static async load(options: CIFAR100Options = {}): Promise<CIFAR100> {
    checkOptions('CIFAR100.load', options, ['train', 'transform', 'labels', ...filesOptions]);
    const { labels = 'fine', ...rest } = options;
    const coarse = checkChoice('CIFAR100.load', 'labels', labels, ['coarse', 'fine']) === 'coarse';
    return new CIFAR100(...(await read(cifar100, rest, coarse ? coarseNames : fineNames, coarse ? 0 : 1)));
  }
}

import { DatasetError } from '@retrograd/core';
import { type ByteSource, sha256 } from './bytes.ts';
import { gunzip } from './gunzip.ts';
import { type IdxArray, isGzip, readIdx } from './idx.ts';
import { type IdxDataset, type IdxFile, idxDatasets, type Split } from './idx-datasets.ts';
import { type FilesOptions, type Folder, obtain } from './obtain.ts';

/** Images `(N, 28, 28)` and labels `(N)`, both `uint8`. */
export interface ImagesAndLabels {
  readonly images: IdxArray;
  readonly labels: IdxArray;
}

/**
 * Loads one split of a dataset in MNIST's form, from files that are plain or `.gz`.
 *
 * @param known The datasets whose files bear the same names, so that a stray file may be one of theirs.
 * @throws MissingFilesError when a file is found nowhere; DatasetError when one is broken or cannot be kept.
 */
export async function loadIdxDataset(
  dataset: IdxDataset,
  split: Split,
  options: FilesOptions = {},
  known: readonly IdxDataset[] = idxDatasets,
): Promise<ImagesAndLabels> {
  const files = dataset.files[split];
  const images = await loadFile(dataset, files.images, options, known);
  const labels = await loadFile(dataset, files.labels, options, known);
  return checkPair(dataset.name, { images, labels });
}

/** @throws DatasetError unless there are as many labels as images */
export function checkPair(op: string, pair: ImagesAndLabels): ImagesAndLabels {
  const [images, labels] = [pair.images.shape[0], pair.labels.shape[0]];
  if (images === labels) return pair;
  throw new DatasetError({
    op,
    got: `${images} images and ${labels} labels`,
    want: 'a label for every image',
    fix: 'The two files are not of the same set: delete them and fetch both again.',
  });
}

function loadFile(
  dataset: IdxDataset,
  file: IdxFile,
  options: FilesOptions,
  known: readonly IdxDataset[],
): Promise<IdxArray> {
  const rivals = known.filter(({ name }) => name !== dataset.name);
  const find = async (folder: Folder) => {
    for (const name of [file.name, `${file.name}.gz`]) {
      const array = await folder.use(name, async (source) => {
        const bytes = await source.slice(0, source.length);
        const owner = folder.own ? undefined : await ownerAmong(rivals, bytes, file);
        if (owner === undefined) return decode(bytes, file, source.name);
        folder.remark(`${name} there is ${owner}'s`);
        return undefined;
      });
      if (array !== undefined) return array;
    }
    return undefined;
  };
  return obtain(
    {
      dataset: dataset.name,
      name: `${file.name}.gz`,
      mirrors: dataset.mirrors,
      limit: file.contentBytes + gzipOverhead,
      complaint: (bytes) => complaint(bytes, file),
      forms: `${file.name}, plain or as .gz`,
      find,
      read: async (source: ByteSource) => decode(await source.slice(0, source.length), file, source.name),
    },
    options,
  );
}

/** More than gzip adds to a file that it cannot compress (RFC 1951: 5 bytes for each 64 KiB; RFC 1952: a header). */
export const gzipOverhead = 65_536;

/** The dataset whose published file this is. */
async function ownerAmong(
  datasets: readonly IdxDataset[],
  bytes: Uint8Array,
  file: IdxFile,
): Promise<string | undefined> {
  for (const { name, files } of datasets) {
    const namesake = Object.values(files)
      .flatMap(({ images, labels }) => [images, labels])
      .find((other) => other.name === file.name);
    if (namesake !== undefined && (await complaint(bytes, namesake)) === undefined) return name;
  }
  return undefined;
}

/** The array in an IDX file, gzipped or not, of which all sizes but the first are known. */
export async function decode(
  bytes: Uint8Array,
  { shape, contentBytes }: Pick<IdxFile, 'shape' | 'contentBytes'>,
  source: string,
): Promise<IdxArray> {
  const content = isGzip(bytes) ? await gunzip(bytes, { limit: contentBytes, source }) : bytes;
  const [, ...itemShape] = shape;
  return readIdx(content, { source, expect: { dtype: 'uint8', shape: [null, ...itemShape] } });
}

/** What is wrong with a downloaded file; `undefined` if it is the published one. */
async function complaint(bytes: Uint8Array, file: IdxFile): Promise<string | undefined> {
  const { of, hex } = file.sha256;
  try {
    const unpack = of === 'content' && isGzip(bytes);
    const checked = unpack ? await gunzip(bytes, { limit: file.contentBytes }) : bytes;
    const found = await sha256(checked);
    return found === hex ? undefined : `SHA-256 of the ${of} is ${found}, not ${hex}`;
  } catch (error) {
    if (error instanceof DatasetError) return error.message;
    throw error;
  }
}

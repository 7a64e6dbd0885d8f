import { DatasetError } from '@retrograd/core';
import { sha256 } from './bytes.ts';
import { type DownloadProgress, download } from './download.ts';
import { gunzip } from './gunzip.ts';
import { type IdxArray, isGzip, parseIdx } from './idx.ts';
import { type IdxDataset, type IdxFile, idxDatasets, type Split } from './idx-datasets.ts';
import { PartFile } from './part-file.ts';
import { openPlatform, type Platform } from './platform.ts';
import { writeAtomically } from './write-atomically.ts';

export interface IdxFilesOptions {
  /**
   * The folder to look in first, and to download into (`<root>/<Name>/raw`, as torchvision has it). Default: none;
   * downloads then go to the user's cache folder.
   */
  readonly root?: string | undefined;
  /** Whether files that are found nowhere may be downloaded. Default: `true`. */
  readonly download?: boolean | undefined;
  /** Folders on the web to download from instead of the dataset's own; tried in turn. */
  readonly mirrors?: readonly string[] | undefined;
  /** Called as a download goes on. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Milliseconds of silence after which a server is given up. Default: 30,000. */
  readonly timeout?: number | undefined;
  /** Another `fetch`, for proxies and tests. Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
}

/** Files that are in no folder and could not be downloaded; the message lists every place and server. */
export class MissingFilesError extends DatasetError {}

/** Images `(N, 28, 28)` and labels `(N)`, both `uint8`. */
export interface ImagesAndLabels {
  readonly images: IdxArray;
  readonly labels: IdxArray;
}

/**
 * Loads one split of a dataset in MNIST's form. Its files, plain or as `.gz`, are looked for in `root`, in the
 * folders that the environment variable `RETROGRAD_DATA` names, and in the user's cache folder
 * (`~/.cache/retrograd/<name>`), and are else downloaded, checked, and kept.
 *
 * @param known The datasets whose files bear the same names, so that a stray file may be one of theirs.
 * @throws MissingFilesError when a file is found nowhere (it lists where it looked); DatasetError when one is broken or
 * cannot be kept.
 */
export async function loadIdxDataset(
  dataset: IdxDataset,
  split: Split,
  options: IdxFilesOptions = {},
  known: readonly IdxDataset[] = idxDatasets,
): Promise<ImagesAndLabels> {
  const files = dataset.files[split];
  const images = await loadFile(dataset, files.images, options, known);
  const labels = await loadFile(dataset, files.labels, options, known);
  if (images.shape[0] !== labels.shape[0]) {
    throw new DatasetError({
      op: dataset.name,
      got: `${images.shape[0]} images in ${files.images.name} and ${labels.shape[0]} labels in ${files.labels.name}`,
      want: 'a label for every image',
      fix: 'The two files are not of the same set: delete them and fetch both again.',
    });
  }
  return { images, labels };
}

async function loadFile(
  dataset: IdxDataset,
  file: IdxFile,
  options: IdxFilesOptions,
  known: readonly IdxDataset[],
): Promise<IdxArray> {
  const platform = await openPlatform();
  const rivals = known.filter(({ name }) => name !== dataset.name);
  const places = platform === undefined ? [] : placesOf(dataset, platform, options.root, rivals);
  const looked: string[] = [];
  for (const place of places) {
    const array = await readFrom(place, file, looked);
    if (array !== undefined) return array;
  }
  const outcome =
    options.download === false
      ? ['not tried: `download` is false']
      : await fetchFile(dataset, file, platform, options);
  if (outcome instanceof Uint8Array) return decode(outcome, file, `${file.name}.gz`);
  if (platform === undefined) looked.push('no folders: there is no file system here');
  const list = (entries: readonly string[]) => entries.map((entry) => `\n  ${entry}`).join('');
  throw new MissingFilesError({
    op: dataset.name,
    got: `no ${file.name}, plain or as .gz`,
    want: 'it in a folder or from a server',
    fix:
      `Put the .gz files of ${dataset.name} into a folder and give it as \`root\` or in RETROGRAD_DATA.` +
      `\nLooked in:${list(looked)}\nDownload:${list(outcome)}`,
  });
}

/** A folder that may hold the files. */
interface Place {
  readonly platform: Platform;
  readonly folder: string;
  /** Datasets whose files may lie here too, under the same names; none if the folder is named after the one wanted. */
  readonly rivals: readonly IdxDataset[];
}

function placesOf(
  { name }: IdxDataset,
  platform: Platform,
  root: string | undefined,
  rivals: readonly IdxDataset[],
): Place[] {
  const { path, env } = platform;
  const listed = env('RETROGRAD_DATA')?.split(path.delimiter) ?? [];
  const bases = [root ?? '', ...listed].filter((base) => base !== '').map((base) => atHome(platform, base));
  const layouts = (base: string): Place[] => [
    { platform, folder: path.join(base, name, 'raw'), rivals: [] },
    { platform, folder: path.join(base, name.toLowerCase()), rivals: [] },
    { platform, folder: base, rivals },
  ];
  return [...bases.flatMap(layouts), { platform, folder: cacheOf(name, platform), rivals: [] }];
}

function cacheOf(name: string, { path, cacheFolder }: Platform): string {
  return path.join(cacheFolder, 'retrograd', name.toLowerCase());
}

/** A folder with the shell's `~` for the user's home, which no shell has replaced in a string. */
function atHome({ home, path }: Platform, folder: string): string {
  return path.resolve(folder.replace(/^~(?=$|[/\\])/, () => home));
}

/** The file if the place has it; if not, says so in `looked`. */
async function readFrom(
  { platform: { fs, path }, folder, rivals }: Place,
  file: IdxFile,
  looked: string[],
): Promise<IdxArray | undefined> {
  const remarks = new Set<string>();
  for (const name of [file.name, `${file.name}.gz`]) {
    const source = path.join(folder, name);
    const bytes = await fs.readFile(source).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') remarks.add(error.message);
    });
    if (bytes === undefined) continue;
    const owner = await ownerAmong(rivals, bytes, file);
    if (owner === undefined) return decode(bytes, file, source);
    remarks.add(`${name} there is ${owner}'s`);
  }
  looked.push(remarks.size === 0 ? folder : `${folder} (${[...remarks].join('; ')})`);
  return undefined;
}

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

async function decode(bytes: Uint8Array, file: IdxFile, source: string): Promise<IdxArray> {
  const content = isGzip(bytes) ? await gunzip(bytes, { limit: file.contentBytes, source }) : bytes;
  const [, ...itemShape] = file.shape;
  return parseIdx(content, { source, expect: { dtype: 'uint8', shape: [null, ...itemShape] } });
}

/** More than gzip adds to a file that it cannot compress (RFC 1951: 5 bytes for each 64 KiB; RFC 1952: a header). */
const gzipOverhead = 65_536;

/** Downloads a file to where it will be found next time; else says what went wrong at each server. */
async function fetchFile(
  dataset: IdxDataset,
  file: IdxFile,
  platform: Platform | undefined,
  options: IdxFilesOptions,
): Promise<Uint8Array | readonly string[]> {
  const name = `${file.name}.gz`;
  const target = platform === undefined ? name : targetOf(name, dataset, platform, options.root);
  const part = await PartFile.open(platform, target);
  let kept = false;
  try {
    const outcome = await download({
      file: name,
      urls: (options.mirrors ?? dataset.mirrors).map((mirror) => `${mirror.replace(/\/?$/, '/')}${name}`),
      part,
      limit: file.contentBytes + gzipOverhead,
      complaint: (bytes) => complaint(bytes, file),
      fetch: options.fetch ?? fetch,
      timeout: options.timeout ?? 30_000,
      onProgress: options.onProgress,
    });
    if (outcome instanceof Uint8Array && platform !== undefined) {
      await writeAtomically(platform, target, outcome);
      kept = true;
    }
    return outcome;
  } finally {
    await part.close({ remove: kept });
  }
}

function targetOf(name: string, dataset: IdxDataset, platform: Platform, root: string | undefined): string {
  const { path } = platform;
  const folder = root
    ? path.join(atHome(platform, root), dataset.name, 'raw')
    : cacheOf(dataset.name, platform);
  return path.join(folder, name);
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

import { DatasetError, environment } from '@retrograd/core';
import type { ByteSource } from './bytes.ts';
import { type DownloadProgress, download } from './download.ts';
import { PartFile } from './part-file.ts';
import { openPlatform, type Platform } from './platform.ts';
import { writeAtomically } from './write-atomically.ts';

export interface FilesOptions {
  /**
   * The folder to look in first, and to download into (`<root>/<Name>/raw`, as torchvision has it for MNIST). Default:
   * none; downloads then go to the user's cache folder.
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

/** The names of the options above, for `checkOptions`. */
export const filesOptions = ['root', 'download', 'mirrors', 'onProgress', 'timeout', 'fetch'];

/** Files that are in no folder and could not be downloaded; the message lists every place and server. */
export class MissingFilesError extends DatasetError {
  override name = 'MissingFilesError';
}

/** A file that a dataset is read from: where to have it, how to know it, and what it holds. */
export interface PublishedFile<T> {
  /** The dataset it belongs to; folders bear this name. */
  readonly dataset: string;
  /** Its name on the servers. */
  readonly name: string;
  /** Folders on the web that hold it; each ends in a slash. */
  readonly mirrors: readonly string[];
  /** The most bytes it can have. */
  readonly limit: number;
  /** What is wrong with a download; `undefined` if it is the published file. */
  readonly complaint: (bytes: Uint8Array) => Promise<string | undefined>;
  /** In what forms it may lie in a folder, for the error when it is in none. */
  readonly forms: string;
  /** What a folder holds of it, in whatever form; `undefined` if nothing. */
  readonly find: (folder: Folder) => Promise<T | undefined>;
  /** What the published file holds. */
  readonly read: (file: ByteSource) => Promise<T>;
}

/** A folder that may hold a file. */
export interface Folder {
  readonly path: string;
  /** Whether it is named after the dataset; if not, files of other datasets may lie in it under the same names. */
  readonly own: boolean;
  /** What `work` makes of a file in it, which is open for as long; `undefined` if there is no such file. */
  readonly use: <T>(name: string, work: (file: ByteSource) => Promise<T>) => Promise<T | undefined>;
  /** Says why something in it will not do. */
  readonly remark: (text: string) => void;
}

/**
 * What a published file holds. It is looked for in `root`, in the folders that the environment variable
 * `RETROGRAD_DATA` names, and in the user's cache folder (`~/.cache/retrograd/<name>`), and is else downloaded, checked,
 * and kept.
 *
 * @throws MissingFilesError when it is found nowhere (it lists where it looked); DatasetError when it is broken or cannot
 * be kept.
 */
export async function obtain<T>(file: PublishedFile<T>, options: FilesOptions): Promise<T> {
  const platform = openPlatform();
  const looked: string[] = [];
  for (const [path, own] of platform === undefined ? [] : placesOf(file.dataset, platform, options.root)) {
    const remarks = new Set<string>();
    const found = await file.find(folderAt(platform as Platform, path, own, remarks));
    if (found !== undefined) return found;
    looked.push(remarks.size === 0 ? path : `${path} (${[...remarks].join('; ')})`);
  }
  if (platform === undefined) looked.push('no folders: there is no file system here');
  const outcome =
    options.download === false
      ? ['not tried: `download` is false']
      : await fetchFile(file, platform, options);
  if (outcome instanceof Uint8Array) return file.read(inMemory(file.name, outcome));
  const list = (entries: readonly string[]) => entries.map((entry) => `\n  ${entry}`).join('');
  throw new MissingFilesError({
    op: file.dataset,
    got: `no ${file.forms}`,
    want: 'it in a folder or from a server',
    fix:
      `Put the files of ${file.dataset} into a folder and give it as \`root\` or in RETROGRAD_DATA.` +
      `\nLooked in:${list(looked)}\nDownload:${list(outcome)}`,
  });
}

/** The folders to look in, and whether each is named after the dataset. */
function placesOf(
  name: string,
  platform: Platform,
  root: string | undefined,
): [path: string, own: boolean][] {
  const { path } = platform;
  const listed = environment('RETROGRAD_DATA')?.split(path.delimiter) ?? [];
  const bases = [root ?? '', ...listed].filter((base) => base !== '').map((base) => atHome(platform, base));
  const layouts = (base: string): [string, boolean][] => [
    [path.join(base, name, 'raw'), true],
    [path.join(base, name.toLowerCase()), true],
    [base, false],
  ];
  return [...bases.flatMap(layouts), [cacheOf(name, platform), true]];
}

function cacheOf(name: string, { path, cacheFolder }: Platform): string {
  return path.join(cacheFolder, 'retrograd', name.toLowerCase());
}

/** A folder with the shell's `~` for the user's home, which no shell has replaced in a string. */
function atHome({ home, path }: Platform, folder: string): string {
  return path.resolve(folder.replace(/^~(?=$|[/\\])/, () => home));
}

function folderAt({ fs, path }: Platform, folder: string, own: boolean, remarks: Set<string>): Folder {
  const remark = (text: string) => void remarks.add(text);
  const use: Folder['use'] = async (name, work) => {
    const source = path.join(folder, name);
    const handle = await fs.open(source).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') remark(error.message);
    });
    if (handle === undefined) return undefined;
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return remark(`${source} is no file`) as undefined;
      const slice = async (start: number, end: number) => {
        const bytes = new Uint8Array(Math.max(0, Math.min(end, stat.size) - start));
        let at = 0;
        while (at < bytes.length) {
          const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) break;
          at += bytesRead;
        }
        return bytes.subarray(0, at);
      };
      return await work({ name: source, length: stat.size, slice });
    } finally {
      await handle.close();
    }
  };
  return { path: folder, own, use, remark };
}

function inMemory(name: string, bytes: Uint8Array): ByteSource {
  return { name, length: bytes.length, slice: async (start, end) => bytes.subarray(start, end) };
}

/** Downloads a file to where it will be found next time; else says what went wrong at each server. */
async function fetchFile(
  file: PublishedFile<unknown>,
  platform: Platform | undefined,
  options: FilesOptions,
): Promise<Uint8Array | readonly string[]> {
  const { name, limit, complaint } = file;
  const target = platform === undefined ? name : targetOf(file, platform, options.root);
  const part = await PartFile.open(platform, target);
  let kept = false;
  try {
    const outcome = await download({
      file: name,
      urls: (options.mirrors ?? file.mirrors).map((mirror) => `${mirror.replace(/\/?$/, '/')}${name}`),
      part,
      limit,
      complaint,
      fetch: options.fetch ?? fetch,
      timeout: options.timeout ?? 30_000,
      onProgress: options.onProgress,
    });
    if (outcome instanceof Uint8Array && platform !== undefined) {
      await writeAtomically(target, outcome);
      kept = true;
    }
    return outcome;
  } finally {
    await part.close({ remove: kept });
  }
}

function targetOf(
  { name, dataset }: PublishedFile<unknown>,
  platform: Platform,
  root: string | undefined,
): string {
  const { path } = platform;
  const folder = root ? path.join(atHome(platform, root), dataset, 'raw') : cacheOf(dataset, platform);
  return path.join(folder, name);
}

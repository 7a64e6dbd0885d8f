import { ArgumentError, checkOptions, DatasetError, fromTypedArray, type Tensor } from '@retrograd/core';
import { Dataset } from './dataset.ts';
import { type Decode, defaultDecoder, imageExtensions, type Pixels } from './image-decoders.ts';
import { positionOf } from './indices.ts';
import { openPlatform, type Platform } from './platform.ts';
import { applied, checkTransform, type Transform } from './transforms/transform.ts';
import { toTensor } from './transforms/values.ts';

export interface ImageFolderOptions {
  /** Makes an image `(3, H, W)`, `uint8`, into what a model takes. Default: `toTensor()`. */
  readonly transform?: Transform | undefined;
  /** Makes pixels of a file. Default: PNG through the package `pngjs` and JPEG through `jpeg-js`, if installed. */
  readonly decode?: Decode | undefined;
  /** The endings of files to take; others are passed over. Default: `.png`, `.jpg`, `.jpeg`. */
  readonly extensions?: readonly string[] | undefined;
}

/** An image file and the number of its class. */
export interface ImageSample {
  readonly path: string;
  readonly label: number;
}

/**
 * Images in folders, one folder for each class: `root/cat/1.png`, `root/cat/more/2.jpg`, `root/dog/3.png`. Classes are the
 * folders of `root` in the order of their names; files are in the order of their folders, then of their names. A file is
 * read and decoded each time it is got.
 *
 * @example
 * ```ts
 * const dataset = await ImageFolder.load('data/pets', { transform: compose(resize([64, 64]), toTensor()) });
 * const [image, label] = dataset.get(0); // (3, 64, 64) float32, and a number
 * ```
 */
export class ImageFolder extends Dataset<[image: Tensor, label: number]> {
  readonly classes: readonly string[];
  readonly classToIdx: Readonly<Record<string, number>>;
  readonly samples: readonly ImageSample[];
  readonly transform: Transform;
  readonly #read: (path: string) => Uint8Array;
  readonly #decode: Decode;

  private constructor(
    classes: readonly string[],
    samples: readonly ImageSample[],
    transform: Transform,
    read: (path: string) => Uint8Array,
    decode: Decode,
  ) {
    super();
    this.classes = classes;
    this.classToIdx = Object.fromEntries(classes.map((name, label) => [name, label]));
    this.samples = samples;
    this.transform = transform;
    this.#read = read;
    this.#decode = decode;
  }

  /**
   * Finds the images under `root`.
   *
   * @throws DatasetError when there is no such folder, it has no classes, a class has no images, or the package that
   * decodes them is not installed (the error names it)
   */
  static async load(root: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
    const op = 'ImageFolder.load';
    checkOptions(op, options, ['transform', 'decode', 'extensions']);
    const { transform = toTensor(), decode, extensions = imageExtensions } = options;
    checkTransform(op, transform);
    if (typeof root !== 'string' || (decode !== undefined && typeof decode !== 'function')) {
      const got =
        typeof root === 'string' ? `decode of type ${typeof decode}` : `root of type ${typeof root}`;
      throw new ArgumentError({ op, got, want: 'a path, and a decode that can be called' });
    }
    const platform = await openPlatform();
    if (platform === undefined) {
      throw new DatasetError({ op, got: 'a machine without a file system', want: 'Node, Deno or Bun' });
    }
    const { classes, samples } = await scan(op, platform, root, endsWithOne(op, extensions));
    // Getting an item is not asynchronous, so neither is the reading of its file.
    const { readFileSync } = platform.fsSync;
    const decoder = decode ?? (await defaultDecoder(samples.map(({ path }) => path)));
    return new ImageFolder(classes, samples, transform, (path) => readFileSync(path), decoder);
  }

  get length(): number {
    return this.samples.length;
  }

  /** @throws DatasetError that names the file, when it can no longer be read or is broken */
  get(index: number): [image: Tensor, label: number] {
    const { path, label } = this.samples[positionOf('ImageFolder', index, this.length)] as ImageSample;
    return [applied(this.transform, this.#image(path)), label];
  }

  #image(path: string): Tensor {
    try {
      return tensorOf(this.#decode(this.#read(path), path), path);
    } catch (cause) {
      if (cause instanceof DatasetError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DatasetError({
        op: 'ImageFolder',
        got: `${path}, which cannot be read as an image (${reason})`,
        want: 'a whole image file',
        fix: 'Fetch the file again, or take it out of the folder.',
        cause,
      });
    }
  }
}

/** Grey, RGB or RGBA, row by row, as `(3, H, W)`; what is transparent is taken for opaque. */
function tensorOf({ width, height, data }: Pixels, path: string): Tensor {
  const channels = data.length / (width * height);
  if (![1, 3, 4].includes(channels)) {
    throw new DatasetError({
      op: 'ImageFolder',
      got: `${path}, decoded to ${data.length} bytes for ${width} × ${height} pixels`,
      want: 'a width, a height, and 1, 3 or 4 bytes for each pixel',
    });
  }
  const pixels = fromTypedArray(Uint8Array.from(data), [height, width, channels], 'uint8');
  const colours = channels === 1 ? pixels.expand(height, width, 3) : pixels.narrow(2, 0, 3);
  return colours.permute(2, 0, 1).contiguous();
}

function endsWithOne(op: string, extensions: readonly string[]): (name: string) => boolean {
  if (!Array.isArray(extensions) || !extensions.every((end) => typeof end === 'string')) {
    throw new ArgumentError({
      op,
      got: `extensions of type ${typeof extensions}`,
      want: 'a list of strings',
    });
  }
  const endings = extensions.map((end) => end.toLowerCase());
  return (name) => endings.some((end) => name.toLowerCase().endsWith(end));
}

async function scan(
  op: string,
  platform: Platform,
  root: string,
  wanted: (name: string) => boolean,
): Promise<{ classes: string[]; samples: ImageSample[] }> {
  const { path } = platform;
  const classes = (await entriesOf(op, platform, root)).folders;
  if (classes.length === 0) {
    const fix = 'Put the images of each class into a folder of its own.';
    throw new DatasetError({ op, got: `${root} without folders`, want: 'a folder for each class', fix });
  }
  const samples: ImageSample[] = [];
  for (const [label, name] of classes.entries()) {
    const paths = await imagesUnder(op, platform, path.join(root, name), wanted);
    samples.push(...paths.map((path) => ({ path, label })));
    if (paths.length > 0) continue;
    throw new DatasetError({
      op,
      got: `${path.join(root, name)} without a single image`,
      want: 'images in every class',
      fix: 'Remove the folder, or name the endings of its files in `extensions`.',
    });
  }
  return { classes, samples };
}

/** Every wanted file in a folder and the folders in it; links are followed, though never round in a circle. */
async function imagesUnder(
  op: string,
  platform: Platform,
  top: string,
  wanted: (name: string) => boolean,
): Promise<string[]> {
  const { fs, path } = platform;
  const found = new Map<string, string[]>();
  const seen = new Set<string>();
  const waiting = [top];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const real = await fs.realpath(folder);
    if (seen.has(real)) continue;
    seen.add(real);
    const { folders, files } = await entriesOf(op, platform, folder);
    for (const name of folders) waiting.push(path.join(folder, name));
    const at = folder;
    found.set(
      folder,
      files.filter(wanted).map((name) => path.join(at, name)),
    );
  }
  return [...found.keys()].sort().flatMap((folder) => found.get(folder) ?? []);
}

/** The names in a folder, sorted; a link is what it leads to, and nothing if that is gone. */
async function entriesOf(
  op: string,
  { fs, path }: Platform,
  folder: string,
): Promise<{ folders: string[]; files: string[] }> {
  const names = await fs.readdir(folder).catch((cause: Error) => {
    const got = `${folder}, which cannot be read (${cause.message})`;
    throw new DatasetError({ op, got, want: 'a folder', cause });
  });
  const entries = { folders: [] as string[], files: [] as string[] };
  for (const name of names.sort()) {
    const stat = await fs.stat(path.join(folder, name)).catch(() => undefined);
    if (stat?.isDirectory()) entries.folders.push(name);
    else if (stat?.isFile()) entries.files.push(name);
  }
  return entries;
}

import { DatasetError } from '@retrograd/core';

/** The pixels of an image, row by row, each as 1 (grey), 3 (RGB) or 4 (RGBA) bytes. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Makes pixels of an image file. `path` says where the bytes are from. */
export type Decode = (bytes: Uint8Array, path: string) => Pixels;

/** A format that a package decodes, which users install if they need it. */
interface Format {
  readonly name: string;
  /** The first bytes of its files. */
  readonly signature: readonly number[];
  readonly extensions: readonly string[];
  readonly package: string;
  readonly decoder: (imported: ImportedDecoders) => (bytes: Uint8Array) => Pixels;
}

/** What is used of the packages; importing a CommonJS package gives its exports as `default`. */
interface ImportedDecoders {
  readonly default: {
    /** Of `pngjs`: RGBA of 8 bits, whatever the file has. */
    readonly PNG: { readonly sync: { readonly read: (bytes: Uint8Array) => Pixels } };
    /** Of `jpeg-js`. */
    readonly decode: (bytes: Uint8Array, options: object) => Pixels;
  };
}

const formats: readonly Format[] = [
  {
    name: 'PNG',
    signature: [0x89, 0x50, 0x4e, 0x47],
    extensions: ['.png'],
    package: 'pngjs',
    decoder: ({ default: { PNG } }) => PNG.sync.read,
  },
  {
    name: 'JPEG',
    signature: [0xff, 0xd8, 0xff],
    extensions: ['.jpg', '.jpeg'],
    package: 'jpeg-js',
    decoder:
      ({ default: { decode } }) =>
      (bytes) =>
        decode(bytes, { useTArray: true, formatAsRGBA: false }),
  },
];

/** The endings of files that the default decoder takes. */
export const imageExtensions: readonly string[] = formats.flatMap(({ extensions }) => extensions);

/**
 * Decodes PNG with the package `pngjs` and JPEG with `jpeg-js`, if they are installed. Which of them a file needs, its
 * first bytes tell.
 *
 * @param paths Files that are to be decoded; what their endings say is missing is an error at once.
 * @throws DatasetError that names the package to install
 */
export async function defaultDecoder(paths: readonly string[]): Promise<Decode> {
  const decoders = new Map<Format, (bytes: Uint8Array) => Pixels>();
  for (const format of formats) {
    const imported = await importIfInstalled(format.package);
    if (imported !== undefined) decoders.set(format, format.decoder(imported));
    const path = paths.find((path) => format.extensions.some((end) => path.toLowerCase().endsWith(end)));
    if (imported === undefined && path !== undefined) throw missingDecoder(format, path);
  }
  return (bytes, path) => {
    const format = formats.find(({ signature }) => signature.every((byte, i) => bytes[i] === byte));
    if (format === undefined) {
      const got = `${path}, which starts like no ${formats.map(({ name }) => name).join(' and no ')}`;
      throw new DatasetError({ op: 'decode', got, want: 'such a file', fix: 'Give a `decode` of your own.' });
    }
    const decoder = decoders.get(format);
    if (decoder === undefined) throw missingDecoder(format, path);
    return decoder(bytes);
  };
}

/** The name is a variable so that neither the compiler nor a bundler looks for a package that is optional. */
async function importIfInstalled(name: string): Promise<ImportedDecoders | undefined> {
  try {
    return (await import(name)) as ImportedDecoders;
  } catch {
    return undefined;
  }
}

function missingDecoder(format: Format, path: string): DatasetError {
  return new DatasetError({
    op: 'decode',
    got: `${path}, and no decoder for ${format.name}`,
    want: `the package ${format.package}`,
    fix: `Run npm install ${format.package}, or give a \`decode\` of your own.`,
  });
}

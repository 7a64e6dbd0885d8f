import { DatasetError } from '@retrograd/core';
import { concatBytes, readChunks } from './bytes.ts';

export interface GunzipOptions {
  /** The most bytes that may come out: a small file that swells beyond it is refused before it fills the memory. */
  readonly limit: number;
  /** Where the bytes come from, for error messages. Default: `'gzip data'`. */
  readonly source?: string;
}

/**
 * Decompresses gzip with the web's own `DecompressionStream`, which Node ≥ 20, Deno, Bun and browsers all have.
 *
 * @throws DatasetError when the bytes are broken, cut short, or decompress to more than `limit` bytes.
 */
export async function gunzip(
  bytes: Uint8Array,
  { limit, source = 'gzip data' }: GunzipOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const compressed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    for await (const chunk of readChunks(compressed.pipeThrough(new DecompressionStream('gzip')))) {
      length += chunk.length;
      if (length > limit) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new DatasetError({
      op: 'gunzip',
      got: `${source}: ${bytes.length} bytes that are broken or cut short`,
      want: 'a whole gzip file',
      fix: 'Delete the file and fetch it again.',
      cause,
    });
  }
  if (length > limit) {
    throw new DatasetError({
      op: 'gunzip',
      got: `${source}: ${bytes.length} bytes that decompress to more than ${limit}`,
      want: `at most ${limit} bytes`,
    });
  }
  return concatBytes(chunks);
}

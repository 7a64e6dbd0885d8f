import { DatasetError } from '@retrograd/core';
import { readChunks } from './bytes.ts';

export interface GunzipOptions {
  /** The most bytes that may come out: a small file that swells beyond it is refused before it fills the memory. */
  readonly limit: number;
  /** Where the bytes come from, for error messages. Default: `'gzip data'`. */
  readonly source?: string;
}

/**
 * Decompresses gzip, straight into the room that the file says it takes: pieces that wait to be put together would take as
 * much again.
 *
 * @throws DatasetError when the bytes are broken, cut short, or decompress to more than `limit` bytes.
 */
export async function gunzip(
  bytes: Uint8Array,
  { limit, source = 'gzip data' }: GunzipOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const room = Math.min(limit, announcedSize(bytes));
  const zlib = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:zlib');
  let content: Uint8Array<ArrayBuffer> | undefined;
  try {
    content = await (zlib ? inOnePiece(zlib, bytes, limit, room) : streamed(bytes, limit, room));
  } catch (cause) {
    throw new DatasetError({
      op: 'gunzip',
      got: `${source}: ${bytes.length} bytes that are broken or cut short`,
      want: 'a whole gzip file',
      fix: 'Delete the file and fetch it again.',
      cause,
    });
  }
  if (content !== undefined) return content;
  throw new DatasetError({
    op: 'gunzip',
    got: `${source}: ${bytes.length} bytes that decompress to more than ${limit}`,
    want: `at most ${limit} bytes`,
  });
}

/** The length of the content, modulo 2³², as the last four bytes have it (RFC 1952: ISIZE); it need not be true. */
function announcedSize(bytes: Uint8Array): number {
  if (bytes.length < 4) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
}

/** With Node's zlib, which Deno and Bun have too; `undefined` if it is too much. The least it takes for `chunkSize` is 64. */
function inOnePiece(
  { gunzip }: typeof import('node:zlib'),
  bytes: Uint8Array,
  limit: number,
  room: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const options = { chunkSize: Math.max(64, room + 1), maxOutputLength: Math.max(1, limit) };
  return new Promise((resolve, reject) => {
    gunzip(bytes, options, (error, { buffer, byteOffset, length } = Buffer.alloc(0)) => {
      if (error === null) resolve(length > limit ? undefined : new Uint8Array(buffer, byteOffset, length));
      else if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') resolve(undefined);
      else reject(error);
    });
  });
}

/** With the web's own DecompressionStream; `undefined` if it is too much. */
async function streamed(
  bytes: Uint8Array,
  limit: number,
  room: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let content = new Uint8Array(room);
  let length = 0;
  const compressed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  for await (const chunk of readChunks(compressed.pipeThrough(new DecompressionStream('gzip')))) {
    const end = length + chunk.length;
    if (end > limit) return undefined;
    if (end > content.length) content = resized(content, Math.min(limit, 2 * end));
    content.set(chunk, length);
    length = end;
  }
  return length === content.length ? content : resized(content, length);
}

function resized(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(length);
  result.set(bytes.subarray(0, Math.min(length, bytes.length)));
  return result;
}

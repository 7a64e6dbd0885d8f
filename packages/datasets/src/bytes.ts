import { DatasetError } from '@retrograd/core';

/** Bytes that can be read in parts: an open file, or memory. */
export interface ByteSource {
  /** Where they are, for error messages. */
  readonly name: string;
  readonly length: number;
  /** The bytes from `start` to before `end`, or as many of them as there are. */
  readonly slice: (start: number, end: number) => Promise<Uint8Array>;
}

/** The chunks of a stream of bytes; leaving the loop early cancels the stream. Not every browser iterates streams. */
export async function* readChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Cancelling a stream that has already failed or ended is refused or does nothing; either is fine here.
    await reader.cancel().catch(() => undefined);
  }
}

/** One array of bytes out of many. */
export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/**
 * The SHA-256 of bytes, in hexadecimal.
 *
 * @throws DatasetError on a page that was not served securely, to which browsers give no `crypto.subtle`.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  if (globalThis.crypto?.subtle === undefined) {
    throw new DatasetError({
      op: 'sha256',
      got: 'a page without `crypto.subtle`',
      want: 'a secure context, so that downloads can be checked',
      fix: 'Serve the page over https or from localhost.',
    });
  }
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

import type { PartFile } from './part-file.ts';

/** How far a download has come. */
export interface DownloadProgress {
  readonly file: string;
  /** Bytes that have arrived, those of an earlier run included. */
  readonly done: number;
  /** Bytes in all; `undefined` where the server does not say. */
  readonly total: number | undefined;
}

export interface DownloadOptions {
  /** The file's name, for progress. */
  readonly file: string;
  /** Where it can be had; tried in turn. */
  readonly urls: readonly string[];
  /** What has arrived of it already, and takes the rest. */
  readonly part: PartFile;
  /** The most bytes it can have. */
  readonly limit: number;
  /** Says what is wrong with the bytes of a finished download; `undefined` if nothing is. */
  readonly complaint: (bytes: Uint8Array) => Promise<string | undefined>;
  readonly fetch: typeof fetch;
  /** Milliseconds of silence after which a server is given up. */
  readonly timeout: number;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** Something that went wrong on the way to or at a server: reason to try again or elsewhere. */
class ServerFailure extends Error {}

/** How often one server is asked to go on after it broke off. */
const attemptsPerServer = 3;

/**
 * Downloads a file from the first server that gives it whole. A download that breaks off is taken up where it stopped
 * (HTTP Range, RFC 9110 §14), at the same server while that brings new bytes, then at the next.
 *
 * @returns The bytes, or else what went wrong at each server.
 */
export async function download(
  options: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer> | readonly string[]> {
  const { urls, part, complaint } = options;
  const failures: string[] = [];
  for (const url of urls) {
    for (let attempt = 1; attempt <= attemptsPerServer; attempt++) {
      const start = part.length;
      try {
        await receive(url, options);
        const bytes = part.bytes;
        const wrong = await complaint(bytes);
        if (wrong === undefined) return bytes;
        await part.restart();
        throw new ServerFailure(wrong);
      } catch (error) {
        if (!(error instanceof ServerFailure)) throw error;
        failures.push(`${url}: ${error.message}`);
        // Asking again makes sense after a break that left new bytes, or now that a wrong beginning is forgotten.
        if (part.length === start) break;
      }
    }
  }
  return failures;
}

/** Lets one server bring the rest of the file, or all of it if it does not know about ranges. */
async function receive(url: string, options: DownloadOptions): Promise<void> {
  const { file, part, limit, fetch, timeout, onProgress } = options;
  const controller = new AbortController();
  const soon = <T>(work: Promise<T>) => withoutSilence(work, timeout);
  try {
    // The file itself is wanted, not an encoding of it that `fetch` would undo: positions would mean two things.
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (part.length > 0) headers.range = `bytes=${part.length}-`;
    const response = await soon(fetch(url, { headers, signal: controller.signal }));
    const resumed = response.status === 206 && rangeStart(response) === part.length;
    const refused = response.status === 416;
    if (part.length > 0 && !resumed && (response.ok || refused)) await part.restart();
    if (!response.ok || response.body === null || (response.status === 206 && !resumed)) {
      throw new ServerFailure(`HTTP ${response.status} ${response.statusText}`.trim());
    }
    const total = totalLength(response, part.length);
    const reader = response.body.getReader();
    for (;;) {
      onProgress?.({ file, done: part.length, total });
      const { done, value } = await soon(reader.read());
      if (done) break;
      await part.append(value);
      if (part.length > limit) {
        await part.restart();
        throw new ServerFailure(`more than the ${limit} bytes that the file can have`);
      }
    }
    if (total !== undefined && part.length < total) {
      throw new ServerFailure(`broke off after ${part.length} of ${total} bytes`);
    }
  } finally {
    controller.abort();
  }
}

/** The file's whole length; unknown where the server does not say, or means its own encoding of the file. */
function totalLength({ headers }: Response, start: number): number | undefined {
  const rest = headers.get('content-length');
  return rest === null || headers.has('content-encoding') ? undefined : start + Number(rest);
}

/** The first position of a partial response: `Content-Range: bytes 100-199/200`. */
function rangeStart(response: Response): number | undefined {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match === null ? undefined : Number(match[1]);
}

/** The outcome of network work; its failure, or silence for too long, is the server's. */
async function withoutSilence<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer for ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, silence]);
  } catch (error) {
    throw new ServerFailure(reason(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** `fetch` says "fetch failed" and keeps the reason in a chain of causes. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${reason(error.cause)})`;
}

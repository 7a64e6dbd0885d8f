import type { FileHandle } from 'node:fs/promises';
import { concatBytes } from './bytes.ts';
import type { Platform } from './platform.ts';
import { cannotWrite } from './write-atomically.ts';

/**
 * What has arrived of a download: in memory, and in a `.part` file beside its target, from which a later run goes on.
 *
 * Several processes may download the same file at once: each writes the bytes it has at their own positions and keeps
 * its own copy, so they do not disturb each other, and nobody takes a `.part` file for the whole. That is for the
 * checksum to say.
 */
export class PartFile {
  #chunks: Uint8Array[];
  #length: number;
  readonly #store: Store | undefined;

  private constructor(found: Uint8Array, store?: Store) {
    this.#chunks = [found];
    this.#length = found.length;
    this.#store = store;
  }

  /** Goes on with `<target>.part` if there is one; where there is no platform, memory is all there is. */
  static async open(platform: Platform | undefined, target: string): Promise<PartFile> {
    if (platform === undefined) return new PartFile(new Uint8Array(0));
    const { fs, path } = platform;
    const name = `${target}.part`;
    try {
      await fs.mkdir(path.dirname(target), { recursive: true });
      // Not 'a+', which would ignore positions, nor 'w+', which would empty the file.
      const { O_RDWR, O_CREAT } = fs.constants;
      const handle = await fs.open(name, O_RDWR | O_CREAT);
      return new PartFile(await handle.readFile(), { name, handle, fs });
    } catch (cause) {
      throw cannotWrite(name, cause);
    }
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.#chunks);
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.#write((handle) => handle.write(chunk, 0, chunk.length, this.#length));
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Forgets what has arrived. */
  async restart(): Promise<void> {
    await this.#write((handle) => handle.truncate(0));
    this.#chunks = [];
    this.#length = 0;
  }

  /** Ends the work on it; a file with nothing in it, or no longer needed, is removed. */
  async close({ remove }: { remove: boolean }): Promise<void> {
    if (this.#store === undefined) return;
    const { name, handle, fs } = this.#store;
    await handle.close();
    // Another process may have removed it, or (on Windows) still hold it open.
    if (remove || this.#length === 0) await fs.rm(name, { force: true }).catch(() => undefined);
  }

  async #write(work: (handle: FileHandle) => Promise<unknown>): Promise<void> {
    if (this.#store === undefined) return;
    try {
      await work(this.#store.handle);
    } catch (cause) {
      throw cannotWrite(this.#store.name, cause);
    }
  }
}

interface Store {
  readonly name: string;
  readonly handle: FileHandle;
  readonly fs: Platform['fs'];
}

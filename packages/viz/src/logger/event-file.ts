import { FileError, nodeLibrary } from '@retrograd/core';
import { versionEvent } from './events.ts';
import { concat } from './protobuf.ts';
import { record } from './tfrecord.ts';

/**
 * An event file that TensorBoard opens, and follows while it grows. Only whole records are appended, so that it can
 * be read at any time.
 */
export class EventFile {
  readonly path: string;
  readonly #fs: typeof import('node:fs');
  readonly #descriptor: number;
  /** Of the whole records that are there. */
  #length = 0;

  /**
   * @param folder made if it is not there; runs that are to be compared are sub-folders of one folder
   * @throws FileError when the folder cannot be made or written, and where there are no files
   */
  constructor(folder: string) {
    const library = nodeLibrary();
    if (library === undefined) throw noFiles(folder);
    // A loop that never awaits, or that is killed, has its events on disk all the same.
    const fs = library.fsSync;
    this.#fs = fs;
    try {
      fs.mkdirSync(folder, { recursive: true });
      const seconds = Math.floor(Date.now() / 1000);
      const name = `events.out.tfevents.${seconds}.${library.os.hostname()}.${process.pid}`;
      [this.path, this.#descriptor] = openNew(fs, library.path.join(folder, name));
    } catch (cause) {
      throw cannotWrite(folder, cause);
    }
    this.append([versionEvent(Date.now() / 1000)]);
  }

  /** @throws FileError when the disk is full or the like */
  append(events: readonly Uint8Array[]): void {
    if (events.length === 0) return;
    const records = concat(events.map(record));
    try {
      this.#fs.appendFileSync(this.#descriptor, records);
      this.#length += records.length;
    } catch (cause) {
      this.#fs.ftruncateSync(this.#descriptor, this.#length); // What follows a broken record is lost to readers.
      throw cannotWrite(this.path, cause);
    }
  }

  close(): void {
    this.#fs.closeSync(this.#descriptor);
  }
}

/** A file that nobody else has: `stem.0`, or the next number that is free. */
function openNew(fs: typeof import('node:fs'), stem: string): [path: string, descriptor: number] {
  for (let n = 0; ; n++) {
    const path = `${stem}.${n}`;
    try {
      return [path, fs.openSync(path, 'ax')];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function noFiles(folder: string): FileError {
  return new FileError({
    op: 'Logger',
    got: `dir ${folder}, where there are no files`,
    want: 'Node (20.16 or newer), Deno or Bun',
    fix: 'In a browser leave dir out: history and plot() are there all the same.',
  });
}

function cannotWrite(path: string, cause: unknown): FileError {
  return new FileError({
    op: 'Logger',
    got: `${path}, which cannot be written (${cause instanceof Error ? cause.message : cause})`,
    want: 'a folder with room that this user may write to',
    cause,
  });
}

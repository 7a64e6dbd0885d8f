import { FileError } from './errors.ts';

/** The parts of Node's library that reach files; Deno and Bun have them too. */
export interface NodeLibrary {
  readonly fs: typeof import('node:fs/promises');
  /** The same, without waiting. */
  readonly fsSync: typeof import('node:fs');
  readonly path: typeof import('node:path');
  readonly os: typeof import('node:os');
}

/**
 * Node's library, or `undefined` in a browser. This is the one place that asks for it, and asks at run time: an import
 * would keep the packages from loading in browsers.
 */
export function nodeLibrary(): NodeLibrary | undefined {
  if (typeof process === 'undefined') return undefined;
  const fs = process.getBuiltinModule?.('node:fs/promises');
  const fsSync = process.getBuiltinModule?.('node:fs');
  const path = process.getBuiltinModule?.('node:path');
  const os = process.getBuiltinModule?.('node:os');
  return fs && fsSync && path && os ? { fs, fsSync, path, os } : undefined;
}

/**
 * Writes a file so that its name never stands for anything but the whole of it: the pieces go, one after another, to a
 * name of their own in the same folder, reach the disk, and only then take the place of `target`. Of several writers
 * the last one wins. A process that is killed meanwhile leaves its `.tmp` file behind, and `target` as it was.
 *
 * @throws FileError when the folder cannot be written, and whatever `pieces` throws; nothing is left behind then
 */
export async function writeAtomically(target: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const { fs } = filesFor('write', target);
  const temporary = `${target}.${crypto.randomUUID()}.tmp`;
  const want = 'a folder with room that this user may write to';
  try {
    const file = await fs.open(temporary, 'wx').catch(failing('write', target, want));
    try {
      for (const piece of pieces) await file.writeFile(piece).catch(failing('write', target, want));
      await file.sync().catch(failing('write', target, want));
    } finally {
      await file.close();
    }
    await fs.rename(temporary, target).catch(failing('write', target, want));
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** A file that is open for reading. */
export interface FileReader {
  /** In bytes. */
  readonly size: number;
  /** `length` bytes from `position` on, as memory of their own. @throws FileError if there are fewer */
  read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Opens a file for reading. @throws FileError when it is not there, no file, or not for this user */
export async function openFile(path: string): Promise<FileReader> {
  const { fs } = filesFor('read', path);
  const fail = failing('read', path, 'a file that this user may read');
  const handle = await fs.open(path, 'r').catch(fail);
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    throw new FileError({ op: 'read', got: `${path}, which is no file`, want: 'a file' });
  }
  return {
    size: stat.size,
    async read(position, length) {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const piece = Math.min(length - at, 2 ** 30); // Node reads less than 2 GiB at once.
        const { bytesRead } = await handle.read(bytes, at, piece, position + at).catch(fail);
        if (bytesRead === 0) throw fail(new Error('it ended early: has it been changed meanwhile?'));
        at += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

/** @throws FileError where there are no files, or for a path that is none */
function filesFor(op: string, path: string): NodeLibrary {
  if (typeof path !== 'string' || path === '')
    throw new FileError({
      op,
      got: typeof path === 'string' ? 'an empty path' : typeof path,
      want: 'a path',
    });
  const library = nodeLibrary();
  if (library !== undefined) return library;
  throw new FileError({
    op,
    got: `${path}, where there are no files`,
    want: 'Node (20.16 or newer), Deno or Bun',
    fix: 'In a browser fetch the bytes yourself, or hand them out for download.',
  });
}

/** Turns an error of the platform's into ours. */
function failing(op: 'read' | 'write', path: string, want: string): (cause: unknown) => never {
  return (cause) => {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new FileError({
      op,
      got: `${path}, which cannot be ${op === 'read' ? 'read' : 'written'} (${reason})`,
      want,
      cause,
    });
  };
}

import { DatasetError } from '@retrograd/core';
import type { Platform } from './platform.ts';

/**
 * Writes a file so that its name never stands for anything but the whole of it: the bytes go to a name of their own in
 * the same folder, reach the disk, and only then take the place of `target`. Of several writers the last one wins.
 *
 * @throws DatasetError when the folder cannot be written; nothing is left behind then.
 */
export async function writeAtomically({ fs }: Platform, target: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${target}.${crypto.randomUUID()}.tmp`;
  try {
    const file = await fs.open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, target);
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw cannotWrite(target, cause);
  }
}

/** The error for a file or folder that cannot be written. */
export function cannotWrite(target: string, cause: unknown): DatasetError {
  return new DatasetError({
    op: 'write',
    got: `${target}, which cannot be written (${cause instanceof Error ? cause.message : cause})`,
    want: 'a folder with room that this user may write to',
    fix: 'Give another folder as `root`, or put the files somewhere yourself and set RETROGRAD_DATA to that folder.',
    cause,
  });
}

import { DatasetError, FileError, writeAtomically as writePieces } from '@retrograd/core';

/**
 * Writes a file so that its name never stands for anything but the whole of it.
 *
 * @throws DatasetError when the folder cannot be written; nothing is left behind then.
 */
export async function writeAtomically(target: string, bytes: Uint8Array): Promise<void> {
  await writePieces(target, [bytes]).catch((error) => {
    throw cannotWrite(target, error instanceof FileError ? error.cause : error);
  });
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

import { sha256 } from './bytes.ts';
import { type FilesOptions, type Folder, obtain } from './obtain.ts';
import type { Extract, Member } from './unzip.ts';

/** An archive on the web that holds the files of a dataset. */
export interface Archive {
  /** The dataset's name. */
  readonly dataset: string;
  readonly name: string;
  /** Folders on the web that hold it; each ends in a slash. */
  readonly mirrors: readonly string[];
  readonly bytes: number;
  /** Its SHA-256, in hexadecimal. */
  readonly sha256: string;
  readonly extract: Extract;
}

/** A file in an archive, and the names under which it lies in a folder once somebody has unpacked it. */
export interface UnpackedMember extends Member {
  readonly unpacked: readonly string[];
}

/**
 * The contents of members of an archive, from files that are unpacked already, or from the archive.
 *
 * @throws MissingFilesError when neither is found; DatasetError when the archive is broken or cannot be kept.
 */
export function loadMembers(
  archive: Archive,
  members: readonly UnpackedMember[],
  options: FilesOptions,
): Promise<Uint8Array[]> {
  const { dataset, name, mirrors, bytes } = archive;
  return obtain(
    {
      dataset,
      name,
      mirrors,
      limit: bytes,
      complaint: (bytes) => complaint(bytes, archive.sha256),
      forms: `${members.map(({ name }) => name).join(', ')}, plain or in ${name}`,
      find: async (folder) =>
        (await unpackedIn(folder, members)) ?? folder.use(name, (source) => archive.extract(source, members)),
      read: (source) => archive.extract(source, members),
    },
    options,
  );
}

async function unpackedIn(
  folder: Folder,
  members: readonly UnpackedMember[],
): Promise<Uint8Array[] | undefined> {
  const contents: Uint8Array[] = [];
  for (const { unpacked, limit } of members) {
    let content: Uint8Array | undefined;
    for (const name of unpacked) {
      // One byte more than there can be tells whoever reads it that it is too long.
      content ??= await folder.use(name, (source) => source.slice(0, limit + 1));
    }
    if (content === undefined) return undefined;
    contents.push(content);
  }
  return contents;
}

async function complaint(bytes: Uint8Array, hex: string): Promise<string | undefined> {
  const found = await sha256(bytes);
  return found === hex ? undefined : `SHA-256 is ${found}, not ${hex}`;
}

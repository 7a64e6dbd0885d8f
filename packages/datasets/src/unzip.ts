import { DatasetError } from '@retrograd/core';
import { type ByteSource, concatBytes } from './bytes.ts';
import { gunzip } from './gunzip.ts';

/** A file in an archive. */
export interface Member {
  /** Its path in the archive. */
  readonly name: string;
  /** The most bytes it can have. */
  readonly limit: number;
}

/** Reads members of an archive, in the order asked for. */
export type Extract = (archive: ByteSource, members: readonly Member[]) => Promise<Uint8Array[]>;

/**
 * The ZIP format as far as files below 4 GiB need it. What is at which offset: APPNOTE.TXT 6.3.10, sections 4.3.7 (local
 * header), 4.3.12 (central header) and 4.3.16 (end record); PKWARE, https://pkware.com/appnote.
 */
const endRecord = { signature: 0x06054b50, bytes: 22, entries: 10, size: 12, offset: 16 };
const centralHeader = { signature: 0x02014b50, bytes: 46 };
const localHeader = { signature: 0x04034b50, bytes: 30 };
/** The end record is followed by a comment of so many bytes at most. */
const longestComment = 65_535;
const methods = { stored: 0, deflated: 8 };

interface Entry {
  readonly encrypted: boolean;
  readonly method: number;
  readonly crc32: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly offset: number;
}

/**
 * Reads files out of a ZIP archive: only the table of contents, and those files. Lengths and checksums are checked.
 *
 * @throws DatasetError when the archive is broken, lacks a member, or has one that is encrypted, or larger than its limit
 */
export const unzip: Extract = async (archive, members) => {
  const entries = await tableOfContents(archive);
  const contents: Uint8Array[] = [];
  for (const member of members) {
    const entry = entries.get(member.name);
    if (entry === undefined) throw refusal(archive, `no ${member.name} in it`, 'that file');
    contents.push(await readEntry(archive, member, entry));
  }
  return contents;
};

async function tableOfContents(archive: ByteSource): Promise<Map<string, Entry>> {
  const end = await findEnd(archive);
  const [size, offset] = [end.getUint32(endRecord.size, true), end.getUint32(endRecord.offset, true)];
  const table = viewOf(await archive.slice(offset, offset + size));
  const entries = new Map<string, Entry>();
  let at = 0;
  for (let i = end.getUint16(endRecord.entries, true); i > 0; i--) {
    if (
      at + centralHeader.bytes > table.byteLength ||
      table.getUint32(at, true) !== centralHeader.signature
    ) {
      throw refusal(archive, 'a broken table of contents', 'a whole ZIP archive');
    }
    const [name, extra, comment] = [28, 30, 32].map((field) => table.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    const bytes = new Uint8Array(table.buffer, table.byteOffset + at + centralHeader.bytes).subarray(0, name);
    entries.set(new TextDecoder().decode(bytes), {
      encrypted: (table.getUint16(at + 8, true) & 1) === 1,
      method: table.getUint16(at + 10, true),
      crc32: table.getUint32(at + 16, true),
      packed: table.getUint32(at + 20, true),
      unpacked: table.getUint32(at + 24, true),
      offset: table.getUint32(at + 42, true),
    });
    at += centralHeader.bytes + name + extra + comment;
  }
  return entries;
}

/** The end record: the last one whose comment reaches to the end of the file. */
async function findEnd(archive: ByteSource): Promise<DataView> {
  const start = Math.max(0, archive.length - endRecord.bytes - longestComment);
  const tail = viewOf(await archive.slice(start, archive.length));
  for (let at = tail.byteLength - endRecord.bytes; at >= 0; at--) {
    const comment = tail.getUint16(at + endRecord.bytes - 2, true);
    if (
      tail.getUint32(at, true) === endRecord.signature &&
      at + endRecord.bytes + comment === tail.byteLength
    ) {
      return new DataView(tail.buffer, tail.byteOffset + at, endRecord.bytes);
    }
  }
  throw refusal(archive, `${archive.length} bytes without a table of contents`, 'a whole ZIP archive');
}

async function readEntry(archive: ByteSource, { name, limit }: Member, entry: Entry): Promise<Uint8Array> {
  const { encrypted, method, packed, unpacked, offset } = entry;
  if (encrypted || (method !== methods.stored && method !== methods.deflated)) {
    const how = encrypted ? 'encrypted' : `packed with method ${method}`;
    throw refusal(archive, `${name}, which is ${how}`, 'plain or deflated files');
  }
  if (unpacked > limit)
    throw refusal(archive, `${name} of ${unpacked} bytes`, `at most ${limit} bytes of it`);
  const header = viewOf(await archive.slice(offset, offset + localHeader.bytes));
  if (header.byteLength < localHeader.bytes || header.getUint32(0, true) !== localHeader.signature) {
    throw refusal(archive, `no ${name} where the table of contents has it`, 'a whole ZIP archive');
  }
  const start = offset + localHeader.bytes + header.getUint16(26, true) + header.getUint16(28, true);
  const bytes = await archive.slice(start, start + packed);
  return gunzip(asGzip(bytes, entry), { limit, source: `${archive.name}: ${name}` });
}

/**
 * ZIP and gzip share their compression and their checksum: with a header and a trailer of gzip (RFC 1952) around it, what
 * unpacks and checks the one does so for the other.
 */
function asGzip(bytes: Uint8Array, { method, crc32, unpacked }: Entry): Uint8Array {
  const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
  const trailer = viewOf(new Uint8Array(8));
  trailer.setUint32(0, crc32, true);
  trailer.setUint32(4, unpacked, true);
  const body = method === methods.stored ? storedBlocks(bytes) : [bytes];
  return concatBytes([header, ...body, new Uint8Array(trailer.buffer)]);
}

/** Bytes as deflate stores what it does not compress: RFC 1951, section 3.2.4. */
function storedBlocks(bytes: Uint8Array): Uint8Array[] {
  const most = 0xffff;
  const blocks: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += most) {
    const block = bytes.subarray(at, at + most);
    const { length } = block;
    const isLast = at + most >= bytes.length;
    blocks.push(Uint8Array.of(Number(isLast), length, length >> 8, ~length, ~length >> 8), block);
  }
  return blocks;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function refusal({ name }: ByteSource, got: string, want: string): DatasetError {
  return new DatasetError({
    op: 'unzip',
    got: `${name}: ${got}`,
    want,
    fix: 'Delete the file and fetch it again.',
  });
}

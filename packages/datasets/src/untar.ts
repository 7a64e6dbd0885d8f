import { DatasetError } from '@retrograd/core';
import { gunzip } from './gunzip.ts';
import type { Extract } from './unzip.ts';

/**
 * The tar format: files after headers of 512 bytes, all padded to whole blocks of 512, and blocks of zeros at the end.
 * Source: POSIX.1-2017, pax, "ustar Interchange Format".
 */
const block = 512;
/** Where a field of a header is, and its length. */
const fields = {
  name: [0, 100],
  size: [124, 12],
  checksum: [148, 8],
  magic: [257, 5],
  prefix: [345, 155],
} as const;
const typeFlag = 156;
/** Regular files: '0', and a zero byte in old archives. */
const regular = [0x30, 0];

/** More than the headers of a few dozen files take. */
const headerRoom = 2 ** 20;

/**
 * Reads files out of a gzipped tar archive.
 *
 * @param most The most bytes that all its files have together.
 * @throws DatasetError when the archive is broken, lacks a member, or has one that is larger than its limit
 */
export function untarGzip(most: number): Extract {
  return async (archive, members) => {
    const packed = await archive.slice(0, archive.length);
    const bytes = await gunzip(packed, { limit: most + headerRoom, source: archive.name });
    const files = filesOf(bytes, archive.name);
    return members.map(({ name, limit }) => {
      const content = files.get(name);
      if (content === undefined) throw refusal(archive.name, `no ${name} in it`, 'that file');
      if (content.length > limit)
        throw refusal(archive.name, `${name} of ${content.length} bytes`, `at most ${limit} bytes of it`);
      return content;
    });
  };
}

/** The regular files of a tar archive, as views of it. */
function filesOf(bytes: Uint8Array, source: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let at = 0;
  while (at < bytes.length && bytes[at] !== 0) {
    const header = bytes.subarray(at, at + block);
    const size = sizeOf(header);
    if (size === undefined || at + block + size > bytes.length) {
      throw refusal(source, `a broken header, or a file cut short, at byte ${at}`, 'a whole tar archive');
    }
    if (regular.includes(header[typeFlag] as number)) {
      files.set(pathOf(header), bytes.subarray(at + block, at + block + size));
    }
    at += block * (1 + Math.ceil(size / block));
  }
  return files;
}

/** The size of the file that follows; `undefined` where the header's checksum or its numbers are wrong. */
function sizeOf(header: Uint8Array): number | undefined {
  if (header.length < block) return undefined;
  const [start, length] = fields.checksum;
  let sum = 0x20 * length;
  for (let i = 0; i < block; i++) if (i < start || i >= start + length) sum += header[i] as number;
  const size = octal(header, fields.size);
  return octal(header, fields.checksum) === sum && Number.isSafeInteger(size) ? size : undefined;
}

function pathOf(header: Uint8Array): string {
  const prefix = text(header, fields.magic) === 'ustar' ? text(header, fields.prefix) : '';
  const name = text(header, fields.name);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function octal(header: Uint8Array, field: readonly [number, number]): number {
  const digits = text(header, field).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** A field up to its first zero byte. */
function text(header: Uint8Array, [start, length]: readonly [number, number]): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function refusal(source: string, got: string, want: string): DatasetError {
  return new DatasetError({
    op: 'untar',
    got: `${source}: ${got}`,
    want,
    fix: 'Delete the file and fetch it again.',
  });
}

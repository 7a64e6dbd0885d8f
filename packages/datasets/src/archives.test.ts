import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { DatasetError } from '@retrograd/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from './bytes.ts';
import { tarOf, zipOf } from './testing/archives.ts';
import { untarGzip } from './untar.ts';
import { type Extract, unzip } from './unzip.ts';

const memory = (bytes: Uint8Array): ByteSource => ({
  name: 'archive',
  length: bytes.length,
  slice: async (start, end) => bytes.subarray(start, end),
});

const text = new TextEncoder().encode('retrograd '.repeat(500));
const big = Uint8Array.from({ length: 70_000 }, (_, i) => (i * i) >> 3);
const files = { 'a/text.txt': text, 'a/empty': new Uint8Array(0), 'big.bin': big };
const members = Object.keys(files).map((name) => ({ name, limit: 100_000 }));
const untar = untarGzip(1_000_000);

const archives: [string, Extract, Uint8Array][] = [
  ['zip, deflated', unzip, zipOf(files, deflateRawSync)],
  ['zip, stored', unzip, zipOf(files)],
  ['zip, with a comment', unzip, zipOf(files, deflateRawSync, 'PK\x05\x06 is how it starts'.repeat(9))],
  ['tar', untar, gzipSync(tarOf({ 'a/': new Uint8Array(0), ...files }))],
];

const rejected = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each(archives)('%s', (_, extract, bytes) => {
  it('gives the files asked for, in that order', async () => {
    const contents = await extract(memory(bytes), members);
    expect(contents.map((content) => new Uint8Array(content))).toEqual([text, new Uint8Array(0), big]);
    const [last] = await extract(memory(bytes), [{ name: 'big.bin', limit: 70_000 }]);
    expect(new Uint8Array(last ?? [])).toEqual(big);
  });

  it('refuses a file that is not there, or larger than allowed', async () => {
    const ask = (name: string, limit: number) => extract(memory(bytes), [{ name, limit }]);
    await expect(ask('a', 9)).rejects.toThrow('no a in it');
    await expect(ask('big.bin', 69_999)).rejects.toThrow('big.bin of 70000 bytes; wanted at most 69999');
  });

  it('ends in the right bytes or a DatasetError, however it is broken', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.nat(bytes.length),
        fc.boolean(),
        async (changes, cut, whole) => {
          const broken = Uint8Array.from(whole ? bytes : bytes.subarray(0, cut));
          for (const [at, value] of changes) if (at < broken.length) broken[at] = value;
          const contents = await extract(memory(broken), members).catch((error) => {
            expect(error).toBeInstanceOf(DatasetError);
          });
          contents?.forEach((content) => {
            expect(content.length).toBeLessThanOrEqual(100_000);
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('unzip', () => {
  it('notices changed contents', async () => {
    const bytes = Uint8Array.from(zipOf({ 'big.bin': big }));
    bytes[5000] = (bytes[5000] as number) ^ 1;
    expect(await rejected(unzip(memory(bytes), [{ name: 'big.bin', limit: 70_000 }]))).toBeInstanceOf(
      DatasetError,
    );
  });

  it('does not unpack more than the limit, whatever the table of contents says', async () => {
    const bomb = Buffer.from(zipOf({ bomb: new Uint8Array(5_000_000) }, deflateRawSync));
    const table = bomb.lastIndexOf('PK\x01\x02');
    bomb.writeUInt32LE(100, table + 24);
    await expect(unzip(memory(bomb), [{ name: 'bomb', limit: 1000 }])).rejects.toThrow('more than 1000');
  });

  it('refuses encrypted files and unknown methods', async () => {
    for (const [field, value, message] of [
      [8, 1, 'encrypted'],
      [10, 12, 'method 12'],
    ] as const) {
      const bytes = Buffer.from(zipOf({ a: text }));
      bytes.writeUInt16LE(value, bytes.lastIndexOf('PK\x01\x02') + field);
      await expect(unzip(memory(bytes), [{ name: 'a', limit: 9999 }])).rejects.toThrow(message);
    }
  });
});

describe('untar', () => {
  it('puts the prefix of a long path before its name', async () => {
    const [content] = await untar(memory(gzipSync(tarOf({ 'b.txt': text }, 'long/path'))), [
      { name: 'long/path/b.txt', limit: 9999 },
    ]);
    expect(new Uint8Array(content ?? [])).toEqual(text);
  });

  const tar = (() => {
    try {
      return execFileSync('tar', ['--version']).length > 0;
    } catch {
      return false;
    }
  })();

  it.skipIf(!tar).each([['gnu'], ['ustar'], ['posix'], ['v7']])(
    "reads the machine's own tar: %s",
    async (format) => {
      const folder = mkdtempSync(join(tmpdir(), 'retrograd-'));
      try {
        writeFileSync(join(folder, 'big.bin'), big);
        execFileSync('tar', [
          '-C',
          folder,
          `--format=${format}`,
          '-czf',
          join(folder, 'x.tar.gz'),
          'big.bin',
        ]);
        const bytes = readFileSync(join(folder, 'x.tar.gz'));
        const [content] = await untar(memory(bytes), [{ name: 'big.bin', limit: 70_000 }]);
        expect(new Uint8Array(content ?? [])).toEqual(big);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

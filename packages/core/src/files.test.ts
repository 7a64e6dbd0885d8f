import { mkdtemp, readdir, readFile, rm, symlink, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileError } from './errors.ts';
import { nodeLibrary, openFile, writeAtomically } from './files.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
  path = join(folder, 'file');
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await rm(folder, { recursive: true });
});

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('writeAtomically', () => {
  it('writes piece after piece, and replaces what was there', async () => {
    await writeAtomically(path, [bytes(9, 9, 9, 9, 9)]);
    await writeAtomically(path, [bytes(1, 2), bytes(), bytes(3)]);
    expect([...(await readFile(path))]).toEqual([1, 2, 3]);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('asks for a piece only when the one before it is written', async () => {
    const asked: number[] = [];
    const sizes: number[] = [];
    await writeAtomically(
      path,
      (function* () {
        for (let i = 0; i < 3; i++) {
          asked.push(i);
          yield new Uint8Array(10).fill(i);
          sizes.push(i);
        }
      })(),
    );
    expect(asked).toEqual([0, 1, 2]);
    expect(sizes).toEqual([0, 1, 2]);
    expect((await readFile(path)).length).toBe(30);
  });

  it('leaves the old file, and nothing else, when a piece cannot be made', async () => {
    await writeAtomically(path, [bytes(7)]);
    const failing = (function* () {
      yield bytes(1);
      throw new RangeError('no more');
    })();
    await expect(writeAtomically(path, failing)).rejects.toThrow(RangeError);
    expect([...(await readFile(path))]).toEqual([7]);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('says what cannot be written, and why', async () => {
    const lost = join(folder, 'lost', 'file');
    await expect(writeAtomically(lost, [])).rejects.toThrow(FileError);
    await expect(writeAtomically(lost, [])).rejects.toMatchObject({ cause: { code: 'ENOENT' } });
    await expect(writeAtomically(folder, [bytes(1)])).rejects.toThrow('which cannot be written');
    for (const odd of ['', 3, undefined])
      await expect(writeAtomically(odd as string, [])).rejects.toThrow('wanted a path');
  });
});

describe('openFile', () => {
  it('reads any part', async () => {
    await writeAtomically(path, [bytes(0, 1, 2, 3, 4)]);
    const file = await openFile(path);
    expect(file.size).toBe(5);
    expect([...(await file.read(3, 2))]).toEqual([3, 4]);
    expect([...(await file.read(0, 1))]).toEqual([0]);
    expect([...(await file.read(5, 0))]).toEqual([]);
    await expect(file.read(4, 2)).rejects.toThrow(FileError);
    await truncate(path, 1);
    await expect(file.read(0, 5)).rejects.toThrow('it ended early');
    await file.close();
  });

  it('says what cannot be read, and why', async () => {
    await expect(openFile(path)).rejects.toMatchObject({ name: 'FileError', cause: { code: 'ENOENT' } });
    await expect(openFile(folder)).rejects.toThrow('which is no file');
    await symlink(path, path);
    await expect(openFile(path)).rejects.toMatchObject({ cause: { code: 'ELOOP' } });
  });
});

it('where there are no files, says so', async () => {
  vi.stubGlobal('process', undefined);
  expect(nodeLibrary()).toBeUndefined();
  await expect(openFile('x')).rejects.toThrow('where there are no files');
  await expect(writeAtomically('x', [])).rejects.toThrow(FileError);
});

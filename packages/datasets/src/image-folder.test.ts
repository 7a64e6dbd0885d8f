import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { ArgumentError, DatasetError } from '@retrograd/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataLoader } from './data-loader.ts';
import { ImageFolder } from './image-folder.ts';
import { crc32 } from './testing/archives.ts';

const installed = async (name: string) =>
  import(name).then(
    (imported) => imported.default,
    () => undefined,
  );
const pngjs = await installed('pngjs');
const jpegJs = await installed('jpeg-js');
if (pngjs === undefined || jpegJs === undefined) {
  console.warn('ImageFolder: pngjs or jpeg-js is not installed; what needs them is skipped.');
}

/** A PNG file of 8 bits by the specification: colour type 0 (grey), 2 (RGB) or 6 (RGBA), no filters. */
function png(width: number, height: number, channels: 1 | 3 | 4, bytes: readonly number[]): Uint8Array {
  const chunk = (type: string, content: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(content.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, { 1: 0, 3: 2, 4: 6 }[channels], 0, 0, 0], 8);
  const rows = Array.from({ length: height }, (_, row) => [
    0,
    ...bytes.slice(row * width * channels, (row + 1) * width * channels),
  ]);
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Uint8Array.from(rows.flat()))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'retrograd-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(files: Record<string, Uint8Array | string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

/** Decodes nothing: a file's one letter is its one pixel. */
const decode = (bytes: Uint8Array) => ({ width: 1, height: 1, data: bytes });

describe('ImageFolder', () => {
  it('takes folders for classes, and files in the order of folders and names', async () => {
    put({ 'dog/z.png': 'a', 'cat/b.JPG': 'b', 'cat/a.jpeg': 'c', 'cat/in/1.png': 'd', 'cat/notes.txt': 'x' });
    put({ 'a.png': 'not in a class' });
    const folder = await ImageFolder.load(root, { decode, transform: (x) => x });
    expect(folder.classes).toEqual(['cat', 'dog']);
    expect(folder.classToIdx).toEqual({ cat: 0, dog: 1 });
    expect(folder.samples.map(({ path, label }) => [path.slice(root.length + 1), label])).toEqual([
      ['cat/a.jpeg', 0],
      ['cat/b.JPG', 0],
      ['cat/in/1.png', 0],
      ['dog/z.png', 1],
    ]);
    expect(folder.length).toBe(4);
    const [image, label] = folder.get(-1);
    expect([image.toArray(), image.dtype, label]).toEqual([[[[97]], [[97]], [[97]]], 'uint8', 1]);
    const [[images, labels] = []] = new DataLoader(folder, { batchSize: 9 });
    expect([images?.shape, labels?.toArray()]).toEqual([
      [4, 3, 1, 1],
      [0, 0, 0, 1],
    ]);
  });

  it('follows links, and does not go round with them', async () => {
    put({ 'cat/a.png': 'a' });
    symlinkSync(join(root, 'cat'), join(root, 'cat', 'again'));
    symlinkSync(join(root, 'nowhere'), join(root, 'cat', 'gone.png'));
    expect((await ImageFolder.load(root, { decode })).length).toBe(1);
  });

  it('takes other endings, and a decoder of the user', async () => {
    put({ 'x/1.raw': 'RGB', 'x/2.png': 'no' });
    const folder = await ImageFolder.load(root, { decode, extensions: ['.raw'] });
    expect(folder.get(0)[0].toArray()).toEqual([...'RGB'].map((c) => [[Math.fround(c.charCodeAt(0) / 255)]]));
    expect(folder.length).toBe(1);
  });

  it('says what is wrong with folders, files and options', async () => {
    await expect(ImageFolder.load(join(root, 'none'))).rejects.toThrow(DatasetError);
    await expect(ImageFolder.load(root)).rejects.toThrow('without folders');
    put({ 'cat/a.txt': 'a' });
    await expect(ImageFolder.load(root)).rejects.toThrow('without a single image');
    await expect(ImageFolder.load(3 as unknown as string)).rejects.toThrow(ArgumentError);
    await expect(ImageFolder.load(root, { decode: 3 as never })).rejects.toThrow(ArgumentError);
    await expect(ImageFolder.load(root, { extensions: '.png' as never })).rejects.toThrow(ArgumentError);
    await expect(ImageFolder.load(root, { size: 3 } as object)).rejects.toThrow(ArgumentError);
    put({ 'cat/a.png': 'ab' });
    const folder = await ImageFolder.load(root, { decode });
    expect(() => folder.get(0)).toThrow('cat/a.png, decoded to 2 bytes for 1 × 1 pixels');
    const failing = await ImageFolder.load(root, { decode: () => JSON.parse('{') });
    expect(() => failing.get(0)).toThrow('cat/a.png');
    rmSync(join(root, 'cat'), { recursive: true });
    expect(() => folder.get(0)).toThrow(DatasetError);
  });
});

describe.skipIf(pngjs === undefined || jpegJs === undefined)('decoders', () => {
  it.each([
    [
      1,
      [10, 20],
      [
        [10, 20],
        [10, 20],
        [10, 20],
      ],
    ],
    [
      3,
      [1, 2, 3, 4, 5, 6],
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ],
    [
      4,
      [1, 2, 3, 0, 4, 5, 6, 255],
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ],
  ] as const)('reads PNG of %i channels', async (channels, bytes, wanted) => {
    put({ 'x/1.png': png(2, 1, channels, bytes) });
    const [image] = (await ImageFolder.load(root, { transform: (x) => x })).get(0);
    expect(image.squeeze(1).toArray()).toEqual(wanted);
  });

  it('reads JPEG, whatever a file is called', async () => {
    const data = Buffer.alloc(16 * 8 * 4, 255);
    for (let i = 0; i < 16 * 8; i++) data.set(i % 16 < 8 ? [200, 30, 60] : [20, 220, 90], 4 * i);
    put({ 'x/1.png': jpegJs.encode({ width: 16, height: 8, data }, 95).data });
    const [image] = (await ImageFolder.load(root, { transform: (x) => x })).get(0);
    expect(image.shape).toEqual([3, 8, 16]);
    const at = (row: number, column: number) =>
      [0, 1, 2].map((c) => image.select(0, c).select(0, row).select(0, column).item());
    // What is lost is little where a whole block has one colour.
    for (const [c, value] of [200, 30, 60].entries())
      expect(Math.abs((at(3, 2)[c] ?? 0) - value)).toBeLessThan(6);
    for (const [c, value] of [20, 220, 90].entries())
      expect(Math.abs((at(3, 13)[c] ?? 0) - value)).toBeLessThan(6);
  });

  it('names the file that is broken', async () => {
    put({
      'x/1.png': png(2, 1, 3, [1, 2, 3, 4, 5, 6]).subarray(0, 50),
      'x/2.png': 'no image',
      'x/3.jpg': '\xff',
    });
    const folder = await ImageFolder.load(root);
    for (const [index, name] of ['1.png', '2.png', '3.jpg'].entries()) {
      expect(() => folder.get(index)).toThrow(DatasetError);
      expect(() => folder.get(index)).toThrow(name);
    }
  });
});

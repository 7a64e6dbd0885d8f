import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { ArgumentError, DatasetError } from '@retrograd/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CIFAR10, CIFAR100, type CifarDataset, cifar10, cifar100, loadCifar } from './cifar.ts';
import { coarseNames, fineNames, objectNames } from './cifar-names.ts';
import { EMNIST, emnist, loadEmnist } from './emnist.ts';
import { encodeIdx } from './idx.ts';
import type { Archive } from './load-archive.ts';
import { MissingFilesError } from './obtain.ts';
import { tarOf, zipOf } from './testing/archives.ts';

const noise = (name: string, bytes: number) =>
  new Uint8Array(createHash('shake256', { outputLength: bytes }).update(name).digest());
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Three images of noise after their labels. */
function records(name: string, labels: readonly (readonly number[])[]): Uint8Array {
  return Buffer.concat(labels.map((own, i) => Buffer.concat([Uint8Array.from(own), noise(name + i, 3072)])));
}

const files10 = Object.fromEntries(
  [...cifar10.files.train.names, ...cifar10.files.test.names].map((name, i) => [
    `cifar-10-batches-bin/${name}`,
    records(name, [[i], [9]]),
  ]),
);
const files100 = {
  'cifar-100-binary/train.bin': records('train', [
    [19, 99],
    [0, 1],
  ]),
  'cifar-100-binary/test.bin': records('test', [[3, 4]]),
};

const pixels = noise('emnist', 5 * 784);
const emnistFiles = {
  'gzip/emnist-letters-train-images-idx3-ubyte.gz': gzipSync(
    encodeIdx({ dtype: 'uint8', shape: [5, 28, 28], data: pixels }),
  ),
  'gzip/emnist-letters-train-labels-idx1-ubyte.gz': gzipSync(
    encodeIdx({ dtype: 'uint8', shape: [5], data: Uint8Array.of(1, 26, 2, 3, 4) }),
  ),
};

/** The real description, but of another archive. */
const toy = <A extends Archive>(archive: A, bytes: Uint8Array): A => ({
  ...archive,
  bytes: bytes.length,
  sha256: hash(bytes),
});
const tgz10 = gzipSync(tarOf(files10));
const tgz100 = gzipSync(tarOf(files100));
const zip = zipOf(emnistFiles, deflateRawSync);
const toy10: CifarDataset = { ...cifar10, archive: toy(cifar10.archive, tgz10) };
const toy100: CifarDataset = { ...cifar100, archive: toy(cifar100.archive, tgz100) };
const served: Record<string, Uint8Array> = {
  'cifar-10-binary.tar.gz': tgz10,
  'cifar-100-binary.tar.gz': tgz100,
  'gzip.zip': zip,
};

let home: string;
let server: Server;
let mirrors: string[];
let requests: string[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'retrograd-'));
  requests = [];
  server = createServer((request, response) => {
    requests.push(`${request.url} ${request.headers.range ?? 'whole'}`);
    const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
    const file = served[(request.url ?? '').slice(1)] ?? new Uint8Array(0);
    const range = { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` };
    response.writeHead(start > 0 ? 206 : 200, start > 0 ? range : {}).end(file.subarray(start));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  mirrors = [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`];
  vi.stubEnv('XDG_CACHE_HOME', join(home, 'cache'));
  vi.stubEnv('LOCALAPPDATA', join(home, 'cache'));
  vi.stubEnv('RETROGRAD_DATA', '');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  await rm(home, { recursive: true, force: true });
});

async function put(folder: string, files: Record<string, Uint8Array>): Promise<string> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
}

describe('CIFAR', () => {
  it('is downloaded, checked, kept and found again', async () => {
    const { images, labels } = await loadCifar(toy10, 'train', { mirrors });
    expect([images.shape, images.dtype]).toEqual([[10, 3, 32, 32], 'uint8']);
    expect(labels.map((each) => each.toArray())).toEqual([[0, 9, 1, 9, 2, 9, 3, 9, 4, 9]]);
    expect([...images.data.subarray(2 * 3072, 3 * 3072)]).toEqual([...noise('data_batch_2.bin0', 3072)]);
    const kept = join(home, 'cache/retrograd/cifar10/cifar-10-binary.tar.gz');
    expect(hash(await readFile(kept))).toBe(hash(tgz10));
    expect((await loadCifar(toy10, 'test', { mirrors })).labels[0]?.toArray()).toEqual([5, 9]);
    expect(requests.length).toBe(1);
  });

  it('goes on with what an earlier run left', async () => {
    await put(join(home, 'data/CIFAR10/raw'), { 'cifar-10-binary.tar.gz.part': tgz10.subarray(0, 999) });
    await loadCifar(toy10, 'test', { mirrors, root: join(home, 'data') });
    expect(requests).toEqual(['/cifar-10-binary.tar.gz bytes=999-']);
  });

  it('does not take another archive', async () => {
    const other = { ...toy10, archive: { ...toy10.archive, sha256: hash(zip) } };
    await expect(loadCifar(other, 'test', { mirrors })).rejects.toThrow(`SHA-256 is ${hash(tgz10)}`);
  });

  it('is read from files that are unpacked', async () => {
    const root = await put(join(home, 'data'), files10);
    const { images, labels } = await loadCifar(cifar10, 'test', { root, download: false });
    expect([images.shape, labels[0]?.toArray()]).toEqual([
      [2, 3, 32, 32],
      [5, 9],
    ]);
    await put(root, { 'cifar-10-batches-bin/test_batch.bin': new Uint8Array(3074) });
    await expect(loadCifar(cifar10, 'test', { root })).rejects.toThrow('test_batch.bin of 3074 bytes');
    await put(root, { 'cifar-10-batches-bin/test_batch.bin': new Uint8Array(10_001 * 3073) });
    await expect(loadCifar(cifar10, 'test', { root })).rejects.toThrow('at most 10000 records');
  });

  it('has two labels for an image where there are 100 classes, the coarse one first', async () => {
    const { labels } = await loadCifar(toy100, 'train', { mirrors });
    expect(labels.map((each) => each.toArray())).toEqual([
      [19, 0],
      [99, 1],
    ]);
  });

  it('becomes a dataset of colour images', async () => {
    const root = await put(join(home, 'data'), { ...files10, ...files100 });
    const ten = await CIFAR10.load({ root, train: false });
    expect(ten.get(1)[0].shape).toEqual([3, 32, 32]);
    expect(ten.getBatch([1, 0])[0].shape).toEqual([2, 3, 32, 32]);
    expect(ten.get(1)[0].select(0, 2).select(0, 0).select(0, 1).item()).toBe(
      Math.fround((noise('test_batch.bin1', 3072)[2049] as number) / 255),
    );
    const fine = await CIFAR100.load({ root });
    expect(fine.classes[fine.get(0)[1]]).toBe('worm');
    const coarse = await CIFAR100.load({ root, labels: 'coarse' });
    expect(coarse.classes[coarse.get(0)[1]]).toBe('vehicles_2');
    await expect(CIFAR100.load({ root, labels: 'rough' as 'fine' })).rejects.toThrow(ArgumentError);
  });

  it('has as many names as classes, in the order of the alphabet', () => {
    expect([objectNames, coarseNames, fineNames].map((names) => new Set(names).size)).toEqual([10, 20, 100]);
    for (const names of [objectNames, coarseNames, fineNames]) expect([...names].sort()).toEqual(names);
  });
});

describe('EMNIST', () => {
  const toyEmnist = toy(emnist, zip);

  it('is downloaded as one archive, of which two files are read', async () => {
    const { images, labels } = await loadEmnist(toyEmnist, 'letters', 'train', { mirrors });
    expect(images).toEqual({ dtype: 'uint8', shape: [5, 28, 28], data: pixels });
    expect([...labels.data]).toEqual([1, 26, 2, 3, 4]);
    await loadEmnist(toyEmnist, 'letters', 'train', { mirrors });
    expect(requests.length).toBe(1);
    await expect(loadEmnist(toyEmnist, 'digits', 'test', { mirrors })).rejects.toThrow(
      'no gzip/emnist-digits-test-images-idx3-ubyte.gz in it',
    );
  });

  it.each([['gzip'], ['.'], ['EMNIST/raw']])('is read from files that are unpacked in %s', async (folder) => {
    const names = Object.entries(emnistFiles).map(([name, bytes]) => [
      join(folder, name.replace('gzip/', '')),
      bytes,
    ]);
    const root = await put(join(home, 'data'), Object.fromEntries(names));
    const letters = await EMNIST.load({ split: 'letters', root, download: false });
    expect([letters.length, letters.classes[letters.get(1)[1]], letters.classes[0]]).toEqual([5, 'z', 'N/A']);
    expect([...letters.get(0)[0].data]).toEqual(
      [...pixels.subarray(0, 784)].map((p) => Math.fround(p / 255)),
    );
  });

  it('says what is missing, and which splits there are', async () => {
    const missing = EMNIST.load({ split: 'mnist', download: false });
    await expect(missing).rejects.toThrow(MissingFilesError);
    await expect(missing).rejects.toThrow('plain or in gzip.zip');
    await expect(EMNIST.load({ split: 'all' as 'mnist' })).rejects.toThrow("'byclass', 'bymerge'");
    await expect(EMNIST.load(undefined as never)).rejects.toThrow(ArgumentError);
  });

  it('refuses images and labels of different number', async () => {
    const short = encodeIdx({ dtype: 'uint8', shape: [4], data: new Uint8Array(4) });
    const root = await put(join(home, 'data'), {
      ...emnistFiles,
      'emnist-letters-train-labels-idx1-ubyte': short,
    });
    await expect(EMNIST.load({ split: 'letters', root })).rejects.toThrow(DatasetError);
  });
});

describe('the known archives', () => {
  it.each([cifar10.archive, cifar100.archive, emnist])('$dataset has a checksum and mirrors', (archive) => {
    expect(archive.sha256).toMatch(/^[0-9a-f]{64}$/);
    for (const url of archive.mirrors) expect(url).toMatch(/^https:\/\/.*\/$/);
  });
});

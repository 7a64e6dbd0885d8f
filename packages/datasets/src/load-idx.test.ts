import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DatasetError } from '@retrograd/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeIdx } from './idx.ts';
import { fashionMnist, type IdxDataset, type IdxFile, kmnist, mnist } from './idx-datasets.ts';
import { loadIdxDataset } from './load-idx.ts';
import type { FilesOptions } from './obtain.ts';

// A dataset of 40 images of noise (so that the .gz is of some size) in MNIST's form.
const pixels = new Uint8Array(
  createHash('shake256', { outputLength: 40 * 784 })
    .update('noise')
    .digest(),
);
const digits = Uint8Array.from({ length: 40 }, (_, i) => i % 10);
const imagesIdx = encodeIdx({ dtype: 'uint8', shape: [40, 28, 28], data: pixels });
const labelsIdx = encodeIdx({ dtype: 'uint8', shape: [40], data: digits });
const imagesGz = gzipSync(imagesIdx);
const labelsGz = gzipSync(labelsIdx);

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const fileOf = (name: string, content: Uint8Array, gz: Uint8Array, of: 'content' | 'gzip'): IdxFile => ({
  name,
  shape: name.includes('images') ? [40, 28, 28] : [40],
  contentBytes: content.length,
  sha256: { of, hex: hash(of === 'content' ? content : gz) },
});
const datasetOf = (name: string, of: 'content' | 'gzip'): IdxDataset => {
  const images = fileOf('train-images-idx3-ubyte', imagesIdx, imagesGz, of);
  const labels = fileOf('train-labels-idx1-ubyte', labelsIdx, labelsGz, of);
  return { name, mirrors: [], files: { train: { images, labels }, test: { images, labels } } };
};
const toy = datasetOf('ToyDigits', 'content');

const imagesName = 'train-images-idx3-ubyte.gz';
const served: Record<string, Uint8Array> = { [imagesName]: imagesGz, 'train-labels-idx1-ubyte.gz': labelsGz };

let home: string;
let servers: Server[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'retrograd-'));
  servers = [];
  vi.stubEnv('XDG_CACHE_HOME', join(home, 'cache'));
  vi.stubEnv('LOCALAPPDATA', join(home, 'cache'));
  vi.stubEnv('RETROGRAD_DATA', '');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(home, { recursive: true, force: true });
});

type Handler = (file: Uint8Array, request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server on this machine; the handler gets the file asked for and how many requests came before. */
async function mirror(handler: Handler): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const count = requests.length;
    requests.push(`${request.url} ${request.headers.range ?? 'whole'}`);
    handler(served[(request.url ?? '').slice(1)] ?? new Uint8Array(0), request, response, count);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

/** A well-behaved server: the part that is asked for, or the whole. */
const wellBehaved: Handler = (file, request, response) => {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  if (start >= file.length) response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
  else if (start > 0) {
    const range = `bytes ${start}-${file.length - 1}/${file.length}`;
    response.writeHead(206, { 'content-range': range, 'content-length': file.length - start });
    response.end(file.subarray(start));
  } else response.writeHead(200, { 'content-length': file.length }).end(file);
};

/** Sends some bytes and then cuts the connection. */
const breakAfter = (bytes: number, file: Uint8Array, response: ServerResponse) => {
  response.writeHead(200, { 'content-length': file.length });
  response.write(file.subarray(0, bytes), () => setTimeout(() => response.destroy(), 30));
};

const notFound: Handler = (_file, _request, response) => void response.writeHead(404).end();

const load = (options: FilesOptions, dataset = toy) =>
  loadIdxDataset(dataset, 'train', { timeout: 5000, ...options });

/** The message of the DatasetError that loading must end in. */
async function complaintOf(options: FilesOptions, dataset = toy): Promise<string> {
  const error = await load(options, dataset).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DatasetError);
  return (error as Error).message;
}

async function put(folder: string, files: Record<string, Uint8Array>): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

const plain = { 'train-images-idx3-ubyte': imagesIdx, 'train-labels-idx1-ubyte': labelsIdx };
const cacheFolder = () => join(home, 'cache', 'retrograd', 'toydigits');
const leftovers = (folder: string) => readdirSync(folder).filter((name) => !name.endsWith('ubyte.gz'));

describe('where files are looked for', () => {
  const offline = { download: false };

  it.each([
    ['root itself', '.'],
    ["torchvision's layout", 'ToyDigits/raw'],
    ['the lower-case name', 'toydigits'],
  ])('root, in %s, gzipped or not', async (_, folder) => {
    const root = join(home, 'data');
    await put(join(root, folder), served);
    const { images, labels } = await load({ root, ...offline });
    expect(images).toEqual({ dtype: 'uint8', shape: [40, 28, 28], data: pixels });
    expect(labels).toEqual({ dtype: 'uint8', shape: [40], data: digits });
    await rm(root, { recursive: true });
    await put(join(root, folder), plain);
    expect((await load({ root, ...offline })).images.data).toEqual(pixels);
  });

  it('every folder in RETROGRAD_DATA', async () => {
    const folder = await put(join(home, 'elsewhere', 'toydigits'), served);
    vi.stubEnv('RETROGRAD_DATA', [join(home, 'nowhere'), join(folder, '..')].join(delimiter));
    expect((await load(offline)).labels.data).toEqual(digits);
  });

  it('the cache folder', async () => {
    await put(cacheFolder(), served);
    expect((await load(offline)).labels.data).toEqual(digits);
  });

  it('a `~` in root is the home folder', async () => {
    vi.stubEnv('HOME', home);
    vi.stubEnv('USERPROFILE', home);
    await put(join(home, 'digits'), served);
    expect((await load({ root: '~/digits', ...offline })).labels.data).toEqual(digits);
  });

  it('an error lists each of them', async () => {
    vi.stubEnv('RETROGRAD_DATA', join(home, 'env'));
    const message = await complaintOf({ root: join(home, 'root'), ...offline });
    for (const folder of ['root/ToyDigits/raw', 'root/toydigits', 'root', 'env/ToyDigits/raw', 'env']) {
      expect(message).toContain(`\n  ${join(home, folder)}\n`);
    }
    expect(message).toContain(cacheFolder());
    expect(message).toContain('`download` is false');
    expect(message).toContain('RETROGRAD_DATA');
  });

  it("another dataset's files in a bare folder are not taken for this one's", async () => {
    const known = [datasetOf('OtherDigits', 'gzip'), toy];
    const options = { root: await put(join(home, 'data'), served), ...offline };
    await expect(loadIdxDataset(toy, 'train', options, known)).rejects.toThrow(
      "train-images-idx3-ubyte.gz there is OtherDigits's",
    );
    expect((await loadIdxDataset(toy, 'train', options, [toy])).labels.data).toEqual(digits);
  });

  it('a broken file is an error that names it, not a reason to look on', async () => {
    const root = await put(join(home, 'data'), { ...served, [imagesName]: imagesGz.subarray(0, -9) });
    await put(cacheFolder(), served);
    expect(await complaintOf({ root, ...offline })).toContain(join(root, imagesName));
    await put(root, { [imagesName]: gzipSync(imagesIdx.subarray(0, -1)) });
    expect(await complaintOf({ root, ...offline })).toContain('cut short');
    await put(root, { [imagesName]: labelsGz });
    expect(await complaintOf({ root, ...offline })).toContain('shape [40]; wanted [any, 28, 28]');
  });

  it('images and labels of different number are an error', async () => {
    const short = encodeIdx({ dtype: 'uint8', shape: [39], data: digits.subarray(1) });
    const root = await put(home, { ...plain, 'train-labels-idx1-ubyte': short });
    expect(await complaintOf({ root, ...offline })).toContain('40 images');
  });
});

describe('download', () => {
  it('keeps the files in the cache folder and reports progress', async () => {
    const { url, requests } = await mirror(wellBehaved);
    const steps: { file: string; done: number; total: number | undefined }[] = [];
    const { images, labels } = await load({ mirrors: [url], onProgress: (step) => steps.push(step) });
    expect(images.data).toEqual(pixels);
    expect(labels.data).toEqual(digits);
    const ofImages = steps.filter(({ file }) => file === imagesName);
    expect(ofImages[0]).toEqual({ file: imagesName, done: 0, total: imagesGz.length });
    expect(ofImages.at(-1)).toEqual({ file: imagesName, done: imagesGz.length, total: imagesGz.length });
    expect(new Uint8Array(await readFile(join(cacheFolder(), imagesName)))).toEqual(new Uint8Array(imagesGz));
    expect(leftovers(cacheFolder())).toEqual([]);
    expect((await load({ mirrors: [url] })).images.data).toEqual(pixels);
    expect(requests.length).toBe(2);
  });

  it("goes into root's own folder where root is given, and is found there", async () => {
    const { url } = await mirror(wellBehaved);
    const root = join(home, 'data');
    await load({ root, mirrors: [url] });
    expect(existsSync(join(root, 'ToyDigits', 'raw', imagesName))).toBe(true);
    expect((await load({ root, download: false })).images.data).toEqual(pixels);
  });

  it('takes up a broken connection where it stopped', async () => {
    const { url, requests } = await mirror((file, request, response, count) => {
      if (count === 0) breakAfter(20_000, file, response);
      else wellBehaved(file, request, response, count);
    });
    expect((await load({ mirrors: [url] })).images.data).toEqual(pixels);
    expect(requests.slice(0, 2)).toEqual([`/${imagesName} whole`, `/${imagesName} bytes=20000-`]);
  });

  it('takes up what an earlier run left', async () => {
    const broken = await mirror((file, _, response) => breakAfter(20_000, file, response));
    expect(await complaintOf({ mirrors: [broken.url] })).toContain(broken.url);
    expect(leftovers(cacheFolder())).toEqual([`${imagesName}.part`]);
    const { url, requests } = await mirror(wellBehaved);
    expect((await load({ mirrors: [url] })).images.data).toEqual(pixels);
    expect(requests[0]).toMatch(/ bytes=[0-9]+-$/);
    expect(leftovers(cacheFolder())).toEqual([]);
  });

  it('starts over where a server ignores ranges', async () => {
    await put(cacheFolder(), { [`${imagesName}.part`]: imagesGz.subarray(0, 500) });
    const { url } = await mirror((file, _, response) => void response.end(file));
    expect((await load({ mirrors: [url] })).images.data).toEqual(pixels);
  });

  it.each([
    ['other bytes', new Uint8Array(500).fill(7)],
    ['more bytes than the file has', new Uint8Array(200_000)],
    ['the whole file', imagesGz],
  ])('starts over where the part is of %s', async (_, part) => {
    await put(cacheFolder(), { [`${imagesName}.part`]: part });
    const { url } = await mirror(wellBehaved);
    expect((await load({ mirrors: [url] })).images.data).toEqual(pixels);
    expect(leftovers(cacheFolder())).toEqual([]);
  });

  it('goes on to the next mirror: 404, wrong contents, endless contents, nobody there', async () => {
    const missing = await mirror(notFound);
    const page = await mirror((_file, _request, response) => void response.end('<html>Please log in</html>'));
    const endless = await mirror((_file, _request, response) => {
      const send = () => {
        while (response.write(new Uint8Array(65536)));
      };
      response.on('drain', send);
      send();
    });
    const good = await mirror(wellBehaved);
    const mirrors = ['http://127.0.0.1:1/', missing.url, page.url, endless.url, good.url];
    expect((await load({ mirrors })).images.data).toEqual(pixels);
  });

  it('without any good mirror lists what each did, and leaves no file', async () => {
    const missing = await mirror(notFound);
    const page = await mirror((_file, _request, response) => void response.end('<html>Please log in</html>'));
    const message = await complaintOf({ mirrors: [missing.url, page.url, 'http://127.0.0.1:1/'] });
    expect(message).toContain(`${missing.url}${imagesName}: HTTP 404 Not Found`);
    expect(message).toContain(`${page.url}${imagesName}: SHA-256 of the content is`);
    expect(message).toMatch(/127\.0\.0\.1:1\/.*: /);
    expect(readdirSync(cacheFolder())).toEqual([]);
  });

  it('gives up a server that falls silent, before or after its first bytes', async () => {
    const mute = await mirror(() => undefined);
    const stalling = await mirror((file, _, response) => {
      response.writeHead(200, { 'content-length': file.length });
      response.write(file.subarray(0, 100));
    });
    const message = await complaintOf({ mirrors: [mute.url, stalling.url], timeout: 150 });
    expect(message).toContain(`${mute.url}${imagesName}: no answer for 150 ms`);
    expect(message).toContain(`${stalling.url}${imagesName}: no answer for 150 ms`);
  });

  it('checks the published .gz where only its checksum is known', async () => {
    const byGzip = datasetOf('ToyDigits', 'gzip');
    const { url } = await mirror(wellBehaved);
    expect((await load({ mirrors: [url] }, byGzip)).images.data).toEqual(pixels);
    const again = await mirror((file, _, response) => void response.end(gzipSync(file)));
    await rm(cacheFolder(), { recursive: true });
    expect(await complaintOf({ mirrors: [again.url] }, byGzip)).toContain('SHA-256 of the gzip is');
  });

  it('two at once do no harm', async () => {
    const { url } = await mirror((file, request, response, count) => {
      if (count < 2) breakAfter(10_000 * (count + 1), file, response);
      else wellBehaved(file, request, response, count);
    });
    const both = await Promise.all([
      load({ mirrors: [url] }),
      load({ mirrors: [url] }),
      load({ mirrors: [url] }),
    ]);
    for (const { images } of both) expect(images.data).toEqual(pixels);
    expect(new Uint8Array(await readFile(join(cacheFolder(), imagesName)))).toEqual(new Uint8Array(imagesGz));
    expect(leftovers(cacheFolder())).toEqual([]);
  });

  it('a folder that cannot be written says how to mend it', async () => {
    await writeFile(join(home, 'cache'), 'a file where a folder should be');
    const { url, requests } = await mirror(wellBehaved);
    const message = await complaintOf({ mirrors: [url] });
    expect(message).toContain(cacheFolder());
    expect(message).toContain('RETROGRAD_DATA');
    expect(requests).toEqual([]);
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'so does one without permission',
    async () => {
      await mkdir(join(home, 'cache'));
      chmodSync(join(home, 'cache'), 0o500);
      expect(await complaintOf({ mirrors: ['http://127.0.0.1:1/'] })).toContain('RETROGRAD_DATA');
    },
  );

  it('uses the fetch it is given, and lets errors of the progress callback through', async () => {
    const given = (async (url: string) =>
      new Response(Buffer.from(served[url.split('/').pop() ?? ''] ?? []))) as typeof fetch;
    expect((await load({ mirrors: ['test:/x'], fetch: given })).labels.data).toEqual(digits);
    await rm(cacheFolder(), { recursive: true });
    const onProgress = () => {
      throw new RangeError('mine');
    };
    await expect(load({ mirrors: ['test:/x'], fetch: given, onProgress })).rejects.toThrow(RangeError);
  });
});

describe('the known datasets', () => {
  it.each([mnist, fashionMnist, kmnist])(
    '$name has four files with a checksum each, and mirrors',
    (dataset) => {
      const files = Object.values(dataset.files).flatMap(({ images, labels }) => [images, labels]);
      expect(files.map(({ name }) => name)).toEqual([
        'train-images-idx3-ubyte',
        'train-labels-idx1-ubyte',
        't10k-images-idx3-ubyte',
        't10k-labels-idx1-ubyte',
      ]);
      expect(new Set(files.map(({ sha256 }) => sha256.hex)).size).toBe(4);
      for (const { sha256 } of files) expect(sha256.hex).toMatch(/^[0-9a-f]{64}$/);
      for (const url of dataset.mirrors) expect(url).toMatch(/^https?:\/\/.*\/$/);
    },
  );

  const shared = join(import.meta.dirname, '../../../../shared/mnist');
  it.skipIf(!existsSync(shared))("MNIST's checksums are those of the real files", async () => {
    for (const { images, labels } of Object.values(mnist.files)) {
      for (const file of [images, labels]) {
        const { gunzipSync } = await import('node:zlib');
        const content = gunzipSync(await readFile(join(shared, `${file.name}.gz`)));
        expect([content.length, hash(content)]).toEqual([file.contentBytes, file.sha256.hex]);
      }
    }
    vi.stubEnv('RETROGRAD_DATA', shared);
    const { images, labels } = await loadIdxDataset(mnist, 'test', { download: false });
    expect([images.shape, labels.shape]).toEqual([[10_000, 28, 28], [10_000]]);
    expect([...labels.data.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  });
});

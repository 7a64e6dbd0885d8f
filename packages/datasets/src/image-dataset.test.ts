import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ArgumentError,
  DatasetError,
  DTypeError,
  fromTypedArray,
  IndexError,
  ShapeError,
  type Tensor,
  tensor,
} from '@retrograd/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultCollate } from './collate.ts';
import { DataLoader } from './data-loader.ts';
import { randomSplit } from './dataset.ts';
import { encodeIdx, parseIdx } from './idx.ts';
import { ImageDataset } from './image-dataset.ts';
import { FashionMNIST, KMNIST, MNIST } from './mnist.ts';
import { MissingFilesError } from './obtain.ts';
import { renderStrokeDigits } from './render-digits.ts';
import { StrokeDigits } from './stroke-digits.ts';
import { compose } from './transforms/transform.ts';
import { normalize, toTensor } from './transforms/values.ts';

const pixels = Uint8Array.from({ length: 5 * 6 }, (_, i) => 8 * i);
const images = fromTypedArray(pixels, [5, 2, 3], 'uint8');
const labels = tensor([2, 0, 1, 1, 0], { dtype: 'int32' });
const set = new ImageDataset(images, labels);

describe('ImageDataset', () => {
  it('gives an image from 0 to 1, and a number', () => {
    const [image, label] = set.get(2);
    expect([image.shape, image.dtype, label]).toEqual([[1, 2, 3], 'float32', 1]);
    expect([...image.data]).toEqual([...pixels.subarray(12, 18)].map((byte) => Math.fround(byte / 255)));
    expect(set.get(-5)[1]).toBe(2);
  });

  it('gathers a batch, as collating its items would', () => {
    const transforms = [undefined, compose(toTensor(), normalize(0.5, 0.25)), (x: Tensor) => x];
    for (const transform of transforms) {
      const dataset = new ImageDataset(images, labels, { transform });
      const indices = [4, 0, 0, -1];
      const batch = dataset.getBatch(indices);
      const collated = defaultCollate(indices.map((index) => dataset.get(index)));
      expect(batch.map(({ shape, dtype }) => [shape, dtype])).toEqual(
        collated.map(({ shape, dtype }) => [shape, dtype]),
      );
      expect(batch.map(({ data }) => data)).toEqual(collated.map(({ data }) => data));
    }
  });

  it('calls the transform once a batch', () => {
    const transform = vi.fn(toTensor());
    const loader = new DataLoader(new ImageDataset(images, labels, { transform }), { batchSize: 3 });
    expect([...loader].length).toBe(2);
    expect(transform.mock.calls.map(([x]) => x.shape)).toEqual([
      [3, 1, 2, 3],
      [2, 1, 2, 3],
    ]);
  });

  it('numbers the classes that have no names', () => {
    expect(set.classes).toEqual(['0', '1', '2']);
    expect(new ImageDataset(images, labels, { classes: ['cat', 'dog', 'hen'] }).classes[1]).toBe('dog');
  });

  it.each([
    ['another number of labels', () => new ImageDataset(images, labels.narrow(0, 0, 4)), DatasetError],
    ['labels of two dims', () => new ImageDataset(images, labels.reshape(5, 1)), DatasetError],
    [
      'a label beyond the classes',
      () => new ImageDataset(images, labels, { classes: ['a', 'b'] }),
      DatasetError,
    ],
    ['a negative label', () => new ImageDataset(images, labels.sub(1)), DatasetError],
    ['labels that are no whole numbers', () => new ImageDataset(images, labels.to('float32')), DTypeError],
    ['an unknown option', () => new ImageDataset(images, labels, { target: 1 } as object), ArgumentError],
    [
      'a transform that is none',
      () => new ImageDataset(images, labels, { transform: 1 as never }),
      ArgumentError,
    ],
    [
      'a transform that loses images',
      () => new ImageDataset(images, labels, { transform: (x) => x.reshape(-1) }).getBatch([0, 1]),
      ShapeError,
    ],
    ['an index outside it', () => set.get(5), IndexError],
    ['a batch with one', () => set.getBatch([0, 5]), IndexError],
  ])('refuses %s', (_, make, error) => {
    expect(make).toThrow(error);
  });

  it('says in which image a pixel is not finite', () => {
    const bad = images.to('float32').div(255).clone();
    bad.select(0, 3).select(0, 1).fill_(Number.NaN);
    expect(() => new ImageDataset(bad, labels)).toThrow('a pixel of NaN in image 3');
  });

  it('is split and shuffled like any other', () => {
    const [part] = randomSplit(set, [3, 2]);
    const [[x, y] = []] = new DataLoader(part ?? set, { batchSize: 8, shuffle: true });
    expect([x?.shape, y?.shape]).toEqual([[3, 1, 2, 3], [3]]);
  });

  it('goes through a get of a subclass, image by image', () => {
    class Relabelled extends ImageDataset {
      override get(index: number): [image: Tensor, label: number] {
        const [image, label] = super.get(index);
        return [image.mul(0), label + 1];
      }
    }
    const relabelled = new Relabelled(set.images, set.labels);
    const [[x, y] = []] = new DataLoader(relabelled, { batchSize: 5 });
    expect([x?.shape, x?.sum().item(), y?.dtype]).toEqual([[5, 1, 2, 3], 0, 'int32']);
    expect(y?.toArray()).toEqual(set.labels.add(1).toArray());
  });

  it('is written and read as IDX', () => {
    const { data, shape, dtype } = parseIdx(encodeIdx(set.images));
    expect([data, shape, dtype]).toEqual([pixels, [5, 2, 3], 'uint8']);
  });
});

describe('StrokeDigits', () => {
  it('is what renderStrokeDigits draws', async () => {
    const digits = await StrokeDigits.load({ size: 20, seed: 3, train: false });
    const drawn = renderStrokeDigits({ size: 20, seed: 3, split: 'test' });
    expect(digits.images.data).toEqual(drawn.images);
    expect([...digits.labels.data]).toEqual([...drawn.labels]);
    expect([digits.length, digits.images.shape, digits.classes.length]).toEqual([20, [20, 28, 28], 10]);
    expect(new StrokeDigits({ size: 20, seed: 3 }).images.data).not.toEqual(drawn.images);
    expect(digits.get(0)[0].shape).toEqual([1, 28, 28]);
  });

  it('takes a transform, and refuses what it does not know', () => {
    const digits = new StrokeDigits({ size: 2, transform: (x) => x.flatten(-3) });
    expect(digits.getBatch([0, 1])[0].shape).toEqual([2, 784]);
    expect(() => new StrokeDigits({ size: -1 })).toThrow(ArgumentError);
    expect(() => new StrokeDigits({ split: 'test' } as object)).toThrow(ArgumentError);
  });
});

describe('MNIST and its like', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it.each([MNIST, FashionMNIST, KMNIST])('%o refuses an option it does not have', async ({ load }) => {
    // Otherwise the training set would come without a word.
    await expect(load({ split: 'test' } as object)).rejects.toThrow(ArgumentError);
  });

  it('lists where it looked', async () => {
    vi.stubEnv('RETROGRAD_DATA', '');
    vi.stubEnv('XDG_CACHE_HOME', '/nowhere/cache');
    vi.stubEnv('LOCALAPPDATA', '/nowhere/cache');
    const loading = KMNIST.load({ root: '/nowhere/data', download: false });
    await expect(loading).rejects.toThrow(MissingFilesError);
    await expect(loading).rejects.toThrow(join('KMNIST', 'raw'));
  });

  const shared = fileURLToPath(new URL('../../../../shared/mnist', import.meta.url));
  const root = existsSync(shared) ? shared : process.env.RETROGRAD_DATA;

  describe.skipIf(root === undefined)('the real MNIST (skipped where RETROGRAD_DATA names no folder)', () => {
    it('has the images and labels that everybody knows', async () => {
      const test = await MNIST.load({ root, train: false, download: false });
      expect([test.length, test.images.shape, test.images.dtype]).toEqual([
        10_000,
        [10_000, 28, 28],
        'uint8',
      ]);
      expect([...test.labels.data.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
      expect(test.classes[7]).toBe('7 - seven');
      const counts = new Array<number>(10).fill(0);
      for (const label of test.labels.data) counts[label] = (counts[label] as number) + 1;
      expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    });

    it('has the mean and the deviation that everybody normalises by', async () => {
      const train = await MNIST.load({ root, download: false });
      expect(train.length).toBe(60_000);
      let [count, sum, squares] = [0, 0, 0];
      for await (const [batch, digits] of new DataLoader(train, { batchSize: 6000 })) {
        expect([batch.shape, digits.shape, digits.dtype]).toEqual([[6000, 1, 28, 28], [6000], 'int32']);
        for (const x of batch.data) {
          sum += x;
          squares += x * x;
        }
        count += batch.numel;
      }
      expect(sum / count).toBeCloseTo(0.1307, 4);
      expect(Math.sqrt(squares / count - (sum / count) ** 2)).toBeCloseTo(0.3081, 4);
    });
  });
});

import {
  ArgumentError,
  arange,
  Generator,
  manualSeed,
  ones,
  RetrogradError,
  rand,
  ShapeError,
  type Tensor,
  zeros,
} from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { DataLoader } from '../data-loader.ts';
import { ImageDataset } from '../image-dataset.ts';
import { randomAffine, randomRotation } from './affine.ts';
import { randomApply, randomChoice, randomOrder } from './choice.ts';
import { colorJitter, grayscale } from './colour.ts';
import { centerCrop, pad, randomCrop, randomHorizontalFlip, randomVerticalFlip } from './crop.ts';
import { gaussianBlur, gaussianNoise, randomErasing } from './noise.ts';
import { randomResizedCrop, resize } from './resize.ts';
import { compose, isRandom, type Transform } from './transform.ts';
import { toTensor } from './values.ts';

const seeded = (seed = 0) => ({ generator: new Generator().manualSeed(seed) });
const plus =
  (n: number): Transform =>
  (x) =>
    x.add(n);
const times =
  (n: number): Transform =>
  (x) =>
    x.mul(n);

describe('random choices', () => {
  it('randomApply does all or nothing, as often as it should', () => {
    const transform = randomApply([plus(1), times(10)], { p: 0.25, ...seeded() });
    const values = [...transform(zeros(4000, 1, 1, 1)).data];
    expect(new Set(values)).toEqual(new Set([0, 10]));
    const done = values.filter(Boolean).length;
    expect(Math.abs(done - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
  });

  it('randomApply decides as torchvision does', () => {
    manualSeed(0);
    const wanted = Array.from({ length: 20 }, () => Number((rand(1).item() as number) < 0.5));
    manualSeed(0);
    expect([...randomApply([plus(1)])(zeros(20, 1, 1, 1)).data]).toEqual(wanted);
  });

  it('randomChoice takes one, by weight', () => {
    const transform = randomChoice([plus(1), plus(2), plus(3)], { p: [1, 0, 3], ...seeded() });
    const counts = [0, 0, 0, 0];
    for (const value of transform(zeros(4000, 1, 1, 1)).data) counts[value] = (counts[value] ?? 0) + 1;
    expect(counts[2]).toBe(0);
    expect(Math.abs((counts[3] ?? 0) - 3000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
  });

  it('randomOrder takes each once, in all orders', () => {
    const values = [...randomOrder([plus(1), times(10)], seeded())(zeros(100, 1, 1, 1)).data];
    expect(new Set(values)).toEqual(new Set([1, 10]));
  });

  it.each<[string, () => unknown]>([
    ['no transforms', () => randomApply([])],
    ['a transform that is none', () => randomOrder([3 as never])],
    ['a transform without a list', () => randomApply(plus(1) as never)],
    ['a probability above 1', () => randomApply([plus(1)], { p: 1.5 })],
    ['too few weights', () => randomChoice([plus(1)], { p: [1, 2] })],
    ['weights of 0', () => randomChoice([plus(1)], { p: [0] })],
    ['a seed for a generator', () => randomOrder([plus(1)], { generator: 1 as never })],
  ])('refuse %s', (_, make) => {
    expect(make).toThrow(ArgumentError);
  });
});

describe('gaussianNoise', () => {
  it('has the mean and the deviation that it should have', () => {
    const noise = gaussianNoise({ mean: 2, sigma: 0.5, clip: false, ...seeded() })(zeros(1, 100, 100));
    // Five standard errors: σ/√n of the mean, σ/√2n of the deviation.
    expect(Math.abs((noise.mean().item() as number) - 2)).toBeLessThan((5 * 0.5) / 100);
    expect(Math.abs((noise.std().item() as number) - 0.5)).toBeLessThan((5 * 0.5) / 141);
    const clipped = gaussianNoise({ sigma: 3, ...seeded() })(zeros(1, 20, 20));
    expect([clipped.min().item(), clipped.max().item()]).toEqual([0, 1]);
  });
});

describe('random transforms', () => {
  const makers: [string, () => Transform][] = [
    ['randomCrop', () => randomCrop(5, { padding: 1, ...seeded() })],
    ['randomHorizontalFlip', () => randomHorizontalFlip(seeded())],
    ['randomVerticalFlip', () => randomVerticalFlip(seeded())],
    ['randomResizedCrop', () => randomResizedCrop(5, seeded())],
    ['randomRotation', () => randomRotation(30, { interpolation: 'bilinear', ...seeded() })],
    ['randomAffine', () => randomAffine(30, { shear: 10, ...seeded() })],
    ['colorJitter', () => colorJitter(0.5, 0.5, 0.5, 0.5, seeded())],
    ['gaussianNoise', () => gaussianNoise(seeded())],
    ['gaussianBlur', () => gaussianBlur(3, seeded())],
    ['randomErasing', () => randomErasing({ p: 0.8, ...seeded() })],
    ['randomApply', () => randomApply([plus(1)], seeded())],
  ];

  it.each(makers)('%s gives the same for the same generator, other things the next time', (_, make) => {
    const image = rand([3, 8, 8], seeded(5));
    const draw = () => {
      const transform = make();
      return Array.from({ length: 12 }, () => transform(image).toArray());
    };
    const drawn = draw();
    expect(draw()).toEqual(drawn);
    expect(new Set(drawn.map((each) => JSON.stringify(each))).size).toBeGreaterThan(1);
  });

  it.each(makers)('%s is random for each image of a loader', (_, make) => {
    const images = ones([12, 3, 8, 8]).mul(arange(64).view(8, 8).div(64));
    expect(isRandom(compose(make(), toTensor()))).toBe(true);
    const dataset = new ImageDataset(images, zeros([12], { dtype: 'int32' }), {
      transform: compose(make(), toTensor()),
    });
    const [[batch] = []] = new DataLoader(dataset, { batchSize: 12 });
    const shown = (batch as Tensor).toArray() as unknown[];
    expect(new Set(shown.map((each) => JSON.stringify(each))).size).toBeGreaterThan(1);
    // One by one comes to the same.
    const single = compose(make(), toTensor());
    expect(Array.from({ length: 12 }, (_, i) => single(images.select(0, i)).toArray())).toEqual(shown);
  });
});

describe('options', () => {
  it.each<[string, () => unknown]>([
    ['pad(-1)', () => pad(-1)],
    ['pad(3 numbers)', () => pad([1, 2, 3])],
    ['a padding mode', () => pad(1, { paddingMode: 'wrap' as never })],
    ['a size of 0', () => centerCrop(0)],
    ['a size of 3 numbers', () => randomCrop([1, 2, 3])],
    ['half a pixel', () => resize(2.5)],
    ['an interpolation', () => resize(3, { interpolation: 'cubic' as never })],
    ['a range the wrong way round', () => randomResizedCrop(3, { scale: [1, 0.5] })],
    ['a ratio of 0', () => randomResizedCrop(3, { ratio: [0, 1] })],
    ['a negative angle alone', () => randomRotation(-3)],
    ['no angle', () => randomRotation(Number.NaN)],
    ['a centre', () => randomRotation(3, { center: [1] })],
    ['a fill', () => randomRotation(3, { fill: [] })],
    ['a shift of more than the image', () => randomAffine(3, { translate: [0, 2] })],
    ['a scale of 0', () => randomAffine(3, { scale: [0, 2] })],
    ['a shear of 3 numbers', () => randomAffine(3, { shear: [1, 2, 3] })],
    ['two channels', () => grayscale(2 as never)],
    ['a hue beyond half a turn', () => colorJitter({ hue: 0.6 })],
    ['a negative brightness', () => colorJitter(-1)],
    ['an even kernel', () => gaussianBlur(4)],
    ['a sigma of 0', () => gaussianBlur(3, 0)],
    ['a negative sigma', () => gaussianNoise({ sigma: -1 })],
    ['a value', () => randomErasing({ value: 'noise' as never })],
    ['an area above 1', () => randomErasing({ scale: [0, 2] })],
    ['an unknown option', () => randomErasing({ prob: 1 } as object)],
    ['a generator', () => randomCrop(3, { generator: 5 as never })],
  ])('refuse %s', (_, make) => {
    expect(make).toThrow(ArgumentError);
  });

  it.each<[string, () => unknown]>([
    ['a crop of more than there is', () => randomCrop(5)(zeros(3, 4, 9))],
    ['a mirror of more than there is', () => pad(4, { paddingMode: 'reflect' })(zeros(3, 4, 9))],
    ['images without pixels', () => resize(3)(zeros(3, 0, 4))],
    ['a vector', () => randomHorizontalFlip()(zeros(3))],
    ['two channels in colour', () => colorJitter(0.5)(zeros(2, 4, 4))],
    ['no channels in colour', () => grayscale()(zeros(4, 4))],
    ['a blur wider than the image', () => gaussianBlur(9)(zeros(1, 4, 4))],
  ])('refuse %s when called', (_, call) => {
    expect(call).toThrow(ShapeError);
  });

  it.each<[string, () => unknown]>([
    ['noise on bytes', () => gaussianNoise()(zeros([1, 4, 4], { dtype: 'uint8' }))],
    ['a fill for other channels', () => randomRotation(9, { fill: [1, 2] })(zeros(3, 4, 4))],
    ['a value for other channels', () => randomErasing({ p: 1, value: [1, 2] })(zeros(3, 4, 4))],
  ])('refuse %s when called', (_, call) => {
    expect(call).toThrow(RetrogradError);
  });
});

describe('shapes', () => {
  it('images without channels and integer images go through what moves pixels', () => {
    const image = arange(30).view(5, 6);
    for (const transform of [
      randomCrop(3),
      centerCrop([4, 9]),
      randomHorizontalFlip({ p: 1 }),
      resize(3, 'nearest'),
      randomRotation(0),
      randomErasing({ p: 1, value: 7 }),
    ]) {
      const result = transform(image);
      expect([result.ndim, result.dtype]).toEqual([2, 'int32']);
    }
    expect(randomRotation(0)(image).toArray()).toEqual(image.toArray());
    expect(randomAffine(0, { interpolation: 'bilinear' })(image).toArray()).toEqual(image.toArray());
  });
});

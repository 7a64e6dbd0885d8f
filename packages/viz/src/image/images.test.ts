import { ArgumentError, arange, ShapeError, type Tensor, tensor, zeros } from '@retrograd/core';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../picture.ts';
import { compare, featureMaps, filters, imageGrid, imshow } from './images.ts';

/** The colour of a picture's PNG at a point of its SVG. */
async function colourAt(picture: Picture, x: number, y: number): Promise<number[]> {
  const { width, data, channels } = decode(await picture.png({ scale: 2 }));
  const at = channels * (Math.floor(2 * y) * width + Math.floor(2 * x));
  return [...data.slice(at, at + 3)];
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

async function elements(picture: Picture, name: 'image' | 'text'): Promise<Record<string, string>[]> {
  const svg = await picture.svg();
  return [...svg.matchAll(new RegExp(`<${name} ([^>]*?)/?>(?:([^<]*)</text>)?`, 'g'))].map(
    ([, tag = '', text = '']) => ({
      ...Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
      text,
    }),
  );
}

async function boxes(picture: Picture): Promise<Box[]> {
  const images = await elements(picture, 'image');
  return images.map(({ x, y, width, height }) => ({
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}

async function texts(picture: Picture): Promise<string[]> {
  return (await elements(picture, 'text')).map(({ text }) => text as string);
}

describe('imshow', () => {
  it('enlarges pixels to squares of one colour each', async () => {
    const levels = [
      [0, 51, 102],
      [153, 204, 255],
    ];
    const picture = imshow(tensor(levels, { dtype: 'uint8' }), { title: 'six levels' });
    const [box] = await boxes(picture);
    expect(box).toMatchObject({ width: 138, height: 92 });
    const { x, y } = box as Box;
    for (const [row, line] of levels.entries()) {
      for (const [column, level] of line.entries()) {
        const [left, top] = [x + 46 * column, y + 46 * row];
        for (const [dx, dy] of [
          [0.5, 0.5],
          [45.5, 0.5],
          [23, 23],
          [0.5, 45.5],
          [45.5, 45.5],
        ] as const)
          expect(await colourAt(picture, left + dx, top + dy)).toEqual([level, level, level]);
      }
    }
  });

  it('shows a digit at 140 pixels, a large image at 480 at most, and any at the size asked for', async () => {
    expect((await boxes(imshow(zeros(28, 28))))[0]).toMatchObject({ width: 140, height: 140 });
    expect((await boxes(imshow(zeros(300, 960))))[0]).toMatchObject({ width: 480, height: 150 });
    expect((await boxes(imshow(zeros(28, 28), { size: 60 })))[0]).toMatchObject({ width: 56, height: 56 });
  });

  it('lets the ground show through NaN, in light and dark', async () => {
    const picture = imshow(tensor([[Number.NaN, 1]]));
    const { x = 0, y = 0 } = (await boxes(picture))[0] ?? {};
    expect(await colourAt(picture, x + 10, y + 10)).toEqual([254, 254, 254]);
    const dark = imshow(tensor([[Number.NaN, 1]]), { theme: 'dark' });
    expect(await colourAt(dark, x + 10, y + 10)).toEqual([13, 17, 23]);
  });

  it('says which colour is which value, unless the colours are greys', async () => {
    const image = tensor([[-2, 1]]);
    expect(await texts(imshow(image))).toEqual([]);
    expect(await texts(imshow(image, { bar: true }))).toEqual(['−2', '1']);
    expect(await texts(imshow(image, { colorMap: 'coolwarm' }))).toEqual(['−2', '2']);
    expect(await texts(imshow(image, { colorMap: 'viridis', max: 0.12345 }))).toEqual(['−2', '0.123']);
    expect(await texts(imshow(zeros(3, 2, 2), { colorMap: 'viridis' }))).toEqual([]);
  });

  it('keeps the pixels as they were', async () => {
    const image = tensor([[0, 1]]);
    const picture = imshow(image);
    const before = await picture.svg();
    image.zero_();
    expect(await picture.svg()).toBe(before);
  });

  it('escapes its title, and breaks it into lines within the picture', async () => {
    const picture = imshow(zeros(28, 28), {
      title: 'a <b> & a title that is too long to stand in one line above',
    });
    const lines = await texts(picture);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join(' ')).toBe('a &lt;b&gt; &amp; a title that is too long to stand in one line above');
  });

  it('refuses what it does not know', () => {
    expect(() => imshow(zeros(2, 2, 2))).toThrow(ShapeError);
    expect(() => imshow(zeros(2, 2), { cmap: 'gray' } as never)).toThrow(ArgumentError);
    expect(() => imshow(zeros(2, 2), { size: 0 })).toThrow(ArgumentError);
    expect(() => imshow(zeros(2, 2), { theme: 'blue' as never })).toThrow(ArgumentError);
  });
});

describe('imageGrid', () => {
  const images = zeros(10, 1, 28, 28);

  it('lays images out evenly, none over another', async () => {
    const places = await boxes(imageGrid(images));
    expect(places).toHaveLength(10);
    expect(new Set(places.map(({ y }) => y)).size).toBe(2);
    expect(new Set(places.map(({ x }) => x)).size).toBe(5);
    for (const { width } of places) expect(width).toBe(84);
    const [first, second] = places as [Box, Box];
    expect(second.x).toBeGreaterThanOrEqual(first.x + 84 + 8);
    expect(new Set((await boxes(imageGrid(images, { columns: 4 }))).map(({ y }) => y)).size).toBe(3);
  });

  it('sets wrong titles off, and breaks long ones', async () => {
    const titles = ['predicted 7 · true 7', 'predicted 1 · true 2', 'word '.repeat(40)];
    const picture = imageGrid(images.narrow(0, 0, 3), { titles, wrong: [false, true] });
    const [right, , wrong, , ...many] = await elements(picture, 'text');
    expect(right).toMatchObject({ text: 'predicted 7', fill: '#1f2328' });
    expect(wrong).toMatchObject({ text: 'predicted 1', fill: '#d55e00', 'font-weight': 'bold' });
    expect(many).toHaveLength(3);
    expect(many.at(-1)?.text).toMatch(/…$/);
    const flags = tensor([false, true, false]);
    expect(await imageGrid(images.narrow(0, 0, 3), { titles, wrong: flags }).svg()).toBe(await picture.svg());
  });

  it('scales each image by itself, or all alike', async () => {
    const pair = [tensor([[0, 1]]), tensor([[0, 2]])];
    const brightest = async (picture: Picture) => {
      const [first] = (await boxes(picture)) as [Box];
      return colourAt(picture, first.x + first.width - 2, first.y + 2);
    };
    expect(await brightest(imageGrid(pair))).toEqual([255, 255, 255]);
    expect(await brightest(imageGrid(pair, { scaleEach: false }))).toEqual([128, 128, 128]);
    expect(await brightest(imageGrid(pair, { max: 4 }))).toEqual([64, 64, 64]);
  });

  it('says in a line what is seen', () => {
    const titles = Array.from({ length: 12 }, (_, i) => `${i}!`);
    expect(String(imageGrid(zeros(12, 4, 5), { titles, title: 'Digits' }))).toBe(
      'Digits: 12 images of 5 × 4 pixels (0!, 1!, 2!, 3!, 4!, 5!, 6!, 7!, 8!, 9!, …)',
    );
    expect(String(compare({ a: zeros(2, 2), b: zeros(3, 2) }))).toBe(
      'compare: 2 images of several sizes (a, b)',
    );
  });

  it('takes images of several sizes and kinds, and says when there are more than it shows', async () => {
    const mixed = imageGrid([zeros(14, 14), zeros(3, 28, 28), tensor([[true]])]);
    expect((await boxes(mixed)).map(({ width }) => width)).toEqual([84, 84, 84]);
    const many = imageGrid(zeros(100, 8, 8));
    expect(await boxes(many)).toHaveLength(64);
    expect(await texts(many)).toEqual(['64 of 100 images']);
  });

  it('refuses what are no images', () => {
    expect(() => imageGrid(zeros(28, 28))).toThrow(/imshow/);
    expect(() => imageGrid([])).toThrow(ArgumentError);
    expect(() => imageGrid([1] as never)).toThrow(ArgumentError);
    expect(() => imageGrid(images, { columns: 1.5 })).toThrow(ArgumentError);
    expect(() => imageGrid(images, { wrong: 'all' as never })).toThrow(ArgumentError);
  });
});

describe('featureMaps, filters and compare', () => {
  it('shows channels on one scale: viridis, or coolwarm where there are signs', async () => {
    const maps = arange(8).reshape([1, 2, 2, 2]);
    const picture = featureMaps(maps);
    expect(await texts(picture)).toEqual(['0', '1', '0', '7']);
    const [, second] = (await boxes(picture)) as [Box, Box];
    expect(await colourAt(picture, second.x + 80, second.y + 80)).toEqual([0xfd, 0xe7, 0x25]);
    expect(await texts(featureMaps(maps.sub(1)))).toEqual(['0', '1', '−6', '6']);
    expect(() => featureMaps(zeros(2, 2, 2, 2))).toThrow(ShapeError);
    expect(() => featureMaps(zeros(2, 2))).toThrow(ShapeError);
  });

  it('shows kernels: a row for each filter, a column for each channel', async () => {
    const weight = arange(4 * 2 * 9).reshape([4, 2, 3, 3]);
    const picture = filters(weight);
    const places = (await boxes(picture)).slice(0, 8);
    expect(new Set(places.map(({ y }) => y)).size).toBe(4);
    const last = places.at(-1) as Box;
    expect(await colourAt(picture, last.x + last.width - 2, last.y + last.height - 2)).toEqual([
      0xfd, 0xe7, 0x25,
    ]);
    expect(await colourAt(picture, (places[0] as Box).x + 2, (places[0] as Box).y + 2)).toEqual([
      0x44, 0x01, 0x54,
    ]);
  });

  it('shows kernels of one channel side by side, those over a line as strips, and says what is left out', async () => {
    const rowsOf = async (weight: Tensor) =>
      new Set((await boxes(filters(weight))).slice(0, -1).map(({ y }) => y)).size;
    expect(await rowsOf(zeros(6, 1, 3, 3))).toBe(1);
    expect((await boxes(filters(zeros(6, 1, 3))))[0]).toMatchObject({ width: 48, height: 16 });
    expect(await texts(filters(zeros(32, 20, 3, 3)))).toContain(
      '16 of 32 filters (rows), 16 of 20 channels (columns)',
    );
    expect(() => filters(zeros(4, 4))).toThrow(ShapeError);
    expect(() => filters(zeros(0, 4, 3, 3))).toThrow(ShapeError);
    expect(() => filters(zeros(4, 4, 3, 3), { limit: 0 })).toThrow(ArgumentError);
  });

  it('shows named images beside each other', async () => {
    const picture = compare({ digit: zeros(28, 28), edges: zeros(1, 26, 26) });
    expect(await texts(picture)).toEqual(['digit', 'edges']);
    expect((await boxes(picture)).map(({ width }) => width)).toEqual([140, 130]);
    expect(() => compare({})).toThrow(ArgumentError);
    expect(() => compare(zeros(2, 2) as never)).toThrow(ArgumentError);
    expect(() => compare({ one: 1 } as never)).toThrow(ArgumentError);
  });
});

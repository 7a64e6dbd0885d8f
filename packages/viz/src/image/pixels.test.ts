import { ArgumentError, ShapeError, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { colorTable } from './color-maps.ts';
import { type PixelOptions, toPixels } from './pixels.ts';

const pixels = (image: Parameters<typeof toPixels>[1], options?: PixelOptions) => {
  const { data } = toPixels('test', image, options);
  return Array.from({ length: data.length / 4 }, (_, i) => [...data.slice(4 * i, 4 * i + 4)]);
};
const grey = (...levels: number[]) => levels.map((level) => [level, level, level, 255]);

describe('grey images', () => {
  it('go from their least to their greatest value', () => {
    expect(
      pixels(
        tensor([
          [-1, 0, 1],
          [0.5, 1, -1],
        ]),
      ),
    ).toEqual(grey(0, 128, 255, 191, 255, 0));
    expect(
      pixels(
        tensor(
          [
            [10, 20],
            [15, 20],
          ],
          { dtype: 'uint8' },
        ),
      ),
    ).toEqual(grey(0, 255, 128, 255));
  });

  it('go from min to max, and are cut off beyond', () => {
    expect(pixels(tensor([[-1, 0, 0.2, 1, 3]]), { min: 0, max: 1 })).toEqual(grey(0, 0, 51, 255, 255));
    expect(pixels(tensor([[7, 51, 255]], { dtype: 'uint8' }), { min: 0, max: 255 })).toEqual(
      grey(7, 51, 255),
    );
  });

  it('take booleans as black and white, and one value everywhere as the lowest', () => {
    expect(pixels(tensor([[true, true]]))).toEqual(grey(255, 255));
    expect(pixels(tensor([[true, false]]))).toEqual(grey(255, 0));
    expect(pixels(tensor([[3, 3]]))).toEqual(grey(0, 0));
  });

  it('leave NaN transparent, and give infinities the colours of the ends', () => {
    expect(pixels(tensor([[Number.NaN, 0, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]]))).toEqual([
      [0, 0, 0, 0],
      ...grey(0, 255, 255, 0),
    ]);
  });

  it('may have a channel, in front or behind', () => {
    expect(
      pixels(
        tensor([
          [
            [0, 1, 2],
            [2, 1, 0],
          ],
        ]),
      ),
    ).toEqual(grey(0, 128, 255, 255, 128, 0));
    expect(
      pixels(
        tensor([
          [[0], [2]],
          [[2], [0]],
        ]),
      ),
    ).toEqual(grey(0, 255, 255, 0));
  });

  it('take colours from a map, and zero as the middle of a diverging one', () => {
    expect(pixels(tensor([[0, 1]]), { colorMap: 'viridis' })).toEqual([
      [0x44, 0x01, 0x54, 255],
      [0xfd, 0xe7, 0x25, 255],
    ]);
    const [low, zero, high] = pixels(tensor([[-4, 0, 2]]), { colorMap: 'coolwarm' });
    expect(low).toEqual([59, 76, 192, 255]);
    expect(zero).toEqual([221, 221, 221, 255].map((v) => expect.closeTo(v, -1)));
    expect(high?.[0]).toBeGreaterThan((high?.[2] ?? 0) + 90);
    expect(pixels(tensor([[0, 0]]), { colorMap: 'coolwarm' })[0]).toEqual(zero);
    expect(pixels(tensor([[-1, 2]]), { colorMap: 'coolwarm', max: 2 })[1]).toEqual([180, 4, 38, 255]);
  });
});

describe('colour images', () => {
  const red = [255, 0, 0, 255];
  const teal = [0, 128, 128, 255];

  it('are channels first, or last where that cannot be meant', () => {
    expect(pixels(tensor([[[1, 0]], [[0, 0.5]], [[0, 0.5]]]))).toEqual([red, teal]);
    const last = tensor([
      [
        [1, 0, 0],
        [0, 0.5, 0.5],
      ],
      [
        [0, 0.5, 0.5],
        [1, 0, 0],
      ],
    ]);
    expect(pixels(last)).toEqual([red, teal, teal, red]);
    expect(pixels(last.permute(2, 0, 1))).toEqual([red, teal, teal, red]);
  });

  it('go from 0 to 1 as floats, and to 255 as integers', () => {
    expect(pixels(tensor([[[2]], [[-1]], [[0.2]]]))).toEqual([[255, 0, 51, 255]]);
    for (const dtype of ['uint8', 'int32'] as const)
      expect(pixels(tensor([[[255]], [[1]], [[7]]], { dtype }))).toEqual([[255, 1, 7, 255]]);
    expect(pixels(tensor([[[true]], [[false]], [[true]]]))).toEqual([[255, 0, 255, 255]]);
    expect(pixels(tensor([[[3]], [[-3]], [[0]]]), { min: -3, max: 3 })).toEqual([[255, 0, 128, 255]]);
  });

  it('may have an opacity; NaN is transparent', () => {
    expect(pixels(tensor([[[1]], [[0]], [[0]], [[0.2]]]))).toEqual([[255, 0, 0, 51]]);
    expect(pixels(tensor([[[1]], [[Number.NaN]], [[0]]]))).toEqual([[0, 0, 0, 0]]);
  });
});

describe('what is no image', () => {
  it.each([[[3]], [[2, 4, 5]], [[0, 4]], [[1, 1, 4, 4]]])('of shape %j is refused', (shape) => {
    expect(() => toPixels('imshow', zeros(shape))).toThrow(ShapeError);
  });

  it('is refused, like options that make no sense', () => {
    expect(() => toPixels('imshow', [[1]] as never)).toThrow(ArgumentError);
    expect(() => pixels(zeros(2, 2), { colorMap: 'jet' as never })).toThrow(/one of gray, viridis/);
    expect(() => pixels(zeros(2, 2), { min: 2, max: 1 })).toThrow(ArgumentError);
    expect(() => pixels(zeros(3, 2, 2), { max: Number.NaN })).toThrow(ArgumentError);
  });
});

it.each(['viridis', 'cividis', 'magma'] as const)('%s is Vega’s', async (name) => {
  const { scheme } = await import('vega');
  const theirs: (t: number) => string = scheme(name);
  const table = colorTable(name);
  for (let i = 0; i < 256; i++) {
    const rgb = (theirs(i / 255).match(/\d+/g) ?? []).map(Number);
    for (const [c, value] of rgb.entries()) expect(Math.abs((table[3 * i + c] ?? 0) - value)).toBeLessThan(8);
  }
});

import { ArgumentError, checkOptions, checkTensor, Tensor } from '@retrograd/core';
import { Drawing, type Picture } from '../picture.ts';
import type { Scheme, Theme } from '../theme.ts';
import { type ColorMap, checkColorMap } from './color-maps.ts';
import { greyRange, layoutOf, type PixelOptions, pixelOptions, type Range, toPixels } from './pixels.ts';
import { evenColumns, naturalSize, type Sheet, sheetSvg, type Tile } from './sheet.ts';

export interface ImageOptions extends PixelOptions {
  /** Above the picture. */
  title?: string;
  /** At most so long, in CSS pixels, is the longer side of an image. */
  size?: number;
  /** Show below which colour stands for which value. Default: if the colours are no greys, and all images share a scale. */
  bar?: boolean;
  /** Light, dark, or what the reader's system asks for. Default `'auto'`. */
  theme?: Theme;
}

export interface ImageGridOptions extends ImageOptions {
  /** Above each image. */
  titles?: readonly string[];
  /** Which of the titles are wrong, and are set off in another colour: `predicted.ne(labels)`. */
  wrong?: Tensor | readonly boolean[];
  columns?: number;
  /** Scale each grey image from its own least to its own greatest value. */
  scaleEach?: boolean;
  /** Show no more images than so many. */
  limit?: number;
}

export const imageOptions = [...pixelOptions, 'title', 'size', 'bar', 'theme'] as const;
const gridOptions = [...imageOptions, 'titles', 'wrong', 'columns', 'scaleEach', 'limit'] as const;

/** What holds for a kind of gallery where its options say nothing. */
export interface Arrangement {
  /** Small images are enlarged by whole numbers up to this size, and large ones shrunk to `most`. */
  readonly size: number;
  readonly most: number;
  readonly colorMap: ColorMap;
  readonly scaleEach: boolean;
  readonly limit: number;
  readonly columns?: number;
  readonly titles: readonly string[];
  readonly rowLabels: readonly string[];
  readonly note: string;
}

export const ordinary: Arrangement = {
  size: 84,
  most: 128,
  colorMap: 'gray',
  scaleEach: true,
  limit: 64,
  titles: [],
  rowLabels: [],
  note: '',
};

/** A picture of images, which keeps their pixels as they were when it was made. */
class Gallery extends Drawing {
  readonly #sheet: Sheet;
  readonly #description: string;

  constructor(sheet: Sheet, description: string, theme: Theme | undefined) {
    super(theme);
    this.#sheet = sheet;
    this.#description = description;
  }

  protected override async draw(scheme: Scheme): Promise<string> {
    return sheetSvg(this.#sheet, scheme);
  }

  override toString(): string {
    return this.#description;
  }
}

/**
 * Images as a picture.
 *
 * @throws ArgumentError for options that make no sense, ShapeError for what is no image
 */
export function gallery(
  op: string,
  given: readonly Tensor[],
  options: ImageGridOptions,
  usual: Arrangement,
): Picture {
  checkOptions(op, options, gridOptions);
  const images = given.slice(0, checkCount(op, 'limit', options.limit ?? usual.limit));
  if (images.length === 0) throw new ArgumentError({ op, got: 'no images', want: 'at least one' });
  for (const image of images) checkTensor(op, image);
  const colorMap = checkColorMap(op, options.colorMap ?? usual.colorMap);
  const scale = sharedScale(op, images, { ...usual, ...defined(options), colorMap });
  const tiles = tilesOf(op, images, scale, { ...options, titles: options.titles ?? usual.titles, colorMap });
  const longest = Math.max(...tiles.flatMap(({ pixels }) => [pixels.width, pixels.height]));
  const size =
    options.size === undefined
      ? naturalSize(longest, usual.size, usual.most)
      : checkCount(op, 'size', options.size);
  const bar = options.bar ?? colorMap !== 'gray';
  const sheet: Sheet = {
    tiles,
    size,
    columns: checkCount(op, 'columns', options.columns ?? usual.columns ?? evenColumns(tiles.length, size)),
    title: options.title ?? '',
    rowLabels: usual.rowLabels,
    bar: bar && scale !== null ? { ...scale, colorMap } : null,
    note: images.length < given.length ? `${images.length} of ${given.length} images` : usual.note,
  };
  return new Gallery(sheet, description(op, sheet), options.theme);
}

/** The scale of all grey images; `null` if each has its own, or there are none. */
function sharedScale(op: string, images: readonly Tensor[], options: ImageGridOptions): Range | null {
  const { min, max, scaleEach } = options;
  const greys = images.filter(isGrey);
  const own = scaleEach && (min === undefined || max === undefined);
  return own || greys.length === 0 ? null : greyRange(op, greys, options);
}

function tilesOf(
  op: string,
  images: readonly Tensor[],
  scale: Range | null,
  options: ImageGridOptions,
): Tile[] {
  const { titles = [], colorMap, min, max } = options;
  const own: PixelOptions = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  const wrong = flags(op, options.wrong);
  return images.map((image, i) => ({
    pixels: toPixels(op, image, { ...(isGrey(image) ? (scale ?? own) : own), ...(colorMap && { colorMap }) }),
    title: String(titles[i] ?? ''),
    wrong: wrong[i] === true,
  }));
}

function isGrey(image: Tensor): boolean {
  return layoutOf(image.shape)?.channels === 1;
}

function flags(op: string, wrong: ImageGridOptions['wrong'] = []): readonly boolean[] {
  if (wrong instanceof Tensor) return [...wrong.data].map((flag) => flag !== 0);
  if (Array.isArray(wrong)) return wrong;
  throw new ArgumentError({
    op,
    got: `wrong of type ${typeof wrong}`,
    want: 'a tensor or an array of booleans',
  });
}

/** @throws ArgumentError for what is no whole number from 1 on */
export function checkCount(op: string, name: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw new ArgumentError({ op, got: `${name} ${String(value)}`, want: 'a whole number, at least 1' });
}

/** The options that have been given a value. */
function defined<O extends object>(options: O): O {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as O;
}

/** How many titles a description repeats. */
const titlesTold = 10;

function description(op: string, { tiles, title }: Sheet): string {
  const sizes = new Set(tiles.map(({ pixels }) => `${pixels.width} × ${pixels.height}`));
  const count = tiles.length === 1 ? 'image' : `${tiles.length} images`;
  const size = sizes.size === 1 ? `${count} of ${[...sizes][0]} pixels` : `${count} of several sizes`;
  const titles = tiles.map((tile) => tile.title).filter((text) => text !== '');
  const told = titles.slice(0, titlesTold).join(', ') + (titles.length > titlesTold ? ', …' : '');
  return `${title || op}: ${size}${told === '' ? '' : ` (${told})`}`;
}

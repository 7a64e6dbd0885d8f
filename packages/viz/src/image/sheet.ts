import { textWidth } from '../text.ts';
import { categories, type Palette, palettes, type Scheme } from '../theme.ts';
import { type Block, frameAt, imageAt, stacked, type TextStyle, textAt, textBlock } from './blocks.ts';
import { type ColorMap, colorTable } from './color-maps.ts';
import type { Pixels, Range } from './pixels.ts';

/** An image and what stands above it. */
export interface Tile {
  readonly pixels: Pixels;
  readonly title: string;
  /** What it says is wrong, and is set off from the others. */
  readonly wrong: boolean;
}

/** Images in rows, with all that is written around them. */
export interface Sheet {
  readonly tiles: readonly Tile[];
  readonly columns: number;
  /** The room for the longer side of an image. */
  readonly size: number;
  readonly title: string;
  /** In front of each row. */
  readonly rowLabels: readonly string[];
  /** Which colour is which value. */
  readonly bar: (Range & { readonly colorMap: ColorMap }) | null;
  /** Small print below. */
  readonly note: string;
}

const gap = 10;
/** How wide sheets become at most, unless one image is wider. */
const sheetWidth = 760;
/** How wide a sheet of narrow images may become for what is written on it, and a cell for a word. */
const textRoom = 320;
const wordRoom = 96;
const mostLines = 3;
const vermilion = categories[1] as string;

/** The room that an image wants: small ones are enlarged by whole numbers up to `size`, large ones shrunk to `most`. */
export function naturalSize(longest: number, size: number, most: number): number {
  return longest <= size ? longest * Math.floor(size / longest) : Math.min(longest, most);
}

/** How many columns fill their rows evenly, of those that fit beside each other. */
export function evenColumns(count: number, size: number): number {
  const most = Math.max(1, Math.floor(sheetWidth / (size + gap)));
  for (let columns = Math.min(most, count); columns > 0.7 * most; columns--)
    if (count % columns === 0) return columns;
  return Math.ceil(count / Math.ceil(count / most));
}

/** Draws a sheet as SVG, in the colours of a scheme. */
export function sheetSvg(sheet: Sheet, scheme: Scheme): string {
  const palette = palettes[scheme];
  const rows = rowBlocks(sheet, palette);
  const room = Math.max(textRoom, rows[0]?.width ?? 0);
  const blocks = [
    textBlock(sheet.title, { size: 13, fill: palette.ink, bold: true }, room),
    ...rows,
    ...(sheet.bar === null ? [] : [barBlock(sheet.bar, palette)]),
    textBlock(sheet.note, { size: 10, fill: palette.muted }, room),
  ];
  return stacked(
    blocks.filter(({ height }) => height > 0),
    gap,
  );
}

function rowBlocks({ tiles, columns, size, rowLabels }: Sheet, palette: Palette): Block[] {
  const styles = { right: { size: 11, fill: palette.ink }, wrong: { size: 11, fill: vermilion, bold: true } };
  const styleOf = ({ wrong }: Tile): TextStyle => (wrong ? styles.wrong : styles.right);
  const boxes = tiles.map(({ pixels }) => boxOf(pixels, size));
  const words = tiles.flatMap((tile) => tile.title.split(' ').map((word) => wordWidth(word, styleOf(tile))));
  const cell = Math.max(...boxes.map(({ width }) => width), Math.min(wordRoom, Math.max(...words)));
  const labelStyle = { size: 11, fill: palette.muted };
  const labels = rowLabels.map((label) => textBlock(label, labelStyle, wordRoom, 2));
  const indent = Math.max(0, ...labels.map(({ width }) => width + gap));
  const width = indent + columns * cell + (columns - 1) * gap;

  const rowFrom = (first: number): Block => {
    const row = tiles.slice(first, first + columns);
    const captions = row.map((tile) => textBlock(tile.title, styleOf(tile), cell, mostLines));
    const above = Math.max(...captions.map(({ height }) => height + (height > 0 ? 2 : 0)));
    const tallest = Math.max(...boxes.slice(first, first + columns).map(({ height }) => height));
    const label = labels[first / columns];
    return {
      width,
      height: above + tallest,
      draw(middle, top) {
        const left = middle - width / 2;
        const images = row.map(({ pixels }, i) => {
          const centre = left + indent + i * (cell + gap) + cell / 2;
          const box = boxes[first + i] as (typeof boxes)[number];
          const place = { ...box, x: centre - box.width / 2, y: top + above };
          const caption = captions[i] as Block;
          return [
            caption.draw(centre, top + above - caption.height - 2),
            imageAt(pixels, place),
            frameAt(place, palette.grid),
          ].join('');
        });
        const beside = label?.draw(left + label.width / 2, top + above + (tallest - label.height) / 2) ?? '';
        return beside + images.join('');
      },
    };
  };
  return Array.from({ length: Math.ceil(tiles.length / columns) }, (_, i) => rowFrom(i * columns));
}

function wordWidth(word: string, { size, bold }: TextStyle): number {
  return textWidth(word, size, { bold: bold === true });
}

/** The size that an image is drawn in: enlarged by a whole number, so that its pixels are equal, or shrunk. */
function boxOf({ width, height }: Pixels, size: number): { width: number; height: number } {
  const longest = Math.max(width, height);
  const scale = longest <= size ? Math.floor(size / longest) : size / longest;
  return { width: Math.max(1, width * scale), height: Math.max(1, height * scale) };
}

/** A strip of the colours from low to high, between the values of its ends. */
function barBlock({ min, max, colorMap }: Range & { colorMap: ColorMap }, palette: Palette): Block {
  const style = { size: 10, fill: palette.muted };
  const [low, high] = [min, max].map((value) => String(Number(value.toPrecision(3))).replace('-', '−'));
  const strip = { width: 96, height: 8 };
  const table = colorTable(colorMap);
  const data = Uint8Array.from({ length: 4 * 256 }, (_, i) =>
    i % 4 === 3 ? 255 : (table[3 * (i >> 2) + (i % 4)] as number),
  );
  return {
    width:
      strip.width + 2 * (6 + Math.max(...[low, high].map((text) => textWidth(text as string, style.size)))),
    height: 10,
    draw(middle, top) {
      const box = { ...strip, x: middle - strip.width / 2, y: top + 1 };
      return [
        textAt(low as string, box.x - 6, top + 9, style, 'end'),
        imageAt({ width: 256, height: 1, data }, box),
        textAt(high as string, box.x + strip.width + 6, top + 9, style, 'start'),
      ].join('');
    },
  };
}

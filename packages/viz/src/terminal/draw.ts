import { decode } from 'fast-png';
import type { Pixels } from '../image/pixels.ts';
import { halfBlocks, paints } from './half-blocks.ts';
import { iterm2, kitty, sixel } from './protocols.ts';
import { resize } from './resize.ts';
import type { Terminal } from './terminal.ts';

/** A character is about eight pixels wide and sixteen high. */
const characterWidth = 8;
/** In blocks, which are coarse, pictures are drawn larger, as far as there is room. */
const blockWidth = 4;

/**
 * A picture as the text that makes a terminal draw it, no wider than it, and as half-blocks no higher.
 *
 * @param png The picture at twice its size.
 */
export function drawing(png: Uint8Array, terminal: Terminal): string {
  const image = decode(png);
  const width = image.width / 2;
  const columns = Math.max(1, Math.min(terminal.columns - 1, Math.ceil(width / characterWidth)));
  switch (terminal.protocol) {
    case 'kitty':
      return kitty(png, columns);
    case 'iterm2':
      return iterm2(png, columns);
    case 'sixel':
      return sixel(scaled(rgba(image), Math.min(width, columns * characterWidth)));
    default: {
      const pixelRows = 2 * Math.max(1, terminal.rows - 2);
      const fit = Math.floor((pixelRows * image.width) / image.height);
      const wide = Math.max(1, Math.min(terminal.columns - 1, Math.ceil(width / blockWidth), fit));
      return halfBlocks(scaled(rgba(image), wide), paints[terminal.protocol]);
    }
  }
}

function scaled(pixels: Pixels, width: number): Pixels {
  const wide = Math.round(width);
  return resize(pixels, wide, Math.max(1, Math.round((pixels.height * wide) / pixels.width)));
}

function rgba({ width, height, data, channels }: ReturnType<typeof decode>): Pixels {
  const at = channels < 3 ? [0, 0, 0] : [0, 1, 2];
  const pixels = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = data[channels * i + (at[c] as number)] as number;
  return { width, height, data: pixels };
}

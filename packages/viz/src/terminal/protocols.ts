import type { Pixels } from '../image/pixels.ts';
import { toBase64 } from '../picture.ts';

/** kitty takes base64 in pieces of at most so many characters. */
const kittyPiece = 4096;

/**
 * A PNG by kitty's graphics protocol: transmit and display (`a=T`) a PNG (`f=100`) that is so many columns wide, and
 * answer nothing (`q=2`). https://sw.kovidgoyal.net/kitty/graphics-protocol/
 */
export function kitty(png: Uint8Array, columns: number): string {
  const text = toBase64(png);
  let out = '';
  for (let at = 0; at < text.length; at += kittyPiece) {
    const more = Number(at + kittyPiece < text.length);
    const control = at === 0 ? `a=T,f=100,q=2,c=${columns},m=${more}` : `m=${more}`;
    out += `\x1b_G${control};${text.slice(at, at + kittyPiece)}\x1b\\`;
  }
  return `${out}\n`;
}

/** A PNG by iTerm2's protocol, so many columns wide. https://iterm2.com/documentation-images.html */
export function iterm2(png: Uint8Array, columns: number): string {
  return `\x1b]1337;File=inline=1;size=${png.length};width=${columns}:${toBase64(png)}\x07\n`;
}

/** Levels of each colour in sixels: 6³ = 216 registers of the 256 that terminals have. */
const levels = 6;

/**
 * An image as sixels (VT340): bands of six rows, in which each colour that occurs is drawn by itself, a character
 * (`?` + bits) for six pixels below each other, `!n` before one that comes n times; `$` goes back to the band's start,
 * `-` to the next band.
 */
export function sixel({ width, height, data }: Pixels): string {
  const indices = Uint8Array.from({ length: width * height }, (_, i) => {
    const [r, g, b] = [0, 1, 2].map((c) => Math.round(((data[4 * i + c] as number) / 255) * (levels - 1)));
    return ((r as number) * levels + (g as number)) * levels + (b as number);
  });
  const used = [...new Set(indices)];
  const palette = used.map((index) => `#${index};2;${percentages(index).join(';')}`);
  const bands: string[] = [];
  for (let top = 0; top < height; top += 6) {
    const band = indices.subarray(top * width, (top + 6) * width);
    bands.push([...new Set(band)].map((index) => `#${index}${runs(bits(band, width, index))}`).join('$'));
  }
  return `\x1bP0;1q"1;1;${width};${height}${palette.join('')}${bands.join('-')}\x1b\\\n`;
}

function percentages(index: number): number[] {
  const digits = [Math.floor(index / levels ** 2), Math.floor(index / levels) % levels, index % levels];
  return digits.map((digit) => Math.round((100 * digit) / (levels - 1)));
}

/** For each column of a band, which of its six pixels have the colour. */
function bits(band: Uint8Array, width: number, index: number): Uint8Array {
  const columns = new Uint8Array(width);
  for (let i = 0; i < band.length; i++)
    if (band[i] === index) columns[i % width] = (columns[i % width] as number) | (1 << Math.floor(i / width));
  return columns;
}

function runs(columns: Uint8Array): string {
  const text = String.fromCharCode(...columns.map((mask) => 63 + mask));
  return text.replace(/(.)\1{3,}/g, (run, character) => `!${run.length}${character}`);
}

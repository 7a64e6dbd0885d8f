import { encode } from 'fast-png';
import { toBase64 } from '../picture.ts';
import { escapeXml, textWidth, wrapText } from '../text.ts';
import { fontFamily } from '../theme.ts';
import type { Pixels } from './pixels.ts';

/** A piece of a picture that knows its size, and draws itself about a middle, from a top on. */
export interface Block {
  readonly width: number;
  readonly height: number;
  draw(middle: number, top: number): string;
}

export interface TextStyle {
  readonly size: number;
  readonly fill: string;
  readonly bold?: boolean;
}

/** From one line's base to the next, in sizes of its type. */
const leading = 1.3;
const margin = 8;

/** Blocks below each other, as an SVG. */
export function stacked(blocks: readonly Block[], gap: number): string {
  const width = Math.ceil(Math.max(...blocks.map((block) => block.width))) + 2 * margin;
  let y = margin;
  const parts = blocks.map((block) => {
    const top = y;
    y += block.height + gap;
    return block.draw(width / 2, top);
  });
  const height = Math.ceil(y - gap + margin);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}">${crisp}${parts.join('')}</svg>`;
}

/** Lines of text, centred; no more than `most`, of which the last ends in an ellipsis if there are more. */
export function textBlock(
  text: string,
  style: TextStyle,
  room: number,
  most = Number.POSITIVE_INFINITY,
): Block {
  const lines = shortened(text, style, room, most).map(withoutDot);
  const line = style.size * leading;
  return {
    width: Math.max(0, ...lines.map((words) => textWidth(words, style.size, style))),
    height: lines.length * line,
    draw: (middle, top) =>
      lines.map((words, i) => textAt(words, middle, top + i * line + style.size, style)).join(''),
  };
}

/** A dot that separates (`predicted 7 · true 7`) is not needed where a line breaks. */
function withoutDot(line: string): string {
  return line.replace(/ ·$/, '');
}

function shortened(text: string, style: TextStyle, room: number, most: number): string[] {
  if (text === '') return [];
  const lines = wrapText(text, style.size, room, style);
  if (lines.length <= most) return lines;
  let last = `${withoutDot(lines[most - 1] as string)}…`;
  while (last.length > 1 && textWidth(last, style.size, style) > room)
    last = `${last.slice(0, -2).trimEnd()}…`;
  return [...lines.slice(0, most - 1), last];
}

export function textAt(
  text: string,
  x: number,
  y: number,
  { size, fill, bold = false }: TextStyle,
  anchor: 'start' | 'middle' | 'end' = 'middle',
): string {
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}" text-anchor="${anchor}"${weight}>${escapeXml(text)}</text>`;
}

/**
 * Browsers know `pixelated`; resvg knows only the attribute `optimizeSpeed`, which means the same to it, and passes over
 * whatever stands within `@media`.
 */
const crisp = '<style>@media all{.rg-pixels{image-rendering:pixelated}}</style>';

/** Pixels in a box. Enlarged they stay squares; shrunk they are blended. */
export function imageAt(
  { width: across, height: down, data }: Pixels,
  box: { x: number; y: number; width: number; height: number },
): string {
  const { x, y, width, height } = box;
  const url = `data:image/png;base64,${toBase64(encode({ width: across, height: down, data, channels: 4 }))}`;
  const enlarged = width >= across ? ' class="rg-pixels" image-rendering="optimizeSpeed"' : '';
  return `<image x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" preserveAspectRatio="none"${enlarged} href="${url}"/>`;
}

/** A thin line around a box, so that an image in the colour of the page has an edge. */
export function frameAt(
  box: { x: number; y: number; width: number; height: number },
  stroke: string,
): string {
  const [x, y, width, height] = [box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1].map(round);
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="${stroke}"/>`;
}

function round(n: number): number {
  return Math.round(100 * n) / 100;
}

import type { Pixels } from '../image/pixels.ts';

/** Select-graphic-rendition codes for a colour: of the character (38) or of the ground behind it (48). */
type Paint = (what: 38 | 48, red: number, green: number, blue: number) => string;

export const paints: Readonly<Record<'blocks24bit' | 'blocks256', Paint>> = {
  blocks24bit: (what, red, green, blue) => `${what};2;${red};${green};${blue}`,
  blocks256: (what, red, green, blue) => `${what};5;${nearest256(red, green, blue)}`,
};

const reset = '\x1b[0m';

/**
 * An image as text, two pixels a character: `▀` in the colour of the upper on the colour of the lower one. Below a last
 * row without a partner is the terminal's own ground.
 */
export function halfBlocks({ width, height, data }: Pixels, paint: Paint): string {
  const colour = (what: 38 | 48, x: number, y: number) => {
    const at = 4 * (y * width + x);
    return paint(what, data[at] as number, data[at + 1] as number, data[at + 2] as number);
  };
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    let current = '';
    for (let x = 0; x < width; x++) {
      const wanted = colour(38, x, y) + (y + 1 < height ? `;${colour(48, x, y + 1)}` : '');
      line += wanted === current ? '▀' : `\x1b[${wanted}m▀`;
      current = wanted;
    }
    lines.push(`${line}${reset}\n`);
  }
  return lines.join('');
}

/** The levels of xterm's colour cube, 16 + 36·r + 6·g + b; its greys are 232 + i, of level 8 + 10·i. */
const cube = [0, 95, 135, 175, 215, 255] as const;

function nearest256(...rgb: readonly [number, number, number]): number {
  const levels = rgb.map((value) => closest(cube, value));
  const [r = 0, g = 0, b = 0] = levels;
  const mean = (rgb[0] + rgb[1] + rgb[2]) / 3;
  const grey = Math.min(23, Math.max(0, Math.round((mean - 8) / 10)));
  const distance = (of: (c: number) => number) =>
    rgb.reduce((sum, value, c) => sum + (value - of(c)) ** 2, 0);
  const inCube = distance((c) => cube[levels[c] as number] as number);
  return distance(() => 8 + 10 * grey) < inCube ? 232 + grey : 16 + 36 * r + 6 * g + b;
}

function closest(levels: readonly number[], value: number): number {
  let best = 0;
  for (const [i, level] of levels.entries())
    if (Math.abs(level - value) < Math.abs((levels[best] as number) - value)) best = i;
  return best;
}

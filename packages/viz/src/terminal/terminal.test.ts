import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { Pixels } from '../image/pixels.ts';
import { drawing } from './draw.ts';
import { halfBlocks, paints } from './half-blocks.ts';
import { iterm2, kitty, sixel } from './protocols.ts';
import { resize } from './resize.ts';
import { findTerminal } from './terminal.ts';

/** Opaque pixels of these colours. */
function pixelsOf(rows: readonly (readonly (readonly [number, number, number])[])[]): Pixels {
  const data = Uint8Array.from(rows.flat().flatMap((rgb) => [...rgb, 255]));
  return { width: rows[0]?.length ?? 0, height: rows.length, data };
}

function noise(width: number, height: number): Pixels {
  let state = 1;
  const next = () => {
    state = (state * 48271) % 0x7fffffff; // Lehmer's generator
    return state & 255;
  };
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : next()));
  return { width, height, data };
}

/** Control characters by their pictures. */
function visible(text: string): string {
  return text.replaceAll('\x1b', '␛').replaceAll('\x07', '␇');
}

/** What a terminal of 24-bit or 256 colours would show of half-blocks. */
function screen(text: string): number[][][] {
  const rows: number[][][] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    let [upper, lower]: (number[] | undefined)[] = [];
    const [top, bottom]: [number[][], number[][]] = [[], []];
    for (const [, codes, character] of visible(line).matchAll(/␛\[([\d;]+)m|(.)/g)) {
      if (character !== undefined) {
        expect(character).toBe('▀');
        top.push(upper ?? []);
        if (lower) bottom.push(lower);
      } else if (codes === '0') {
        [upper, lower] = [undefined, undefined];
      } else {
        const n = (codes as string).split(';').map(Number);
        for (let i = 0; i < n.length; i += n[i + 1] === 2 ? 5 : 3) {
          const colour = n[i + 1] === 2 ? n.slice(i + 2, i + 5) : xterm(n[i + 2] as number);
          if (n[i] === 38) upper = colour;
          else lower = colour;
        }
      }
    }
    rows.push(top);
    if (bottom.length > 0) rows.push(bottom);
  }
  return rows;
}

/** The colour of an index of xterm's palette, from 16 on. */
function xterm(index: number): number[] {
  if (index >= 232) return Array(3).fill(8 + 10 * (index - 232));
  return [36, 6, 1]
    .map((place) => Math.floor((index - 16) / place) % 6)
    .map((level) => level && 55 + 40 * level);
}

const rowsOf = ({ width, height, data }: Pixels) =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => [...data.slice(4 * (y * width + x), 4 * (y * width + x) + 3)]),
  );

describe('half-blocks', () => {
  it.each([
    [5, 4],
    [3, 7],
    [1, 1],
  ])('show every pixel of %i × %i in its colour', (width, height) => {
    const image = noise(width, height);
    expect(screen(halfBlocks(image, paints.blocks24bit))).toEqual(rowsOf(image));
  });

  it('choose the nearest of 256 colours', () => {
    const exact = pixelsOf([
      [
        [0, 0, 0],
        [95, 135, 175],
        [255, 255, 255],
        [128, 128, 128],
        [238, 238, 238],
      ],
    ]);
    expect(screen(halfBlocks(exact, paints.blocks256))).toEqual(rowsOf(exact));
    const palette = Array.from({ length: 240 }, (_, i) => xterm(16 + i));
    const away = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, v, c) => sum + (v - (b[c] ?? 0)) ** 2, 0);
    const image = noise(16, 8);
    const shown = screen(halfBlocks(image, paints.blocks256));
    for (const [y, row] of rowsOf(image).entries())
      for (const [x, colour] of row.entries())
        expect(away(shown[y]?.[x] ?? [], colour)).toBe(
          Math.min(...palette.map((other) => away(other, colour))),
        );
  });

  it('say a colour once for a run of it', () => {
    const run = pixelsOf([Array(6).fill([1, 2, 3]), Array(6).fill([4, 5, 6])]);
    expect(halfBlocks(run, paints.blocks24bit)).toBe('\x1b[38;2;1;2;3;48;2;4;5;6m▀▀▀▀▀▀\x1b[0m\n');
  });
});

describe('protocols', () => {
  const png = encode({ ...noise(60, 40), channels: 4 });

  it('hand kitty the PNG in pieces of 4096 characters', () => {
    const text = kitty(png, 20);
    const pieces = [...visible(text).matchAll(/␛_G([^;]*);([^␛]*)␛\\/g)];
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.map(([, control]) => control)).toEqual(
      pieces.map((_, i) => `${i === 0 ? 'a=T,f=100,q=2,c=20,' : ''}m=${i === pieces.length - 1 ? 0 : 1}`),
    );
    for (const [, , piece] of pieces) expect(piece?.length).toBeLessThanOrEqual(4096);
    const joined = Buffer.from(pieces.map(([, , piece]) => piece).join(''), 'base64');
    expect([...joined]).toEqual([...png]);
    expect(text.slice(text.lastIndexOf('\\') + 1)).toBe('\n');
  });

  it('hand iTerm2 the PNG in one', () => {
    const [, size, width, data = ''] =
      /^␛\]1337;File=inline=1;size=(\d+);width=(\d+):(.*)␇\n$/.exec(visible(iterm2(png, 20))) ?? [];
    expect([Number(size), Number(width)]).toEqual([png.length, 20]);
    expect([...Buffer.from(data, 'base64')]).toEqual([...png]);
  });

  it('draw every pixel as sixels, to the nearest of six levels', () => {
    const image = pixelsOf(
      Array.from({ length: 8 }, (_, y) =>
        Array.from({ length: 9 }, (_, x) => [x * 28, y * 30, x < 5 ? 0 : 255] as const),
      ),
    );
    const nearest = (value: number) => Math.round(value / 51) * 51;
    expect(sixelScreen(sixel(image))).toEqual(rowsOf(image).map((row) => row.map((rgb) => rgb.map(nearest))));
  });
});

/** What a terminal would show of sixels. */
function sixelScreen(text: string): number[][][] {
  const [, width, height, body = ''] = /^␛P0;1q"1;1;(\d+);(\d+)(.*)␛\\\n$/.exec(visible(text)) ?? [];
  const shown = Array.from({ length: Number(height) }, () =>
    Array.from({ length: Number(width) }, (): number[] => []),
  );
  const palette = new Map<number, number[]>();
  let [x, top, colour]: [number, number, number[]] = [0, 0, []];
  for (const [token, index, r, g, b, count, repeated, single] of body.matchAll(
    /#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|[$-]/g,
  )) {
    if (r !== undefined)
      palette.set(
        Number(index),
        [r, g, b].map((percent) => Math.round(Number(percent) * 2.55)),
      );
    else if (index !== undefined) colour = palette.get(Number(index)) ?? [];
    else if (token === '$') x = 0;
    else if (token === '-') [x, top] = [0, top + 6];
    else {
      const mask = ((repeated ?? single) as string).charCodeAt(0) - 63;
      for (let n = Number(count ?? 1); n > 0; n--, x++)
        for (let bit = 0; bit < 6; bit++) if (mask & (1 << bit)) (shown[top + bit] as number[][])[x] = colour;
    }
  }
  return shown;
}

describe('resize', () => {
  it('takes the mean of what a pixel covers', () => {
    const image = pixelsOf([
      [
        [0, 0, 0],
        [90, 30, 60],
        [30, 90, 60],
      ],
    ]);
    expect(rowsOf(resize(image, 1, 1))).toEqual([[[40, 40, 40]]]);
    // 1.5 old pixels in each new one: (0 + 90/2) / 1.5 and (90/2 + 30) / 1.5.
    expect(rowsOf(resize(image, 2, 1))[0]?.map(([red]) => red)).toEqual([30, 50]);
    expect(rowsOf(resize(image, 6, 2))).toEqual(
      Array(2).fill(rowsOf(image)[0]?.flatMap((rgb) => [rgb, rgb])),
    );
  });
});

describe('the terminal', () => {
  const tty = { isTTY: true, columns: 100, rows: 30 };

  it.each<[string, Record<string, string>]>([
    ['kitty', { TERM: 'xterm-kitty', COLORTERM: 'truecolor' }],
    ['kitty', { TERM: 'xterm-256color', KITTY_WINDOW_ID: '1' }],
    ['kitty', { TERM: 'xterm-ghostty' }],
    ['iterm2', { TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app' }],
    ['iterm2', { TERM: 'xterm-256color', TERM_PROGRAM: 'WezTerm' }],
    ['sixel', { TERM: 'foot' }],
    ['blocks24bit', { TERM: 'tmux-256color', TMUX: '/tmp/x', KITTY_WINDOW_ID: '1', COLORTERM: 'truecolor' }],
    ['blocks24bit', { TERM: 'xterm-256color', COLORTERM: 'truecolor' }],
    ['blocks24bit', { WT_SESSION: '1' }],
    ['blocks256', { TERM: 'screen-256color', KITTY_WINDOW_ID: '1' }],
    ['blocks256', { TERM: 'xterm-256color', TERM_PROGRAM: 'Apple_Terminal' }],
  ])('speaks %s, by %j', (protocol, env) => {
    expect(findTerminal({ env, ...tty })).toEqual({ protocol, columns: 100, rows: 30 });
  });

  it.each([
    [{ TERM: 'xterm-kitty', NO_COLOR: '1' }, true],
    [{ TERM: 'dumb', COLORTERM: 'truecolor' }, true],
    [{ TERM: 'vt100' }, true],
    [{}, true],
    [{ TERM: 'xterm-kitty' }, false],
    [{ TERM: 'xterm-kitty' }, undefined],
  ])('is none for pictures by %j, a terminal: %s', (env, isTTY) => {
    expect(findTerminal({ env, ...tty, isTTY })).toBeNull();
  });

  it('has a usual size where it does not tell', () => {
    expect(findTerminal({ env: { TERM: 'foot' }, isTTY: true, columns: 0 })).toMatchObject({
      columns: 80,
      rows: 24,
    });
  });

  it.each(['kitty', 'iterm2'] as const)('gets a picture of %s no wider than itself', (protocol) => {
    const png = encode({ ...noise(1600, 2), channels: 4 });
    expect(drawing(png, { protocol, columns: 40, rows: 10 })).toMatch(/(c|width)=39[,:]/);
    expect(drawing(png, { protocol, columns: 400, rows: 10 })).toMatch(/(c|width)=100[,:]/);
  });

  it('gets half-blocks no wider and no higher than itself', () => {
    const size = (width: number, height: number, columns: number, rows: number) => {
      const png = encode({ ...noise(width, height), channels: 4 });
      const shown = screen(drawing(png, { protocol: 'blocks24bit', columns, rows }));
      return [shown[0]?.length, shown.length];
    };
    expect(size(400, 200, 80, 50)).toEqual([50, 25]);
    expect(size(400, 200, 41, 50)).toEqual([40, 20]);
    expect(size(400, 400, 80, 12)).toEqual([20, 20]);
    expect(size(400, 1, 80, 12)).toEqual([50, 1]);
  });

  it('gets sixels of the picture’s size', () => {
    const text = drawing(encode({ ...noise(100, 60), channels: 4 }), {
      protocol: 'sixel',
      columns: 80,
      rows: 24,
    });
    expect(text).toContain('"1;1;50;30');
  });
});

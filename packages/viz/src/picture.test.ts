import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, FileError } from '@retrograd/core';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PictureError } from './errors.ts';
import { Figure } from './figure.ts';
import { Drawing, jupyterDisplay } from './picture.ts';
import { line } from './plot/line.ts';
import { textWidth, wrapText } from './text.ts';
import { palettes, type Scheme } from './theme.ts';

/** The least there is to a picture: a word in ink. */
class Word extends Drawing {
  readonly #word: string;

  constructor(word: string, size?: 'dark' | 'light') {
    super(size);
    this.#word = word;
  }

  protected override async draw(scheme: Scheme): Promise<string> {
    const { ink } = palettes[scheme];
    return `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="30"><text x="5" y="20" font-family="system-ui, sans-serif" fill="${ink}">${this.#word}</text></svg>`;
  }

  override toString(): string {
    return this.#word;
  }
}

/** Which pixels are not of the ground, as text. */
function inkOf(png: Uint8Array): string {
  const { data, channels } = decode(png);
  const ground = Array.from(data.slice(0, 3));
  let ink = '';
  for (let at = 0; at < data.length; at += channels)
    ink += ground.every((c, i) => data[at + i] === c) ? ' ' : '#';
  return ink;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pictures-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a picture', () => {
  it('is a PNG of its size times the scale, opaque, with its text drawn in glyphs', async () => {
    const png = await new Word('Wide').png();
    const { width, height, data, channels } = decode(png);
    expect([width, height]).toEqual([240, 60]);
    if (channels === 4) expect(data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
    const ink = inkOf(png);
    expect(ink).toContain('#');
    // Letters are drawn as such, not as the box that stands for a missing glyph: each has a shape of its own.
    expect(inkOf(await new Word('Wild').png())).not.toBe(ink);
    expect(inkOf(await new Word('α→∇').png())).not.toBe(inkOf(await new Word('β←Σ').png()));
    expect(decode(await new Word('a').png({ scale: 0.5 })).width).toBe(60);
  });

  it('is dark where it is asked to be', async () => {
    const corner = async (word: Word, theme?: Scheme) =>
      Array.from(decode(await word.png(theme ? { theme } : {})).data.slice(0, 3));
    expect(await corner(new Word('a'))).toEqual([0xfe, 0xfe, 0xfe]);
    expect(await corner(new Word('a'), 'dark')).toEqual([0x0d, 0x11, 0x17]);
    expect(await corner(new Word('a', 'dark'))).toEqual([0x0d, 0x11, 0x17]);
    expect(await new Word('a', 'dark').svg()).toContain(`background-color:${palettes.dark.ground}`);
  });

  it('follows the scheme of the reader in SVG, on a transparent ground', async () => {
    const svg = await new Word('a').svg();
    expect(svg).toContain(`[fill="${palettes.light.ink}"]{fill:${palettes.dark.ink}}`);
    expect(svg).not.toContain('background-color');
  });

  it('gives a notebook SVG on its ground, PNG and text', async () => {
    const bundle = await new Word('a')[jupyterDisplay]();
    expect(Object.keys(bundle).sort()).toEqual(['image/png', 'image/svg+xml', 'text/plain']);
    expect(bundle['image/svg+xml']).toContain('background-color');
    expect(atob(bundle['image/png'] as string).slice(1, 4)).toBe('PNG');
  });

  it('leaves out what XML cannot hold', async () => {
    expect(await new Word('a\u0000\u001bb').svg()).toContain('>ab<');
  });

  it('is saved by its extension, whole, with nothing beside it', async () => {
    const word = new Word('a');
    await word.save(join(folder, 'word.svg'));
    await word.save(join(folder, 'word.PNG'));
    expect((await readdir(folder)).sort()).toEqual(['word.PNG', 'word.svg']);
    expect(await readFile(join(folder, 'word.svg'), 'utf8')).toBe(await word.svg());
    expect(decode(await readFile(join(folder, 'word.PNG'))).width).toBe(240);
  });

  it.each(['word', 'word.jpg', '.svg/word', 'word.'])('is not saved as %s', async (name) => {
    await expect(new Word('a').save(join(folder, name))).rejects.toThrow(ArgumentError);
  });

  it('says what is wrong with a place, a scale, a theme or an option', async () => {
    const word = new Word('a');
    await expect(word.save(join(folder, 'none', 'word.svg'))).rejects.toThrow(FileError);
    await expect(word.save(3 as never)).rejects.toThrow(ArgumentError);
    for (const scale of [0, -1, Number.NaN, 1e6, '2' as never])
      await expect(word.png({ scale })).rejects.toThrow(ArgumentError);
    await expect(word.svg({ theme: 'sepia' as never })).rejects.toThrow(ArgumentError);
    await expect(word.png({ size: 3 } as never)).rejects.toThrow(ArgumentError);
    await expect(new Word('<').png()).rejects.toThrow(PictureError);
  });
});

describe('a figure', () => {
  const spec = {
    data: { values: [{ a: 1, b: 2 }] },
    mark: 'point',
    encoding: { x: { field: 'a', type: 'quantitative' }, y: { field: 'b', type: 'quantitative' } },
  } as const;

  it('is in SVG and PNG just as large as it says', async () => {
    const figure = line([1, 2, 3], {
      title: 'a title that is so long that it goes on in a line of its own',
      width: 300,
      height: 200,
    });
    expect(await figure.svg()).toMatch(/<svg[^>]* width="300" height="200"/);
    const { width, height } = decode(await figure.png({ scale: 1.5 }));
    expect([width, height]).toEqual([450, 300]);
    expect(inkOf(await figure.png())).toContain('#');
  });

  it('is saved as its specification, theme included', async () => {
    const path = join(folder, 'figure.json');
    await new Figure(spec, { theme: 'dark' }).save(path);
    const saved = JSON.parse(await readFile(path, 'utf8'));
    expect(saved).toMatchObject({ ...spec, background: palettes.dark.ground });
    expect(saved.$schema).toMatch(/vega-lite\/v6/);
  });

  it('keeps what the specification configures itself', () => {
    expect(new Figure({ ...spec, config: { padding: 99 } }).spec.config?.padding).toBe(99);
  });

  it('says so where Vega cannot draw it, and where its data cannot be loaded', async () => {
    await expect(new Figure({ mark: 'nope' } as never).svg()).rejects.toThrow(PictureError);
    await expect(new Figure({ ...spec, data: { url: '/no/such.json' } }).svg()).rejects.toThrow(PictureError);
    expect(() => new Figure(null as never)).toThrow(ArgumentError);
  });
});

describe('text', () => {
  it('is measured as DejaVu Sans sets it', () => {
    // Advances of the typeface, of 2048 units: W 2025, i 569, n 1298.
    expect(textWidth('Win', 100)).toBeCloseTo(((2025 + 569 + 1298) / 2048) * 100, -0.5);
  });

  it('is broken into lines that fit, within words only where it must', () => {
    const lines = wrapText('a few words and averyveryverylongone', 10, 80);
    expect(lines.join('').replaceAll(' ', '')).toBe('afewwordsandaveryveryverylongone');
    for (const line of lines) expect(textWidth(line, 10)).toBeLessThanOrEqual(80);
    expect(wrapText('one\ntwo', 10, 500)).toEqual(['one', 'two']);
  });
});

import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, FileError, randn, tensor, zeros } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { SGD } from '@retrograd/optim';
import { decode } from 'fast-png';
import { beforeEach, describe, expect, it } from 'vitest';
import './display.ts';
import { PictureError } from './errors.ts';
import { imshow } from './image/images.ts';
import { type Stage, showOn } from './show.ts';

let dir: string;
let written: string;
let sent: { type: string; content: Record<string, unknown> }[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'show-'));
  written = '';
  sent = [];
});

function stage(given: Partial<Stage> = {}): Stage {
  return {
    env: {},
    notebook: undefined,
    write: (text) => {
      written += text;
    },
    ...given,
  };
}

const inNotebook = () =>
  stage({
    notebook: {
      async broadcast(type, content) {
        sent.push({ type, content });
      },
    },
  });

const picture = imshow(zeros(28, 28));

describe('without a terminal', () => {
  it('saves a picture and says where, in one line', async () => {
    await showOn(stage(), picture, { name: 'digit', dir });
    expect(written).toBe(`Picture saved to ${join(dir, 'digit.svg')}\n`);
    expect(await readFile(join(dir, 'digit.svg'), 'utf8')).toBe(await picture.svg());
  });

  it('writes over a file of the name, as what the name says, in folders that it makes', async () => {
    const deep = join(dir, 'a', 'b');
    await showOn(stage(), imshow(zeros(2, 2)), { name: 'x.png', dir: deep });
    await showOn(stage(), picture, { name: 'x.png', dir: deep });
    expect(decode(await readFile(join(deep, 'x.png'))).width).toBe(2 * 156);
    expect(await readdir(deep)).toEqual(['x.png']);
  });

  it('takes the folder from RETROGRAD_PICTURES, and numbers what has no name', async () => {
    const here = stage({ env: { RETROGRAD_PICTURES: dir } });
    await showOn(here, [picture, randn([9, 9])]);
    await showOn(here, [picture, picture], { name: 'pair.png' });
    expect((await readdir(dir)).map((name) => name.replace(/picture-\d+/, 'picture-n'))).toEqual([
      'pair-1.png',
      'pair-2.png',
      'picture-n.svg',
      'picture-n.svg',
    ]);
  });

  it('saves tensors that look like images or batches of them, and prints all else', async () => {
    await showOn(stage(), zeros(3, 10, 12), { name: 'image', dir });
    await showOn(stage(), zeros(5, 1, 28, 28), { name: 'batch', dir });
    expect((await readdir(dir)).sort()).toEqual(['batch.svg', 'image.svg']);
    expect((await readFile(join(dir, 'batch.svg'), 'utf8')).match(/<image/g)).toHaveLength(5);
    written = '';
    await showOn(stage(), tensor([[1, 2]]));
    await showOn(stage(), [
      [1, 2],
      [3, 4],
    ]);
    await showOn(stage(), new Float64Array([0.5]));
    expect(written).toBe(
      'tensor([[1., 2.]])\ntensor([[1., 2.],\n        [3., 4.]])\ntensor([0.5000], dtype=float64)\n',
    );
  });

  it('prints the summary of a module, and the settings of an optimiser', async () => {
    const model = new nn.Linear(2, 3);
    await showOn(stage(), model);
    expect(written).toContain('Parameters: 9, of which trainable: 9');
    await showOn(stage(), new SGD(model.parameters(), { lr: 0.5 }));
    expect(written).toMatch(/SGD\n[\s\S]*lr +0\.5\n/);
  });

  it.each(['', '.', '..', 'a/b', 'a\\b', '../x', 'a\u0000', 7])('refuses the name %j', async (name) => {
    const attempt = showOn(stage(), picture, { name: name as string, dir });
    await expect(attempt).rejects.toThrow(ArgumentError);
    expect(await readdir(dir)).toEqual([]);
  });

  it('says which folder it cannot make', async () => {
    await writeFile(join(dir, 'file'), '');
    const attempt = showOn(stage(), picture, { name: 'x', dir: join(dir, 'file', 'below') });
    await expect(attempt).rejects.toThrow(FileError);
    await expect(showOn(stage(), picture, { dir: join(dir, 'file') })).rejects.toThrow(/RETROGRAD_PICTURES/);
  });

  it.each([undefined, null, 'text', 5, {}, new Date(), () => 1])('refuses to show %s', async (value) => {
    await expect(showOn(stage(), value as never)).rejects.toThrow(ArgumentError);
  });

  it('refuses options that it does not have', async () => {
    await expect(showOn(stage(), picture, { folder: dir } as never)).rejects.toThrow(ArgumentError);
  });
});

describe('in a terminal', () => {
  const terminal = { isTTY: true, columns: 60, rows: 40 };

  it('draws, and writes no file', async () => {
    await showOn(stage({ ...terminal, env: { TERM: 'xterm-256color' } }), picture, { name: 'x', dir });
    expect(written.split('\n')).toHaveLength(20 + 2);
    expect(written).toContain('▀');
    expect(written.endsWith('\nimshow: image of 28 × 28 pixels\n')).toBe(true);
    written = '';
    await showOn(stage({ ...terminal, env: { TERM: 'xterm-kitty' } }), picture, { name: 'x', dir });
    expect(written.startsWith('\x1b_Ga=T,f=100')).toBe(true);
    expect(await readdir(dir)).toEqual([]);
  });

  it.each([{ TERM: 'dumb' }, { TERM: 'xterm-kitty', NO_COLOR: '1' }])('saves by %j', async (env) => {
    await showOn(stage({ ...terminal, env }), picture, { name: 'x', dir });
    expect(await readdir(dir)).toEqual(['x.svg']);
  });

  it('saves, and says why, where a package is missing that makes PNGs', async () => {
    const without = Object.create(picture) as typeof picture;
    const missing = new PictureError({ op: 'png', got: 'no resvg', want: 'it' });
    without.png = async () => Promise.reject(missing);
    without.save = (path) => picture.save(path);
    await showOn(stage({ ...terminal, env: { TERM: 'xterm-kitty' } }), without, { name: 'x', dir });
    expect(written).toMatch(/no resvg.*\nPicture saved to .*x\.svg\n$/);
  });
});

describe('in a notebook', () => {
  it('displays pictures in all their forms, and tensors as tables and images', async () => {
    await showOn(inNotebook(), [picture, zeros(28, 28)], { dir });
    expect(sent.map(({ type }) => type)).toEqual(['display_data', 'display_data']);
    const [first, second] = sent.map(({ content }) => content.data as Record<string, string>);
    expect(Object.keys(first ?? {}).sort()).toEqual(['image/png', 'image/svg+xml', 'text/plain']);
    expect(second?.['text/html']).toMatch(/<img .*<table>/s);
    expect(written).toBe('');
    expect(await readdir(dir)).toEqual([]);
  });
});

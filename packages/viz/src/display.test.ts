import { ArgumentError, arange, ones, rand, type Tensor, tensor, zeros } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { Adam, SGD } from '@retrograd/optim';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { summary } from './display/module.ts';
import { displayOf } from './display.ts';

async function bundle(value: unknown): Promise<{ html: string; text: string }> {
  const data = (await displayOf(value)?.()) ?? {};
  return { html: String(data['text/html']), text: String(data['text/plain']) };
}

/** The tables of HTML, as the texts of their cells. */
function tables(html: string): string[][][] {
  return [...html.matchAll(/<table>(.*?)<\/table>/gs)].map(([, table = '']) =>
    [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
      [...row.matchAll(/<t[dh]\b[^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) => cell),
    ),
  );
}

describe('a tensor', () => {
  it('is a table with its facts', async () => {
    const x = tensor(
      [
        [1, -2.5],
        [0.25, 4],
      ],
      { requiresGrad: true },
    );
    const { html, text } = await bundle(x);
    expect(tables(html)).toEqual([
      [
        ['', '0', '1'],
        ['0', '1.0000', '−2.5000'],
        ['1', '0.2500', '4.0000'],
      ],
    ]);
    expect(html).toContain('tensor (2, 2) · float32 · requiresGrad<');
    expect(text).toBe(String(x));
    expect((await bundle(x.mul(2))).html).toContain('tensor (2, 2) · float32 · gradFn mul<');
    expect((await bundle(x.detach().to('int32'))).html).toContain('tensor (2, 2) · int32<');
  });

  it.each<[string, Tensor, string[][][]]>([
    ['of no dims', tensor(3), [[['3']]]],
    [
      'of one',
      tensor([true, false]),
      [
        [
          ['0', '1'],
          ['true', 'false'],
        ],
      ],
    ],
    [
      'of three',
      arange(4).reshape([2, 1, 2]),
      [
        [
          ['', '0', '1'],
          ['0', '0', '1'],
        ],
        [
          ['', '0', '1'],
          ['0', '2', '3'],
        ],
      ],
    ],
    ['without elements', zeros(2, 0), []],
    [
      'that is not contiguous',
      arange(4).reshape([2, 2]).t(),
      [
        [
          ['', '0', '1'],
          ['0', '0', '2'],
          ['1', '1', '3'],
        ],
      ],
    ],
    [
      'of odd values',
      tensor([Number.NaN, Number.NEGATIVE_INFINITY, 1e-7, 2]),
      [
        [
          ['0', '1', '2', '3'],
          ['NaN', '−∞', '1.000e-7', '2.000e+0'],
        ],
      ],
    ],
  ])('%s', async (_, x, cells) => {
    expect(tables((await bundle(x)).html)).toEqual(cells);
  });

  it('that is large shows its edges', async () => {
    const [table] = tables((await bundle(arange(40 * 50).reshape([40, 50]))).html);
    expect(table).toHaveLength(1 + 7);
    expect(table?.[0]).toEqual(['', '0', '1', '2', '…', '47', '48', '49']);
    expect(table?.[2]).toEqual(['1', '50', '51', '52', '…', '97', '98', '99']);
    expect(table?.[4]).toEqual(['…', '…', '…', '…', '…', '…', '…', '…']);
    expect(table?.[7]).toEqual(['39', '1950', '1951', '1952', '…', '1997', '1998', '1999']);
    const deep = (await bundle(arange(10 * 4 * 50).reshape([10, 4, 50]))).html;
    expect(tables(deep)).toHaveLength(6);
    expect([...deep.matchAll(/>(\[\d+\]|…)<\/div>/g)].map(([, label]) => label)).toEqual([
      '[0]',
      '[1]',
      '[2]',
      '…',
      '[7]',
      '[8]',
      '[9]',
    ]);
    expect(tables(deep).at(-1)?.at(-1)).toEqual(['3', '1950', '1951', '1952', '…', '1997', '1998', '1999']);
  });

  it('that looks like an image is one, too', async () => {
    const { html } = await bundle(arange(64).reshape([1, 8, 8]).div(63));
    const [, url = '', width] = /<img src="data:image\/png;base64,([^"]+)" width="(\d+)"/.exec(html) ?? [];
    const png = decode(Buffer.from(url, 'base64'));
    expect([png.width, png.height, width]).toEqual([8, 8, '80']);
    expect([...png.data.slice(4 * 63)]).toEqual([255, 255, 255, 255]);
    for (const shape of [[7, 7], [100], [4, 800], [2, 28, 28], [10, 1, 28, 28]])
      expect((await bundle(zeros(shape))).html).not.toContain('<img');
  });
});

class Odd extends nn.Module {
  conv = new nn.Conv2d(1, 4, 3);
  block = new nn.Sequential(new nn.BatchNorm2d(4), new nn.Linear(26, 5, { bias: false }));
  tied = new nn.Linear(26, 5, { bias: false });
  constructor() {
    super();
    this.tied.weight = (this.block[1] as nn.Linear).weight;
    this.conv.requiresGrad_(false);
  }
  override extraRepr(): string {
    return '<b>"odd" & more</b>';
  }
  override forward(x: Tensor): Tensor {
    return this.block.forward(this.conv.forward(x));
  }
}

describe('a module', () => {
  const rows = [
    ['', 'Odd(<b>"odd" & more</b>)', '', ''],
    ['conv', 'Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1))', 'weight (4, 1, 3, 3), bias (4,)', '40'],
    ['block', 'Sequential', '', ''],
    ['  0', expect.stringContaining('BatchNorm2d(4, '), 'weight (4,), bias (4,)', '8'],
    ['  1', expect.stringContaining('Linear('), 'weight (5, 26)', '130'],
    ['tied', expect.stringContaining('Linear('), 'weight (5, 26)', ''],
  ];

  it('is a table of its modules and their parameters', async () => {
    const { html } = await bundle(new Odd());
    const unescaped = (text: string) =>
      text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    expect(html).not.toContain('<b>');
    expect(tables(html)[0]?.map((row) => row.map(unescaped))).toEqual([
      ['Layer', 'Module', 'Parameters', 'Count'],
      ...rows,
    ]);
    expect(html).toContain('Parameters: 178, of which trainable: 138<');
    expect(html).toContain('Buffers: 9 elements<'); // two of 4, and a count
  });

  it('has columns that are flush in text', async () => {
    const { text } = await bundle(new nn.Sequential(new nn.Linear(2, 1000), new nn.ReLU()));
    const rule = '─'.repeat(97);
    expect(text.split('\n')).toEqual([
      'Layer  Module                                               Parameters                      Count',
      rule,
      '       Sequential',
      '0      Linear(in_features=2, out_features=1000, bias=True)  weight (1000, 2), bias (1000,)  3,000',
      '1      ReLU()',
      rule,
      'Parameters: 3,000, of which trainable: 3,000',
      'Memory: 12.0 kB',
    ]);
  });

  it('shows the shapes that come out of its layers for an example', () => {
    const model = new Odd();
    for (const example of [zeros(2, 1, 28, 28), [2, 1, 28, 28]]) {
      const found = summary(model, example);
      expect(found.rows.map(({ path, outputShape }) => [path, outputShape])).toEqual([
        ['', null],
        ['conv', [2, 4, 26, 26]],
        ['block', null],
        ['block.0', [2, 4, 26, 26]],
        ['block.1', [2, 4, 26, 5]],
        ['tied', null],
      ]);
      expect(String(found)).toMatch(/^ {2}1 .*\(2, 4, 26, 5\) +weight \(5, 26\) +130$/m);
    }
    expect(model.training).toBe(true);
    expect(() => summary({} as never)).toThrow(ArgumentError);
  });

  it('may be a loss', async () => {
    expect((await bundle(new nn.CrossEntropyLoss())).text).toContain('CrossEntropyLoss(');
  });
});

describe('an optimiser', () => {
  it('shows its groups and what it remembers', async () => {
    const [a, b] = [ones(2, 3).requiresGrad_(), ones(4).requiresGrad_()];
    const optimizer = new Adam([{ params: [a] }, { params: [b], lr: 0.5, betas: [0.5, 0.75] }]);
    const { html, text } = await bundle(optimizer);
    const cells = tables(html)[0] ?? [];
    expect(cells[0]).toEqual(['', 'Group 0', 'Group 1']);
    expect(cells).toContainEqual(['lr', '0.001', '0.5']);
    expect(cells).toContainEqual(['betas', '[0.9, 0.999]', '[0.5, 0.75]']);
    expect(cells).toContainEqual(['parameters', '1', '1']);
    expect(cells).toContainEqual(['elements', '6', '4']);
    expect(html).toContain('State: none yet<');
    expect(text.split('\n')[0]).toBe('Adam');
    a.mul(2).sum().backward();
    optimizer.step();
    expect((await bundle(optimizer)).text).toMatch(/State: .*expAvg.* of 1 of 2 parameters, 48 B$/);
  });

  it('of one’s own is shown by its name', async () => {
    class Descent extends SGD {}
    expect((await bundle(new Descent([rand([2]).requiresGrad_()], { lr: 1 }))).html).toContain('>Descent<');
  });
});

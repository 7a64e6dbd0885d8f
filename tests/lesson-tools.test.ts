import { describe, expect, it } from 'vitest';
import { notebookOf, withOutputs } from '../examples/lib/notebook.ts';
import { complaints } from './lessons/expectation.ts';

describe('a notebook of a script in percent form', () => {
  const script =
    '// %% [markdown]\n// # Title\n//\n// A text.\n\n// %%\nconst x = 1;\n\n// a comment\nlog(x);\n';

  it('has its texts and its code, line by line', () => {
    const cells = notebookOf(script).cells.map(({ cell_type, source }) => [cell_type, source]);
    expect(cells).toEqual([
      ['markdown', ['# Title\n', '\n', 'A text.']],
      ['code', ['const x = 1;\n', '\n', '// a comment\n', 'log(x);']],
    ]);
  });

  it('keeps the ids of cells when others come, and has no id twice', () => {
    const ids = (text: string) => notebookOf(text).cells.map(({ id }) => id);
    const [title, code] = ids(script);
    const more = ids(`// %%\nfirst();\n${script}// %%\nfirst();\n`);
    expect(more.slice(1, 3)).toEqual([title, code]);
    expect(new Set(more).size).toBe(4);
    for (const id of more) expect(id).toMatch(/^[a-zA-Z0-9-_]{1,64}$/);
  });

  it('takes the outputs of cells that are the same', () => {
    const before = notebookOf(script);
    const output = { output_type: 'stream', name: 'stdout', text: ['1\n'] };
    const run = { ...before, cells: before.cells.map((cell) => ({ ...cell, outputs: [output] })) };
    const after = withOutputs(notebookOf(`${script}// %%\nlast();\n`), run);
    expect(after.cells.map(({ outputs }) => outputs)).toEqual([undefined, [output], []]);
  });

  it('is refused where a text is no comment, or something stands before the first cell', () => {
    expect(() => notebookOf('// %% [markdown]\n// text\nconst x = 1;\n')).toThrow(/no comment: const x = 1/);
    expect(() => notebookOf('const x = 1;\n// %%\n')).toThrow(SyntaxError);
  });
});

describe('what a lesson printed', () => {
  const output = 'weights: 12,288,000\nconv1   −1.50   2e-7\nconv2   3   4\n';
  const wrong = (after: string | string[], values: number[], within?: number) =>
    complaints(output, [{ after, values, from: 'here', ...(within === undefined ? {} : { within }) }]);

  it('is right as far as it is rounded, or as far as it is said', () => {
    expect(wrong('weights: ', [12_288_000])).toEqual([]);
    expect(wrong('conv1', [-1.504, 2.4e-7])).toEqual([]);
    expect(wrong(['conv1', 'conv2'], [3.1, 4], 0.2)).toEqual([]);
  });

  it('is wrong beyond that, or where it is missing', () => {
    expect(wrong('weights: ', [12_288_001])).toEqual(['after weights: : 12,288,000, wanted 12288001 (here)']);
    expect(wrong('conv1', [-1.506])).toHaveLength(1);
    expect(wrong('conv1', [-1.5, 3e-7])).toHaveLength(1);
    expect(wrong('conv2', [3, 4, 5])).toHaveLength(1);
    expect(wrong(['conv2', 'conv1'], [3])).toHaveLength(1);
  });
});

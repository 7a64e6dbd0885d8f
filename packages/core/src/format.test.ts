import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { rand, type Tensor, tensor } from './index.ts';

interface Print {
  readonly dtype: 'float32' | 'float64' | 'int64' | 'uint8' | 'bool';
  readonly shape: number[];
  readonly data: (number | string | boolean)[];
  readonly text: string;
}

const url = new URL('../../../tests/fixtures/tensor-prints.json', import.meta.url);
const prints = JSON.parse(readFileSync(url, 'utf8')) as Print[];

function made({ dtype, shape, data }: Print): Tensor {
  const values = data.map((value) =>
    value === 'inf' ? Infinity : value === '-inf' ? -Infinity : Number(value),
  );
  return tensor(values, { dtype: dtype === 'int64' ? 'int32' : dtype }).reshape(shape);
}

/** PyTorch's text with JavaScript's truth values and without its module prefix. */
function translated(text: string): string {
  return text
    .replaceAll(/\bTrue\b/g, 'true')
    .replaceAll('False', 'false')
    .replaceAll('torch.', '')
    .replaceAll(/size=\(([^)]*?),?\)/g, 'size=[$1]');
}

describe('toString', () => {
  it.each(
    prints.map((print) => [`${print.dtype} (${print.shape}) ${print.text.slice(0, 30)}`, print] as const),
  )('prints as PyTorch does: %s', (_, print) => {
    expect(String(made(print))).toBe(translated(print.text));
  });

  it('shows what the tape knows', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    expect(String(x)).toBe('tensor([1., 2.], requiresGrad=true)');
    expect(String(x.exp())).toBe('tensor([2.7183, 7.3891], gradFn=<exp>)');
  });

  it('is what util.inspect and string templates show', () => {
    const x = tensor([1, 2]);
    expect(inspect(x)).toBe('tensor([1., 2.])');
    expect(`${x}`).toBe('tensor([1., 2.])');
  });
});

describe('a tensor where a number is wanted', () => {
  it('is its element, if it has just one', () => {
    expect(Number(tensor(2.5)) * 2).toBe(5);
    expect(() => Number(rand(2))).toThrow(/operators/);
  });
});

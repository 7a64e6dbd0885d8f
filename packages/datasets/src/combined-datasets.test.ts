import { ArgumentError, arange, DatasetError, IndexError, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ConcatDataset, StackDataset } from './combined-datasets.ts';
import { DataLoader } from './data-loader.ts';
import { Dataset, TensorDataset } from './dataset.ts';

const arrays = (tensors: readonly Tensor[]) => tensors.map((each) => each.toArray());

class Words extends Dataset<string> {
  readonly length = 3;
  get(index: number): string {
    return ['one', 'two', 'three'][index] as string;
  }
}

describe('ConcatDataset', () => {
  const part = (from: number, to: number) => new TensorDataset(arange(from, to));
  const whole = new ConcatDataset([part(0, 3), new TensorDataset(tensor([]).to('int32')), part(3, 5)]);

  it('gives the items of each in turn', () => {
    expect([whole.length, whole.cumulativeSizes]).toEqual([5, [3, 3, 5]]);
    expect([0, 2, 3, 4, -1, -5].map((index) => whole.get(index)[0].item())).toEqual([0, 2, 3, 4, 4, 0]);
    expectTypeOf(whole.getBatch([0])).toEqualTypeOf<[Tensor]>();
    expect(arrays(whole.getBatch([4, 0]))).toEqual([[4, 0]]);
    expect([...new DataLoader(whole, { batchSize: 2 })].map(arrays)).toEqual([[[0, 1]], [[2, 3]], [[4]]]);
  });

  it.each([5, -6, 0.5])('refuses index %d', (index) => {
    expect(() => whole.get(index)).toThrow(IndexError);
  });

  it('refuses nothing, and what is no dataset', () => {
    expect(() => new ConcatDataset([])).toThrow(ArgumentError);
    expect(() => new ConcatDataset([[1]] as unknown as Words[])).toThrow(ArgumentError);
    expect(() => new ConcatDataset(part(0, 1) as unknown as Words[])).toThrow(ArgumentError);
  });
});

describe('StackDataset', () => {
  const numbers = new TensorDataset(arange(3));

  it('gives a list of items, and of batches', () => {
    const stacked = new StackDataset(numbers, new Words());
    expectTypeOf(stacked.get(0)).toEqualTypeOf<[[Tensor], string]>();
    expectTypeOf(stacked.getBatch([0])).toEqualTypeOf<[[Tensor], string[]]>();
    const [[number], word] = stacked.get(-1);
    expect([number.item(), word]).toEqual([2, 'three']);
    const [batch] = [...new DataLoader(stacked, { batchSize: 2 })];
    expect([batch?.[0][0].toArray(), batch?.[1]]).toEqual([
      [0, 1],
      ['one', 'two'],
    ]);
  });

  it('gives objects where datasets have names', () => {
    const stacked = new StackDataset({ number: numbers, word: new Words() });
    expectTypeOf(stacked.get(0)).toEqualTypeOf<{ number: [Tensor]; word: string }>();
    expect(stacked.get(1).word).toBe('two');
    expect(stacked.getBatch([1, -1]).word).toEqual(['two', 'three']);
    expect(stacked.length).toBe(3);
  });

  it('refuses other lengths, nothing, what is no dataset, and other indices', () => {
    expect(() => new StackDataset(numbers, new TensorDataset(arange(4)))).toThrow(DatasetError);
    expect(() => new StackDataset()).toThrow(ArgumentError);
    expect(() => new StackDataset({})).toThrow(ArgumentError);
    expect(() => new StackDataset(3 as unknown as Words)).toThrow(ArgumentError);
    expect(() => new StackDataset(numbers, null as unknown as Words)).toThrow(ArgumentError);
    expect(() => new StackDataset(numbers).get(3)).toThrow(IndexError);
    expect(() => new StackDataset(numbers).getBatch([-4])).toThrow(IndexError);
  });
});

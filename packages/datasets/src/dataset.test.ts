import {
  ArgumentError,
  arange,
  Generator,
  IndexError,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { defaultCollate } from './collate.ts';
import { ConcatDataset, StackDataset } from './combined-datasets.ts';
import { DataLoader } from './data-loader.ts';
import { Dataset, randomSplit, Subset, TensorDataset } from './dataset.ts';
import { DistributedSampler } from './distributed-sampler.ts';
import { RandomSampler, SequentialSampler } from './sampler.ts';

const arrays = (tensors: readonly Tensor[]) => tensors.map((each) => each.toArray());

describe('TensorDataset', () => {
  const dataset = new TensorDataset(arange(12).reshape(4, 3), tensor([10, 11, 12, 13]));

  it('gives slices', () => {
    expect(dataset.length).toBe(4);
    expect(arrays(dataset.get(2))).toEqual([[6, 7, 8], 12]);
    expect(arrays(dataset.get(-1))).toEqual([[9, 10, 11], 13]);
    expectTypeOf(dataset.get(0)).toEqualTypeOf<[Tensor, Tensor]>();
  });

  it('gathers a batch, as collating its items would', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 3 }), { minLength: 1 }), (indices) => {
        const items = indices.map((index) => dataset.get(index));
        expect(arrays(dataset.getBatch(indices))).toEqual(arrays(defaultCollate(items)));
        expect(arrays(dataset.getBatch(Int32Array.from(indices)))).toEqual(arrays(dataset.getBatch(indices)));
      }),
    );
  });

  it('gathers strided tensors', () => {
    const transposed = new TensorDataset(arange(6).reshape(2, 3).t());
    expect(arrays(transposed.getBatch([2, 0]))).toEqual([
      [
        [2, 5],
        [0, 3],
      ],
    ]);
  });

  it('refuses tensors of different length or without dims, no tensors, and what is no tensor', () => {
    expect(() => new TensorDataset(zeros(3, 2), zeros(4))).toThrow(ShapeError);
    expect(() => new TensorDataset(tensor(1))).toThrow(ShapeError);
    expect(() => new TensorDataset()).toThrow(ArgumentError);
    expect(() => new TensorDataset([1, 2] as unknown as Tensor)).toThrow(ArgumentError);
  });

  it.each([4, -5, 0.5, Number.NaN])('refuses index %d', (index) => {
    expect(() => dataset.get(index)).toThrow(IndexError);
    expect(() => dataset.getBatch([0, index])).toThrow(IndexError);
  });
});

describe('Subset', () => {
  const dataset = new TensorDataset(arange(10).mul(2));

  it('gives items of another dataset, also of another subset', () => {
    const subset = new Subset(new Subset(dataset, [1, 3, 5, 7]), [3, -4]);
    expect(subset.length).toBe(2);
    expect([arrays(subset.get(0)), arrays(subset.get(1))]).toEqual([[14], [2]]);
    expect(arrays(subset.getBatch([1, 0, 1]))).toEqual([[2, 14, 2]]);
  });

  it('uses the getBatch of its dataset', () => {
    class Counting extends TensorDataset<[Tensor]> {
      asked = 0;
      override getBatch(indices: number[]): [Tensor] {
        this.asked++;
        return super.getBatch(indices);
      }
      override get(): [Tensor] {
        throw new Error('one by one');
      }
    }
    const counting = new Counting(arange(10));
    new Subset(counting, [1, 2, 3]).getBatch([0, 1]);
    expect(counting.asked).toBe(1);
  });

  it('refuses indices outside its dataset, when it is made and when it is asked', () => {
    expect(() => new Subset(dataset, [10])).toThrow(IndexError);
    expect(() => new Subset(dataset, [1.5])).toThrow(IndexError);
    expect(() => new Subset(dataset, [1, 2]).get(2)).toThrow(IndexError);
    expect(() => new Subset(dataset, 3 as unknown as number[])).toThrow(ArgumentError);
    expect(() => new Subset([1] as unknown as typeof dataset, [0])).toThrow(ArgumentError);
  });
});

describe('randomSplit', () => {
  const dataset = new TensorDataset(arange(10));

  it('gives every item to one part', () => {
    const counts = fc.array(fc.nat(20), { minLength: 1 });
    fc.assert(
      fc.property(counts, (lengths) => {
        const total = lengths.reduce((a, b) => a + b, 0);
        // A lone 1 is a fraction as well, and means the same.
        const parts = randomSplit(new TensorDataset(arange(total)), lengths);
        expect(parts.map(({ length }) => length)).toEqual(lengths);
        const all = parts.flatMap(({ indices }) => [...indices]).sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: total }, (_, i) => i));
      }),
    );
  });

  it('takes fractions whose sum is 1 but for rounding', () => {
    const tenths = new Array<number>(10).fill(0.1);
    expect(randomSplit(dataset, tenths).map(({ length }) => length)).toEqual(tenths.map(() => 1));
    // 0.7 + 0.2 + 0.1 is less than 1 in floating point, 0.1 + 0.2 + 0.7 is it, 0.15 + 0.35 + 0.3 + 0.2 is about it.
    for (const lengths of [
      [0.7, 0.2, 0.1],
      [0.1, 0.2, 0.7],
      [0.3, 0.3, 0.2, 0.2],
    ]) {
      const parts = randomSplit(dataset, lengths);
      expect(parts.reduce((sum, { length }) => sum + length, 0)).toBe(10);
    }
  });

  it.each([[[3, 3]], [[11]], [[-1, 11]], [[0.5, 0.4]], [[2.5, 7.5]], [[1.5, -0.5]], [[]], [[Number.NaN]]])(
    'refuses %j of 10',
    (lengths) => {
      expect(() => randomSplit(dataset, lengths)).toThrow(ArgumentError);
    },
  );

  it('refuses an option it does not have, and what is no dataset', () => {
    expect(() => randomSplit(dataset, [10], { seed: 1 } as { generator?: Generator })).toThrow(ArgumentError);
    expect(() => randomSplit([1] as unknown as typeof dataset, [1])).toThrow(ArgumentError);
    expect(randomSplit(dataset, [10], { generator: new Generator() })[0]?.length).toBe(10);
  });
});

describe('Dataset', () => {
  it.each<[string, unknown]>([
    ['none', undefined],
    ['a method', () => 3],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a fraction', 2.5],
    ['a negative number', -1],
    ['a string', '3'],
    ['a bigint', 3n],
  ])('is refused with a length that is no whole number: %s', (_, length) => {
    class Odd extends Dataset<number> {
      readonly length = length as number;
      get(index: number) {
        return index;
      }
    }
    const odd = new Odd();
    for (const use of [
      () => new DataLoader(odd),
      () => new DataLoader(odd, { shuffle: true }),
      () => new Subset(odd, [0]),
      () => randomSplit(odd, [0.5, 0.5]),
      () => new ConcatDataset([odd]),
      () => new StackDataset(odd),
      () => new SequentialSampler(odd),
      () => new RandomSampler(odd, { numSamples: 2 }),
      () => new DistributedSampler(odd, 2, 0),
    ])
      expect(use).toThrow(/length .*whole number ≥ 0/);
  });

  it('can be extended with no more than a length and a get', () => {
    class Words extends Dataset<{ word: string; size: number }> {
      readonly length = 2;
      get(index: number) {
        return { word: ['retro', 'grad'][index] as string, size: 5 - index };
      }
    }
    const batch = new Words().getBatch([1, 0]);
    expectTypeOf(batch).toEqualTypeOf<{ word: string[]; size: Tensor }>();
    expect(batch.word).toEqual(['grad', 'retro']);
    expect(batch.size.toArray()).toEqual([4, 5]);
  });

  it('is asked for single items where a subclass gets them in its own way', () => {
    const x = tensor([1, 2, 3]);
    class Doubled extends TensorDataset<[Tensor]> {
      override get(index: number): [Tensor] {
        const [item] = super.get(index);
        return [item.mul(2)];
      }
    }
    class Last extends Subset<[Tensor], [Tensor]> {
      override get(): [Tensor] {
        return super.get(-1);
      }
    }
    expect(new Doubled(x).getBatch([0, 2])[0].toArray()).toEqual([2, 6]);
    expect(new Last(new TensorDataset(x), [0, 1]).getBatch([0, 1])[0].toArray()).toEqual([2, 2]);
  });
});

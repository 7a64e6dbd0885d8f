import {
  ArgumentError,
  DTypeError,
  IndexError,
  ones,
  randn,
  ShapeError,
  type Tensor,
  tensor,
} from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from '../index.ts';
import { Embedding, EmbeddingBag, F } from '../index.ts';

const leaf = { dtype: 'float64', requiresGrad: true } as const;
const indices = (...values: number[]) => tensor(values, { dtype: 'int32' });

describe('embedding', () => {
  it('has exact gradients, an index that comes twice collecting both', () => {
    const index = tensor(
      [
        [0, 2],
        [2, 1],
      ],
      { dtype: 'int32' },
    );
    const square = (weight: Tensor) => F.embedding(index, weight).mul(F.embedding(index, weight));
    expect(square).toPassGradcheck(randn([4, 3], leaf), { order: 2 });
  });

  it('keeps the gradient from the padding row, and shares it among those of one index', () => {
    const weight = ones([3, 1], leaf);
    F.embedding(indices(0, 1, 1, 2), weight, { paddingIdx: -1, scaleGradByFreq: true })
      .sum()
      .backward();
    expect(weight.grad).toEqualTensor([[1], [1], [0]]);
  });

  it('shortens rows that are looked up', () => {
    const weight = tensor(
      [
        [3, 4],
        [6, 8],
        [0.3, 0.4],
      ],
      leaf,
    );
    F.embedding(indices(0, 2), weight, { maxNorm: 1 });
    expect(weight.detach()).toBeCloseToTensor(
      [
        [0.6, 0.8],
        [6, 8],
        [0.3, 0.4],
      ],
      { atol: 1e-6 },
    );
  });

  it('shortens a row once, however often it is looked up, and leaves the others to the bit', () => {
    const weight = tensor([
      [3, 4],
      [Number.NaN, 8],
    ]);
    F.embedding(indices(0, 0, 0), weight, { maxNorm: 2.5 });
    expect(weight).toBeCloseToTensor(
      [
        [1.5, 2],
        [Number.NaN, 8],
      ],
      { atol: 1e-6 },
    );
    expect(F.embedding(indices(), weight, { maxNorm: 1 }).shape).toEqual([0, 2]);
  });

  it('refuses sparse gradients, which would be dense', () => {
    const sparse = { sparse: true as never };
    expect(() => F.embedding(indices(0), ones(3, 2), sparse)).toThrow(ArgumentError);
    expect(() => F.embeddingBag(indices(0, 1), ones(3, 2), { offsets: indices(0), ...sparse })).toThrow(
      ArgumentError,
    );
    expect(() => new Embedding(3, 2, sparse)).toThrow(ArgumentError);
    expect(() => new EmbeddingBag(3, 2, sparse)).toThrow(ArgumentError);
  });

  it('refuses what is no index or no table', () => {
    expect(() => F.embedding(indices(3), ones(3, 2))).toThrow(IndexError);
    expect(() => F.embedding(indices(-1), ones(3, 2))).toThrow(IndexError);
    expect(() => F.embedding(ones(2), ones(3, 2))).toThrow(DTypeError);
    expect(() => F.embedding(indices(0), ones(3))).toThrow(ShapeError);
    expect(() => F.embedding(indices(0), ones(3, 2), { paddingIdx: 3 })).toThrow(ArgumentError);
  });
});

describe('embeddingBag', () => {
  const index = indices(0, 1, 1, 2, 0);
  const offsets = indices(0, 3, 3);
  const bags = [[0, 1, 1], [], [2, 0]];
  const table = randn([3, 2], { dtype: 'float64' });

  it.each(['sum', 'mean', 'max'] as const)('in mode %s is that of the rows of each bag', (mode) => {
    const rows = (bag: number[]) => table.indexSelect(0, indices(...bag));
    const folded = {
      sum: (x: Tensor) => x.sum(0),
      mean: (x: Tensor) => x.mean(0),
      max: (x: Tensor) => x.amax(0),
    };
    const want = bags.map((bag) =>
      bag.length === 0 ? [0, 0] : folded[mode](rows(bag)).toArray(),
    ) as number[][];
    expect(F.embeddingBag(index, table, { offsets, mode })).toBeCloseToTensor(want, { atol: 1e-12 });
    const all = { offsets: indices(0, 3, 3, 5), includeLastOffset: true, mode };
    expect(F.embeddingBag(index, table, all)).toBeCloseToTensor(want, { atol: 1e-12 });
  });

  it.each(['sum', 'mean', 'max'] as const)(
    'in mode %s has exact gradients and leaves padding out',
    (mode) => {
      const bag = (weight: Tensor) => F.embeddingBag(index, weight, { offsets, mode, paddingIdx: 1 });
      expect((weight: Tensor) => bag(weight).mul(bag(weight))).toPassGradcheck(randn([3, 2], leaf), {
        order: 2,
      });
    },
  );

  it('weighs rows, with gradients of the weights', () => {
    const weighed = (weight: Tensor, perSampleWeights: Tensor) =>
      F.embeddingBag(index, weight, { offsets, mode: 'sum', perSampleWeights });
    expect(weighed).toPassGradcheck([randn([3, 2], leaf), randn([5], leaf)], { order: 2 });
  });

  it.each<[string, () => unknown]>([
    ['a vector without offsets', () => F.embeddingBag(index, table)],
    ['offsets that do not begin at 0', () => F.embeddingBag(index, table, { offsets: indices(1) })],
    ['offsets beyond the end', () => F.embeddingBag(index, table, { offsets: indices(0, 9) })],
    ['offsets that go back', () => F.embeddingBag(index, table, { offsets: indices(0, 3, 2) })],
    ['weights of means', () => F.embeddingBag(index, table, { offsets, perSampleWeights: ones(5) })],
    ['an unknown mode', () => F.embeddingBag(index, table, { offsets, mode: 'min' as never })],
  ])('refuses %s', (_, call) => {
    expect(call).toThrowError(/embeddingBag: got/);
  });
});

describe('tables', () => {
  it('start with zeros in the padding row', () => {
    expect(new nn.Embedding(4, 3, { paddingIdx: 1 }).weight.detach().select(0, 1)).toEqualTensor([0, 0, 0]);
  });

  it('may be given, and then stay as they are unless told otherwise', () => {
    const vectors = ones(3, 2);
    expect(nn.Embedding.fromPretrained(vectors).weight.requiresGrad).toBe(false);
    const bag = nn.EmbeddingBag.fromPretrained(vectors, { freeze: false, mode: 'sum' });
    expect(bag.weight.requiresGrad).toBe(true);
    expect(bag.forward(tensor([[0, 1]], { dtype: 'int32' })).detach()).toEqualTensor([[2, 2]]);
    expect(() => nn.Embedding.fromPretrained(ones(3))).toThrow(ShapeError);
  });
});

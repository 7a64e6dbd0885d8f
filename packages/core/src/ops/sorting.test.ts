import '../methods.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError, IndexError } from '../errors.ts';
import { manualSeed } from '../random/generator.ts';
import { tensor, zeros } from './creation.ts';
import { randn } from './random.ts';
import { argsort, kthvalue, msort, sort, topk } from './sorting.ts';

beforeEach(() => void manualSeed(1));

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const float64 = { dtype: 'float64' } as const;

describe('sort', () => {
  it('gives the elements of each line in order, and where they were', () => {
    const x = tensor([
      [3, 1, 2],
      [0, 5, 4],
    ]);
    const { values, indices } = sort(x);
    expect(values.toArray()).toEqual([
      [1, 2, 3],
      [0, 4, 5],
    ]);
    expect(indices.toArray()).toEqual([
      [1, 2, 0],
      [0, 2, 1],
    ]);
    expect(x.sort(0, true).values.toArray()).toEqual([
      [3, 5, 4],
      [0, 1, 2],
    ]);
    expect(x.sort({ dim: 0, descending: true, stable: true }).indices.toArray()).toEqual([
      [0, 1, 1],
      [1, 0, 0],
    ]);
  });

  it('holds NaN for the largest', () => {
    const x = tensor([nan, 1, -infinity, nan, infinity, -0, 0]);
    expect(argsort(x).toArray()).toEqual([2, 5, 6, 1, 4, 0, 3]);
    expect(argsort(x, { descending: true }).toArray()).toEqual([0, 3, 4, 1, 5, 6, 2]);
  });

  it('takes a scalar for a line of one, and lines of nothing', () => {
    expect(sort(tensor(3)).values.toArray()).toBe(3);
    expect(argsort(tensor(3), -1).toArray()).toBe(0);
    expect(sort(zeros(2, 0)).indices.shape).toEqual([2, 0]);
    expect(sort(zeros(0, 2)).values.shape).toEqual([0, 2]);
    expect(() => sort(tensor([1]), 1)).toThrow(IndexError);
  });

  it('sorts truth values and keeps dtypes', () => {
    const { values, indices } = tensor([true, false, true]).sort();
    expect(values.toArray()).toEqual([false, true, true]);
    expect(indices.dtype).toBe('int32');
    expect(msort(tensor([[2], [1]], { dtype: 'uint8' })).toArray()).toEqual([[1], [2]]);
  });
});

describe('topk and kthvalue', () => {
  const x = tensor([5, nan, 1, 4, 3]);

  it('pick from the order', () => {
    expect(topk(x, 2).indices.toArray()).toEqual([1, 0]);
    expect(topk(x, 2, { largest: false }).values.toArray()).toEqual([1, 3]);
    expect(topk(x, 0).values.shape).toEqual([0]);
    expect(kthvalue(x, 2).values.item()).toBe(3);
    expect(kthvalue(x, 5, { keepdim: true }).indices.toArray()).toEqual([1]);
    expect(x.reshape(1, 5).kthvalue(1, 1).values.toArray()).toEqual([1]);
  });

  it.each([6, -1, 1.5])('refuse a rank of %d', (k) => {
    expect(() => topk(x, k)).toThrow(ArgumentError);
    expect(() => kthvalue(x, k)).toThrow(ArgumentError);
  });

  it('refuse the element 0, which nobody counts from', () =>
    expect(() => kthvalue(x, 0)).toThrow(ArgumentError));
});

it.each([
  ['sort', (x: ReturnType<typeof randn>) => sort(x, 0).values],
  ['topk', (x: ReturnType<typeof randn>) => topk(x, 2, 1).values],
  ['kthvalue', (x: ReturnType<typeof randn>) => kthvalue(x, 2).values],
] as const)('%s has right gradients of first and second order', (_, f) => {
  const x = randn(3, 4, float64).requiresGrad_();
  expect(gradcheck(f, [x])).toBe(true);
  expect(gradgradcheck((y) => f(y.mul(y)), [x])).toBe(true);
});

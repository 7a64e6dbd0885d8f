import { describe, expect, it } from 'vitest';
import '../methods.ts';
import { backward } from '../autograd/backward.ts';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import type { DType } from '../dtype.ts';
import { ArgumentError, DTypeError, IndexError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { ones, tensor, zeros } from './creation.ts';
import type { Fold } from './folding.ts';

const int32 = { dtype: 'int32' } as const;
const float64 = { dtype: 'float64' } as const;

const folds: Readonly<Record<Fold, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((a, b) => a + b, 0),
  prod: (values) => values.reduce((a, b) => a * b, 1),
  mean: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  amax: (values) => Math.max(...values),
  amin: (values) => Math.min(...values),
};
const names = Object.keys(folds) as Fold[];

describe.each(names)('scatterReduce %s', (fold) => {
  const x = [3, -1, 2, 5];
  const src = [4, -2, 6, 1, 2.5];
  const index = [2, 0, 2, 2, 3];

  it.each([true, false])('folds what meets in a place, with itself: %s', (includeSelf) => {
    const wanted = x.map((value, place) => {
      const met = src.filter((_, i) => index[i] === place);
      return met.length === 0 ? value : folds[fold](includeSelf ? [value, ...met] : met);
    });
    const [y, places, source] = [tensor(x, float64), tensor(index, int32), tensor(src, float64)];
    expect(y.scatterReduce(0, places, source, fold, { includeSelf })).toBeCloseToTensor(
      tensor(wanted, float64),
    );
    expect(y.clone().scatterReduce_(0, places, source, fold, { includeSelf }).toArray()).toEqual(
      y.scatterReduce(0, places, source, fold, { includeSelf }).toArray(),
    );
  });

  it.each([true, false])('has right gradients of first and second order, with itself: %s', (includeSelf) => {
    const [y, source] = [
      tensor(x, { ...float64, requiresGrad: true }),
      tensor(src, { ...float64, requiresGrad: true }),
    ];
    const run = (a: Tensor, b: Tensor) => a.scatterReduce(0, tensor(index, int32), b, fold, { includeSelf });
    expect(gradcheck(run, [y, source])).toBe(true);
    expect(gradgradcheck((a, b) => run(a.mul(a), b.mul(b)), [y, source])).toBe(true);
  });

  it.each<DType>(['int32', 'uint8'])('folds %s; a mean is rounded down', (dtype) => {
    const [y, source] = [tensor([7, 4], { dtype }), tensor([5, 9, 2], { dtype })];
    const folded = y.scatterReduce(0, tensor([0, 0, 1], int32), source, fold);
    expect(folded.dtype).toBe(dtype);
    expect(folded.toArray()).toEqual(
      [Math.floor(folds[fold]([7, 5, 9])), Math.floor(folds[fold]([4, 2]))].map((v) =>
        dtype === 'uint8' ? v % 256 : v,
      ),
    );
  });
});

describe('the product', () => {
  const index = tensor([0, 0, 0, 1], int32);
  const run = (a: Tensor, b: Tensor) => a.scatterReduce(0, index, b, 'prod');

  // Polynomials, so that finite differences find their slopes at zeros too.
  it.each([
    ['no zero', [2, 3], [1.5, -2, 0.5, 4]],
    ['a zero among the sources', [2, 3], [1.5, 0, 0.5, 4]],
    ['a zero in the tensor', [0, 3], [1.5, 2, 0.5, 0]],
    ['two zeros', [0, 3], [1.5, 0, 0.5, 4]],
    ['two zeros among the sources', [2, 3], [0, 3, 0, 4]],
    ['three zeros', [0, 3], [0, 3, 0, 4]],
  ])('of %s has right gradients of first and second order', (_, x, src) => {
    const leaf = { ...float64, requiresGrad: true };
    const inputs = [tensor(x, leaf), tensor(src, leaf)] as const;
    expect(gradcheck(run, inputs)).toBe(true);
    expect(gradgradcheck(run, inputs)).toBe(true);
  });
});

describe('extremes', () => {
  it('that tie share the gradient evenly, with what was there among them', () => {
    const [x, src] = [tensor([5, 1], { requiresGrad: true }), tensor([5, 5, 2], { requiresGrad: true })];
    backward(x.scatterReduce(0, tensor([0, 0, 1], int32), src, 'amax'), tensor([6, 1]));
    expect([x.grad?.toArray(), src.grad?.toArray()]).toEqual([
      [2, 0],
      [2, 2, 1],
    ]);
  });

  it('are NaN where one of them is', () => {
    const folded = (fold: Fold) =>
      tensor([1, Number.NaN]).scatterReduce(0, tensor([0, 1], int32), tensor([Number.NaN, 1]), fold);
    expect(folded('amax').toArray()).toEqual([Number.NaN, Number.NaN]);
    expect(folded('amin').toArray()).toEqual([Number.NaN, Number.NaN]);
  });

  it('of booleans are or and and', () => {
    const [x, src] = [tensor([true, false]), tensor([false, true])];
    expect(x.scatterReduce(0, tensor([0, 1], int32), src, 'amax').toArray()).toEqual([true, true]);
    expect(x.scatterReduce(0, tensor([0, 1], int32), src, 'amin', { includeSelf: false }).toArray()).toEqual([
      false,
      true,
    ]);
  });
});

describe('scatter', () => {
  const index = tensor([[2, 0]], int32);

  it('writes tensors and numbers, adds and multiplies', () => {
    const x = ones(1, 3);
    const src = tensor([[5, 6]]);
    expect(x.scatter(1, index, src).toArray()).toEqual([[6, 1, 5]]);
    expect(x.scatter(1, index, 7).toArray()).toEqual([[7, 1, 7]]);
    expect(x.mul(2).scatter(1, index, src, { reduce: 'add' }).toArray()).toEqual([[8, 2, 7]]);
    expect(x.mul(2).scatter_(1, index, 3, { reduce: 'multiply' }).toArray()).toEqual([[6, 2, 6]]);
  });

  it('takes as much of a larger source as the index has, and the last of what meets', () => {
    const src = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(
      zeros(3, 3)
        .scatter(0, tensor([[1, 0]], int32), src)
        .toArray(),
    ).toEqual([
      [0, 2, 0],
      [1, 0, 0],
      [0, 0, 0],
    ]);
    expect(
      zeros(2)
        .scatter(0, tensor([1, 1, 1], int32), tensor([1, 2, 3]))
        .toArray(),
    ).toEqual([0, 3]);
  });

  it('changes nothing by an empty index, whatever its shape', () => {
    const x = ones(2, 3);
    expect(x.scatter(0, zeros([0], int32), 5).toArray()).toEqual(x.toArray());
    expect(x.scatterAdd(0, zeros([0], int32), zeros(0)).toArray()).toEqual(x.toArray());
  });

  it.each<[string, (x: Tensor) => unknown, new (...args: never[]) => Error]>([
    ['a source of another dtype', (x) => x.scatter(1, index, tensor([[1, 2]], int32)), DTypeError],
    ['a float index', (x) => x.scatter(1, tensor([[0, 1]]), 1), DTypeError],
    ['an index of other dims', (x) => x.scatter(1, tensor([0], int32), 1), ShapeError],
    ['an index larger than the tensor', (x) => x.scatterAdd(0, zeros([1, 4], int32), ones(1, 4)), ShapeError],
    ['an index larger than the source', (x) => x.scatterAdd(1, index, ones(1, 1)), ShapeError],
    ['an index outside', (x) => x.scatter(1, tensor([[3]], int32), 1), IndexError],
    ['a negative index', (x) => x.scatter(1, tensor([[-1]], int32), 1), IndexError],
    ['another reduction', (x) => x.scatter(1, index, 1, { reduce: 'mean' as never }), ArgumentError],
    ['another fold', (x) => x.scatterReduce(1, index, ones(1, 2), 'toString' as never), ArgumentError],
  ])('refuses %s', (_, run, kind) => expect(() => run(ones(1, 3))).toThrow(kind));
});

describe('put', () => {
  it('writes to the flattened tensor, in any shape of the index', () => {
    const index = tensor([[-1, 0]], int32);
    expect(
      zeros(2, 2)
        .put(index, tensor([3, 4]))
        .toArray(),
    ).toEqual([
      [4, 0],
      [0, 3],
    ]);
    expect(
      ones(2)
        .put(tensor([1, 1], int32), tensor([3, 4]), true)
        .toArray(),
    ).toEqual([1, 8]);
  });

  it('refuses another number of elements, and positions outside', () => {
    expect(() => zeros(2).put(tensor([0, 1], int32), ones(3))).toThrow(ShapeError);
    expect(() => zeros(2).put(tensor([2], int32), ones(1))).toThrow(IndexError);
    expect(() => zeros(0).put(tensor([0], int32), ones(1))).toThrow(IndexError);
  });
});

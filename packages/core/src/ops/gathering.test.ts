import { describe, expect, it } from 'vitest';
import '../methods.ts';
import { gradcheck } from '../autograd/gradcheck.ts';
import { DTypeError, IndexError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { arange, ones, tensor, zeros } from './creation.ts';

const int32 = { dtype: 'int32' } as const;

describe('takeAlongDim', () => {
  const x = arange(6).reshape(2, 3);

  it('broadcasts all dims but the one along which it takes', () => {
    expect(x.takeAlongDim(tensor([[2], [0]], int32), 1).toArray()).toEqual([[2], [3]]);
    expect(x.takeAlongDim(tensor([[2, 0, 1, 1]], int32), 1).toArray()).toEqual([
      [2, 0, 1, 1],
      [5, 3, 4, 4],
    ]);
    expect(
      x
        .at('0:1')
        .takeAlongDim(tensor([[0], [1]], int32), 1)
        .toArray(),
    ).toEqual([[0], [1]]);
  });

  it('takes from the flattened tensor without a dim', () => {
    expect(x.takeAlongDim(tensor([[5, 0]], int32)).toArray()).toEqual([5, 0]);
  });

  it('refuses other numbers of dims, sizes that do not broadcast, and floats', () => {
    expect(() => x.takeAlongDim(tensor([0], int32), 1)).toThrow(ShapeError);
    expect(() => x.takeAlongDim(zeros([3, 1], int32), 1)).toThrow(ShapeError);
    expect(() => x.takeAlongDim(zeros([2, 1]), 1)).toThrow(DTypeError);
    expect(() => x.takeAlongDim(tensor([[3]], int32), 1)).toThrow(IndexError);
  });

  it('has right gradients', () => {
    const input = x.to('float64').requiresGrad_();
    const run = (y: Tensor) => y.takeAlongDim(tensor([[2, 0, 0]], int32), 1);
    expect(gradcheck(run, [input])).toBe(true);
  });
});

describe('take', () => {
  it('counts negative positions from the end of the flattened tensor', () => {
    expect(
      arange(6)
        .reshape(2, 3)
        .take(
          tensor(
            [
              [-1, 0],
              [-6, 4],
            ],
            int32,
          ),
        )
        .toArray(),
    ).toEqual([
      [5, 0],
      [0, 4],
    ]);
  });

  it('refuses positions outside', () => {
    expect(() => ones(2).take(tensor([2], int32))).toThrow(IndexError);
    expect(() => ones(2).take(tensor([-3], int32))).toThrow(IndexError);
    expect(() => zeros(0).take(tensor([0], int32))).toThrow(IndexError);
  });
});

it('gather takes an empty index of any shape', () => {
  expect(ones(2, 3).gather(0, zeros([0], int32)).shape).toEqual([0]);
});

it('gather and scatterAdd look at an index anew after it was written to, and in another view', () => {
  const x = ones(4);
  const index = tensor([0, 3, 9], int32);
  const first = index.narrow(0, 0, 2);
  expect(x.gather(0, first).toArray()).toEqual([1, 1]);
  expect(() => x.gather(0, index)).toThrow(IndexError);
  first.add_(1);
  expect(() => x.gather(0, first)).toThrow(IndexError);
  expect(() => zeros([4]).scatterAdd(0, first, ones(2))).toThrow(IndexError);
  first.sub_(1);
  expect(zeros([4]).scatterAdd(0, first, ones(2)).toArray()).toEqual([1, 0, 0, 1]);
  expect(() => ones(3).gather(0, first)).toThrow(IndexError);
});

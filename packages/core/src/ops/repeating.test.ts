import { expect, it } from 'vitest';
import '../methods.ts';
import { gradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { arange, ones, tensor } from './creation.ts';
import { repeatInterleave } from './repeating.ts';

const int32 = { dtype: 'int32' } as const;
const x = arange(4).reshape(2, 2);

it('repeats each element of the flattened tensor, or each slice of a dim', () => {
  expect(x.repeatInterleave(2).toArray()).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  expect(x.repeatInterleave(2, 1).toArray()).toEqual([
    [0, 0, 1, 1],
    [2, 2, 3, 3],
  ]);
  expect(x.repeatInterleave(0, 0).shape).toEqual([0, 2]);
  expect(tensor(3).repeatInterleave(2).toArray()).toEqual([3, 3]);
});

it('repeats each slice as often as its count says', () => {
  expect(x.repeatInterleave(tensor([0, 2], int32), { dim: 0 }).toArray()).toEqual([
    [2, 3],
    [2, 3],
  ]);
  expect(x.repeatInterleave(tensor([1, 0, 2, 1], int32), { outputSize: 4 }).toArray()).toEqual([0, 2, 2, 3]);
  expect(x.repeatInterleave(tensor([2], int32), -1).shape).toEqual([2, 4]);
});

it('gives the positions of counts alone', () => {
  expect(repeatInterleave(tensor([1, 0, 3], int32)).toArray()).toEqual([0, 2, 2, 2]);
});

it('has right gradients', () => {
  const input = x.to('float64').requiresGrad_();
  expect(gradcheck((y: Tensor) => y.repeatInterleave(3, 1), [input])).toBe(true);
  expect(gradcheck((y: Tensor) => y.repeatInterleave(tensor([2, 1], int32), 0), [input])).toBe(true);
});

it.each<[string, () => unknown, new (...args: never[]) => Error]>([
  ['a negative count', () => x.repeatInterleave(-1), ArgumentError],
  ['negative counts', () => x.repeatInterleave(tensor([1, -1], int32), 0), ArgumentError],
  ['fractions', () => x.repeatInterleave(1.5), ArgumentError],
  ['counts of floats', () => x.repeatInterleave(ones(2), 0), DTypeError],
  ['another number of counts', () => x.repeatInterleave(tensor([1, 1, 1], int32), 0), ShapeError],
  ['a matrix of counts', () => x.repeatInterleave(ones([2, 2], int32), 0), ShapeError],
  ['an output size that is wrong', () => x.repeatInterleave(2, { outputSize: 7 }), ArgumentError],
  ['a result larger than any memory', () => x.repeatInterleave(1e10), ShapeError],
])('refuses %s', (_, run, kind) => expect(run).toThrow(kind));

import '../methods.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, IndexError, ShapeError } from '../errors.ts';
import { tensor, zeros } from './creation.ts';
import { bucketize, isin, searchsorted } from './searching.ts';

const int32 = { dtype: 'int32' } as const;
const numbers = fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 20 });

describe('searchsorted', () => {
  it('counts what is smaller, or not larger', () => {
    fc.assert(
      fc.property(numbers, numbers, (list, values) => {
        const sorted = tensor(
          [...list].sort((a, b) => a - b),
          int32,
        );
        const sought = tensor(values, int32);
        const count = (holds: (element: number, value: number) => boolean) =>
          values.map((value) => list.filter((element) => holds(element, value)).length);
        expect(searchsorted(sorted, sought).toArray()).toEqual(count((a, b) => a < b));
        expect(searchsorted(sorted, sought, { side: 'right' }).toArray()).toEqual(count((a, b) => a <= b));
        expect(bucketize(sought, sorted, { right: true }).toArray()).toEqual(count((a, b) => a <= b));
      }),
    );
  });

  it('searches each line for the values of its own', () => {
    const lines = tensor([
      [1, 3, 5],
      [2, 4, 6],
    ]);
    const values = tensor([
      [3, 9],
      [3, 1],
    ]);
    expect(searchsorted(lines, values).toArray()).toEqual([
      [1, 3],
      [1, 0],
    ]);
    expect(searchsorted(tensor([1, 3, 5]), values).toArray()).toEqual([
      [1, 3],
      [1, 0],
    ]);
    expect(searchsorted(tensor([1, 3]), 2.5).toArray()).toBe(1);
    expect(searchsorted(zeros(2, 0), zeros(2, 1)).toArray()).toEqual([[0], [0]]);
  });

  it('puts NaN behind all numbers', () => {
    expect(searchsorted(tensor([1, 2, Number.NaN]), tensor([Number.NaN, 2])).toArray()).toEqual([3, 1]);
  });

  it('takes the order of what is not sorted', () => {
    const x = tensor([5, 1, 3]);
    expect(searchsorted(x, tensor([2, 4]), { sorter: x.argsort() }).toArray()).toEqual([1, 2]);
    expect(() => searchsorted(x, 2, { sorter: tensor([0, 1, 7], int32) })).toThrow(IndexError);
    expect(() => searchsorted(x, 2, { sorter: tensor([0, 1], int32) })).toThrow(ShapeError);
  });

  it('refuses what does not go together', () => {
    expect(() => searchsorted(zeros(2, 3), 1)).toThrow(ShapeError);
    expect(() => searchsorted(zeros(2, 3), zeros(3, 1))).toThrow(ShapeError);
    expect(() => bucketize(1, zeros(2, 3))).toThrow(ShapeError);
    expect(() => searchsorted(zeros(3), 1, { side: 'left', right: true })).toThrow(ArgumentError);
    expect(() => searchsorted(zeros(3), 1, { side: 'middle' as 'left' })).toThrow(ArgumentError);
  });
});

describe('isin', () => {
  it('tells which elements are among others', () => {
    fc.assert(
      fc.property(numbers, numbers, (list, others) => {
        const [x, y] = [tensor(list, int32), tensor(others)];
        expect(isin(x, y).toArray()).toEqual(list.map((value) => others.includes(value)));
        expect(isin(x, y, { invert: true }).toArray()).toEqual(list.map((value) => !others.includes(value)));
      }),
    );
  });

  it('takes a number on either side, and finds no NaN', () => {
    expect(isin(tensor([[1, 2]]), 2).toArray()).toEqual([[false, true]]);
    expect(isin(2, tensor([[1, 2]])).toArray()).toBe(true);
    const x = tensor([Number.NaN, 1, Number.NaN, Number.NaN, 0]);
    expect(isin(x, x).toArray()).toEqual([false, true, false, false, true]);
    expect(() => isin(1, 2)).toThrow(ArgumentError);
  });
});

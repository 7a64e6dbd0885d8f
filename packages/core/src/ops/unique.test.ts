import '../methods.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexError, ShapeError } from '../errors.ts';
import { tensor, zeros } from './creation.ts';
import { unique, uniqueConsecutive } from './unique.ts';

const int32 = { dtype: 'int32' } as const;
const all = { returnInverse: true, returnCounts: true } as const;
const few = fc.integer({ min: 0, max: 2 });

describe('unique', () => {
  it('is the set of the elements, in order', () => {
    fc.assert(
      fc.property(fc.array(few), (list) => {
        const [values, inverse, counts] = unique(tensor(list, int32), all);
        const set = [...new Set(list)].sort((a, b) => a - b);
        expect(values.toArray()).toEqual(set);
        expect(inverse.toArray()).toEqual(list.map((value) => set.indexOf(value)));
        expect(counts.toArray()).toEqual(set.map((value) => list.filter((other) => other === value).length));
      }),
    );
  });

  it('reads slices of several dims with the first dim in the place of theirs, as PyTorch 1.13 does', () => {
    const x = tensor([
      [
        [1, 1, 0, 0, 1],
        [1, 1, 1, 1, 0],
      ],
      [
        [0, 1, 0, 1, 1],
        [0, 0, 1, 0, 0],
      ],
    ]);
    expect(unique(x, { dim: 2 }).toArray()).toEqual([
      [
        [0, 0, 1, 1, 1],
        [1, 1, 1, 0, 1],
      ],
      [
        [0, 1, 0, 1, 1],
        [1, 0, 0, 0, 0],
      ],
    ]);
  });

  it('compares slices of a dim from their first element on', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(few, few, few), { minLength: 1 }), (rows) => {
        const x = tensor(rows, int32);
        const [values, inverse, counts] = unique(x, { ...all, dim: 0 });
        const set = [...new Set(rows.map(String))].sort();
        expect((values.toArray() as number[][]).map(String)).toEqual(set);
        expect(inverse.toArray()).toEqual(rows.map((row) => set.indexOf(String(row))));
        expect(counts.sum().item()).toBe(rows.length);
        expect(unique(x.t(), { dim: -1 }).t().toArray()).toEqual(values.toArray());
      }),
    );
  });

  it('gives a tensor, or an array with what was asked for', () => {
    const x = tensor([
      [3, 1],
      [3, 3],
    ]);
    expect(unique(x).toArray()).toEqual([1, 3]);
    expect(x.unique({ returnInverse: true }).map(String)).toEqual(
      [
        tensor([1, 3]),
        tensor(
          [
            [1, 0],
            [1, 1],
          ],
          int32,
        ),
      ].map(String),
    );
    expect(x.unique({ returnCounts: true })[1].toArray()).toEqual([1, 3]);
    expect(unique(x, true, true)).toHaveLength(2);
    expect(unique(tensor(3)).toArray()).toEqual([3]);
  });

  it('holds every NaN for one of its own', () => {
    expect(unique(tensor([Number.NaN, 0, -0, Number.NaN])).toArray()).toEqual([0, Number.NaN, Number.NaN]);
  });

  it('takes no slices of nothing', () => {
    expect(unique(zeros(0, 3), { dim: 0 }).shape).toEqual([0, 3]);
    expect(unique(zeros(2, 0)).shape).toEqual([0]);
    expect(() => unique(zeros(2, 0), { dim: 0 })).toThrow(ShapeError);
    expect(() => unique(tensor(1), { dim: 0 })).toThrow(IndexError);
  });
});

describe('uniqueConsecutive', () => {
  it('leaves out what equals the one before', () => {
    fc.assert(
      fc.property(fc.array(few), (list) => {
        const [values, inverse, counts] = uniqueConsecutive(tensor(list, int32), all);
        const starts = list.flatMap((value, i) => (i > 0 && list[i - 1] === value ? [] : [i]));
        expect(values.toArray()).toEqual(starts.map((i) => list[i]));
        expect(inverse.toArray()).toEqual(list.map((_, i) => starts.findLastIndex((start) => start <= i)));
        expect(counts.toArray()).toEqual(starts.map((start, n) => (starts[n + 1] ?? list.length) - start));
      }),
    );
  });

  it('compares slices too', () => {
    const x = tensor([
      [1, 1, 2],
      [3, 3, 3],
    ]);
    expect(x.uniqueConsecutive({ dim: 1 }).toArray()).toEqual([
      [1, 2],
      [3, 3],
    ]);
  });
});

import '../methods.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { ones, tensor, zeros } from './creation.ts';
import { bincount, histc } from './histograms.ts';

const int32 = { dtype: 'int32' } as const;

describe('bincount', () => {
  it('counts', () => {
    const x = tensor([1, 3, 1, 0], int32);
    expect(bincount(x).toArray()).toEqual([1, 2, 0, 1]);
    expect(x.bincount({ minlength: 6 }).toArray()).toEqual([1, 2, 0, 1, 0, 0]);
    expect(bincount(x, tensor([0.5, 1, 2, 4])).toArray()).toEqual([4, 2.5, 0, 1]);
    expect(bincount(x, ones(4, int32)).dtype).toBe('float64');
    expect(bincount(zeros(0, int32), { minlength: 2 }).toArray()).toEqual([0, 0]);
  });

  it('refuses what cannot be counted', () => {
    expect(() => bincount(tensor([-1], int32))).toThrow(ArgumentError);
    expect(() => bincount(tensor([1]))).toThrow(DTypeError);
    expect(() => bincount(zeros(1, 1, int32))).toThrow(ShapeError);
    expect(() => bincount(tensor([1], int32), ones(2))).toThrow(ShapeError);
    expect(() => bincount(tensor([1], int32), { minlength: -1 })).toThrow(ArgumentError);
  });
});

describe('histc', () => {
  it('counts what falls into each bin, the upper end included', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 9 })), fc.integer({ min: 1, max: 6 }), (list, bins) => {
        const edge = (i: number) => (8 * i) / bins;
        const counts = Array.from({ length: bins }, (_, i) => {
          const last = i === bins - 1;
          return list.filter((n) => n >= edge(i) && (n < edge(i + 1) || (last && n === 8))).length;
        });
        expect(histc(tensor(list, { dtype: 'float64' }), bins, 0, 8).toArray()).toEqual(counts);
      }),
    );
  });

  it('takes its bounds from the elements if it is given none', () => {
    expect(histc(tensor([1, 2, 3, 5]), { bins: 2 }).toArray()).toEqual([2, 2]);
    expect(tensor([4, 4]).histc(3).toArray()).toEqual([0, 2, 0]);
    expect(histc(zeros(0), 2).toArray()).toEqual([0, 0]);
  });

  it('leaves NaN out, unless it is to be a bound', () => {
    const x = tensor([1, Number.NaN]);
    expect(histc(x, 2, 0, 2).toArray()).toEqual([0, 1]);
    expect(() => histc(x)).toThrow(ArgumentError);
    expect(() => histc(tensor([1, Number.POSITIVE_INFINITY]))).toThrow(ArgumentError);
    expect(() => histc(tensor([1]), 0)).toThrow(ArgumentError);
    expect(() => histc(tensor([1]), 2, 3, 1)).toThrow(ArgumentError);
    expect(() => histc(tensor([1], int32))).toThrow(DTypeError);
  });
});

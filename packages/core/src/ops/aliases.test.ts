import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { DTypeError, ShapeError } from '../errors.ts';
import { addmm, baddbmm } from './add-products.ts';
import { arange, ones, tensor } from './creation.ts';

const x = () =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

describe('second names', () => {
  it('are methods that do what the first name does', () => {
    expect(x().neg().absolute().toArray()).toEqual(x().toArray());
    expect(x().clip(2, 4).toArray()).toEqual([
      [2, 2, 3],
      [4, 4, 4],
    ]);
    expect(x().clip_(2, 4).greaterEqual(4).toArray()).toEqual([
      [false, false, false],
      [true, true, true],
    ]);
    expect(ones(2, 3, 4).swapaxes(0, 2).shape).toEqual([4, 3, 2]);
    expect(ones(2, 3, 4).moveaxis(0, 2).shape).toEqual([3, 4, 2]);
  });
});

describe('spellings of views', () => {
  it('T and mT are properties that share memory', () => {
    const a = x();
    a.T.select(0, 2).zero_();
    expect(a.toArray()).toEqual([
      [1, 2, 0],
      [4, 5, 0],
    ]);
    expect(ones(2, 3, 4).mT.shape).toEqual([2, 4, 3]);
    expect(() => ones(2, 3, 4).T).toThrow(ShapeError);
    expect(() => ones(3).mT).toThrow(ShapeError);
  });

  it('fliplr and flipud reverse columns and rows', () => {
    expect(x().fliplr().toArray()).toEqual([
      [3, 2, 1],
      [6, 5, 4],
    ]);
    expect(x().flipud().toArray()).toEqual([
      [4, 5, 6],
      [1, 2, 3],
    ]);
    expect(() => ones(3).fliplr()).toThrow(ShapeError);
  });

  it('viewAs, reshapeAs and expandAs take the shape of another tensor', () => {
    const other = ones(3, 2);
    expect(x().viewAs(other).shape).toEqual([3, 2]);
    expect(x().t().reshapeAs(ones(6)).toArray()).toEqual([1, 4, 2, 5, 3, 6]);
    expect(ones(1, 2).expandAs(other).shape).toEqual([3, 2]);
  });
});

describe('conversions', () => {
  it('long gives int32 and byte gives uint8', () => {
    expect(tensor([1.7, -1.7]).long().toArray()).toEqual([1, -1]);
    expect(ones(1).long().dtype).toBe('int32');
    expect(ones(1).byte().dtype).toBe('uint8');
  });
});

describe('addmm and baddbmm', () => {
  it('are beta · input + alpha · (a @ b)', () => {
    // 3 · [1, 2] + 2 · [[0, 1], [2, 3]]
    const [a, eye] = [
      arange(4, { dtype: 'float32' }).reshape(2, 2),
      tensor([
        [1, 0],
        [0, 1],
      ]),
    ];
    expect(addmm(tensor([1, 2]), a, eye, { beta: 3, alpha: 2 }).toArray()).toEqual([
      [3, 8],
      [7, 12],
    ]);
    const batch = baddbmm(ones(1), a.unsqueeze(0), eye.unsqueeze(0));
    expect(batch.toArray()).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
  });

  it('leave an input times 0 out, with its NaNs', () => {
    expect(addmm(tensor([Number.NaN]), ones(1, 1), ones(1, 1), { beta: 0 }).toArray()).toEqual([[1]]);
  });

  it('refuse two dtypes', () => {
    expect(() => addmm(ones([1], { dtype: 'float64' }), ones(1, 1), ones(1, 1))).toThrow(DTypeError);
  });
});

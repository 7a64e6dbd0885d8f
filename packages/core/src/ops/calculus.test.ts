import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError, DTypeError, IndexError, ShapeError } from '../errors.ts';
import { cumulativeTrapezoid, diff, gradient, trapezoid } from './calculus.ts';
import { arange, tensor, zeros } from './creation.ts';
import { linspace } from './spaced.ts';

const float64 = { dtype: 'float64' } as const;
const squares = tensor([0, 1, 4, 9, 16], float64);

describe('diff', () => {
  it('takes differences as often as it is told', () => {
    expect(diff(squares).toArray()).toEqual([1, 3, 5, 7]);
    expect(squares.diff(2).toArray()).toEqual([2, 2, 2]);
    expect(diff(squares, 7).shape).toEqual([0]);
    expect(diff(squares, 0).toArray()).toEqual(squares.toArray());
  });

  it('puts elements in front and behind, and tells whether truth values differ', () => {
    expect(diff(tensor([1, 2]), { prepend: tensor([0]), append: tensor([7]) }).toArray()).toEqual([1, 1, 5]);
    expect(diff(tensor([true, false, false])).toArray()).toEqual([true, false]);
    expect(diff(zeros(2, 3), { dim: 0 }).shape).toEqual([1, 3]);
    expect(() => diff(tensor([1]), -1)).toThrow(ArgumentError);
    expect(() => diff(tensor(1))).toThrow(IndexError);
    expect(() => diff(zeros(2, 3), { prepend: zeros(3) })).toThrow(ShapeError);
  });
});

describe('gradient', () => {
  it('is exact for a parabola, at the ends with edgeOrder 2, also on an uneven grid', () => {
    const x = tensor([-1, 0, 0.5, 2, 2.25], float64);
    const f = x.mul(x).mul(3).sub(x);
    const [slope] = gradient(f, { spacing: [x], edgeOrder: 2 });
    expect(slope).toBeCloseToTensor(x.mul(6).sub(1));
    expect(gradient(f, { spacing: [x] })[0]?.narrow(0, 1, 3)).toBeCloseToTensor(
      x.mul(6).sub(1).narrow(0, 1, 3),
    );
  });

  it('takes a step for all dims, for each, and the dims asked for', () => {
    const x = tensor(
      [
        [0, 2, 4],
        [10, 12, 14],
      ],
      float64,
    );
    const [down, across] = gradient(x, { spacing: 2 });
    expect(down?.unique().toArray()).toEqual([5]);
    expect(across?.unique().toArray()).toEqual([1]);
    expect(gradient(x, { spacing: [5, 0.5] }).map((slope) => slope.unique().item())).toEqual([2, 4]);
    expect(gradient(x, { dim: -1 })).toHaveLength(1);
    expect(gradient(tensor([1, 2, 4], { dtype: 'int32' }))[0]?.toArray()).toEqual([1, 1.5, 2]);
    expect(gradient(tensor(3))).toEqual([]);
  });

  it('refuses what has no slope', () => {
    expect(() => gradient(zeros(2), { edgeOrder: 2 })).toThrow(ShapeError);
    expect(() => gradient(zeros(2), { edgeOrder: 3 as 2 })).toThrow(ArgumentError);
    expect(() => gradient(zeros(2, 2), { spacing: [1] })).toThrow(ArgumentError);
    expect(() => gradient(zeros(3), { spacing: [zeros(2)] })).toThrow(ShapeError);
    expect(() => gradient(zeros(2, 2), { dim: [0, 0] })).toThrow(IndexError);
    expect(() => gradient(zeros(2, { dtype: 'uint8' }))).toThrow(DTypeError);
  });
});

describe('trapezoid', () => {
  it('integrates what is linear between the elements', () => {
    expect(trapezoid(squares).item()).toBe(22);
    expect(trapezoid(squares, { dx: 0.5 }).item()).toBe(11);
    expect(trapezoid(tensor([1, 2, 3]), tensor([0, 1, 4])).item()).toBe(9);
    expect(cumulativeTrapezoid(tensor([1, 2, 3]), tensor([0, 1, 4])).toArray()).toEqual([1.5, 9]);
    const x = linspace(0, Math.PI, 1001, float64);
    expect(trapezoid(x.sin(), x).item()).toBeCloseTo(2, 5);
  });

  it('goes along any dim, and takes places that broadcast', () => {
    const y = arange(6).reshape(2, 3);
    expect(trapezoid(y, { dim: 0 }).toArray()).toEqual([1.5, 2.5, 3.5]);
    expect(trapezoid(y, tensor([[0, 1, 3]])).toArray()).toEqual([3.5, 12.5]);
    expect(trapezoid(zeros(2, 0)).toArray()).toEqual([0, 0]);
    expect(cumulativeTrapezoid(zeros(2, 0)).shape).toEqual([2, 0]);
  });

  it('refuses places that do not fit', () => {
    expect(() => trapezoid(zeros(2, 3), zeros(2))).toThrow(ShapeError);
    expect(() => trapezoid(zeros(2), zeros(2), { dx: 1 })).toThrow(ArgumentError);
    expect(() => trapezoid(tensor([true]))).toThrow(DTypeError);
    expect(() => trapezoid(tensor(1))).toThrow(IndexError);
  });
});

it('diff, gradient and trapezoid have right gradients', () => {
  const y = tensor([1, 3, 2, 7], { ...float64, requiresGrad: true });
  const x = tensor([0, 1, 3, 3.5], { ...float64, requiresGrad: true });
  expect(gradcheck((a) => diff(a, 2), [y])).toBe(true);
  expect(gradcheck((a, b) => gradient(a, { spacing: [b], edgeOrder: 2 })[0] as typeof a, [y, x])).toBe(true);
  expect(gradcheck((a, b) => cumulativeTrapezoid(a, b), [y, x])).toBe(true);
  expect(gradgradcheck((a, b) => trapezoid(a, b), [y, x])).toBe(true);
});

import { describe, expect, it } from 'vitest';
import '../methods.ts';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { ones, tensor, zeros } from './creation.ts';
import { cdist, dist, pdist } from './distances.ts';

function some(rows: number, seed: number): Tensor {
  const values = Array.from({ length: 3 * rows }, (_, i) => Math.sin(seed * (i + 1) ** 2));
  return tensor(values, { dtype: 'float64' }).reshape(rows, 3);
}

function slowly(a: readonly number[], b: readonly number[], p: number): number {
  const sizes = a.map((value, i) => Math.abs(value - (b[i] as number)));
  if (p === 0) return sizes.filter((size) => size !== 0).length;
  if (p === Number.POSITIVE_INFINITY) return Math.max(...sizes);
  return sizes.reduce((sum, size) => sum + size ** p, 0) ** (1 / p);
}

const orders = [0, 0.5, 1, 2, 3.5, Number.POSITIVE_INFINITY];

describe('cdist and pdist', () => {
  it.each(orders)('are p-norms of differences for p = %d', (p) => {
    const [x, y] = [some(4, 1), some(5, 2)];
    const [rows, others] = [x.toArray(), y.toArray()] as [number[][], number[][]];
    expect(cdist(x, y, { p })).toBeCloseToTensor(rows.map((a) => others.map((b) => slowly(a, b, p))));
    const pairs = rows.flatMap((a, i) => rows.slice(i + 1).map((b) => slowly(a, b, p)));
    expect(pdist(x, p)).toBeCloseToTensor(pairs);
    expect(dist(x, y.narrow(0, 0, 4), p)).toBeCloseToTensor(
      slowly(rows.flat(), others.slice(0, 4).flat(), p),
    );
  });

  it('are the same by a matrix product', () => {
    const [x, y] = [some(40, 1), some(30, 2)];
    const exact = cdist(x, y, { computeMode: 'donot_use_mm_for_euclid_dist' });
    expect(cdist(x, y)).toBeCloseToTensor(exact);
    expect(cdist(x.expand(2, 40, 3), y)).toBeCloseToTensor(exact.expand(2, 40, 30));
  });

  it.each(orders)('have right gradients of first and second order for p = %d', (p) => {
    const leaves = () => [some(3, 1).requiresGrad_(), some(2, 2).requiresGrad_()] as [Tensor, Tensor];
    expect(gradcheck((x, y) => cdist(x as Tensor, y as Tensor, p), leaves())).toBe(true);
    expect(gradgradcheck((x, y) => cdist(x as Tensor, y as Tensor, p), leaves())).toBe(true);
  });

  it('have no slope where vectors meet', () => {
    for (const computeMode of ['use_mm_for_euclid_dist', 'donot_use_mm_for_euclid_dist'] as const) {
      const x = ones([2, 3], { requiresGrad: true });
      cdist(x, x.detach(), { computeMode }).sum().backward();
      expect(x.grad).toEqualTensor(zeros(2, 3));
    }
  });

  it('refuse what does not fit', () => {
    expect(() => cdist(some(2, 1), ones(2, 2, { dtype: 'float64' }))).toThrow(ShapeError);
    expect(() => cdist(some(2, 1), some(2, 1), { p: -1 })).toThrow(ArgumentError);
    expect(() => pdist(ones(3))).toThrow(ShapeError);
    expect(pdist(ones(1, 3)).shape).toEqual([0]);
  });
});

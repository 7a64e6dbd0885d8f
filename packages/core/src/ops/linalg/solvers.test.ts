import { describe, expect, it } from 'vitest';
import '../../methods.ts';
import { gradcheck, gradgradcheck } from '../../autograd/gradcheck.ts';
import { ArgumentError, DTypeError, GradError, IndexError, ShapeError } from '../../errors.ts';
import * as linalg from '../../linalg.ts';
import type { Tensor } from '../../tensor.ts';
import { arange, eye, tensor, zeros } from '../creation.ts';
import { tensordot } from '../products.ts';
import { luUnpack } from './lu.ts';
import { some } from './testing.ts';

const one = (n: number) => eye(n, { dtype: 'float64' });
const doubles = (rows: readonly (readonly number[])[]) => tensor(rows, { dtype: 'float64' });

describe('qr', () => {
  it.each([
    [3, 3],
    [5, 3],
    [2, 4],
    [3, 1],
    [0, 2],
    [2, 0],
  ])('gives (%i, %i) back, of orthonormal columns and an upper triangle', (m, n) => {
    const x = some([2, m, n]);
    const k = Math.min(m, n);
    for (const [mode, inner] of [
      ['reduced', k],
      ['complete', m],
    ] as const) {
      const { Q, R } = linalg.qr(x, mode);
      expect([Q.shape, R.shape]).toEqual([
        [2, m, inner],
        [2, inner, n],
      ]);
      expect(Q.matmul(R)).toBeCloseToTensor(x);
      expect(Q.mT.matmul(Q)).toBeCloseToTensor(one(inner).expand(2, inner, inner));
      expect(R.tril(-1)).toEqualTensor(R.mul(0));
    }
    const { Q, R } = linalg.qr(x, { mode: 'r' });
    expect(R).toEqualTensor(linalg.qr(x).R);
    expect(Q.shape).toEqual([0]);
  });

  it('has the signs of LAPACK', () => {
    // torch.linalg.qr, 1.13: a column with nothing below its first element stays as it is.
    const { Q, R } = linalg.qr(
      doubles([
        [3, 1],
        [0, 2],
      ]),
    );
    expect(Q).toEqualTensor(one(2));
    expect(R.toArray()).toEqual([
      [3, 1],
      [0, 2],
    ]);
    const turned = linalg.qr(
      doubles([
        [3, 5],
        [4, 5],
      ]),
    );
    expect(turned.R).toBeCloseToTensor([
      [-5, -7],
      [0, -1],
    ]);
    expect(turned.Q).toBeCloseToTensor([
      [-0.6, -0.8],
      [-0.8, 0.6],
    ]);
  });

  it('keeps large and small numbers', () => {
    for (const scale of [1e-200, 1e200]) {
      const { Q, R } = linalg.qr(some([3, 2]).mul(scale));
      expect(Q.matmul(R.div(scale))).toBeCloseToTensor(some([3, 2]));
    }
  });

  it('has gradients in its reduced form, and none where columns are free', () => {
    const leaf = (shape: readonly number[]) => some(shape).requiresGrad_();
    for (const shape of [
      [3, 3],
      [2, 4, 2],
      [2, 3],
    ]) {
      const both = (x: Tensor) => Object.values(linalg.qr(x));
      expect(gradcheck(both, leaf(shape))).toBe(true);
      expect(gradgradcheck(both, leaf(shape))).toBe(true);
    }
    expect(() =>
      linalg
        .qr(leaf([3, 2]), 'complete')
        .R.sum()
        .backward(),
    ).toThrow(GradError);
    expect(() => linalg.qr(some([2, 2]), 'half' as never)).toThrow(ArgumentError);
  });

  it('householderProduct multiplies reflections', () => {
    const [x, tau] = [some([2, 4, 3]), some([2, 2], 2)];
    const vectors = x.tril(-1).add(one(4).narrow(1, 0, 3));
    const reflection = (i: number) => {
      const v = vectors.narrow(-1, i, 1);
      return one(4).sub(v.matmul(v.mT).mul(tau.select(-1, i).reshape(2, 1, 1)));
    };
    const want = reflection(0).matmul(reflection(1)).narrow(-1, 0, 3);
    expect(linalg.householderProduct(x, tau)).toBeCloseToTensor(want);
    expect(() => linalg.householderProduct(some([2, 3]), some([2]))).toThrow(ShapeError);
  });
});

describe('lu', () => {
  it.each([
    [3, 3],
    [5, 2],
    [2, 4],
    [0, 3],
  ])('gives (%i, %i) back', (m, n) => {
    const x = some([2, m, n]);
    const { P, L, U } = linalg.lu(x);
    expect(P.matmul(L).matmul(U)).toBeCloseToTensor(x);
    expect(L.triu(1)).toEqualTensor(L.mul(0));
    expect(L.diagonal({ dim1: -2, dim2: -1 }).eq(1).all().item()).toBe(1);
    expect(U.tril(-1)).toEqualTensor(U.mul(0));
    expect(L.abs().le(1).all().item()).toBe(1);
    expect(P.matmul(P.mT)).toEqualTensor(one(m).expand(2, m, m));
  });

  it('of singular and tall matrices is there too', () => {
    const x = doubles([
      [1, 2],
      [2, 4],
      [3, 6],
    ]);
    const { P, L, U } = linalg.lu(x);
    expect(P.matmul(L).matmul(U)).toBeCloseToTensor(x);
  });

  it('luSolve solves from either side, transposed or not', () => {
    const a = some([2, 3, 3]).add(one(3));
    const { LU, pivots } = linalg.luFactor(a);
    const [b, c] = [some([3, 2], 2), some([2, 3], 2)];
    expect(a.matmul(linalg.luSolve(LU, pivots, b))).toBeCloseToTensor(b.expand(2, 3, 2));
    expect(a.mT.matmul(linalg.luSolve(LU, pivots, b, { adjoint: true }))).toBeCloseToTensor(
      b.expand(2, 3, 2),
    );
    expect(linalg.luSolve(LU, pivots, c, { left: false }).matmul(a)).toBeCloseToTensor(c.expand(2, 2, 3));
    expect(linalg.luSolve(LU, pivots, c, { left: false, adjoint: true }).matmul(a.mT)).toBeCloseToTensor(
      c.expand(2, 2, 3),
    );
    expect(() => linalg.luSolve(LU, pivots.to('float32'), b)).toThrow(DTypeError);
    expect(() => luUnpack(LU, pivots.mul(0))).toThrow(IndexError);
    expect(() => luUnpack(LU, pivots.narrow(0, 0, 1))).toThrow(ShapeError);
  });

  it.each([
    [3, 3],
    [4, 2],
    [2, 4],
  ])('has gradients, (%i, %i)', (m, n) => {
    const factors = (x: Tensor) => {
      const { L, U } = linalg.lu(x);
      return [L, U];
    };
    const leaf = () => some([m, n]).requiresGrad_();
    expect(gradcheck(factors, leaf())).toBe(true);
    expect(gradgradcheck(factors, leaf())).toBe(true);
  });
});

describe('triangles', () => {
  it.each([true, false])('are solved from the triangle that is looked at, upper %s', (upper) => {
    const a = some([2, 3, 3]).add(one(3).mul(3));
    const seen = upper ? a.triu() : a.tril();
    const unit = seen.sub(seen.mul(one(3))).add(one(3));
    const [b, c] = [some([3, 2], 2), some([2, 3], 2)];
    expect(seen.matmul(linalg.solveTriangular(a, b, { upper }))).toBeCloseToTensor(b.expand(2, 3, 2));
    expect(linalg.solveTriangular(a, c, { upper, left: false }).matmul(seen)).toBeCloseToTensor(
      c.expand(2, 2, 3),
    );
    expect(unit.matmul(linalg.solveTriangular(a, b, { upper, unitriangular: true }))).toBeCloseToTensor(
      b.expand(2, 3, 2),
    );
    const solve = (x: Tensor, y: Tensor) => linalg.solveTriangular(x, y, { upper });
    expect(gradcheck(solve, [a.clone().requiresGrad_(), some([3, 2]).requiresGrad_()])).toBe(true);
  });

  it('wants to be told which', () => {
    expect(() => linalg.solveTriangular(one(2), one(2), {} as never)).toThrow(ArgumentError);
    expect(() => linalg.solveTriangular(one(2), one(3), { upper: true })).toThrow(ShapeError);
    expect(() => linalg.solveTriangular(zeros([1, 1]), zeros([1, 1]), { upper: true })).toThrow(
      ArgumentError,
    );
  });

  it('of Cholesky solve and invert', () => {
    const root = some([2, 3, 3]);
    const a = root.matmul(root.mT).add(one(3));
    const lower = a.cholesky();
    const b = some([3, 2], 2);
    expect(a.matmul(b.choleskySolve(lower))).toBeCloseToTensor(b.expand(2, 3, 2));
    expect(b.choleskySolve(lower.mT, true)).toBeCloseToTensor(b.choleskySolve(lower));
    expect(lower.choleskyInverse()).toBeCloseToTensor(linalg.inv(a));
    expect(lower.mT.choleskyInverse({ upper: true })).toBeCloseToTensor(linalg.inv(a));
  });
});

/** Of rank 2, as the third row is the sum of the others. */
const deficient = doubles([
  [1, 2, 0],
  [0, 1, -1],
  [1, 3, -1],
  [0, 0, 0],
]);

describe('pinv', () => {
  it.each([
    ['square', some([2, 3, 3])],
    ['tall', some([2, 4, 2])],
    ['wide', some([2, 4])],
    ['of less than full rank', deficient],
    ['empty', zeros([0, 3], { dtype: 'float64' })],
  ])('meets the four conditions of Penrose, %s', (_, a) => {
    const p = a.pinverse();
    const [ap, pa] = [a.matmul(p), p.matmul(a)];
    expect(ap.matmul(a)).toBeCloseToTensor(a);
    expect(pa.matmul(p)).toBeCloseToTensor(p);
    expect(ap).toBeCloseToTensor(ap.mT);
    expect(pa).toBeCloseToTensor(pa.mT);
  });

  it('counts small values as 0', () => {
    const x = doubles([
      [4, 0],
      [0, 1],
    ]);
    const without = doubles([
      [0.25, 0],
      [0, 0],
    ]);
    expect(linalg.pinv(x, { rtol: 0.2 })).toBeCloseToTensor([
      [0.25, 0],
      [0, 1],
    ]);
    for (const options of [{ rtol: 0.3 }, { atol: 1.5 }, { atol: tensor(1.5) }, { atol: 0.1, rtol: 0.5 }])
      expect(linalg.pinv(x, options)).toBeCloseToTensor(without);
    expect(linalg.pinv(x.expand(2, 2, 2), { atol: tensor([0, 2]) }).select(0, 1)).toBeCloseToTensor(without);
    expect(() => linalg.pinv(x, { atol: tensor([0, 2]) })).toThrow(ShapeError);
    expect(() => linalg.pinv(x, { rtol: 'small' as never })).toThrow(ArgumentError);
  });

  it('has gradients while the rank stays, also where singular values are equal', () => {
    const inputs = [some([2, 4, 2]), some([2, 3]), one(3).mul(2)];
    for (const x of inputs) {
      expect(gradcheck((a: Tensor) => linalg.pinv(a), x.clone().requiresGrad_())).toBe(true);
      expect(gradgradcheck((a: Tensor) => linalg.pinv(a), x.clone().requiresGrad_())).toBe(true);
    }
    // Moved along matrices of rank 1.
    const outer = (u: Tensor) => linalg.pinv(u.outer(u.roll(1)));
    expect(gradcheck(outer, some([3]).requiresGrad_())).toBe(true);
  });

  it('hermitian looks at the symmetric part', () => {
    const x = some([3, 3]);
    expect(linalg.pinv(x, { hermitian: true })).toBeCloseToTensor(linalg.pinv(x.add(x.mT).div(2)));
  });
});

describe('matrixRank', () => {
  it('counts what is not 0', () => {
    expect(linalg.matrixRank(deficient).item()).toBe(2);
    expect(linalg.matrixRank(some([2, 3, 5])).toArray()).toEqual([3, 3]);
    expect(
      linalg
        .matrixRank(
          doubles([
            [4, 0],
            [0, 1],
          ]),
          { atol: 1 },
        )
        .item(),
    ).toBe(1);
    expect(linalg.matrixRank(zeros([2, 3, 0])).toArray()).toEqual([0, 0]);
    expect(linalg.matrixRank(zeros([2, 2])).dtype).toBe('int32');
  });
});

describe('lstsq', () => {
  it('leaves nothing that A could reach', () => {
    const [a, b] = [some([2, 5, 3]), some([2, 5, 2], 2)];
    const { solution, residuals, rank, singularValues } = linalg.lstsq(a, b, { driver: 'gelsd' });
    const rest = a.matmul(solution).sub(b);
    expect(a.mT.matmul(rest)).toBeCloseToTensor(zeros([2, 3, 2], { dtype: 'float64' }));
    expect(residuals).toBeCloseToTensor(rest.square().sum(-2));
    expect(rank.toArray()).toEqual([3, 3]);
    expect(singularValues).toEqualTensor(linalg.svdvals(a));
  });

  it('tells what the drivers of PyTorch tell', () => {
    const shapes = (driver: 'gels' | 'gelsy' | 'gelss') => {
      const { residuals, rank, singularValues } = linalg.lstsq(some([5, 3]), some([5, 2]), { driver });
      return [residuals.shape, rank.shape, singularValues.shape];
    };
    expect(shapes('gels')).toEqual([[2], [0], [0]]);
    expect(shapes('gelsy')).toEqual([[0], [], [0]]);
    expect(shapes('gelss')).toEqual([[2], [], [3]]);
    expect(linalg.lstsq(deficient, one(4), { driver: 'gelss' }).residuals.shape).toEqual([0]);
  });

  it('takes vectors, and gives the smallest of many solutions', () => {
    const b = some([4], 2);
    const { solution } = linalg.lstsq(deficient, b);
    expect(solution.shape).toEqual([3]);
    // (−2, 1, 1) is what the matrix does not see.
    expect(solution.dot(tensor([-2, 1, 1], { dtype: 'float64' }))).toBeCloseToTensor(0);
    expect(() => linalg.lstsq(deficient, some([3]))).toThrow(ShapeError);
    expect(() => linalg.lstsq(deficient, b, { driver: 'qr' as never })).toThrow(ArgumentError);
  });

  it('has gradients', () => {
    const solve = (a: Tensor, b: Tensor) => linalg.lstsq(a, b).solution;
    const leaves = () => [some([4, 2]).requiresGrad_(), some([4, 2], 2).requiresGrad_()];
    expect(gradcheck(solve, leaves())).toBe(true);
    expect(gradgradcheck(solve, leaves())).toBe(true);
  });
});

describe('cond', () => {
  it('is the product of two norms', () => {
    const x = some([2, 3, 3]).add(one(3));
    for (const p of ['fro', 'nuc', 1, -1, 1 / 0, -1 / 0, 2, -2] as const)
      expect(linalg.cond(x, p)).toBeCloseToTensor(
        linalg.matrixNorm(x, p).mul(linalg.matrixNorm(linalg.inv(x), p)),
      );
    expect(linalg.cond(x)).toEqualTensor(linalg.cond(x, 2));
    expect(linalg.cond(some([2, 3])).item()).toBeGreaterThan(1);
  });

  it('of a singular matrix is infinite, and that of its neighbour is not', () => {
    const x = doubles([
      [1, 2],
      [2, 4],
    ])
      .expand(2, 2, 2)
      .clone();
    x.select(0, 1).add_(one(2));
    expect(linalg.cond(x, 1).toArray()).toEqual([1 / 0, expect.closeTo(49 / 6, 12)]);
    expect(linalg.cond(zeros([0, 0])).item()).toBe(0);
    expect(() => linalg.cond(some([2, 3]), 1)).toThrow(ShapeError);
  });

  it('has gradients', () => {
    for (const p of [2, 'fro', 1] as const)
      expect(gradcheck((x: Tensor) => linalg.cond(x, p), some([2, 3, 3]).requiresGrad_())).toBe(true);
  });
});

describe('tensors as matrices', () => {
  it('tensorsolve undoes a tensordot', () => {
    const [a, b] = [some([2, 3, 6]).add(one(6).reshape(2, 3, 6)), some([2, 3], 2)];
    expect(tensordot(a, linalg.tensorsolve(a, b), 1)).toBeCloseToTensor(b);
    expect(linalg.tensorsolve(a.permute(0, 2, 1), b, { dims: [1] })).toBeCloseToTensor(
      linalg.tensorsolve(a, b),
    );
    expect(() => linalg.tensorsolve(a, some([3, 2]))).toThrow(ShapeError);
  });

  it('tensorinv is its inverse', () => {
    const a = some([2, 3, 6]).add(one(6).reshape(2, 3, 6));
    expect(tensordot(linalg.tensorinv(a), a, 2)).toBeCloseToTensor(one(6));
    expect(linalg.tensorinv(a.reshape(6, 2, 3), 1).shape).toEqual([2, 3, 6]);
    expect(() => linalg.tensorinv(a, 1)).toThrow(ShapeError);
  });

  it('vander has the powers as columns', () => {
    expect(linalg.vander(arange(1, 4)).toArray()).toEqual([
      [1, 1, 1],
      [1, 2, 4],
      [1, 3, 9],
    ]);
    expect(linalg.vander(some([2, 3]), 2).shape).toEqual([2, 3, 2]);
  });
});

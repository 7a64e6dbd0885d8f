import { describe, expect, it } from 'vitest';
import '../../methods.ts';
import { gradcheck, gradgradcheck } from '../../autograd/gradcheck.ts';
import { ArgumentError, RetrogradError, ShapeError } from '../../errors.ts';
import * as linalg from '../../linalg.ts';
import type { Tensor } from '../../tensor.ts';
import { laidOut, layouts } from '../../testing/layouts.ts';
import { eye, tensor, zeros } from '../creation.ts';
import { some } from './testing.ts';

/** The same values, transposed in memory: kernels must not mind. */
function strided(x: Tensor): Tensor {
  const layout = layouts.transposed;
  return layout ? laidOut(x.data, x.shape, 'float64', layout(x.ndim)) : x;
}

const one = (n: number) => eye(n, { dtype: 'float64' });
const symmetric = (n: number, seed = 1) => some([2, n, n], seed).add(some([2, n, n], seed).mT);
const positive = (n: number) =>
  some([2, n, n])
    .matmul(some([2, n, n]).mT)
    .add(one(n));

/** By Laplace's expansion along the first row. */
function expansion(rows: readonly (readonly number[])[]): number {
  const [first, ...others] = rows;
  if (first === undefined) return 1;
  return first.reduce((sum, value, j) => {
    const minor = others.map((row) => row.filter((_, column) => column !== j));
    return sum + (j % 2 === 0 ? 1 : -1) * value * expansion(minor);
  }, 0);
}

describe('determinants', () => {
  it.each([0, 1, 2, 3, 5])('are what expansion along a row gives for (%i, %i)', (n) => {
    const x = some([n, n]);
    const truth = expansion(x.toArray() as number[][]);
    expect(linalg.det(strided(x))).toBeCloseToTensor(truth);
    const { sign, logabsdet } = linalg.slogdet(x);
    expect(sign.mul(logabsdet.exp())).toBeCloseToTensor(truth);
  });

  it('of a singular matrix is 0, with the cofactors as its gradient', () => {
    const x = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      { dtype: 'float64', requiresGrad: true },
    );
    linalg.det(x).backward();
    expect(x.grad).toBeCloseToTensor([
      [-3, 6, -3],
      [6, -12, 6],
      [-3, 6, -3],
    ]);
    const nothing = zeros([3, 3], { dtype: 'float64', requiresGrad: true });
    linalg.det(nothing).backward();
    expect(nothing.grad).toEqualTensor(zeros([3, 3], { dtype: 'float64' }));
    const { sign, logabsdet } = linalg.slogdet(zeros([2, 2]));
    expect([sign.item(), logabsdet.item()]).toEqual([0, Number.NEGATIVE_INFINITY]);
  });

  it('do not overflow in slogdet', () => {
    expect(linalg.slogdet(one(400).mul(-1e3)).logabsdet).toBeCloseToTensor(400 * Math.log(1e3));
    expect(one(3).neg().logdet().item()).toBe(Number.NaN);
  });
});

describe('solve and inv', () => {
  it('undo a product', () => {
    const [a, b] = [some([3, 4, 4]).add(one(4).mul(3)), some([4, 2], 2)];
    expect(a.matmul(linalg.solve(strided(a), b))).toBeCloseToTensor(b.expand(3, 4, 2));
    expect(linalg.solve(a, b.mT, { left: false }).matmul(a)).toBeCloseToTensor(b.mT.expand(3, 2, 4));
    expect(a.matmul(linalg.inv(a))).toBeCloseToTensor(one(4).expand(3, 4, 4));
    expect(linalg.solve(a, some([4])).shape).toEqual([3, 4]);
  });

  it('exchange rows where a pivot is 0', () => {
    const x = tensor([
      [0, 1],
      [2, 0],
    ]);
    expect(x.inverse().toArray()).toEqual([
      [0, 0.5],
      [1, 0],
    ]);
  });

  it('refuse singular matrices and shapes that do not fit', () => {
    expect(() => zeros(2, 2).inverse()).toThrow(ArgumentError);
    expect(() => linalg.solve(one(2), some([3]))).toThrow(ShapeError);
    expect(() => linalg.inv(some([2, 3]))).toThrow(ShapeError);
    expect(() => linalg.inv(zeros([2, 2], { dtype: 'int32' }))).toThrow(RetrogradError);
  });
});

describe('factors', () => {
  it('of Cholesky give the matrix back, and are triangular', () => {
    const lower = linalg.cholesky(strided(positive(4)));
    expect(lower.matmul(lower.mT)).toBeCloseToTensor(positive(4));
    expect(lower.triu(1).abs().sum().item()).toBe(0);
    expect(linalg.cholesky(positive(4), { upper: true })).toEqualTensor(lower.mT);
    expect(() => one(2).neg().cholesky()).toThrow(ArgumentError);
  });

  it.each([
    [3, 3],
    [5, 3],
    [2, 4],
    [3, 1],
    [0, 2],
  ])('of singular values of (%i, %i) give it back, of orthonormal columns, falling', (m, n) => {
    const x = some([2, m, n]);
    for (const fullMatrices of [true, false]) {
      const { U, S, Vh } = linalg.svd(strided(x), fullMatrices);
      const k = S.shape.at(-1) ?? 0;
      const middle = U.narrow(-1, 0, k).mul(S.unsqueeze(-2));
      expect(middle.matmul(Vh.narrow(-2, 0, k))).toBeCloseToTensor(x);
      expect(U.mT.matmul(U)).toBeCloseToTensor(one(U.shape.at(-1) ?? 0).expand(2, -1, -1));
      expect(Vh.matmul(Vh.mT)).toBeCloseToTensor(one(Vh.shape.at(-2) ?? 0).expand(2, -1, -1));
      expect(S.ge(0).all().item()).toBe(1);
      expect(S.diff({ dim: -1 }).le(0).all().item()).toBe(1);
    }
  });

  it('of singular values are orthonormal where the rank is less, and of any size', () => {
    for (const scale of [1, 1e-200, 1e200]) {
      const row = some([4]).mul(scale);
      const { U, S, Vh } = linalg.svd(row.outer(some([4], 2)));
      expect(U.mT.matmul(U)).toBeCloseToTensor(one(4));
      expect(Vh.matmul(Vh.mT)).toBeCloseToTensor(one(4));
      expect(S.select(0, 0).div(scale)).toBeCloseToTensor(
        some([4])
          .norm()
          .mul(some([4], 2).norm()),
      );
    }
  });

  it('of eigenvalues turn the matrix to its diagonal, rising', () => {
    const { eigenvalues, eigenvectors } = linalg.eigh(strided(symmetric(5)));
    expect(symmetric(5).matmul(eigenvectors)).toBeCloseToTensor(eigenvectors.mul(eigenvalues.unsqueeze(-2)));
    expect(eigenvectors.mT.matmul(eigenvectors)).toBeCloseToTensor(one(5).expand(2, 5, 5));
    expect(eigenvalues.diff({ dim: -1 }).ge(0).all().item()).toBe(1);
    expect(linalg.eigvalsh(symmetric(5))).toEqualTensor(eigenvalues);
  });
});

describe('powers', () => {
  it('are repeated products, of the inverse for negative ones', () => {
    const x = some([3, 3]).add(one(3).mul(2));
    expect(x.matrixPower(5)).toBeCloseToTensor(x.matmul(x).matmul(x).matmul(x).matmul(x));
    expect(x.matrixPower(-2).matmul(x).matmul(x)).toBeCloseToTensor(one(3));
    expect(x.matrixPower(0)).toEqualTensor(one(3));
  });

  it('matrixExp is the limit of (1 + A / n)ⁿ, a series for small and large matrices', () => {
    for (const scale of [1e-3, 1, 10]) {
      const x = some([2, 3, 3]).mul(scale);
      let [term, sum] = [one(3).expand(2, 3, 3), one(3).expand(2, 3, 3)];
      for (let k = 1; k < 150; k++) {
        term = term.matmul(x).div(k);
        sum = sum.add(term);
      }
      const size = sum.abs().max().item();
      expect(x.matrixExp().div(size)).toBeCloseToTensor(sum.div(size));
    }
    // A rotation by a radian.
    const turn = tensor(
      [
        [0, -1],
        [1, 0],
      ],
      { dtype: 'float64' },
    );
    expect(turn.matrixExp()).toBeCloseToTensor([
      [Math.cos(1), -Math.sin(1)],
      [Math.sin(1), Math.cos(1)],
    ]);
  });
});

describe('multiDot', () => {
  it('is the product from left to right, whatever the order', () => {
    const list = [some([2, 9]), some([9, 1]), some([1, 8]), some([8, 3])] as const;
    const [a, b, c, d] = list;
    expect(linalg.multiDot(list)).toBeCloseToTensor(a.matmul(b).matmul(c).matmul(d));
    expect(linalg.multiDot([some([2]), a, b, some([1])]).shape).toEqual([]);
    expect(() => linalg.multiDot([a])).toThrow(ShapeError);
    expect(() => linalg.multiDot([a, c])).toThrow(ShapeError);
  });
});

describe('norms', () => {
  const x = tensor(
    [
      [1, -2],
      [0, 4],
    ],
    { dtype: 'float64' },
  );

  it.each([
    ['fro', Math.sqrt(21)],
    [1, 6],
    [-1, 1],
    [Number.POSITIVE_INFINITY, 4],
    [Number.NEGATIVE_INFINITY, 3],
    // The singular values are the roots of t with t² − 21 t + 16 = 0, for AᵀA has this trace and this determinant.
    [2, Math.sqrt((21 + Math.sqrt(377)) / 2)],
    [-2, Math.sqrt((21 - Math.sqrt(377)) / 2)],
    ['nuc', Math.sqrt((21 + Math.sqrt(377)) / 2) + Math.sqrt((21 - Math.sqrt(377)) / 2)],
  ] as const)('of order %s of a matrix', (ord, want) => {
    expect(linalg.matrixNorm(x, ord)).toBeCloseToTensor(want);
    expect(linalg.norm(x.expand(3, 2, 2), ord, [1, 2], true)).toBeCloseToTensor(
      tensor([[[want]], [[want]], [[want]]], { dtype: 'float64' }),
    );
  });
});

describe('gradients', () => {
  const ops: Readonly<Record<string, readonly [(x: Tensor) => Tensor, Tensor]>> = {
    det: [(x) => linalg.det(x), some([2, 3, 3]).add(one(3))],
    logabsdet: [(x) => linalg.slogdet(x).logabsdet, some([2, 3, 3]).add(one(3))],
    inv: [(x) => linalg.inv(x), some([3, 3]).add(one(3).mul(3))],
    cholesky: [(x) => linalg.cholesky(x), positive(3)],
    svdvals: [(x) => linalg.svdvals(x), some([3, 2])],
    'U Vh': [
      (x) => {
        const { U, Vh } = linalg.svd(x, { fullMatrices: false });
        return U.matmul(Vh);
      },
      some([2, 3]),
    ],
    eigvalsh: [(x) => linalg.eigvalsh(x), symmetric(3)],
    nuc: [(x) => linalg.matrixNorm(x, 'nuc'), some([3, 3])],
    matrixExp: [(x) => linalg.matrixExp(x), some([2, 2]).mul(4)],
    matrixPower: [(x) => linalg.matrixPower(x, 3), some([2, 2])],
    cross: [(x) => linalg.cross(x, x.roll(1)), some([2, 3])],
  };

  it.each(Object.entries(ops))('of %s are right, of first and second order', (_, [op, x]) => {
    const leaf = () => x.clone().requiresGrad_();
    expect(gradcheck(op, [leaf()])).toBe(true);
    expect(gradgradcheck(op, [leaf()])).toBe(true);
  });

  it('of norms are finite where singular values are equal', () => {
    const x = one(3).requiresGrad_();
    linalg.matrixNorm(x, 'nuc').backward();
    expect(x.grad).toBeCloseToTensor(one(3));
  });
});

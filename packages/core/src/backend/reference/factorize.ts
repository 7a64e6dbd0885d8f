import type { FactorKernel, View } from '../backend.ts';
import { cholesky } from './matrices/cholesky.ts';
import { forEachMatrix } from './matrices/each.ts';
import { eigh } from './matrices/eigh.ts';
import { determinant, luInOrder, pivots, signAndLogarithm, solved } from './matrices/lu.ts';
import { qr } from './matrices/qr.ts';
import { cofactors, pseudoinverse, svd } from './matrices/svd.ts';

const kernels: Readonly<
  Record<FactorKernel, (matrix: Float64Array, m: number, n: number) => ArrayLike<number>>
> = {
  cholesky,
  cofactors,
  det: determinant,
  eigh,
  lu: luInOrder,
  pivots,
  qr,
  slogdet: signAndLogarithm,
  svd,
};

/** In float64, rounded once. */
export function factorize(kernel: FactorKernel, x: View, out: View): void {
  const [m = 0, n = 0] = x.shape.slice(-2);
  forEachMatrix([x], out, (matrix) => kernels[kernel](matrix, m, n));
}

export function solve(a: View, b: View, out: View): void {
  const [n = 0, m = 0] = out.shape.slice(-2);
  forEachMatrix([a, b], out, (matrix, right) => solved(matrix, right, n, m));
}

export function pinv(x: View, tolerances: View, out: View): void {
  const [n = 0, m = 0] = out.shape.slice(-2);
  forEachMatrix([x, tolerances], out, (matrix, least) => pseudoinverse(matrix, m, n, least));
}

import { describe, it } from 'vitest';
import type { DType } from '../../dtype.ts';
import { numelOf, type Shape } from '../../shape.ts';
import type { Backend, FactorKernel, View } from '../backend.ts';
import { arrangements, unwritten } from './layouts.ts';
import { type Grid, noisy, stored } from './oracle.ts';
import { type Accept, orNearer, within } from './tolerance.ts';
import { attempt, ranksOf, type Trial } from './trial.ts';

type Matrix = readonly (readonly number[])[];

/** By Laplace's expansion along the first row. */
function det([first, ...others]: Matrix): number {
  if (first === undefined) return 1;
  return first.reduce((sum, value, j) => sum + (-1) ** j * value * det(without(others, j)), 0);
}

/** Without a column and, if told, a row. */
function without(rows: Matrix, column: number, row = -1): Matrix {
  return rows.flatMap((values, i) => (i === row ? [] : [values.filter((_, j) => j !== column)]));
}

function cofactors(rows: Matrix): number[] {
  return rows.flatMap((values, i) => values.map((_, j) => (-1) ** (i + j) * det(without(rows, j, i))));
}

/** Each element from two minors: the leading one of j + 1, and the one with row i in the place of its last. */
function cholesky(rows: Matrix): number[] {
  const minor = (picked: readonly number[], count: number) =>
    det(picked.map((i) => (rows[i] as readonly number[]).slice(0, count)));
  const first = (count: number) => Array.from({ length: count }, (_, i) => i);
  return rows.flatMap((values, i) =>
    values.map((_, j) =>
      j > i ? 0 : minor([...first(j), i], j + 1) / Math.sqrt(minor(first(j + 1), j + 1) * minor(first(j), j)),
    ),
  );
}

const oracles: Readonly<Partial<Record<FactorKernel, (rows: Matrix) => number[]>>> = {
  det: (rows) => [det(rows)],
  slogdet: (rows) => [Math.sign(det(rows)), Math.log(Math.abs(det(rows)))],
  cofactors,
  cholesky,
};

/** The matrices of a grid. */
function matricesOf({ shape, values }: Grid): Matrix[] {
  const [m = 1, n = 1] = shape.slice(-2);
  return Array.from({ length: numelOf(shape.slice(0, -2)) }, (_, i) =>
    Array.from({ length: m }, (_, row) =>
      Array.from(values.subarray((i * m + row) * n, (i * m + row + 1) * n)),
    ),
  );
}

/** Elements of a few matrices are all of about one size. */
function near(dtype: DType): Accept {
  return orNearer(dtype === 'float32' ? 1e-5 : 1e-11, within(dtype, 16));
}

function trial(backend: Backend, kernel: FactorKernel, x: Grid, size: Shape): Trial {
  const oracle = oracles[kernel] as (rows: Matrix) => number[];
  return {
    inputs: [x],
    out: unwritten(x.dtype, [...x.shape.slice(0, -2), ...size]),
    run: ([input], out) => backend.factorize(kernel, input as View, out),
    expected: ([seen]) => ({ values: matricesOf(seen as Grid).flatMap(oracle), accept: near(x.dtype) }),
  };
}

/** By Cramer's rule: the determinant with the right side in the place of a column, over that of the matrix. */
function solving(backend: Backend, a: Grid, b: Grid): Trial {
  return {
    inputs: [a, b],
    out: unwritten(a.dtype, b.shape),
    run: ([left, right], out) => backend.solve(left as View, right as View, out),
    expected: ([left, right]) => {
      const sides = matricesOf(right as Grid);
      const values = matricesOf(left as Grid).flatMap((rows, i) =>
        (sides[i] as Matrix).flatMap((side, unknown) =>
          side.map((_, j) => {
            const replaced = rows.map((row, k) => row.with(unknown, (sides[i] as Matrix)[k]?.[j] ?? 0));
            return det(replaced) / det(rows);
          }),
        ),
      );
      return { values, accept: near(a.dtype) };
    },
  };
}

/** Random matrices with something added on the diagonal. */
function dominant(dtype: DType, shape: Shape, by: number): Grid {
  const n = shape.at(-1) as number;
  const grid = noisy(dtype, shape, 3);
  return {
    ...grid,
    values: grid.values.map((value, i) => stored(dtype, value + (i % n === Math.floor(i / n) % n ? by : 0))),
  };
}

/** A Gram matrix and a little: symmetric and positive definite, to the last bit. */
function positive(dtype: DType, [batch = 1, n = 1]: Shape): Grid {
  const values = matricesOf(noisy('float64', [batch, n, n])).flatMap((rows) =>
    rows.flatMap((a, i) =>
      rows.map((b, j) => a.reduce((sum, value, k) => sum + value * (b[k] as number), Number(i === j))),
    ),
  );
  return { dtype, shape: [batch, n, n], values: Float64Array.from(values, (value) => stored(dtype, value)) };
}

/** A rotation by 0.3 and one by 1.1 about two axes. */
const turn: Matrix = [
  [Math.cos(0.3), -Math.sin(0.3), 0],
  [Math.sin(0.3) * Math.cos(1.1), Math.cos(0.3) * Math.cos(1.1), -Math.sin(1.1)],
  [Math.sin(0.3) * Math.sin(1.1), Math.cos(0.3) * Math.sin(1.1), Math.cos(1.1)],
];

/** Σ_r turn[i][r] weights[r] other[j][r] */
function composed(weights: readonly number[], other: Matrix): Grid {
  const values = turn.flatMap((row) =>
    other.map((column) =>
      weights.reduce((sum, w, r) => sum + w * (row[r] as number) * (column[r] as number), 0),
    ),
  );
  return { dtype: 'float64', shape: [3, other.length], values: Float64Array.from(values) };
}

/** Vectors are right up to their sign. */
function upToSign(backend: Backend, kernel: FactorKernel, x: Grid, want: Matrix): Trial {
  const values = want.flat();
  return {
    inputs: [x],
    out: unwritten(x.dtype, [want.length, (want[0] as readonly number[]).length]),
    run: ([input], out) => backend.factorize(kernel, input as View, out),
    expected: () => ({ values, accept: (got, truth) => Math.abs(Math.abs(got) - Math.abs(truth)) < 1e-12 }),
  };
}

/** The trial in every arrangement in which no element stands for two, which would make a matrix singular. */
function attemptApart(backend: Backend, trial: Trial): void {
  for (const { name, layouts } of arrangements(ranksOf(trial))) {
    if (layouts.every(({ steps }) => !steps.includes(0))) attempt(backend, trial, layouts, name);
  }
}

export function factorizeContract(backend: Backend): void {
  describe.each(['float32', 'float64'] as const)('of %s', (dtype) => {
    it.each([
      ['det', () => [1, 1], dominant],
      ['slogdet', () => [1, 2], dominant],
      ['cofactors', (n: number) => [n, n], dominant],
      ['cholesky', (n: number) => [n, n], positive],
    ] as const)('finds %s in every layout', (kernel, size, made) => {
      for (const n of [0, 1, 2, 4])
        attempt(backend, trial(backend, kernel, made(dtype, [2, n, n], 4), size(n)));
      attemptApart(backend, trial(backend, kernel, made(dtype, [2, 3, 3], 4), size(3)));
    });

    it('solves in every layout', () => {
      for (const n of [1, 2, 3, 4]) {
        const right = noisy(dtype, [2, n, 2]);
        attemptApart(backend, solving(backend, dominant(dtype, [2, n, n], 4), right));
        // Without the help of a large diagonal, pivots matter.
        attempt(backend, solving(backend, dominant(dtype, [2, n, n], 0), right));
      }
    });
  });

  it('finds eigenvalues and singular values, and vectors up to their signs', () => {
    const columns = (matrix: Matrix, order: readonly number[]) =>
      matrix.map((row) => order.map((r) => row[r] as number));
    const w = [2, -1, 0.5];
    attemptApart(
      backend,
      upToSign(backend, 'eigh', composed(w, turn), [...columns(turn, [1, 2, 0]), [-1, 0.5, 2]]),
    );
    const plane: Matrix = [
      [Math.cos(0.7), -Math.sin(0.7)],
      [Math.sin(0.7), Math.cos(0.7)],
    ];
    const tall = [...columns(turn, [1, 0]), [3, 2], ...columns(plane, [1, 0])];
    attemptApart(backend, upToSign(backend, 'svd', composed([2, 3], plane), tall));
  });
}

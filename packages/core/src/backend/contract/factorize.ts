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

/**
 * Column k of Q is what column k of the matrix has besides those before it, and minus its length is Rₖₖ. The last of a
 * square matrix is not reflected, so it has the sign that makes Q a product of n − 1 reflections.
 */
function qr(rows: Matrix): number[] {
  const n = rows[0]?.length ?? 0;
  const columns = Array.from({ length: n }, (_, j) => rows.map((row) => row[j] as number));
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  const units: number[][] = [];
  for (const column of columns) {
    const rest = units.reduce(
      (left, unit) => left.map((value, i) => value - dot(column, unit) * (unit[i] as number)),
      column,
    );
    const size = -Math.sqrt(dot(rest, rest));
    units.push(rest.map((value) => value / size));
  }
  const turned = units.length === rows.length && det(units) * (-1) ** n > 0;
  if (turned) units.push((units.pop() ?? []).map((value) => -value));
  const q = rows.flatMap((_, i) => units.map((unit) => unit[i] as number));
  return [...q, ...units.flatMap((unit, i) => columns.map((column, j) => (j < i ? 0 : dot(unit, column))))];
}

/** Elements of L and U are quotients of minors: of the leading k rows and columns, one of which is another. */
function lu(rows: Matrix): number[] {
  const minor = (down: readonly number[], across: readonly number[]) =>
    det(down.map((i) => across.map((j) => rows[i]?.[j] as number)));
  const first = (count: number) => Array.from({ length: count }, (_, i) => i);
  return rows.flatMap((values, i) =>
    values.map((_, j) => {
      const k = Math.min(i, j);
      const above = minor([...first(k), i], [...first(k), j]);
      return above / (j < i ? minor(first(k + 1), first(k + 1)) : minor(first(k), first(k)));
    }),
  );
}

const oracles: Readonly<Partial<Record<FactorKernel, (rows: Matrix) => number[]>>> = {
  det: (rows) => [det(rows)],
  slogdet: (rows) => [Math.sign(det(rows)), Math.log(Math.abs(det(rows)))],
  cofactors,
  cholesky,
  lu,
  qr,
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

/** (Aᵀ A)⁻¹ Aᵀ of linearly independent columns, by Cramer's rule. */
function pseudoinverting(backend: Backend, x: Grid, tolerances: Grid): Trial {
  const [batch = 1, m = 1, n = 1] = x.shape;
  return {
    inputs: [x, tolerances],
    out: unwritten(x.dtype, [batch, n, m]),
    run: ([a, b], out) => backend.pinv(a as View, b as View, out),
    expected: ([seen]) => ({
      values: matricesOf(seen as Grid).flatMap((rows) => {
        const gram = rows.reduce<number[][]>(
          (sums, row) =>
            sums.map((line, i) => line.map((sum, j) => sum + (row[i] as number) * (row[j] as number))),
          Array.from({ length: n }, () => new Array<number>(n).fill(0)),
        );
        return gram.flatMap((_, unknown) =>
          rows.map((row) => det(gram.map((line, k) => line.with(unknown, row[k] as number))) / det(gram)),
        );
      }),
      accept: near(x.dtype),
    }),
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
      ['lu', (n: number) => [n, n], dominant],
      ['qr', (n: number) => [2 * n, n], dominant],
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

  it.each(['float32', 'float64'] as const)('inverts rows that outnumber columns, %s', (dtype) => {
    const x = noisy(dtype, [2, 3, 2]);
    const tolerances: Grid = { dtype, shape: [2, 1, 2], values: Float64Array.of(0, 1e-9, 1e-9, 0) };
    attemptApart(backend, pseudoinverting(backend, x, tolerances));
  });

  it('counts small singular values as 0 in the pseudoinverse', () => {
    // diag(4, 1): the lesser is kept or not.
    const x: Grid = { dtype: 'float64', shape: [2, 2], values: Float64Array.of(0, 4, 1, 0) };
    for (const [absolute, relative, lesser] of [
      [0, 0.2, 1],
      [0, 0.25, 0],
      [1, 0, 0],
      [0.9, 0.2, 1],
    ] as const) {
      const least: Grid = { dtype: 'float64', shape: [1, 2], values: Float64Array.of(absolute, relative) };
      attempt(backend, {
        inputs: [x, least],
        out: unwritten('float64', [2, 2]),
        run: ([a, b], out) => backend.pinv(a as View, b as View, out),
        expected: () => ({ values: [0, lesser, 0.25, 0], accept: near('float64') }),
      });
    }
  });

  it('tells with which row each one changed places', () => {
    // Of 1 2 / 3 4 / 0 6 the second row comes first, and then the third.
    const x: Grid = { dtype: 'float64', shape: [3, 2], values: Float64Array.of(1, 2, 3, 4, 0, 6) };
    attempt(backend, {
      inputs: [x],
      out: unwritten('float64', [1, 2]),
      run: ([input], out) => backend.factorize('pivots', input as View, out),
      expected: () => ({ values: [2, 3], accept: near('float64') }),
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

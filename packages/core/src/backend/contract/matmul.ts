import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import type { DType } from '../../dtype.ts';
import type { Shape } from '../../shape.ts';
import { numelOf } from '../../shape.ts';
import type { Backend, View } from '../backend.ts';
import { anyLayouts, contiguous, laidOut, unwritten } from './layouts.ts';
import { type Grid, noisy, vector } from './oracle.ts';
import { type Sums, sumsOf } from './sums.ts';
import { attempt, attemptAll, holds, type Trial } from './trial.ts';

const dtypes = ['float32', 'float64', 'int32', 'uint8'] as const satisfies readonly DType[];

/** Σ_k a[m, k] · b[k, n], for one matrix after the other. */
function products(a: Grid, b: Grid): Sums {
  const [m, k, n] = [a.shape.at(-2) as number, a.shape.at(-1) as number, b.shape.at(-1) as number];
  const matrices = numelOf(a.shape.slice(0, -2));
  const sums = sumsOf(a.dtype, matrices * m * n);
  for (let i = 0; i < matrices; i++)
    for (let row = 0; row < m; row++)
      for (let column = 0; column < n; column++)
        for (let p = 0; p < k; p++) {
          const left = a.values[(i * m + row) * k + p] as number;
          const right = b.values[(i * k + p) * n + column] as number;
          sums.add((i * m + row) * n + column, left, right);
        }
  return sums;
}

function product(backend: Backend, a: Grid, b: Grid): Trial {
  const shape = [...a.shape.slice(0, -1), b.shape.at(-1) as number];
  return {
    inputs: [a, b],
    out: unwritten(a.dtype, shape),
    run: ([left, right], out) => backend.matmul(left as View, right as View, out),
    expected: ([left, right]) => products(left as Grid, right as Grid).expected(),
  };
}

type Sizes = readonly [m: number, k: number, n: number];

function noisyProduct(backend: Backend, dtype: DType, [m, k, n]: Sizes, batch: Shape = []): Trial {
  return product(backend, noisy(dtype, [...batch, m, k]), noisy(dtype, [...batch, k, n], 2));
}

const few = [1, 2, 3, 5];
const small = few.flatMap((m) => few.flatMap((k) => few.map((n): Sizes => [m, k, n])));

/** Around the edges of register blocks and of cache blocks, and products that are hardly matrices. */
const sizes: readonly Sizes[] = [
  [12, 13, 48],
  [13, 12, 5],
  [48, 100, 13],
  [6, 300, 8],
  [7, 31, 17],
  [5, 64, 33],
  [1, 300, 257],
  [257, 300, 1],
  [300, 1, 257],
  [1, 5000, 1],
  [3, 1, 257],
  [300, 2, 13],
  [64, 128, 10],
  [100, 257, 48],
  [257, 300, 100],
];

const empty: readonly Sizes[] = [
  [0, 3, 2],
  [2, 3, 0],
  [2, 0, 3],
  [0, 0, 0],
];

export function matmulContract(backend: Backend): void {
  describe.each(dtypes)('matmul of %s', (dtype) => {
    it('multiplies small matrices of any size', () => {
      for (const size of small) attempt(backend, noisyProduct(backend, dtype, size));
    });
    it('gives zeros where there is nothing to sum, and nothing of nothing', () => {
      for (const size of empty) attempt(backend, noisyProduct(backend, dtype, size, [2]));
      attempt(backend, noisyProduct(backend, dtype, [2, 3, 2], [0]));
    });
    it('multiplies in every layout', () => {
      for (const size of [
        [1, 1, 1],
        [5, 7, 9],
        [4, 8, 16],
        [17, 13, 3],
      ] as const)
        attemptAll(backend, noisyProduct(backend, dtype, size));
    });
    it('multiplies batches in every layout', () => {
      attemptAll(backend, noisyProduct(backend, dtype, [3, 5, 7], [4]));
      attemptAll(backend, noisyProduct(backend, dtype, [3, 2, 6], [2, 3]));
      attemptAll(backend, noisyProduct(backend, dtype, [2, 3, 1], [2, 1, 2]));
    });
  });

  describe.each(sizes)('matmul of (%i, %i) by n = %i', (...size) => {
    it('multiplies float32', () => attempt(backend, noisyProduct(backend, 'float32', size)));
  });

  it('multiplies transposed matrices larger than a block, batched, one of them for all', () => {
    for (const order of [
      [1, 2, 0],
      [0, 2, 1],
      [2, 1, 0],
    ]) {
      const moved = { order, steps: [1, 1, 1], before: 1 };
      const oneForAll = { order: [0, 2, 1], steps: [0, 1, 1], before: 1 };
      for (const dtype of ['float32', 'float64'] as const) {
        const trial = noisyProduct(backend, dtype, [50, 61, 49], [3]);
        attempt(backend, trial, [moved, oneForAll, contiguous(3)]);
        attempt(backend, trial, [oneForAll, moved, moved]);
      }
    }
  });

  it('multiplies a matrix by its own transpose', () => {
    const { view } = laidOut(backend, noisy('float32', [9, 14]), contiguous(2));
    const [rows, columns] = view.strides as [number, number];
    const turned = { ...view, shape: [14, 9], strides: [columns, rows] };
    const trial = product(backend, noisy('float32', [9, 14]), transposed(noisy('float32', [9, 14])));
    attempt(backend, { ...trial, run: (_, out) => backend.matmul(view, turned, out) });
  });

  it('wraps int32 exactly, though the products are beyond float64', () => {
    const most = 2 ** 31 - 1;
    const a = vector('int32', [most, most, -most, 123456789, 987654321, -(2 ** 31)]);
    const b = vector('int32', [most, 3, 7, 1987654321, -876543211, -(2 ** 31)]);
    attempt(backend, product(backend, { ...a, shape: [2, 3] }, { ...b, shape: [3, 2] }));
  });

  // Blocks are filled up at their edges, with what must not meet a NaN or ∞: 0 · ∞ is NaN.
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('keeps %f to its row and column', (value) => {
    for (const [row, column] of [
      [0, 0],
      [6, 0],
      [0, 12],
      [6, 12],
      [3, 5],
    ] as const) {
      const [a, b] = [noisy('float32', [7, 13]), noisy('float32', [13, 11], 2)];
      const spoilt = { ...a, values: a.values.with(row * 13 + column, value) };
      attempt(backend, product(backend, spoilt, b));
      attempt(backend, product(backend, transposed(b), transposed(spoilt)));
    }
  });

  it('keeps denormal products', () => {
    const tiny = vector('float32', new Array(12).fill(1e-22));
    attempt(backend, product(backend, { ...tiny, shape: [4, 3] }, { ...tiny, shape: [3, 4] }));
  });

  it('multiplies any sizes in any layouts', () =>
    holds((draw) => {
      const size = (max: number) => draw(fc.integer({ min: 0, max }));
      const batch = draw(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }));
      const trial = noisyProduct(
        backend,
        draw(fc.constantFrom(...dtypes)),
        [size(20), size(20), size(20)],
        batch,
      );
      const rank = batch.length + 2;
      attempt(backend, trial, anyLayouts([rank, rank, rank], draw));
    }));
}

function transposed({ dtype, shape, values }: Grid): Grid {
  const [m, n] = shape as [number, number];
  return {
    dtype,
    shape: [n, m],
    values: values.map((_, i) => values[(i % m) * n + Math.floor(i / m)] as number),
  };
}

import { describe, it } from 'vitest';
import { contiguousStrides, numelOf, type Shape } from '../../shape.ts';
import type { Backend, View } from '../backend.ts';
import { unwritten } from './layouts.ts';
import { type Grid, noisy } from './oracle.ts';
import { awkward, led, type Pooling, pooled, pooling } from './pool.ts';
import { rounded } from './tolerance.ts';
import { attempt, type Trial } from './trial.ts';

function relu(x: Grid): Grid {
  return { ...x, values: x.values.map((n) => (n >= 0 || Number.isNaN(n) ? n : 0)) };
}

function gate(g: readonly number[], y: Grid): number[] {
  return g.map((n, i) => ((y.values[i] as number) <= 0 ? 0 : n));
}

function fresh(backend: Backend, shape: Shape): View {
  const storage = backend.allocate('float32', numelOf(shape));
  return { storage, shape, strides: contiguousStrides(shape), offset: 0 };
}

/** What is made of x, or of x and a gradient of the pooled, after relu. */
interface Case {
  readonly of: (x: Grid, g: Grid, pool: Pooling) => readonly number[];
  readonly isPooled?: boolean;
  readonly run: (backend: Backend, y: View, g: View, out: View, pool: Pooling) => void;
}

const cases: Readonly<Record<string, Case>> = {
  pooled: {
    of: (x, _, pool) => pooled(relu(x), pool),
    isPooled: true,
    run: (backend, y, _, out, pool) => backend.maxPool(y, out, pool),
  },
  'read after it was pooled': {
    of: (x) => [...relu(x).values],
    run: (backend, y, g, out, pool) => {
      backend.maxPool(y, fresh(backend, g.shape), pool);
      backend.copy(y, out);
    },
  },
  'and a gradient led through both': {
    of: (x, g, pool) => gate(led(relu(x), g, pool), relu(x)),
    run: (backend, y, g, out, pool) => {
      const back = fresh(backend, y.shape);
      backend.maxPoolGradient(y, g, back, pool);
      backend.binary('gate', back, y, out);
    },
  },
  'and a gradient led through both, when it has been read before': {
    of: (x, g, pool) => gate(led(relu(x), g, pool), relu(x)),
    run: (backend, y, g, out, pool) => {
      const back = fresh(backend, y.shape);
      backend.maxPoolGradient(y, g, back, pool);
      backend.copy(back, fresh(backend, y.shape));
      backend.copy(y, fresh(backend, y.shape));
      backend.binary('gate', back, y, out);
    },
  },
  'and a gradient led to what was pooled, read after it has gone through both': {
    of: (x, g, pool) => led(relu(x), g, pool),
    run: (backend, y, g, out, pool) => {
      const back = fresh(backend, y.shape);
      backend.maxPoolGradient(y, g, back, pool);
      backend.binary('gate', back, y, fresh(backend, y.shape));
      backend.copy(back, out);
    },
  },
  'and a gradient gated by something else': {
    of: (x, g, pool) => gate(led(relu(x), g, pool), { ...x, values: relu(x).values.map((n) => n - 0.5) }),
    run: (backend, y, g, out, pool) => {
      const [back, less] = [fresh(backend, y.shape), fresh(backend, y.shape)];
      const half = { ...fresh(backend, [1]), shape: y.shape, strides: y.shape.map(() => 0) };
      backend.fill({ ...half, shape: [1], strides: [1] }, 0.5);
      backend.binary('sub', y, half, less);
      backend.maxPoolGradient(y, g, back, pool);
      backend.binary('gate', back, less, out);
    },
  },
};

function trialOf(backend: Backend, x: Grid, pool: Pooling, { of, isPooled, run }: Case): Trial {
  const windows = [...x.shape.slice(0, 2), ...pool.sizes];
  return {
    // Whole numbers, whose sums are exact in any order.
    inputs: [x, { ...noisy('int32', windows, 7), dtype: 'float32' }],
    out: unwritten('float32', isPooled ? windows : x.shape),
    run: ([input, g], out) => {
      const y = fresh(backend, x.shape);
      backend.unary('relu', input as View, y);
      run(backend, y, g as View, out, pool);
    },
    expected: ([input, g]) => ({
      values: of(input as Grid, g as Grid, pool),
      accept: rounded('float32'),
    }),
  };
}

/** Large enough for a backend to put relu off until it is pooled; small ones, and windows of other kinds. */
const poolings = [
  pooling([4, 3, 26, 28], [2, 2]),
  pooling([4, 3, 27, 29], [2, 2]),
  pooling([2, 3, 6, 8], [2, 2]),
  pooling([4, 3, 27, 29], [3, 3], { stride: [2, 2], padding: [1, 1] }),
  pooling([4, 6, 401], [2]),
] as const;

/** Relu and max-pooling in a row, forwards and backwards. */
export function pooledReluContract(backend: Backend): void {
  describe.each(Object.entries(cases))('relu %s', (_, each) => {
    it.each(poolings)('x $x, kernel $kernel', (pool) => {
      const grids = [noisy('float32', pool.x), ...[1, 2, 3].map((seed) => awkward(pool.x, seed))];
      for (const x of grids) attempt(backend, trialOf(backend, x, pool, each));
    });
  });
}

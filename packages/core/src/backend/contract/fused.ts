import { describe, it } from 'vitest';
import type { DType } from '../../dtype.ts';
import type { Shape } from '../../shape.ts';
import { shapes } from '../../testing/arbitraries.ts';
import type { Backend, View } from '../backend.ts';
import type { Program, Step } from '../program.ts';
import { anyLayouts, lengths, shapesOfAllRanks, unwritten } from './layouts.ts';
import { type Grid, noisy, stored, vector } from './oracle.ts';
import { specials } from './specials.ts';
import { type Accept, orNearer, rounded, within } from './tolerance.ts';
import { attempt, attemptAll, holds, type Trial } from './trial.ts';

interface Case {
  readonly steps: readonly Step[];
  readonly numbers: readonly number[];
  /** The same in TypeScript; `round` rounds to the dtype. */
  readonly formula: (a: number, b: number, round: (value: number) => number) => number;
  readonly accept: (dtype: DType) => Accept;
}

const operand = (index: number): Step => ({ kind: 'operand', index });
const number = (value: number): Step => ({ kind: 'number', value });

const cases: Readonly<Record<string, Case>> = {
  'a < b or a = 0.1 ? a · 0.1 + c : √|b|': {
    steps: [
      operand(0),
      operand(1),
      number(0.1),
      { kind: 'binary', kernel: 'lt', of: [0, 1] },
      { kind: 'binary', kernel: 'eq', of: [0, 2] },
      { kind: 'binary', kernel: 'logicalOr', of: [3, 4] },
      { kind: 'binary', kernel: 'mul', of: [0, 2] },
      operand(2),
      { kind: 'binary', kernel: 'add', of: [6, 7] },
      { kind: 'unary', kernel: 'abs', of: [1] },
      { kind: 'unary', kernel: 'sqrt', of: [9] },
      { kind: 'where', of: [5, 8, 10] },
    ],
    numbers: [1 / 3],
    formula: (a, b, round) =>
      a < b || a === round(0.1) ? round(round(a * round(0.1)) + round(1 / 3)) : round(Math.sqrt(Math.abs(b))),
    accept: rounded,
  },
  'not a > b, as a number, less a²': {
    steps: [
      operand(0),
      operand(1),
      { kind: 'binary', kernel: 'gt', of: [0, 1] },
      { kind: 'unary', kernel: 'logicalNot', of: [2] },
      { kind: 'toNumber', of: [3] },
      { kind: 'binary', kernel: 'mul', of: [0, 0] },
      { kind: 'binary', kernel: 'sub', of: [4, 5] },
    ],
    numbers: [],
    formula: (a, b, round) => round(Number(!(a > b)) - round(a * a)),
    accept: rounded,
  },
  '(a² + 1)^2.3': {
    steps: [
      operand(0),
      number(1),
      number(2.3),
      { kind: 'binary', kernel: 'mul', of: [0, 0] },
      { kind: 'binary', kernel: 'add', of: [3, 1] },
      { kind: 'binary', kernel: 'pow', of: [4, 2] },
    ],
    numbers: [],
    formula: (a, _, round) => round(round(a * a) + 1) ** round(2.3),
    accept: (dtype) => within(dtype, 4),
  },
  'tanh a · b': {
    steps: [
      operand(0),
      operand(1),
      { kind: 'unary', kernel: 'tanh', of: [0] },
      { kind: 'binary', kernel: 'mul', of: [2, 1] },
    ],
    numbers: [],
    formula: (a, b) => Math.tanh(a) * b,
    // tanh is good to four units in the last place, and the product is rounded again.
    accept: (dtype) => (got, truth, i) =>
      orNearer(Math.abs(truth) * (dtype === 'float32' ? 5 * 2 ** -23 : 1e-13) + 2 ** -149, () => false)(
        got,
        truth,
        i,
      ) || Object.is(stored(dtype, truth), got),
  },
};

function trialOf(backend: Backend, name: string, a: Grid, b: Grid): Trial {
  const { steps, numbers, formula, accept } = cases[name] as Case;
  const program: Program = { name, steps };
  return {
    inputs: [a, b],
    out: unwritten(a.dtype, a.shape),
    run: (inputs, out) => backend.fused(program, inputs as View[], numbers, out),
    expected: ([left, right]) => ({
      values: (left as Grid).values.map((value, i) =>
        formula(value, (right as Grid).values[i] as number, (x) => stored(a.dtype, x)),
      ),
      accept: accept(a.dtype),
    }),
  };
}

export function fusedContract(backend: Backend): void {
  describe.each(Object.keys(cases))('%s', (name) => {
    const noisyTrial = (dtype: DType, shape: Shape) =>
      trialOf(backend, name, noisy(dtype, shape), noisy(dtype, shape, 2));

    describe.each(['float32', 'float64'] as const)('of %s', (dtype) => {
      it('is right for all pairs of special values', () => {
        const values = specials[dtype];
        const a = values.flatMap((value) => values.map(() => value));
        const b = values.flatMap(() => values);
        attempt(backend, trialOf(backend, name, vector(dtype, a), vector(dtype, b)));
      });
      it('is right in vectors of any length', () => {
        for (const n of lengths) attempt(backend, noisyTrial(dtype, [n]));
      });
      it('is right in every layout', () => {
        for (const shape of shapesOfAllRanks) attemptAll(backend, noisyTrial(dtype, shape));
      });
    });
    it('is right for many elements', () => attempt(backend, noisyTrial('float32', [100_007])));
    it('may be written over an operand', () => {
      const { inputs, run, expected } = noisyTrial('float32', [37]);
      const [a, b] = inputs as [Grid, Grid];
      attempt(backend, {
        inputs: [b],
        out: a,
        run: ([right], out) => run([out, right as View], out),
        expected: ([right], out) => expected([out, right as Grid], out),
      });
    });
    it('is right for any shape in any layouts', () =>
      holds((draw) => {
        const shape = draw(shapes({ maxDims: 5 }));
        const ranks = [shape.length, shape.length, shape.length];
        attempt(backend, noisyTrial('float32', shape), anyLayouts(ranks, draw));
      }));
  });

  it('takes more operands in more dims than any kernel has fields for', () => {
    const count = 9;
    const sum = Array.from({ length: count - 1 }, (_, i): Step => {
      return { kind: 'binary', kernel: 'add', of: [i === 0 ? 0 : count + i - 1, i + 1] };
    });
    const steps = [...Array.from({ length: count }, (_, i) => operand(i)), ...sum];
    const inputs = Array.from({ length: count }, (_, i) => noisy('float64', [2, 3, 2, 3, 2], i + 1));
    attemptAll(backend, {
      inputs,
      out: unwritten('float64', [2, 3, 2, 3, 2]),
      run: (views, out) => backend.fused({ name: 'sum of nine', steps }, views, [], out),
      expected: (grids) => ({
        values: (grids[0] as Grid).values.map((_, i) =>
          grids.reduce(
            (total, { values }, n) => (n === 0 ? (values[i] as number) : total + (values[i] as number)),
            0,
          ),
        ),
        accept: rounded('float64'),
      }),
    });
  });
}

import {
  conv2d,
  fromTypedArray,
  getNumThreads,
  setNumThreads,
  synchronize,
  type Tensor,
} from '@retrograd/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smallTraining } from './memory/training.ts';
import { type Case, families } from './threads/cases.ts';
import { oversee, turn } from './threads/overseer.ts';

const { partsByThread } = oversee();
const partsOfWorkers = () => partsByThread().reduce((sum, parts) => sum + parts, 0);

const bits = (tensors: readonly Tensor[]) => tensors.map(({ data }) => Buffer.from(data.slice().buffer));

/** How often to try until a worker takes part, which nobody can promise on a busy machine. */
const tries = 100;

/** Runs a case until workers have done some of its parts, and compares it each time. */
async function expectSameBits(run: Case, wanted: readonly Buffer[]): Promise<void> {
  const before = partsOfWorkers();
  for (let i = 0; i < tries; i++) {
    const got = bits(run());
    for (const [which, buffer] of got.entries()) {
      expect(buffer.equals(wanted[which] as Buffer), `result ${which} differs`).toBe(true);
    }
    if (partsOfWorkers() > before) return;
    await turn();
  }
  expect.fail(`no worker took part in ${tries} tries`);
}

/** What comes of a case on one thread. */
const alone = new Map<Case, readonly Buffer[]>();
function wantedOf(run: Case): readonly Buffer[] {
  const known = alone.get(run);
  if (known !== undefined) return known;
  setNumThreads(1);
  const wanted = bits(run());
  alone.set(run, wanted);
  return wanted;
}

describe.each([2, 4])('the same bits on %i threads as on one', (threads) => {
  describe.each(Object.entries(families))('%s', (_, cases) => {
    it.each(Object.entries(cases))('%s', async (_, run) => {
      const wanted = wantedOf(run);
      expect(wanted.every((buffer) => buffer.length > 0)).toBe(true);
      setNumThreads(threads);
      await expectSameBits(run, wanted);
    });
  });
});

it('training gives the same losses and parameters on 1, 2 and 4 threads', async () => {
  const train = () => {
    const { step, parameters } = smallTraining('Convolutions', 64);
    return [Array.from({ length: 5 }, step), parameters()];
  };
  const before = partsOfWorkers();
  setNumThreads(1);
  const wanted = train();
  expect(partsOfWorkers()).toBe(before);
  for (const threads of [4, 2]) {
    setNumThreads(threads);
    const before = partsOfWorkers();
    for (let i = 0; i < tries && partsOfWorkers() === before; i++) {
      expect(train()).toEqual(wanted);
      await turn();
    }
    expect(partsOfWorkers()).toBeGreaterThan(before);
  }
});

describe('what JavaScript reads and writes while kernels run', () => {
  const size = 70_000;

  /** A step of a program on some large tensors: ops, looks at elements, and memory that is given back and taken anew. */
  type Step =
    | { readonly kind: 'add' | 'mul' | 'addInPlace' | 'replace'; readonly a: number; readonly b: number }
    | { readonly kind: 'look' | 'scale' | 'total' | 'renew'; readonly a: number; readonly value: number };

  const which = fc.nat(5);
  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constantFrom('add', 'mul', 'addInPlace', 'replace'), a: which, b: which }),
      fc.record({
        kind: fc.constantFrom('look', 'scale', 'total', 'renew'),
        a: which,
        value: fc.integer({ min: 0, max: size - 1 }),
      }),
    ) as fc.Arbitrary<Step>,
    { minLength: 20, maxLength: 120 },
  );

  // At hand, as who takes time to make them finds the threads idle.
  const patterns = Array.from({ length: 17 }, (_, shift) =>
    Float32Array.from({ length: size }, (_, i) => ((i + shift) % 17) / 16),
  );
  const filled = (value: number) => fromTypedArray(patterns[value % 17] as Float32Array, [size], 'float32');

  /** All that is seen of the tensors in the course of a program, and of the last of them all. */
  function run(program: readonly Step[]): number[] {
    const tensors = Array.from({ length: 6 }, (_, i) => filled(i));
    const seen: number[] = [];
    const put = (at: number, tensor: Tensor) => {
      tensors[at]?.storage.free();
      tensors[at] = tensor;
    };
    for (const step of program) {
      const a = tensors[step.a] as Tensor;
      if ('b' in step) {
        const b = tensors[step.b] as Tensor;
        if (step.kind === 'addInPlace') a.mul_(0.5).add_(b, { alpha: 0.25 });
        else if (step.kind === 'replace') put(step.a, b.clone());
        else put(step.a, (step.kind === 'add' ? a.add(b) : a.mul(b)).clamp(-4, 4));
      } else if (step.kind === 'look') seen.push(a.narrow(0, step.value, 1).item());
      else if (step.kind === 'total') seen.push(a.sum().item());
      else if (step.kind === 'scale') put(step.a, a.mul(step.value / size));
      else {
        a.storage.free(); // what comes next lies where kernels may still be reading
        tensors[step.a] = filled(step.value);
      }
    }
    for (const tensor of tensors) for (let i = 0; i < size; i += 997) seen.push(tensor.data[i] as number);
    for (const tensor of tensors) tensor.storage.free();
    return seen;
  }

  it.each([2, 4])('is what it would be on one thread (%i threads)', async (threads) => {
    setNumThreads(threads);
    filled(0).add(1);
    await turn();
    synchronize();
    fc.assert(
      fc.property(steps, (program) => {
        setNumThreads(1);
        const wanted = run(program);
        setNumThreads(threads);
        expect(run(program)).toEqual(wanted);
      }),
      { numRuns: 20 },
    );
  });
});

it('a bias that lies scattered is the one that was given, while the kernel before still reads another', async () => {
  const x = fromTypedArray(new Float32Array(64 * 4 * 400).fill(0), [64, 4, 20, 20], 'float32');
  const w = fromTypedArray(new Float32Array(16 * 4 * 9).fill(0), [16, 4, 3, 3], 'float32');
  const biases = Array.from({ length: 30 }, (_, i) =>
    fromTypedArray(new Float32Array(32).fill(i), [16, 2], 'float32').select(1, 0),
  );
  const run = () => biases.map((bias) => conv2d(x, w, bias)).map((y) => [y.amin().item(), y.amax().item()]);
  setNumThreads(4);
  run();
  for (let i = 0; i < 10; i++) {
    await turn();
    expect(run()).toEqual(biases.map((_, i) => [i, i]));
  }
});

it('every thread of the four does its share', async () => {
  setNumThreads(4);
  expect(getNumThreads()).toBe(4);
  const before = partsByThread();
  const took = () => partsByThread().flatMap((parts, i) => (parts > (before[i] as number) ? [i + 1] : []));
  for (let i = 0; i < tries && took().length < 3; i++) {
    families.products.square?.();
    await turn();
  }
  expect(took()).toEqual([1, 2, 3]);
});

import { getNumThreads, setNumThreads, type Tensor } from '@retrograd/core';
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

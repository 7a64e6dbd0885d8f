import { expect, it, vi } from 'vitest';
import { oversee, turn } from './threads/overseer.ts';

// The library takes `console.warn` as it finds it when it is loaded, which `setup.ts` has done before.
const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
vi.resetModules();
const { getNumThreads, ones, setNumThreads } = await import('@retrograd/core');
const { smallTraining } = await import('./memory/training.ts');

const { workers, partsByThread, dieAfter, hasDied } = oversee();
const partsOfWorkers = () => partsByThread().reduce((sum, parts) => sum + parts, 0);

const steps = 40;

/** Losses and parameters of a training, in the midst of which something happens. */
async function train(disturb: (step: number) => unknown) {
  const { step, parameters } = smallTraining('Convolutions', 64);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    losses.push(step());
    await disturb(i);
    await turn();
  }
  return { losses, parameters: parameters() };
}

/** Gives workers the time to start, and work to do, until they have done some. */
async function untilAtWork(): Promise<void> {
  const before = partsOfWorkers();
  const x = ones(300_000);
  for (let i = 0; i < 1000 && partsOfWorkers() === before; i++) {
    x.exp();
    await turn();
  }
  expect(partsOfWorkers()).toBeGreaterThan(before);
}

const undisturbed = await (async () => {
  setNumThreads(1);
  const result = await train(() => {});
  expect(workers).toHaveLength(0);
  return result;
})();

it('of a worker that is ended between steps changes no bit, and warns once', async () => {
  setNumThreads(2);
  await untilAtWork();
  const disturbed = await train(async (step) => {
    if (step === 10) await workers[0]?.terminate();
  });
  expect(disturbed).toEqual(undisturbed);
  expect(workers).toHaveLength(2);
  expect(getNumThreads()).toBe(2);
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/worker thread has died/)]]);
  await untilAtWork();
});

it('of a worker in the middle of a part changes no bit, and does not warn again', async () => {
  await untilAtWork();
  dieAfter(100);
  for (let run = 0; run < 20 && !hasDied(); run++) {
    expect(await train(() => {})).toEqual(undisturbed);
  }
  expect(hasDied()).toBe(true);
  expect(getNumThreads()).toBe(2);
  expect(warn).toHaveBeenCalledTimes(1);
});

/** Ops of which a part must not be done twice, as functions that tell whether the result is right. */
const unrepeatable: Record<string, (library: typeof import('@retrograd/core')) => () => boolean> = {
  'an op in place': ({ ones, zeros }) => {
    const [x, one] = [zeros(300_000), ones(300_000)];
    let times = 0;
    return () => {
      x.add_(one);
      times++;
      return x.data.every((element) => element === times);
    };
  },
  scatterAdd: ({ arange, ones, zeros }) => {
    const [x, source] = [zeros(400, 50), ones(400, 300)];
    const index = arange(300).remainder(50).expand(400, 300).contiguous();
    return () => x.scatterAdd(1, index, source).data.every((element) => element === 6);
  },
};

it.each(Object.entries(unrepeatable))(
  'of a worker in the middle of %s is an error, never a wrong number',
  async (_, make) => {
    vi.resetModules(); // for another pool: a third loss would have been this one's last
    const library = await import('@retrograd/core');
    const run = make(library);
    library.setNumThreads(2);
    const before = partsOfWorkers();
    for (let i = 0; i < 1000 && partsOfWorkers() === before; i++) {
      expect(run()).toBe(true);
      await turn();
    }
    dieAfter(5);
    let error: unknown;
    for (let i = 0; i < 1000 && !hasDied(); i++) {
      try {
        expect(run()).toBe(true);
      } catch (thrown) {
        error = thrown;
      }
    }
    expect(hasDied()).toBe(true);
    expect(error).toBeInstanceOf(library.BackendError);
    expect(library.ones(300_000).sum().item()).toBe(300_000);
  },
);

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundled } from './memory/child.ts';
import type { Report, Wishes } from './memory/train.script.ts';

const MiB = 2 ** 20;

/** `RETROGRAD_STEPS=20000` for a long look; so few leave 750 MB behind at least. */
const steps = Number(process.env.RETROGRAD_STEPS || 1200);

let script: Awaited<ReturnType<typeof bundled>>;
beforeAll(async () => {
  script = await bundled('train.script.ts');
});
afterAll(() => script.remove());

function train(wishes: Wishes): Report {
  const { status, stdout, stderr } = script.run({ wishes });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as Report;
}

describe.each([
  { network: 'Perceptron', how: 'never awaits', awaited: false, reserved: 100 },
  // The collector is shown 96 MB at a time, and finds them a few steps later.
  { network: 'Perceptron', how: 'awaits after each step', awaited: true, reserved: 150 },
  // What is put off until somebody asks for it must not pile up either.
  { network: 'Convolutions', how: 'never awaits', awaited: false, reserved: 100 },
] as const)('a loop that $how, with $network', ({ network, awaited, reserved }) => {
  it(`holds no more memory after ${steps} steps than after half of them`, { timeout: 60 * steps }, () => {
    const { losses, samples } = train({
      network,
      batch: 256,
      steps,
      awaited,
      sampleEvery: steps / 40,
    });
    expect(losses).toHaveLength(steps);
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] as number));
    const most = (what: 'resident' | 'reserved', from: number, to: number) =>
      Math.max(...samples.slice(from, to).map((sample) => sample[what] / MiB));
    expect(most('reserved', 0, 40)).toBeLessThan(reserved);
    expect(most('resident', 0, 40)).toBeLessThan(250);
    expect(most('resident', 30, 40) - most('resident', 10, 20)).toBeLessThan(40);
  });
});

describe('a soft limit far below what a step needs', () => {
  const wishes: Wishes = { network: 'Convolutions', batch: 256, steps: 12 };
  let free: Report;
  beforeAll(() => {
    free = train(wishes);
    expect(free.samples.every(({ evicted }) => evicted === 0)).toBe(true);
  });

  it.each([false, true])(
    'moves tensors out and back with the same results to the last bit (awaited: %s)',
    (awaited) => {
      const tight = train({ ...wishes, awaited, soft: MiB });
      expect(tight.samples.every(({ evicted }) => evicted > 0)).toBe(true);
      expect(tight.losses).toEqual(free.losses);
      expect(tight.parameters).toEqual(free.parameters);
      // The largest op needs more than the limit by itself.
      expect(Math.max(...tight.samples.map(({ reserved }) => reserved / MiB))).toBeLessThan(6);
    },
  );
});

it('a hard limit too small for a tensor is an error that says so, after which all goes on', async () => {
  const { run, remove } = await bundled('limits.script.ts');
  const { status, stdout, stderr } = run();
  remove();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { complaint, after, reserved } = JSON.parse(stdout);
  expect(complaint).toMatchObject({ name: 'MemoryError', op: expect.stringMatching(/./) });
  expect(complaint.got).toMatch(/^7\.63 MiB /);
  expect(complaint.want).toMatch(/hard limit of 4 MiB/);
  expect(complaint.fix).toMatch(/setMemoryLimits/);
  expect(after).toBe(2000);
  expect(reserved).toBeLessThanOrEqual(4 * MiB);
});

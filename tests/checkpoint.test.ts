import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { manualSeed, type Tensor } from '@retrograd/core';
import { loadCheckpoint } from '@retrograd/nn';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Run } from './checkpoint/run.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  path = join(folder, 'run.ckpt');
});
afterAll(() => rm(folder, { recursive: true }));

describe('a run that goes on from a checkpoint', () => {
  it.each([1, 2, 3])('after epoch %i has the bits of one that was never broken off', async (epochs) => {
    const whole = new Run(5);
    for (let epoch = 0; epoch < 4; epoch++) await whole.trainEpoch();
    const expected = whole.bits();

    const first = new Run(5);
    for (let epoch = 0; epoch < epochs; epoch++) await first.trainEpoch();
    await first.save(path);
    const second = new Run(99);
    manualSeed(1234);
    await second.resume(path);
    expect(second.epoch).toBe(epochs);
    while (second.epoch < 4) await second.trainEpoch();
    expect(second.bits()).toEqual(expected);
  });

  it('has others than one from another seed', async () => {
    const [one, other] = [new Run(5), new Run(6)];
    expect(one.bits().length).toBe(other.bits().length);
    expect(one.bits()).not.toEqual(other.bits());
  });
});

/** The script as one file, which starts in a moment. */
async function bundled(): Promise<string> {
  const outfile = join(folder, 'save.mjs');
  const entry = join(import.meta.dirname, 'checkpoint/save.script.ts');
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node' });
  return outfile;
}

it('killed at any moment leaves the old or the new checkpoint, whole', { timeout: 120_000 }, async () => {
  const script = await bundled();
  const file = join(folder, 'killed.ckpt');
  let last = 0;
  for (let kill = 0; kill < 20; kill++) {
    const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await wait((kill * 7) % 30);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { epoch, weights } = await loadCheckpoint<{ epoch: number; weights: Tensor[] }>(file);
    expect(epoch).toBeGreaterThan(last);
    expect(weights.map((x) => [x.min().item(), x.max().item()])).toEqual([
      [epoch, epoch],
      [-epoch, -epoch],
    ]);
    last = epoch;
  }
  // Most were killed in the midst of writing the next one, as what they left behind shows.
  expect((await readdir(folder)).filter((name) => name.endsWith('.tmp')).length).toBeGreaterThan(0);
});

import { readFileSync } from 'node:fs';
import { arange, Generator, manualSeed, rand } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { DataLoader } from './data-loader.ts';
import { randomSplit, TensorDataset } from './dataset.ts';
import { RandomSampler } from './sampler.ts';

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../tests/fixtures/${name}`, import.meta.url), 'utf8'));

interface Parity {
  seed: number;
  dataloader_20_b5_two_epochs: number[][][];
  random_split_10_7_3: number[][];
}

interface SplitCase {
  n: number;
  lengths: number[];
  seed: number;
  parts: number[][];
}

interface LoaderCase {
  n: number;
  seed: number;
  generator_seed: number | null;
  sampler: { replacement?: boolean; num_samples: number } | null;
  options: { batch_size: number; shuffle?: boolean; drop_last?: boolean };
  length: number;
  passes: number[][][];
  next: number;
}

const parity: Parity[] = fixture('torch-parity.json').cases;
const recorded: { loaders: Record<string, LoaderCase>; splits: SplitCase[] } = fixture('loader-cases.json');
const numbers = (n: number) => new TensorDataset(arange(n));
const batchesOf = (loader: Iterable<readonly [{ toArray(): unknown }]>) =>
  Array.from(loader, ([batch]) => batch.toArray());

describe("DataLoader's batches are PyTorch's to the index", () => {
  it.each(parity)('two epochs after manualSeed($seed)', ({ seed, dataloader_20_b5_two_epochs }) => {
    manualSeed(seed);
    const loader = new DataLoader(numbers(20), { batchSize: 5, shuffle: true });
    expect([batchesOf(loader), batchesOf(loader)]).toEqual(dataloader_20_b5_two_epochs);
  });

  it.each(Object.entries(recorded.loaders))('%s', (_, { options, sampler, ...wanted }) => {
    const dataset = numbers(wanted.n);
    manualSeed(wanted.seed);
    const generator =
      wanted.generator_seed === null ? undefined : new Generator().manualSeed(wanted.generator_seed);
    const loader = new DataLoader(dataset, {
      batchSize: options.batch_size,
      shuffle: options.shuffle,
      dropLast: options.drop_last,
      sampler:
        sampler === null
          ? undefined
          : new RandomSampler(dataset, {
              replacement: sampler.replacement,
              numSamples: sampler.num_samples,
              generator,
            }),
      generator,
    });
    expect(loader.length).toBe(wanted.length);
    expect([batchesOf(loader), batchesOf(loader)]).toEqual(wanted.passes);
    expect(rand(1).item()).toBe(wanted.next);
  });

  it('for await gives the same as for', async () => {
    const loader = new DataLoader(numbers(11), { batchSize: 4, shuffle: true });
    manualSeed(3);
    const passes: unknown[][] = [[], []];
    for (const batches of passes) for await (const [batch] of loader) batches.push(batch.toArray());
    expect(passes).toEqual(recorded.loaders.shuffled?.passes);
  });
});

describe("randomSplit's parts are PyTorch's", () => {
  it.each(parity)('7 and 3 of 10 after manualSeed($seed)', ({ seed, random_split_10_7_3 }) => {
    const generator = new Generator().manualSeed(seed);
    const parts = randomSplit(numbers(10), [7, 3], { generator });
    expect(parts.map(({ indices }) => [...indices])).toEqual(random_split_10_7_3);
  });

  it.each(recorded.splits)('$lengths of $n', ({ n, lengths, seed, parts }) => {
    manualSeed(seed);
    expect(randomSplit(numbers(n), lengths).map(({ indices }) => [...indices])).toEqual(parts);
  });
});

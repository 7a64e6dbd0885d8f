import { readFileSync } from 'node:fs';
import { arange, Generator, manualSeed, rand } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { DataLoader } from './data-loader.ts';
import { randomSplit, TensorDataset } from './dataset.ts';
import { DistributedSampler } from './distributed-sampler.ts';
import { IterableDataset } from './iterable-dataset.ts';
import { RandomSampler, type Sampler, SubsetRandomSampler, WeightedRandomSampler } from './sampler.ts';

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
interface SampledCase<Arguments> {
  seed: number;
  generator_seed: number | null;
  arguments: Arguments;
  length: number;
  passes: number[][];
  next: number;
}

interface WeightedArguments {
  weights: number[];
  num_samples: number;
  replacement?: boolean;
}

interface DistributedCase {
  n: number;
  replicas: number;
  options: { shuffle?: boolean; seed?: number; drop_last?: boolean };
  shares: Record<string, number[][]>;
}

interface StreamCase {
  seed: number;
  options: { batch_size: number; drop_last?: boolean };
  batches: number[][];
  next: number;
}

const recorded: {
  loaders: Record<string, LoaderCase>;
  weighted: SampledCase<WeightedArguments>[];
  subsets: SampledCase<{ indices: number[] }>[];
  distributed: DistributedCase[];
  streams: StreamCase[];
  splits: SplitCase[];
} = fixture('loader-cases.json');
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

describe("samplers' orders are PyTorch's", () => {
  const check = (
    wanted: SampledCase<unknown>,
    make: (options: { generator: Generator | undefined }) => Sampler,
  ) => {
    manualSeed(wanted.seed);
    const generator =
      wanted.generator_seed === null ? undefined : new Generator().manualSeed(wanted.generator_seed);
    const sampler = make({ generator });
    expect(sampler.length).toBe(wanted.length);
    expect([[...sampler], [...sampler]]).toEqual(wanted.passes);
    expect(rand(1).item()).toBe(wanted.next);
  };

  it.each(recorded.weighted)('weighted, $arguments', (wanted) => {
    const { weights, num_samples, replacement } = wanted.arguments;
    check(wanted, (options) => new WeightedRandomSampler(weights, num_samples, { replacement, ...options }));
  });

  it.each(recorded.subsets)('of a subset, $arguments', (wanted) => {
    check(wanted, (options) => new SubsetRandomSampler(wanted.arguments.indices, options));
  });

  it.each(recorded.distributed)(
    '$replicas replicas of $n items, $options',
    ({ n, replicas, options, shares }) => {
      const { shuffle, seed, drop_last: dropLast } = options;
      for (const [epoch, wanted] of Object.entries(shares)) {
        const found = wanted.map((share, rank) => {
          const given = { numReplicas: replicas, rank, shuffle, seed, dropLast };
          const sampler = new DistributedSampler({ length: n }, given);
          sampler.setEpoch(Number(epoch));
          expect(sampler.length).toBe(share.length);
          return [...sampler];
        });
        expect(found).toEqual(wanted);
      }
    },
  );

  it.each(recorded.streams)('an IterableDataset in its own, $options', ({ seed, options, batches, next }) => {
    class Numbers extends IterableDataset<number> {
      *[Symbol.iterator]() {
        for (let i = 0; i < 7; i++) yield i;
      }
    }
    manualSeed(seed);
    const loader = new DataLoader(new Numbers(), {
      batchSize: options.batch_size,
      dropLast: options.drop_last,
    });
    expect(Array.from(loader, (batch) => batch.toArray())).toEqual(batches);
    expect(rand(1).item()).toBe(next);
  });
});

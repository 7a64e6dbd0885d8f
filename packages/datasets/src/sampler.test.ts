import { runInNewContext } from 'node:vm';
import { ArgumentError, type Generator, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { DistributedSampler } from './distributed-sampler.ts';
import { RandomSampler, SubsetRandomSampler, WeightedRandomSampler } from './sampler.ts';

describe('SubsetRandomSampler', () => {
  it('takes typed arrays of another realm', () => {
    const indices: Int32Array = runInNewContext('new Int32Array([7, 5])');
    expect([...new SubsetRandomSampler(indices)].sort()).toEqual([5, 7]);
  });
});

describe('WeightedRandomSampler', () => {
  it('takes a list, a typed array or a tensor, and its options by position too', () => {
    for (const weights of [[0, 1], Float32Array.of(0, 1), tensor([0, 1])]) {
      expect([...new WeightedRandomSampler(weights, 3)]).toEqual([1, 1, 1]);
    }
    expect([...new WeightedRandomSampler([0, 1, 0], 1, false)]).toEqual([1]);
  });

  it('draws in proportion to the weights', () => {
    const counts = [0, 0, 0];
    for (const index of new WeightedRandomSampler([1, 0, 3], 20_000))
      counts[index] = (counts[index] ?? 0) + 1;
    // Five standard deviations of a binomial of 20,000 draws.
    expect(Math.abs((counts[2] ?? 0) - 15_000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.75 * 0.25));
    expect(counts[1]).toBe(0);
  });

  it.each<[string, () => unknown]>([
    ['no weights', () => new WeightedRandomSampler([], 1)],
    ['zeros', () => new WeightedRandomSampler([0, 0], 1)],
    ['a negative weight', () => new WeightedRandomSampler([1, -1], 1)],
    ['NaN', () => new WeightedRandomSampler([1, Number.NaN], 1)],
    ['two dims', () => new WeightedRandomSampler(tensor([[1, 2]]), 1)],
    ['no samples', () => new WeightedRandomSampler([1], 0)],
    ['a half sample', () => new WeightedRandomSampler([1], 0.5)],
    ['more samples than weights above 0', () => new WeightedRandomSampler([1, 0, 1], 3, false)],
    ['a seed for a generator', () => new WeightedRandomSampler([1], 1, { generator: 3 as never })],
    ['an unknown option', () => new WeightedRandomSampler([1], 1, { p: 3 } as object)],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(ArgumentError);
  });
});

describe('SubsetRandomSampler', () => {
  it('gives each index once', () => {
    const indices = Int32Array.from([7, 7, 3, 9]);
    expect([...new SubsetRandomSampler(indices)].sort()).toEqual([3, 7, 7, 9]);
    expect(() => new SubsetRandomSampler(3 as unknown as number[])).toThrow(ArgumentError);
    expect(() => new RandomSampler([1], { generator: {} as Generator })).toThrow(ArgumentError);
  });
});

describe('DistributedSampler', () => {
  it.each([
    [{ numReplicas: 0, rank: 0 }],
    [{ numReplicas: 2, rank: 2 }],
    [{ numReplicas: 2, rank: -1 }],
    [{ numReplicas: 2.5, rank: 1 }],
    [{ numReplicas: 2, rank: 1, seed: 0.5 }],
    [{ rank: 1 }],
    [{}],
  ])('refuses %j', (options) => {
    expect(
      () => new DistributedSampler({ length: 5 }, options as { numReplicas: number; rank: number }),
    ).toThrow(ArgumentError);
  });

  it('shares out everything, and nothing twice that need not be', () => {
    const sampler = (rank: number) => new DistributedSampler({ length: 10 }, 4, rank);
    const all = [0, 1, 2, 3].flatMap((rank) => [...sampler(rank)]);
    expect(all.length).toBe(12);
    expect(new Set(all).size).toBe(10);
    expect(() => sampler(0).setEpoch(0.5)).toThrow(ArgumentError);
    expect([...new DistributedSampler({ length: 0 }, 2, 1)]).toEqual([]);
  });
});

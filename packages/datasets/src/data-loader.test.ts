import { ArgumentError, arange, IndexError, type Tensor, tensor } from '@retrograd/core';
import fc from 'fast-check';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { DataLoader } from './data-loader.ts';
import { Dataset, TensorDataset } from './dataset.ts';
import { BatchSampler, RandomSampler, SequentialSampler } from './sampler.ts';

/** Items that only `get` gives, to be put together one by one. */
class Squares extends Dataset<[Tensor, number]> {
  readonly length: number;
  readonly asked: number[] = [];

  constructor(length: number) {
    super();
    this.length = length;
  }

  get(index: number): [Tensor, number] {
    this.asked.push(index);
    return [tensor([index, 0.5]), index * index];
  }
}

const numbers = (n: number) => new TensorDataset(arange(n));

describe('DataLoader', () => {
  it('collates what a dataset gives', () => {
    const loader = new DataLoader(new Squares(3), { batchSize: 2 });
    expectTypeOf<Iterable<[Tensor, Tensor]>>(loader);
    const [first, second] = [...loader];
    expect(first?.map((each) => each.toArray())).toEqual([
      [
        [0, 0.5],
        [1, 0.5],
      ],
      [0, 1],
    ]);
    expect(second?.map(({ shape, dtype }) => [shape, dtype])).toEqual([
      [[1, 2], 'float32'],
      [[1], 'int32'],
    ]);
  });

  it('has batches of one if not told otherwise', () => {
    expect(new DataLoader(numbers(3)).length).toBe(3);
  });

  it('gives a collate function the items', () => {
    const loader = new DataLoader(new Squares(3), {
      batchSize: 2,
      collate: (items) => items.map(([, square]) => square),
    });
    expectTypeOf<Iterable<number[]>>(loader);
    expect([...loader]).toEqual([[0, 1], [4]]);
  });

  it('gets only what it gives', () => {
    const dataset = new Squares(100);
    for (const _ of new DataLoader(dataset, { batchSize: 10 })) break;
    expect(dataset.asked.length).toBe(10);
  });

  it('follows a sampler, of which an array is one', () => {
    const loader = new DataLoader(numbers(10), { batchSize: 2, sampler: [7, 7, -1] });
    expect(loader.length).toBe(2);
    expect(Array.from(loader, ([batch]) => batch.toArray())).toEqual([[7, 7], [9]]);
  });

  it('follows a batch sampler', () => {
    const batchSampler = [[1, 2, 3], [4]];
    const loader = new DataLoader(numbers(10), { batchSampler });
    expect(loader.length).toBe(2);
    expect(Array.from(loader, ([batch]) => batch.toArray())).toEqual(batchSampler);
  });

  it('goes through everything once, whatever the sizes, and `length` says in how many batches', () => {
    const sizes = fc.record({
      n: fc.integer({ min: 1, max: 50 }),
      batchSize: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(sizes, fc.boolean(), fc.boolean(), ({ n, batchSize }, shuffle, dropLast) => {
        const loader = new DataLoader(numbers(n), { batchSize, shuffle, dropLast });
        const batches = Array.from(loader, ([batch]) => [...batch.data]);
        expect(batches.length).toBe(loader.length);
        const seen = batches.flat();
        expect(new Set(seen).size).toBe(dropLast ? n - (n % batchSize) : n);
        expect(seen.length).toBe(new Set(seen).size);
      }),
    );
  });

  it('an empty dataset has no batches', () => {
    expect([...new DataLoader(numbers(0))]).toEqual([]);
  });

  it('two passes at once do not disturb each other', () => {
    const loader = new DataLoader(numbers(4));
    const [a, b] = [loader[Symbol.iterator](), loader[Symbol.iterator]()];
    const next = (pass: typeof a) => pass.next().value?.[0].item();
    expect([next(a), next(a), next(b), next(a), next(b)]).toEqual([0, 1, 0, 2, 1]);
  });

  it.each([
    ['sampler and shuffle', { sampler: [1], shuffle: true }],
    ['batchSampler and batchSize', { batchSampler: [[1]], batchSize: 2 }],
    ['batchSampler and shuffle', { batchSampler: [[1]], shuffle: true }],
    ['batchSampler and sampler', { batchSampler: [[1]], sampler: [1] }],
    ['batchSampler and dropLast', { batchSampler: [[1]], dropLast: true }],
    ['batchSize 0', { batchSize: 0 }],
    ['batchSize 2.5', { batchSize: 2.5 }],
    ['batchSize NaN', { batchSize: Number.NaN }],
    ['a sampler that gives nothing', { sampler: 5 as never }],
    ['a batch sampler that gives nothing', { batchSampler: {} as never }],
    ['a collate that is no function', { collate: 5 as never }],
    ['an option it does not have', { batch_size: 2 } as object],
  ])('refuses %s', (_, options) => {
    expect(() => new DataLoader(numbers(5), options)).toThrow(ArgumentError);
  });

  it('refuses to shuffle nothing, and what is no dataset', () => {
    expect(() => new DataLoader(numbers(0), { shuffle: true })).toThrow(ArgumentError);
    expect(() => new DataLoader([1, 2, 3] as unknown as Squares)).toThrow('Extend Dataset');
    expect(() => new DataLoader(undefined as unknown as Squares)).toThrow(ArgumentError);
  });

  it('an index outside the dataset is an error', () => {
    expect(() => [...new DataLoader(numbers(5), { sampler: [5] })]).toThrow(IndexError);
    expect(() => [...new DataLoader(numbers(5), { sampler: [0.5] })]).toThrow(IndexError);
  });
});

describe('for await', () => {
  afterEach(() => void vi.unstubAllGlobals());

  const missing = {
    'with setImmediate': [],
    'in a browser': ['setImmediate'],
    'in jsdom': ['setImmediate', 'MessageChannel'],
  };

  it.each(Object.entries(missing))(
    'gives the event loop its turn before each batch, %s',
    async (_, names) => {
      for (const name of names) vi.stubGlobal(name, undefined);
      let ticks = 0;
      const seen: number[] = [];
      const tick = () => {
        ticks++;
        timer = setTimeout(tick, 0);
      };
      let timer = setTimeout(tick, 0);
      for await (const _ of new DataLoader(numbers(3))) {
        seen.push(ticks);
        // The next turn that lasts at least as long as a timer waits.
        const until = performance.now() + 3;
        while (performance.now() < until);
      }
      clearTimeout(timer);
      expect(ticks).toBeGreaterThanOrEqual(2);
      expect(seen[2]).toBeGreaterThan(seen[0] as number);
    },
  );

  it('for gives none', () => {
    let turned = false;
    const timer = setTimeout(() => {
      turned = true;
    }, 0);
    for (const _ of new DataLoader(numbers(3)));
    clearTimeout(timer);
    expect(turned).toBe(false);
  });

  it('can be left early, and lets errors through', async () => {
    const dataset = new Squares(100);
    for await (const _ of new DataLoader(dataset)) break;
    expect(dataset.asked).toEqual([0]);
    const failing = new DataLoader(numbers(2), { sampler: [0, 9] });
    await expect(async () => {
      for await (const _ of failing);
    }).rejects.toThrow(IndexError);
  });
});

describe('samplers', () => {
  it('SequentialSampler counts', () => {
    expect([...new SequentialSampler([5, 5, 5])]).toEqual([0, 1, 2]);
  });

  it('BatchSampler makes batches, and leaves the last out if told to', () => {
    const order = new SequentialSampler(new Array(7));
    expect([...new BatchSampler(order, 3)]).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect([...new BatchSampler(order, 3, true)]).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect([new BatchSampler(order, 3).length, new BatchSampler(order, 3, true).length]).toEqual([3, 2]);
  });

  it.each([{ numSamples: 0 }, { numSamples: 1.5 }, { numSamples: -1 }, { num_samples: 3 } as object])(
    'RandomSampler refuses %o',
    (options) => {
      expect(() => new RandomSampler([1, 2], options)).toThrow(ArgumentError);
    },
  );

  it('RandomSampler refuses to draw from nothing', () => {
    expect(() => new RandomSampler([], { numSamples: 3 })).toThrow(ArgumentError);
  });
});

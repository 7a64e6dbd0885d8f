import { ArgumentError, type Tensor } from '@retrograd/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { DataLoader } from './data-loader.ts';
import { ChainDataset, IterableDataset } from './iterable-dataset.ts';

/** 0, 1 … below `end`; notes when a pass over it ends. */
class Count extends IterableDataset<number> {
  readonly end: number;
  ended = 0;

  constructor(end: number) {
    super();
    this.end = end;
  }

  *[Symbol.iterator]() {
    try {
      for (let i = 0; i < this.end; i++) yield i;
    } finally {
      this.ended++;
    }
  }
}

class Known extends Count {
  override get length(): number {
    return this.end;
  }
}

describe('IterableDataset', () => {
  it.each([Number.NaN, -1, 2.5, '3', () => 3])(
    'whose length is %s is gone through, but cannot be counted',
    (length) => {
      class Odd extends IterableDataset<number> {
        override get length() {
          return length as number;
        }
        *[Symbol.iterator]() {
          yield 1;
        }
      }
      const loader = new DataLoader(new Odd());
      expect([...loader]).toHaveLength(1);
      expect(() => loader.length).toThrow(/length .*whole number ≥ 0/);
    },
  );

  it('is loaded in batches, any number of times', async () => {
    const loader = new DataLoader(new Count(5), { batchSize: 2 });
    expectTypeOf<Iterable<Tensor>>(loader);
    for (let pass = 0; pass < 2; pass++) {
      expect(Array.from(loader, (batch) => batch.toArray())).toEqual([[0, 1], [2, 3], [4]]);
    }
    const seen: unknown[] = [];
    for await (const batch of loader) seen.push(batch.toArray());
    expect(seen).toEqual([[0, 1], [2, 3], [4]]);
    const sums = new DataLoader(new Count(5), { batchSize: 2, dropLast: true, collate: ([a, b]) => [b, a] });
    expect([...sums]).toEqual([
      [1, 0],
      [3, 2],
    ]);
  });

  it('may go on for ever, and is told when nobody wants more', async () => {
    const endless = new Count(Infinity);
    for (const _ of new DataLoader(endless, { batchSize: 3 })) break;
    for await (const _ of new DataLoader(endless, { batchSize: 3 })) break;
    expect(endless.ended).toBe(2);
  });

  it('has as many batches as it says, if it says', () => {
    expect(new DataLoader(new Known(5), { batchSize: 2 }).length).toBe(3);
    expect(new DataLoader(new Known(5), { batchSize: 2, dropLast: true }).length).toBe(2);
    expect(() => new DataLoader(new Count(5)).length).toThrow(ArgumentError);
  });

  it.each([{ shuffle: true }, { sampler: [1] }, { batchSampler: [[1]] }, { batchSize: 0 }])(
    'refuses %j',
    (options) => {
      expect(() => new DataLoader(new Count(5), options as object)).toThrow(ArgumentError);
    },
  );
});

describe('ChainDataset', () => {
  it('goes through one after the other', () => {
    const chain = new ChainDataset([new Known(2), new Known(0), new Known(3)]);
    expect([...chain, ...chain]).toEqual([0, 1, 0, 1, 2, 0, 1, 0, 1, 2]);
    expect(chain.length).toBe(5);
    expect(new ChainDataset([new Known(2), new Count(1)]).length).toBeUndefined();
    expect([...new ChainDataset([])]).toEqual([]);
  });

  it('refuses what is no IterableDataset', () => {
    expect(() => new ChainDataset([[1]] as unknown as Count[])).toThrow(ArgumentError);
    expect(() => new ChainDataset(new Count(1) as unknown as Count[])).toThrow(ArgumentError);
  });
});

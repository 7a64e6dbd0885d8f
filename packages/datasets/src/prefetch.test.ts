import { ArgumentError, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ConcatDataset } from './combined-datasets.ts';
import { DataLoader } from './data-loader.ts';
import { Dataset, Subset } from './dataset.ts';
import { IterableDataset } from './iterable-dataset.ts';

/** Items that come when they are let; notes which have been asked for. */
class Slow extends Dataset<Promise<[Tensor, number]>> {
  readonly length = 20;
  readonly asked: number[] = [];
  readonly #waiting: (() => void)[] = [];

  async get(index: number): Promise<[Tensor, number]> {
    this.asked.push(index);
    await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    if (index === 13) throw new RangeError('no item 13');
    return [tensor([index, 0.5]), index];
  }

  /** Lets the items come that have been asked for, the last one first. */
  release(): void {
    for (const resolve of this.#waiting.splice(0).reverse()) resolve();
  }
}

/** Lets items come again and again, until something is there. */
async function given<T>(dataset: Slow, promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => dataset.release(), 1);
  return promise.finally(() => clearInterval(timer));
}

describe('a dataset that gives promises', () => {
  it('has several batches under way, and they come in order', async () => {
    const dataset = new Slow();
    const loader = new DataLoader(dataset, { batchSize: 2, prefetchFactor: 3 });
    expectTypeOf<AsyncIterable<[Tensor, Tensor]>>(loader);
    const pass = loader[Symbol.asyncIterator]();
    const first = pass.next();
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(dataset.asked).toEqual([0, 1, 2, 3, 4, 5]);
    expect((await given(dataset, first)).value?.map((each) => each.toArray())).toEqual([
      [
        [0, 0.5],
        [1, 0.5],
      ],
      [0, 1],
    ]);
    expect(dataset.asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect((await given(dataset, pass.next())).value?.[1].toArray()).toEqual([2, 3]);
    await pass.return();
    const { length } = dataset.asked;
    dataset.release();
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(dataset.asked.length).toBe(length);
  });

  it('fails in its place', async () => {
    const dataset = new Slow();
    const seen: unknown[] = [];
    const pass = async () => {
      for await (const [, numbers] of new DataLoader(dataset, { batchSize: 4, prefetchFactor: 5 }))
        seen.push(...numbers.data);
    };
    await expect(given(dataset, pass())).rejects.toThrow('no item 13');
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it('may be a part of one, or several; their items may be put together otherwise', async () => {
    const dataset = new Slow();
    const many = new ConcatDataset([new Subset(dataset, [3, 1]), dataset]);
    const loader = new DataLoader(many, {
      sampler: [2, 0, 1],
      batchSize: 2,
      collate: (items) => items.map(([, number]) => number),
    });
    expectTypeOf<AsyncIterable<number[]>>(loader);
    const seen: number[][] = [];
    const pass = async () => {
      for await (const batch of loader) seen.push(batch);
    };
    await given(dataset, pass());
    expect(seen).toEqual([[0, 3], [1]]);
  });

  it('may have an order of its own', async () => {
    class Letters extends IterableDataset<Promise<string>> {
      *[Symbol.iterator]() {
        for (const letter of 'abcde') yield Promise.resolve(letter);
      }
    }
    const seen: string[][] = [];
    for await (const batch of new DataLoader(new Letters(), { batchSize: 2 })) seen.push(batch);
    expect(seen).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('is not for a loop that cannot wait', () => {
    expect(() => [...new DataLoader(new Slow())]).toThrow(ArgumentError);
    expect(() => [...new DataLoader(new Slow())]).toThrow('for await');
  });
});

it('a dataset that gives items at once is not asked ahead', async () => {
  const asked: number[] = [];
  class Quick extends Dataset<number> {
    readonly length = 9;
    get(index: number): number {
      asked.push(index);
      return index;
    }
  }
  for await (const _ of new DataLoader(new Quick(), { batchSize: 2, prefetchFactor: 4 })) break;
  expect(asked).toEqual([0, 1]);
});

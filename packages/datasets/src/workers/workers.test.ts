import type { Worker } from 'node:worker_threads';
import { ArgumentError, drawSeed, Generator, manualSeed, rand, type Tensor, tensor } from '@retrograd/core';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { DataLoader } from '../data-loader.ts';
import { randomSplit, TensorDataset } from '../dataset.ts';
import { serveDataset } from './serve.ts';
import type { Counted, homebody, Mishaps, Noisy, Signed, Stream, Whole } from './testing/datasets.ts';
import { recipeOf, workerDataset } from './worker-dataset.ts';
import { WorkerError } from './worker-error.ts';
import { getWorkerInfo } from './worker-info.ts';
import { Workers } from './workers.ts';

const module = new URL('./testing/datasets.ts', import.meta.url);
const noisy = (length: number) => workerDataset<typeof Noisy>(module, [length], { name: 'Noisy' });
const stream = (end: number) => workerDataset<typeof Stream>(module, [end], { name: 'Stream' });

async function all<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const batch of batches) list.push(batch);
  return list;
}

const arrays = async (batches: AsyncIterable<Tensor>) => (await all(batches)).map((batch) => batch.toArray());

/** Worker threads that have been started since the test began, and those of them that have ended. */
let workers: Worker[];
let over: Worker[];
const ended = () => over.length;

function notice(worker: Worker): void {
  const mine = over;
  workers.push(worker);
  worker.on('exit', () => mine.push(worker));
}

beforeEach(() => {
  [workers, over] = [[], []];
  process.on('worker', notice);
});

afterEach(async () => {
  process.off('worker', notice);
  for (const worker of workers) worker.terminate();
});

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !done(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(done()).toBe(true);
}

describe('batches from workers', () => {
  it('are the same for any number of workers, and seeded one by one', async () => {
    manualSeed(3);
    const made = rand(1).item();
    const base = drawSeed();
    const order = await arrays(new DataLoader(await noisy(10), { sampler: [6, 2, 9, 0, 1, 5, 3] }));
    const indices = (order as number[][][]).flat().map(([index]) => index);
    const number = (seed: bigint, count: number) => {
      const generator = new Generator().manualSeed(seed);
      return Array.from({ length: count }, () => rand([1], { generator }).item());
    };
    const noise = [0, 1, 2].flatMap((n) => number(base + BigInt(n), n < 2 ? 3 : 1));
    for (const numWorkers of [1, 3]) {
      manualSeed(3);
      const loader = new DataLoader(await noisy(10), {
        batchSize: 3,
        sampler: [6, 2, 9, 0, 1, 5, 3],
        numWorkers,
        prefetchFactor: numWorkers,
      });
      expectTypeOf<AsyncIterable<Tensor>>(loader);
      const items = (await arrays(loader)).flat();
      expect(items).toEqual(indices.map((index, i) => [index, noise[i], made]));
    }
  });

  it('come in order, from all workers, which have one thread each', async () => {
    const signed = await workerDataset<typeof Signed>(module, [], { name: 'Signed' });
    const loader = new DataLoader(signed, { batchSize: 3, numWorkers: 2 });
    expectTypeOf<AsyncIterable<[Tensor, Tensor, Tensor]>>(loader);
    const batches = await all(loader);
    const column = (which: 0 | 1 | 2) => batches.flatMap((batch) => [...batch[which].data]);
    expect(column(0)).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect(new Set(column(1))).toEqual(new Set([0, 1]));
    expect(new Set(column(2))).toEqual(new Set([1]));
  });

  it('are of a part of a dataset, and put together here, if so wanted', async () => {
    const [, part] = randomSplit(await noisy(10), [6, 4]);
    const [, inner] = randomSplit(part as NonNullable<typeof part>, [1, 3]);
    if (part === undefined || inner === undefined) throw new Error('no parts');
    const wanted = [...inner.indices].map((index) => part.indices[index]);
    const here = { log: [] as number[] };
    const loader = new DataLoader(inner, {
      batchSize: 2,
      numWorkers: 1,
      collate: (items) => {
        here.log.push(items.length);
        return items.map((item) => item.data[0] as number);
      },
    });
    expectTypeOf<AsyncIterable<number[]>>(loader);
    expect((await all(loader)).flat()).toEqual(wanted);
    expect(here.log).toEqual([2, 1]);
  });

  it('are not made for a loop that cannot wait, nor of a dataset that was made here', async () => {
    const loader = new DataLoader(await noisy(3), { numWorkers: 1 });
    expect(() => [...loader]).toThrow('for await');
    const local = new (await import('./testing/datasets.ts')).Noisy(3);
    expect(() => new DataLoader(local, { numWorkers: 1 })).toThrow('workerDataset');
    expect(() => new DataLoader(local, { numWorkers: 0 })).not.toThrow();
    expect(workers).toEqual([]);
  });

  it.each([
    { numWorkers: -1 },
    { numWorkers: 1.5 },
    { numWorkers: 1, prefetchFactor: 0 },
    { numWorkers: 1, timeout: -1 },
    { numWorkers: 1, timeout: Number.NaN },
    { persistentWorkers: true },
    { timeout: 1 },
    { numWorkers: 1, workerInitFn: () => {} } as object,
  ])('refuse %j', async (options) => {
    const dataset = await noisy(3);
    expect(() => new DataLoader(dataset, options)).toThrow(ArgumentError);
  });
});

describe('an IterableDataset', () => {
  it('gives a batch of each worker in turn, until none has any more', async () => {
    const numWorkers = 2;
    for (const [end, dropLast] of [
      [13, false],
      [9, true],
    ] as const) {
      manualSeed(5);
      const base = drawSeed();
      const share = (id: number) => {
        const generator = new Generator().manualSeed(base + BigInt(id));
        const items = [];
        for (let i = id; i < end; i += numWorkers) items.push([i, rand([1], { generator }).item()]);
        const batches = [];
        while (items.length >= (dropLast ? 2 : 1)) batches.push(items.splice(0, 2));
        return batches;
      };
      const shares = Array.from({ length: numWorkers }, (_, id) => share(id));
      const rounds = Math.max(...shares.map(({ length }) => length));
      const wanted = Array.from({ length: rounds }, (_, turn) => shares.flatMap((each) => each[turn] ?? []));
      const dataset = await stream(end);
      manualSeed(5);
      const loader = new DataLoader(dataset, {
        batchSize: 2,
        dropLast,
        numWorkers,
        collate: (items) => items,
      });
      expect((await all(loader)).flat()).toEqual(wanted.flat());
    }
  });

  it('is gone through anew in each pass, also by workers that persist', async () => {
    const loader = new DataLoader(await stream(Infinity), {
      batchSize: 2,
      numWorkers: 1,
      persistentWorkers: true,
    });
    for (let pass = 0; pass < 2; pass++) {
      for await (const [numbers] of loader) {
        expect(numbers.toArray()).toEqual([0, 1]);
        break;
      }
    }
    expect(workers.length).toBe(1);
  });
});

describe('workers', () => {
  it('end with the pass, and are started for each', async () => {
    const loader = new DataLoader(await noisy(4), { numWorkers: 1, batchSize: 2 });
    await all(loader);
    await until(() => ended() === 1);
    const [a, b] = await Promise.all([arrays(loader), arrays(loader)]);
    const indices = (batches: typeof a) => (batches as number[][][]).flat().map(([index]) => index);
    expect([indices(a), indices(b)]).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
    await until(() => ended() === 3);
  });

  it('persist if they are to, but for those of a second pass at the same time', async () => {
    const loader = new DataLoader(await noisy(4), { numWorkers: 1, persistentWorkers: true });
    for (let pass = 0; pass < 3; pass++) expect((await all(loader)).length).toBe(4);
    expect([workers.length, ended()]).toEqual([1, 0]);
    const passes = await Promise.all([all(loader), all(loader)]);
    expect(passes.map(({ length }) => length)).toEqual([4, 4]);
    await until(() => ended() === 1);
    expect(workers.length).toBe(2);
  });

  it('make no more ahead than they should, and nothing more once the loop is left', async () => {
    const counter = new Int32Array(new SharedArrayBuffer(4));
    const counted = await workerDataset<typeof Counted>(module, [counter], { name: 'Counted' });
    const loader = new DataLoader(counted, {
      batchSize: 2,
      numWorkers: 2,
      prefetchFactor: 3,
      persistentWorkers: true,
    });
    const got = () => Atomics.load(counter, 0);
    const most = 2 * (1 + 2 * 3);
    for await (const _ of loader) {
      await until(() => got() === most);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(got()).toBe(most);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(got()).toBe(most);
    // What was under way belongs to the pass that is over.
    for await (const batch of loader) {
      expect(batch.toArray()).toEqual([0, 1]);
      break;
    }
    expect(ended()).toBe(0);
  });
});

describe('what goes wrong in a worker', () => {
  const mishaps = (options: object) =>
    workerDataset<typeof Mishaps>(module, [], { name: 'Mishaps' }).then(
      (dataset) => new DataLoader(dataset, { numWorkers: 1, ...options }),
    );

  it('is an error here, in its place, which says what it was and of which item', async () => {
    const order: number[] = [];
    const loader = await mishaps({ sampler: order, persistentWorkers: true });
    for (const [index, message] of [
      [1, 'RangeError for item 1, in worker 0 (no such pixel)'],
      [2, 'ArgumentError for item 2, in worker 0 (decode: got noise; wanted a picture.)'],
      [3, 'Error for item 3, in worker 0 (a word)'],
    ] as const) {
      order.splice(0, order.length, 0, 0, index, 0);
      const seen: unknown[] = [];
      const error = await (async () => {
        for await (const batch of loader) seen.push(batch);
      })().catch((reason) => reason);
      expect(error).toBeInstanceOf(WorkerError);
      expect(error.message).toContain(message);
      expect([error.worker, error.index]).toEqual([0, index]);
      expect(error.cause.message).toBeTypeOf('string');
      expect(seen.length).toBe(2);
    }
    expect([workers.length, ended()]).toEqual([1, 0]);
  });

  it('names the items of a batch that was made at once', async () => {
    const whole = await workerDataset<typeof Whole>(module, [9], { name: 'Whole' });
    const loader = new DataLoader(whole, { batchSize: 7, numWorkers: 1 });
    await expect(all(loader)).rejects.toThrow(
      'a batch of the items 0, 1, 2, 3, 4, …, in worker 0 (a whole batch)',
    );
  });

  it.each([
    [4, 'a function'],
    [5, 'an instance of Map'],
  ])('may be a result that cannot be sent (%i)', async (index, got) => {
    const loader = await mishaps({ sampler: [index], collate: (items: unknown) => items });
    await expect(all(loader)).rejects.toThrow(got);
  });

  it.each([
    [6, 'exit code 3'],
    [7, 'too late'],
  ])('may be its end (%i)', async (index, message) => {
    const order = [0, index, 0];
    const loader = await mishaps({ sampler: order, persistentWorkers: true });
    await expect(all(loader)).rejects.toThrow(message);
    order[1] = 0;
    expect((await all(loader)).length).toBe(3); // with another worker
    expect(workers.length).toBe(2);
  });

  it.each([
    ['computes for ever', 8],
    ['waits for ever', 9],
  ])('may be that it %s', async (_, index) => {
    const { recipe } = recipeOf(await workerDataset<typeof Mishaps>(module, [], { name: 'Mishaps' }));
    const crew = new Workers(recipe, 1);
    crew.begin(0n, { separate: false, batchSize: 1, dropLast: false });
    await crew.wait(crew.fetch([0], 0n), 0);
    await expect(crew.wait(crew.fetch([index], 0n), 0.1)).rejects.toThrow('no batch for 0.1 s');
    expect(crew.areWell).toBe(false);
    await expect(crew.fetch([0], 0n)).rejects.toThrow(WorkerError);
    await until(() => ended() === 1);
  });

  it('may be that it takes too long', async () => {
    await expect(all(await mishaps({ sampler: [9], timeout: 0.01 }))).rejects.toThrow('no batch for 0.01 s');
    await until(() => ended() === 1);
  });

  it('may be that it cannot make the dataset', async () => {
    const dataset = await workerDataset<typeof homebody>(module, [], { name: 'homebody' });
    const loader = new DataLoader(dataset, { numWorkers: 2 });
    await expect(all(loader)).rejects.toThrow('could not make its dataset (Error: not here)');
    await until(() => ended() === 2);
  });
});

describe('workerDataset', () => {
  it.each([
    ['a path that is no address', () => workerDataset('./datasets.ts')],
    ['no address at all', () => workerDataset(5 as never)],
    ['a module with several makers and no name', () => workerDataset(module)],
    ['a name that is not there', () => workerDataset(module, [], { name: 'nothing' })],
    ['a function and no worker', () => workerDataset((() => 5) as never, [], {} as never)],
    ['arguments that cannot be sent', () => workerDataset(module, [() => 5], { name: 'Noisy' })],
    ['arguments that are no list', () => workerDataset(module, 5 as never, { name: 'Noisy' })],
    ['an option it does not have', () => workerDataset(module, [3], { workers: 2 } as object)],
  ])('refuses %s', async (_, make) => {
    await expect(make()).rejects.toThrow(ArgumentError);
  });

  it('refuses what is no dataset', async () => {
    const tests = new URL('./when-all.ts', new URL('../', import.meta.url));
    await expect(workerDataset(tests, [5], { name: 'isPromise' })).rejects.toThrow('a Dataset');
  });

  it('gives the dataset itself', async () => {
    const dataset = await noisy(3);
    expectTypeOf<Noisy>(dataset);
    expect(dataset.length).toBe(3);
    expect(dataset.get(2).data[0]).toBe(2);
    expect(tensor([dataset.made]).dtype).toBe('float32');
  });
});

describe('on the main thread', () => {
  it('there is no worker', () => {
    expect(getWorkerInfo()).toBeUndefined();
  });

  it('no dataset is served', () => {
    expect(() => serveDataset(() => new TensorDataset(rand(2)))).toThrow('main thread');
    expect(() => serveDataset(5 as never)).toThrow(ArgumentError);
  });
});

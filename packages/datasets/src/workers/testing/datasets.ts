import { ArgumentError, getNumThreads, rand, type Tensor, tensor } from '@retrograd/core';
import { Dataset } from '../../dataset.ts';
import { IterableDataset } from '../../iterable-dataset.ts';
import { getWorkerInfo } from '../worker-info.ts';

/** Item `i` is `i`, a number that is random each time, and one that was random when the dataset was made. */
export class Noisy extends Dataset<Tensor> {
  readonly length: number;
  readonly made = rand(1).item() as number;

  constructor(length: number) {
    super();
    this.length = length;
  }

  get(index: number): Tensor {
    return tensor([index, rand(1).item() as number, this.made]);
  }
}

/** Items that say who made them, and on how many threads; the later ones of a batch come the sooner. */
export class Signed extends Dataset<Promise<[index: number, worker: number, threads: number]>> {
  readonly length = 24;

  async get(index: number): Promise<[number, number, number]> {
    await new Promise((resolve) => setTimeout(resolve, 5 * (3 - (index % 3))));
    return [index, getWorkerInfo()?.id ?? -1, getNumThreads()];
  }
}

/** What happens when an item is got; nothing out of the way does at index 0. */
const mishaps: (() => unknown)[] = [
  () => 7,
  () => {
    throw new RangeError('no such pixel');
  },
  () => Promise.reject(new ArgumentError({ op: 'decode', got: 'noise', want: 'a picture' })),
  () => {
    throw 'a word';
  },
  () => [() => 5],
  () => ({ inner: new Map() }),
  () => process.exit(3),
  () => {
    setTimeout(() => {
      throw new Error('too late');
    });
    return new Promise(() => {});
  },
  () => {
    for (;;);
  },
  () => new Promise(() => {}),
];

export class Mishaps extends Dataset<unknown, unknown> {
  readonly length = mishaps.length;

  get(index: number): unknown {
    return mishaps[index]?.();
  }
}

/** A dataset that can be made on the main thread alone. */
export function homebody(): Noisy {
  if (getWorkerInfo() !== undefined) throw new Error('not here');
  return new Noisy(4);
}

/** The numbers below `end`, of which each worker has its share. */
export class Stream extends IterableDataset<[number, number]> {
  readonly end: number;

  constructor(end: number) {
    super();
    this.end = end;
  }

  *[Symbol.iterator](): Iterator<[number, number]> {
    const { id, numWorkers } = getWorkerInfo() ?? { id: 0, numWorkers: 1 };
    for (let i = id; i < this.end; i += numWorkers) yield [i, rand(1).item() as number];
  }
}

/** Counts in shared memory how many items have been got. */
export class Counted extends Dataset<number> {
  readonly length = 1000;
  readonly counter: Int32Array;

  constructor(counter: Int32Array) {
    super();
    this.counter = counter;
  }

  get(index: number): number {
    Atomics.add(this.counter, 0, 1);
    return index;
  }
}

/** A batch at a time, and that wrongly. */
export class Whole extends Noisy {
  override getBatch(): never {
    throw new Error('a whole batch');
  }
}

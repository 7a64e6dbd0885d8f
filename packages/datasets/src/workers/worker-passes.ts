import type { Indices } from '../indices.ts';
import { none, prefetched } from '../prefetch.ts';
import type { Parcel } from './parcel.ts';
import type { PassOptions } from './protocol.ts';
import type { recipeOf } from './worker-dataset.ts';
import { Workers } from './workers.ts';

interface Limits {
  readonly numWorkers: number;
  readonly prefetchFactor: number;
  readonly timeout: number;
  readonly persistentWorkers: boolean;
}

/** Workers that nobody can use any more end. */
const forgotten = new FinalizationRegistry<Workers>((workers) => workers.end());

/** Goes through a dataset with workers, any number of times. Passes at the same time have workers of their own. */
export class WorkerPasses {
  readonly #way: ReturnType<typeof recipeOf>;
  readonly #limits: Limits;
  /** Those of the last pass, if they are kept. */
  #idle: Workers | undefined;

  constructor(way: ReturnType<typeof recipeOf>, limits: Limits) {
    this.#way = way;
    this.#limits = limits;
  }

  /**
   * What the workers make, in the order of the batches.
   * @param batches What is in each; `undefined` for an IterableDataset, of whose batches each worker gives one in turn
   */
  async *pass(
    seed: bigint,
    options: PassOptions,
    batches: Iterable<Indices> | undefined,
  ): AsyncGenerator<Parcel, void, undefined> {
    const { numWorkers, prefetchFactor, timeout } = this.#limits;
    const workers = this.#take();
    try {
      workers.begin(seed, options);
      const tasks = batches === undefined ? inTurn(workers) : this.#shared(workers, batches, seed);
      yield* prefetched(tasks, numWorkers * prefetchFactor, (answer) => workers.wait(answer, timeout));
    } finally {
      this.#giveBack(workers);
    }
  }

  /**
   * PyTorch seeds each worker once, with the seed of the pass + its number. So that it does not matter who makes a batch,
   * here each batch is seeded, with the seed of the pass + its number: the first batch of each worker comes out the same.
   */
  *#shared(workers: Workers, batches: Iterable<Indices>, seed: bigint) {
    let number = 0n;
    for (const indices of batches) yield workers.fetch(this.#way.inside(indices), seed + number++);
  }

  #take(): Workers {
    const idle = this.#idle;
    this.#idle = undefined;
    forgotten.unregister(this);
    return idle?.areWell ? idle : new Workers(this.#way.recipe, this.#limits.numWorkers);
  }

  #giveBack(workers: Workers): void {
    workers.stop();
    const keep = this.#limits.persistentWorkers && workers.areWell && this.#idle === undefined;
    if (!keep) {
      workers.end();
      return;
    }
    this.#idle = workers;
    forgotten.register(this, workers, this);
  }
}

/** One after the other, but for those that have come to their end. */
function* inTurn(workers: Workers) {
  const ended = new Set<number>();
  for (let turn = 0; ended.size < workers.count; turn++) {
    const worker = turn % workers.count;
    if (ended.has(worker)) continue;
    yield workers.fetchNext(worker).then((answer) => {
      if (answer === none) ended.add(worker);
      return answer;
    });
  }
}

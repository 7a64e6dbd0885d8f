import { ArgumentError, manualSeed, setNumThreads, setRngState } from '@retrograd/core';
import { defaultCollate } from '../collate.ts';
import { Dataset } from '../dataset.ts';
import { IterableDataset } from '../iterable-dataset.ts';
import { nextTurn } from '../next-turn.ts';
import { grouped } from '../sampler.ts';
import { whenAll } from '../when-all.ts';
import { type AnyDataset, type DatasetMaker, madeBy } from './make.ts';
import { pack, unpack } from './parcel.ts';
import { openPort, type Port } from './port.ts';
import { failureOf, type ToWorker } from './protocol.ts';
import { setWorkerInfo } from './worker-info.ts';

/** Where this module lies, for workers to import it. */
export const home: string = import.meta.url;

type Message<Kind extends ToWorker['kind']> = Extract<ToWorker, { kind: Kind }>;
type Fetch = Message<'fetch' | 'fetchNext'>;

/**
 * Makes a dataset for a `DataLoader` on another thread, and gives it batches. Only needed in a worker that a bundler makes;
 * see `workerDataset`.
 *
 * @param make A function that makes the dataset, or its class.
 * @throws ArgumentError on a main thread, and for what cannot be called
 */
export function serveDataset(make: DatasetMaker): void {
  const op = 'serveDataset';
  if (typeof make !== 'function')
    throw new ArgumentError({ op, got: `make of type ${typeof make}`, want: 'a function or a class' });
  const port = openPort();
  if (port === undefined)
    throw new ArgumentError({ op, got: 'a call on the main thread', want: 'one in a worker' });
  const server = new Server(port, make);
  port.listen((message) => server.hear(message));
  port.post({ kind: 'hello' });
}

class Server {
  readonly #port: Port;
  readonly #make: DatasetMaker;
  #dataset: AnyDataset | undefined;
  #place = { id: 0, numWorkers: 1 };
  #pass: Message<'begin'> | undefined;
  /** What is left of an IterableDataset in this pass, in groups. */
  #groups: Iterator<unknown[]> | undefined;
  /** What is to be done, in the order in which it was asked for. */
  #tasks: Fetch[] = [];
  #busy = false;

  constructor(port: Port, make: DatasetMaker) {
    this.#port = port;
    this.#make = make;
  }

  hear(message: ToWorker): void {
    switch (message.kind) {
      case 'start':
        void this.#start(message);
        return;
      case 'begin':
        this.#begin(message);
        return;
      case 'stop':
        this.#tasks = [];
        this.#groups = undefined;
        return;
      default:
        this.#tasks.push(message);
        if (!this.#busy) void this.#work();
    }
  }

  async #start({ id, numWorkers, args, generator }: Message<'start'>): Promise<void> {
    try {
      setNumThreads(1); // the other threads have workers of their own to run
      setRngState(generator);
      this.#place = { id, numWorkers };
      setWorkerInfo({ ...this.#place, seed: 0n, dataset: undefined });
      this.#dataset = await madeBy(this.#make, unpack(args) as never[]);
      this.#port.post({ kind: 'made' });
    } catch (error) {
      this.#port.post({ kind: 'failed', failure: failureOf(error) });
    }
  }

  #begin(pass: Message<'begin'>): void {
    const dataset = this.#dataset;
    const seed = pass.seed + BigInt(this.#place.id);
    this.#pass = pass;
    setWorkerInfo({ ...this.#place, seed, dataset });
    if (!(dataset instanceof IterableDataset)) return;
    manualSeed(seed);
    this.#groups = grouped(dataset, pass.batchSize, pass.dropLast);
  }

  /** Does one task after another; between them it hears whether the next is still wanted. */
  async #work(): Promise<void> {
    this.#busy = true;
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
      await this.#do(task);
      await nextTurn();
    }
    this.#busy = false;
  }

  async #do(task: Fetch): Promise<void> {
    const { id } = task;
    try {
      const value = task.kind === 'fetch' ? await this.#batchOf(task) : await this.#nextBatch();
      if (value === undefined) return this.#port.post({ kind: 'none', id });
      const buffers: ArrayBuffer[] = [];
      this.#port.post({ kind: 'batch', id, value: pack('DataLoader', value, buffers) }, buffers);
    } catch (error) {
      const failure = error instanceof AtIndex ? failureOf(error.error, error.index) : failureOf(error);
      this.#port.post({ kind: 'failed', id, failure });
    }
  }

  /** Seeded anew for each batch, so that it does not matter which worker makes it. */
  async #batchOf({ indices, seed }: Message<'fetch'>): Promise<unknown> {
    const dataset = this.#dataset as Dataset<unknown, unknown>;
    const separate = this.#pass?.separate;
    manualSeed(seed);
    if (!separate && dataset.getBatch !== Dataset.prototype.getBatch) return dataset.getBatch(indices);
    const items = await Promise.all(Array.from(indices, (index) => itemAt(dataset, index)));
    return separate ? items : defaultCollate(items);
  }

  async #nextBatch(): Promise<unknown> {
    const { done, value } = this.#groups?.next() ?? { done: true };
    if (done) return undefined;
    return whenAll(value as unknown[], (items) => (this.#pass?.separate ? items : defaultCollate(items)));
  }
}

/** An error, and the item that was being made. */
class AtIndex {
  readonly index: number;
  readonly error: unknown;

  constructor(index: number, error: unknown) {
    this.index = index;
    this.error = error;
  }
}

async function itemAt(dataset: Dataset<unknown, unknown>, index: number): Promise<unknown> {
  try {
    return await dataset.get(index);
  } catch (error) {
    throw new AtIndex(index, error);
  }
}

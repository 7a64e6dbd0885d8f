import type { Indices } from '../indices.ts';
import { none } from '../prefetch.ts';
import type { Parcel } from './parcel.ts';
import { errorOf, type Failure, type FromWorker, type PassOptions, type ToWorker } from './protocol.ts';
import type { Line, Listeners } from './spawn.ts';
import { WorkerError } from './worker-error.ts';

/** How workers come to a dataset. */
export interface Recipe {
  readonly start: (listeners: Listeners) => Line;
  readonly args: Parcel;
  /** The state of the random generator when the dataset was made here, so that it is the same there. */
  readonly generator: Uint8Array;
}

type Answer = Parcel | typeof none;

interface Request {
  readonly indices: Indices | undefined;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: WorkerError) => void;
}

interface Member {
  readonly line: Line;
  /** What it has been asked for and has not answered. */
  readonly pending: Map<number, Request>;
  /** What it is told when it has made its dataset; from then on it is told at once. */
  outbox: ToWorker[] | undefined;
}

/** The workers of a `DataLoader`: each has the dataset, and makes batches of it on request. See `protocol.ts`. */
export class Workers {
  readonly #members: Member[] = [];
  #requests = 0;
  /** Why they are of no more use. */
  #failure: WorkerError | undefined;
  #ended = false;

  /** Starts them, in the background. @throws WorkerError where that cannot be done */
  constructor(recipe: Recipe, count: number) {
    const { args, generator } = recipe;
    for (let id = 0; id < count; id++) {
      const start: ToWorker = { kind: 'start', id, numWorkers: count, args, generator };
      try {
        const line = recipe.start({
          message: (message) => this.#hear(id, message, start),
          death: (why) => this.#fail(id, { got: `worker ${id}, which ${why}`, want: 'one that lives on' }),
        });
        this.#members.push({ line, pending: new Map(), outbox: [] });
      } catch (cause) {
        throw this.#fail(id, { got: `worker ${id}, which cannot start (${cause})`, want: 'workers', cause });
      }
    }
  }

  get count(): number {
    return this.#members.length;
  }

  /** Whether they can still be used. */
  get areWell(): boolean {
    return this.#failure === undefined && !this.#ended;
  }

  /** Begins a pass over the dataset. */
  begin(seed: bigint, options: PassOptions): void {
    for (const member of this.#members) tell(member, { kind: 'begin', seed, ...options });
  }

  /** Has the items at `indices` made, by whoever has least to do. */
  fetch(indices: Indices, seed: bigint): Promise<Answer> {
    const id = this.#requests++;
    const member = this.#members.reduce((a, b) => (b.pending.size < a.pending.size ? b : a));
    return this.#ask(member, { kind: 'fetch', id, indices, seed }, indices);
  }

  /** Has a worker make the next batch of its IterableDataset; `none` if there are no more. */
  fetchNext(worker: number): Promise<Answer> {
    const id = this.#requests++;
    return this.#ask(this.#members[worker] as Member, { kind: 'fetchNext', id });
  }

  #ask(member: Member, message: ToWorker & { id: number }, indices?: Indices): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      member.pending.set(message.id, { indices, resolve, reject });
      tell(member, message);
    });
  }

  /**
   * Waits for an answer; meanwhile, and only then, the workers keep the process alive.
   * @param timeout in seconds; 0 for none
   */
  async wait<T>(answer: Promise<T>, timeout: number): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#keepAlive(true);
    try {
      if (timeout === 0) return await answer;
      const expiry = new Promise<never>((_, reject) => {
        const give = () => reject(this.#fail(this.#slowest(), tooSlow(timeout)));
        timer = setTimeout(give, Math.min(1000 * timeout, 2 ** 31 - 1));
      });
      return await Promise.race([answer, expiry]);
    } finally {
      clearTimeout(timer);
      this.#keepAlive(false);
    }
  }

  /** Forgets what has been asked for in this pass. */
  stop(): void {
    if (!this.areWell) return;
    for (const member of this.#members) {
      member.pending.clear();
      tell(member, { kind: 'stop' });
    }
  }

  /** Ends the workers. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { line } of this.#members) line.end();
  }

  #keepAlive(wanted: boolean): void {
    for (const { line } of this.#members) line.keepAlive(wanted);
  }

  #hear(worker: number, message: FromWorker, start: ToWorker): void {
    const member = this.#members[worker] as Member;
    switch (message.kind) {
      case 'hello':
        member.line.send(start);
        return;
      case 'made': {
        const waiting = member.outbox ?? [];
        member.outbox = undefined;
        for (const each of waiting) member.line.send(each);
        return;
      }
      case 'failed':
        if (message.id === undefined) this.#fail(worker, cannotStart(worker, message.failure));
        else
          settle(member, message.id, ({ indices, reject }) =>
            reject(failed(worker, indices, message.failure)),
          );
        return;
      case 'none':
        settle(member, message.id, ({ resolve }) => resolve(none));
        return;
      case 'batch':
        settle(member, message.id, ({ resolve }) => resolve(message.value));
    }
  }

  /** Gives all of them up. Only the first reason counts. */
  #fail(worker: number, complaint: Complaint): WorkerError {
    this.#failure ??= new WorkerError(complaint, worker);
    if (!this.#ended) {
      this.end();
      for (const { pending } of this.#members) {
        for (const { reject } of pending.values()) reject(this.#failure);
        pending.clear();
      }
    }
    return this.#failure;
  }

  /** The worker that has the oldest request to answer. */
  #slowest(): number {
    const oldest = this.#members.map(({ pending }) => Math.min(...pending.keys()));
    return oldest.indexOf(Math.min(...oldest));
  }
}

type Complaint = ConstructorParameters<typeof WorkerError>[0];

function tell(member: Member, message: ToWorker): void {
  if (member.outbox === undefined) member.line.send(message);
  else member.outbox.push(message);
}

/** Ends a request, unless it is of a pass that is over. */
function settle({ pending }: Member, id: number, how: (request: Request) => void): void {
  const request = pending.get(id);
  pending.delete(id);
  if (request !== undefined) how(request);
}

function failed(worker: number, indices: Indices | undefined, failure: Failure): WorkerError {
  const { name, message, index } = failure;
  const place = index === undefined ? placeOf(indices) : `item ${index}`;
  const got = `${name} for ${place}, in worker ${worker} (${message})`;
  return new WorkerError({ got, want: 'items that can be made', cause: errorOf(failure) }, worker, index);
}

function placeOf(indices: Indices | undefined): string {
  if (indices === undefined) return 'the next items';
  const some = Array.from(indices.slice(0, 5)).join(', ');
  return `a batch of the items ${some}${indices.length > 5 ? ', …' : ''}`;
}

function cannotStart(worker: number, failure: Failure): Complaint {
  return {
    got: `worker ${worker}, which could not make its dataset (${failure.name}: ${failure.message})`,
    want: 'a dataset',
    cause: errorOf(failure),
    ...(failure.code === 'ERR_UNKNOWN_FILE_EXTENSION' && {
      fix: 'This version of Node takes TypeScript only with the package tsx: install it, or write JavaScript.',
    }),
  };
}

function tooSlow(timeout: number): Complaint {
  return { got: `no batch for ${timeout} s`, want: 'one within the `timeout`' };
}

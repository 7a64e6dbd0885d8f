import type { Parcel } from './parcel.ts';

/**
 * What a `DataLoader` and its workers say to each other.
 *
 *     loader            worker
 *                 ◄──   hello        it has started and listens
 *     start       ──►                make the dataset
 *                 ◄──   made
 *     begin       ──►                a pass
 *     fetch       ──►                a batch of it; any number of them may wait there
 *                 ◄──   batch, none or failed, for each fetch in turn
 *     stop        ──►                the pass is over: nothing of it is wanted any more
 *
 * A worker does one thing at a time and answers in order. `failed` without an `id` means that it cannot go on.
 */
export type ToWorker =
  | { kind: 'start'; id: number; numWorkers: number; args: Parcel; generator: Uint8Array }
  | ({ kind: 'begin'; seed: bigint } & PassOptions)
  | { kind: 'fetch'; id: number; indices: readonly number[] | Int32Array; seed: bigint }
  | { kind: 'fetchNext'; id: number }
  | { kind: 'stop' };

export interface PassOptions {
  /** Whether the loader wants lists of items, which it puts together itself, instead of batches. */
  readonly separate: boolean;
  /** How the items of an IterableDataset are grouped. */
  readonly batchSize: number;
  readonly dropLast: boolean;
}

export type FromWorker =
  | { kind: 'hello' }
  | { kind: 'made' }
  | { kind: 'batch'; id: number; value: Parcel }
  | { kind: 'none'; id: number }
  | { kind: 'failed'; id?: number | undefined; failure: Failure };

/** An error, as far as it can be sent. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** Node's word for the kind of error. */
  readonly code?: string | undefined;
  /** The item that was being made, if it is known. */
  readonly index?: number | undefined;
}

export function failureOf(error: unknown, index?: number): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), index };
  const { name, message, stack, code } = error as Error & { code?: unknown };
  return { name, message, stack, code: typeof code === 'string' ? code : undefined, index };
}

/** What took place over there, as the cause of an error here. */
export function errorOf({ name, message, stack, code }: Failure): Error {
  return Object.assign(new Error(message), { name, stack: stack ?? `${name}: ${message}`, code });
}

import { type Complaint, DatasetError } from '@retrograd/core';

/** A worker of a `DataLoader` that failed: its dataset threw an error (the `cause`), it died, or it took too long. */
export class WorkerError extends DatasetError {
  override name = 'WorkerError';
  /** Which worker, from 0. */
  readonly worker: number;
  /** The item that could not be made, if that is known. */
  readonly index: number | undefined;

  constructor(complaint: Omit<Complaint, 'op'>, worker: number, index?: number) {
    super({ op: 'DataLoader', ...complaint });
    this.worker = worker;
    this.index = index;
  }
}

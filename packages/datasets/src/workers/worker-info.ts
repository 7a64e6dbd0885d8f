/** What code that runs in a worker of a `DataLoader` may know about it: PyTorch's `WorkerInfo`. */
export interface WorkerInfo {
  /** From 0 to `numWorkers` − 1. */
  readonly id: number;
  readonly numWorkers: number;
  /** The seed of this pass, plus `id`. 0 while the dataset is being made. */
  readonly seed: bigint;
  /** The copy of the dataset that this worker has; `undefined` while it is being made. */
  readonly dataset: unknown;
}

let current: WorkerInfo | undefined;

/**
 * In a worker of a `DataLoader`, which one it is; elsewhere `undefined`. An IterableDataset asks it for its share: each
 * worker has a copy, and goes through it by itself.
 *
 * @example
 * ```ts
 * *[Symbol.iterator]() {
 *   const { id, numWorkers } = getWorkerInfo() ?? { id: 0, numWorkers: 1 };
 *   for (let i = id; i < this.end; i += numWorkers) yield this.line(i);
 * }
 * ```
 */
export function getWorkerInfo(): WorkerInfo | undefined {
  return current;
}

export function setWorkerInfo(info: WorkerInfo): void {
  current = info;
}

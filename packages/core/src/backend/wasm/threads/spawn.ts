import { type Start, workerSource } from './worker.ts';

/** A worker that runs, or is about to. */
export interface WorkerHandle {
  /** Stops it, in whatever it is doing, soon. */
  terminate(): unknown;
}

/**
 * Starts a worker in the background. It does not keep the process alive.
 * @param died called, when the event loop gets to it, if the worker has ended or could not be started
 */
export type Spawn = (start: Start, died: () => void) => WorkerHandle;

/** Starts a worker by whatever means the platform has. @throws where it has none */
export const spawn: Spawn = (start, died) => {
  const node = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:worker_threads');
  return node === undefined ? spawnForWeb(start, died) : spawnForNode(node, start, died);
};

/** Node, Deno and Bun. */
function spawnForNode(
  { Worker }: typeof import('node:worker_threads'),
  start: Start,
  died: () => void,
): WorkerHandle {
  const source = `${workerSource} work(process.getBuiltinModule('node:worker_threads').workerData);`;
  // Without the caller's loaders (tsx), of which each would take longer than all the rest.
  const worker = new Worker(source, { eval: true, workerData: start, execArgv: [] });
  worker.on('error', died);
  worker.on('exit', died);
  worker.unref();
  return worker;
}

/** What is used of browsers' workers, of which TypeScript knows only with the browser's types. */
interface WebWorker extends WorkerHandle {
  postMessage(message: unknown): void;
  addEventListener(event: 'error' | 'messageerror', listener: () => void): void;
}

interface Web {
  readonly Worker: new (url: string, options: { type: 'module' }) => WebWorker;
}

let url: string | undefined;

function spawnForWeb(start: Start, died: () => void): WorkerHandle {
  const { Worker } = globalThis as unknown as Web;
  const source = `${workerSource} addEventListener('message', ({ data }) => work(data));`;
  url ??= URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url, { type: 'module' });
  worker.addEventListener('error', died);
  worker.addEventListener('messageerror', died);
  worker.postMessage(start);
  return worker;
}

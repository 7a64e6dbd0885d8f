import type { FromWorker, ToWorker } from './protocol.ts';

/** A worker's side of the line to the thread that started it. */
export interface Port {
  post(message: FromWorker, transfer?: readonly ArrayBuffer[]): void;
  listen(handle: (message: ToWorker) => void): void;
}

/** What is used of a browser's workers, of which TypeScript knows only with the browser's types. */
interface WorkerScope {
  postMessage(message: FromWorker, transfer: readonly ArrayBuffer[]): void;
  addEventListener(event: 'message', listener: (event: { data: ToWorker }) => void): void;
}

/** The line, or `undefined` on the main thread. */
export function openPort(): Port | undefined {
  const node = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:worker_threads');
  const parent = node?.parentPort;
  if (parent) {
    return {
      post: (message, transfer = []) => parent.postMessage(message, [...transfer]),
      listen: (handle) => void parent.on('message', handle),
    };
  }
  if (!('WorkerGlobalScope' in globalThis)) return undefined;
  const scope = globalThis as unknown as WorkerScope;
  return {
    post: (message, transfer = []) => scope.postMessage(message, transfer),
    listen: (handle) => scope.addEventListener('message', ({ data }) => handle(data)),
  };
}

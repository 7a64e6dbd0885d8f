import type { FromWorker, ToWorker } from './protocol.ts';
import { home } from './serve.ts';

/** Where a worker finds what makes its dataset, and the code that serves it. */
export interface Source {
  /** The address of a module. */
  readonly module: string;
  /** The name of what it exports to make the dataset. */
  readonly name: string;
}

/** A worker that a bundler has made out of a module; a browser's, or Node's. */
export type WorkerLike = WebWorker | NodeWorker;

interface WebWorker {
  postMessage(message: unknown): void;
  addEventListener(event: string, listener: (event: never) => void): void;
  terminate(): unknown;
}

type NodeWorker = import('node:worker_threads').Worker;

/** What one wants to hear of a worker. */
export interface Listeners {
  readonly message: (message: FromWorker) => void;
  /** It has ended, or could not be started; `why` completes "a worker that …". */
  readonly death: (why: string) => void;
}

/** A worker that runs, or is about to. It keeps the process alive only while it is told to. */
export interface Line {
  send(message: ToWorker): void;
  keepAlive(wanted: boolean): void;
  end(): void;
}

/** Starts a worker from a module, by whatever means the platform has. @throws an Error where it has none */
export function startWorker(source: Source, listeners: Listeners): Line {
  if (!home) throw new Error('a script in one piece has no modules to import: give workerDataset a `worker`');
  const node = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:worker_threads');
  const text = bootstrap(source);
  if (node !== undefined) return lineTo(new node.Worker(text, { eval: true }), listeners);
  const { Worker } = globalThis as unknown as {
    Worker: new (url: string, options: { type: 'module' }) => WebWorker;
  };
  return lineTo(new Worker(addressOf(text), { type: 'module' }), listeners);
}

const addresses = new Map<string, string>();

/** Where a browser finds a text as a script. */
function addressOf(text: string): string {
  const known = addresses.get(text) ?? URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  addresses.set(text, known);
  return known;
}

/** Takes over a worker that somebody else has started. */
export function lineTo(worker: WorkerLike, { message, death }: Listeners): Line {
  if ('on' in worker) {
    worker.on('message', message);
    worker.on('messageerror', () => death('sent what cannot be read here'));
    worker.on('error', (error: unknown) => death(`ended with ${error}`));
    worker.on('exit', (code: number) => death(`ended with exit code ${code}`));
    worker.unref();
    const keepAlive = (wanted: boolean) => (wanted ? worker.ref() : worker.unref());
    return { send: (it) => worker.postMessage(it), keepAlive, end: () => void worker.terminate() };
  }
  worker.addEventListener('message', ({ data }: { data: FromWorker }) => message(data));
  worker.addEventListener('messageerror', () => death('sent what cannot be read here'));
  worker.addEventListener('error', (event: { message?: string }) =>
    death(`ended with ${event.message ?? 'an error, or could not be started'}`),
  );
  return { send: (it) => worker.postMessage(it), keepAlive: () => {}, end: () => worker.terminate() };
}

/**
 * A worker's code: JavaScript, since not every platform starts workers from TypeScript. It imports the module, and serves
 * the dataset that this makes. All in a function, since Deno's workers have a `module` already.
 *
 * A worker of Node's does not have the hooks by which tsx makes TypeScript of the main thread run. It installs them anew
 * where the main thread has them (its arguments name tsx) and where Node takes no TypeScript by itself. That has to come
 * first: a module that failed to load once is not tried again.
 */
function bootstrap({ module, name }: Source): string {
  return `(() => {
const [home, module, name] = ${JSON.stringify([home, module, name])};
const node = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:worker_threads');
const post = (message) => (node ? node.parentPort : globalThis).postMessage(message);

async function useTsx() {
  if (!node || process.versions.bun || process.versions.deno) return;
  const wanted = process.execArgv.some((argument) => /\\btsx\\b/.test(argument)) || /\\btsx\\b/.test(process.env.NODE_OPTIONS);
  const needed = !process.features.typescript && [home, module].some((url) => /\\.[mc]?tsx?$/.test(url));
  if (!wanted && !needed) return;
  const { createRequire } = process.getBuiltinModule('node:module');
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  for (const place of [...process.execArgv, module, home, pathToFileURL('./here').href]) {
    let api;
    try {
      api = createRequire(place).resolve('tsx/esm/api').replace(/cjs$/, 'mjs');
    } catch {
      continue; // no file, or none that sees tsx
    }
    (await import(pathToFileURL(api).href)).register();
    return;
  }
}

async function start() {
  await useTsx();
  const { serveDataset } = await import(home);
  serveDataset((await import(module))[name]);
}

const alive = setInterval(() => {}, 2 ** 30); // imports alone do not keep every worker from ending
start().catch(({ name = 'Error', message, stack, code }) => {
  post({ kind: 'failed', failure: { name, message, stack, code } });
}).finally(() => clearInterval(alive));
})()`;
}

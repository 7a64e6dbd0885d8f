// Loaded before a peer's module, which looks for workers as it is loaded.

import { resolveObjectURL } from 'node:buffer';
import { Worker } from 'node:worker_threads';

/** What a worker of the web finds in its scope. */
const prelude = `
const { parentPort } = require('node:worker_threads');
globalThis.self = globalThis;
globalThis.postMessage = (message) => parentPort.postMessage(message);
parentPort.on('message', (data) => self.onmessage({ data }));
`;

/** As much of the web's Worker, on Node's, as a library needs that starts its workers from blobs. */
class WebWorker {
  onmessage: (event: { data: unknown }) => void = () => {};
  onerror: (error: unknown) => void = () => {};
  readonly #worker: Promise<Worker>;

  constructor(url: string) {
    this.#worker = this.#start(url);
    this.#worker.catch((error: unknown) => this.onerror(error));
  }

  async #start(url: string): Promise<Worker> {
    const source = await resolveObjectURL(url)?.text();
    const worker = new Worker(prelude + source, { eval: true, execArgv: [] });
    worker.on('message', (data) => this.onmessage({ data }));
    worker.on('error', (error) => this.onerror(error));
    return worker;
  }

  postMessage(message: unknown): void {
    this.#worker.then((worker) => worker.postMessage(message));
  }
}

/** Gives libraries for browsers the workers that Node lacks, and as many cores as they may use. */
function offerWebWorkers(threads: number): void {
  const give = (name: string, value: unknown) =>
    Object.defineProperty(globalThis, name, { value, configurable: true });
  give('Worker', WebWorker);
  give('navigator', { hardwareConcurrency: threads });
}

const threads = Number(process.argv.at(-1));
if (threads > 1) offerWebWorkers(threads);

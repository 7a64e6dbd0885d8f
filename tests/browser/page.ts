import { getNumThreads, setNumThreads } from '@retrograd/core';
import { smallTraining } from '../memory/training.ts';

/** What is used of a page and of a worker in it; the types at hand are Node's. */
interface Scope {
  readonly document?: object;
  readonly crossOriginIsolated: boolean;
  readonly Worker: new (url: string, options: { type: 'module' }) => PageWorker;
  postMessage(message: unknown): void;
}

interface PageWorker {
  onmessage: (event: { data: Losses }) => void;
  onerror: (event: { message: string }) => void;
}

export interface Losses {
  readonly threads: number;
  readonly losses: readonly number[];
}

export interface Report {
  readonly isolated: boolean;
  /** By where they were computed. */
  readonly trained: Readonly<Record<'alone' | 'onThreads' | 'inWorker', Losses>>;
}

/** The losses of a small training that gives the event loop turns, in which workers can start. */
export async function train(threads: number): Promise<Losses> {
  setNumThreads(threads);
  const { step } = smallTraining('Convolutions', 256);
  const losses: number[] = [];
  for (let i = 0; i < 30; i++) {
    losses.push(step());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { threads: getNumThreads(), losses };
}

async function report(scope: Scope): Promise<Report> {
  const alone = await train(1);
  const onThreads = await train(2);
  const inWorker = await new Promise<Losses>((resolve, reject) => {
    const worker = new scope.Worker('/page.js', { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  return { isolated: scope.crossOriginIsolated, trained: { alone, onThreads, inWorker } };
}

const scope = globalThis as unknown as Scope;
const isNode = typeof process !== 'undefined';
if (scope.document !== undefined) {
  const body = await report(scope).then(JSON.stringify, (error) => JSON.stringify({ error: String(error) }));
  await fetch('/report', { method: 'POST', body });
} else if (!isNode) scope.postMessage(await train(2));

import { getNumThreads, memoryStats, ones, setMemoryLimits, setNumThreads } from '@retrograd/core';
import { type Network, smallTraining } from './training.ts';

/** What the parent process asks for, as JSON in the first argument. */
export interface Wishes {
  readonly network: Network;
  readonly batch: number;
  readonly steps: number;
  /** Whether the event loop turns after each step. */
  readonly awaited?: boolean;
  readonly threads?: number;
  readonly soft?: number;
  /** Steps between samples of what the process holds. */
  readonly sampleEvery?: number;
}

export interface Sample {
  /** Bytes. */
  readonly resident: number;
  readonly reserved: number;
  readonly evicted: number;
}

export interface Report {
  readonly backend: string;
  readonly threads: number;
  readonly losses: readonly number[];
  /** The parameters after the last step. */
  readonly parameters: readonly number[];
  readonly samples: readonly Sample[];
}

const {
  network,
  batch,
  steps,
  awaited,
  threads,
  soft,
  sampleEvery = 1,
} = JSON.parse(process.argv[2] ?? '{}') as Wishes;
if (threads !== undefined) setNumThreads(threads);
if (soft !== undefined) setMemoryLimits({ soft });

const { step, parameters } = smallTraining(network, batch);
const losses: number[] = [];
const samples: Sample[] = [];

function run(i: number): void {
  losses.push(step());
  if (i % sampleEvery > 0) return;
  const { reserved, evicted } = memoryStats();
  samples.push({ resident: process.memoryUsage.rss(), reserved, evicted });
}

if (awaited) {
  for (let i = 1; i <= steps; i++) {
    run(i);
    await new Promise((resolve) => setImmediate(resolve));
  }
} else for (let i = 1; i <= steps; i++) run(i);

const report: Report = {
  backend: ones(1).storage.backend.name,
  threads: getNumThreads(),
  losses,
  parameters: parameters(),
  samples,
};
console.log(JSON.stringify(report));

import { manualSeed } from '@retrograd/core';
import { DataLoader } from '../../data-loader.ts';
import { workerDataset } from '../worker-dataset.ts';
import type { Mishaps, Noisy, Stream } from './datasets.ts';

/** Loads with workers, and prints what all runtimes must agree on. With workers that still wait for more, it has to end. */
const module = new URL('./datasets.ts', import.meta.url);
manualSeed(0);
const noisy = await workerDataset<typeof Noisy>(module, [7], { name: 'Noisy' });
const kept = new DataLoader(noisy, { batchSize: 3, shuffle: true, numWorkers: 2, persistentWorkers: true });
for (let pass = 0; pass < 2; pass++) {
  for await (const batch of kept) console.log(JSON.stringify(batch.toArray()));
}
for await (const _ of kept) break;

const stream = await workerDataset<typeof Stream>(module, [7], { name: 'Stream' });
for await (const [numbers] of new DataLoader(stream, { batchSize: 2, numWorkers: 2 })) {
  console.log(JSON.stringify(numbers.toArray()));
}

const mishaps = await workerDataset<typeof Mishaps>(module, [], { name: 'Mishaps' });
for (const index of [1, 2, 6]) {
  try {
    for await (const _ of new DataLoader(mishaps, { sampler: [index], numWorkers: 1 }));
  } catch (error) {
    console.log(String(error));
  }
}

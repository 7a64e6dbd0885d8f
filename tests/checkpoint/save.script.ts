import { argv, stdout } from 'node:process';
import { full, type Tensor } from '@retrograd/core';
import { loadCheckpoint, saveCheckpoint } from '@retrograd/nn';

// Saves one checkpoint after another, each full of its own epoch, until it is killed.

const path = argv[2] as string;
const found = await loadCheckpoint<{ epoch: number; weights: Tensor }>(path).catch(() => ({ epoch: 0 }));
for (let epoch = found.epoch + 1; ; epoch++) {
  await saveCheckpoint(path, { weights: [full([2 ** 20], epoch), full([2 ** 20], -epoch)], epoch });
  stdout.write('saved\n');
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor } from '@retrograd/core';
import { expect, it } from 'vitest';
import * as nn from '../index.ts';

const { F } = nn;
const { loadFile, saveFile } = nn.safetensors;

it('a module has PyTorch’s output after loading PyTorch’s state dict', async () => {
  class Net extends nn.Module {
    conv1 = new nn.Conv2d(1, 3, 3);
    bn1 = new nn.BatchNorm2d(3);
    rnn = new nn.LSTM(9, 4, { numLayers: 2, bidirectional: true, batchFirst: true });
    attention = new nn.MultiheadAttention(8, 2, { batchFirst: true });
    fc = new nn.Linear(8, 5);

    override forward(x: Tensor): Tensor {
      const images = F.relu(this.bn1.forward(this.conv1.forward(x))).flatten(2);
      const [hidden] = this.rnn.forward(images);
      return this.fc.forward(this.attention.forward(hidden, hidden, hidden)[0]);
    }
  }
  const tensors = await loadFile(
    new URL('../../../../tests/fixtures/torch-model.safetensors', import.meta.url).pathname,
  );
  const { input, output, ...rest } = tensors as Record<'input' | 'output', Tensor>;
  const state = Object.fromEntries(Object.entries(rest).map(([key, x]) => [key.replace('model.', ''), x]));
  const model = new Net().eval();
  expect(model.loadStateDict(state as nn.StateDict)).toEqual({ missingKeys: [], unexpectedKeys: [] });
  expect(model.bn1.num_batches_tracked?.item()).toBe(3);
  expect(model.forward(input)).toBeCloseToTensor(output, { atol: 1e-6 });

  const folder = await mkdtemp(join(tmpdir(), 'weights-'));
  const path = join(folder, 'model.safetensors');
  await saveFile(model.stateDict(), path);
  const again = new Net().eval();
  again.loadStateDict(await loadFile(path));
  expect(again.forward(input)).toEqualTensor(model.forward(input));
  await rm(folder, { recursive: true });
});

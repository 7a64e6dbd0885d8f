import * as core from '@retrograd/core';
import { arange, ones, RetrogradError, rand, tensor, zeros } from '@retrograd/core';
import { DataLoader, parseIdx, StrokeDigits, TensorDataset } from '@retrograd/datasets';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import * as optim from '@retrograd/optim';
import { describe, expect, it } from 'vitest';

const labels = (...values: number[]) => tensor(values, { dtype: 'int32' });

/** Mistakes that people make, by what they were about. */
const mistakes: Record<string, Record<string, () => unknown>> = {
  shapes: {
    'sizes that do not broadcast': () => ones(2, 3).add(ones(4)),
    'matmul with inner sizes that differ': () => ones(2, 3).matmul(ones(4, 5)),
    'reshape to another number of elements': () => ones(2, 3).reshape(4, 2),
    'view of a transposed tensor': () => ones(2, 3).t().view(6),
    'expand of a size that is not 1': () => ones(2, 3).expand(4, 3),
    'cat of shapes that differ': () => core.cat([ones(2, 3), ones(2, 4)]),
    'stack of shapes that differ': () => core.stack([ones(2), ones(3)]),
    'ragged arrays': () => tensor([[1, 2], [3]]),
    'item of many': () => ones(2).item(),
    'an image without channels': () => F.conv2d(ones(28, 28), ones(16, 1, 3, 3)),
    'channels that differ': () => new nn.Conv2d(1, 16, 3).forward(ones(8, 3, 28, 28)),
    'channels last': () => new nn.Conv2d(3, 16, 3).forward(ones(8, 28, 28, 3)),
    'a kernel larger than the image': () => F.conv2d(ones(1, 1, 2, 2), ones(1, 1, 3, 3)),
    'a linear layer of another width': () => new nn.Linear(784, 10).forward(ones(8, 800)),
    'a write to an expanded tensor': () => zeros(1).expand(3).add_(1),
    'an in-place result that does not fit': () => zeros(2).add_(zeros(3, 2)),
  },
  dtypes: {
    'a mean of integers': () => arange(3).mean(),
    'two dtypes in matmul': () => ones(2, 2).matmul(ones([2, 2], { dtype: 'float64' })),
    'a mask of numbers': () => core.where(ones(2), 1, 0),
    'labels of floats': () => F.crossEntropy(rand(2, 10), tensor([3, 1])),
    'a gradient of integers': () => arange(3).requiresGrad_(),
    'a number that uint8 cannot hold': () => tensor([300], { dtype: 'uint8' }),
    'an in-place result of a higher dtype': () => arange(3).add_(0.5),
    'a dtype that does not exist': () => zeros([1], { dtype: 'int64' as never }),
  },
  indices: {
    'a dim out of range': () => ones(2, 3).sum(2),
    'an index out of range': () => ones(2, 3).select(0, 5),
    'a label out of range': () => F.crossEntropy(rand(2, 10), labels(3, 10)),
    'a gather out of range': () => rand(3).gather(0, labels(3)),
    'the same dim twice': () => ones(2, 3).sum([0, 0]),
  },
  gradients: {
    'backward of a constant': () => ones(1).backward(),
    'backward of a vector': () => ones([2], { requiresGrad: true }).mul(2).backward(),
    'backward twice': () => {
      const loss = ones([2], { requiresGrad: true }).exp().sum();
      loss.backward();
      loss.backward();
    },
    'a write to a parameter': () => new nn.Linear(2, 2).weight.add_(1),
    'a saved tensor overwritten': () => {
      const y = ones([2], { requiresGrad: true }).exp();
      y.add_(1);
      y.sum().backward();
    },
    'an asynchronous noGrad': () => core.noGrad(async () => {}),
    'a wrong gradient': () =>
      core.gradcheck((x) => x.mul(x.detach()), ones([1], { dtype: 'float64', requiresGrad: true })),
  },
  'other arguments': {
    'no tensor': () => core.exp('1' as never),
    'an array for a tensor': () => F.relu([1, 2] as never),
    'an option that does not exist': () => new nn.Conv2d(1, 16, 3, { paddin: 1 } as never),
    'groups that do not divide': () => new nn.Conv2d(4, 6, 3, { groups: 4 }),
    'a negative learning rate': () => new optim.SGD([new nn.Parameter(ones(1))], { lr: -1 }),
    'no parameters': () => new optim.SGD([], { lr: 0.1 }),
    'a model without a forward': () => new nn.Module().forward(),
    'tensors where numbers are wanted': () => Number(ones(2)),
    'integers divided by zero': () => arange(3).floorDivide(0),
    'shuffle and a sampler': () =>
      new DataLoader(new TensorDataset(ones(2)), { shuffle: true, sampler: [0, 1] as never }),
  },
  data: {
    'a file that is no IDX': () => parseIdx(Uint8Array.of(0x50, 0x4b, 3, 4), { source: 'train-images.idx' }),
    'a truncated IDX file': () =>
      parseIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 9, 1, 2), { source: 'labels.idx' }),
    'tensors of unequal lengths': () => new TensorDataset(ones(3), ones(4)),
    'an item out of range': () => new StrokeDigits({ size: 3 }).get(3),
  },
};

function messageOf(mistake: () => unknown): string {
  try {
    mistake();
  } catch (error) {
    if (error instanceof RetrogradError) return `${error.name}: ${error.message}`;
    throw error;
  }
  return 'nothing was thrown';
}

describe.each(Object.entries(mistakes))('mistakes with %s', (_, kinds) => {
  it.each(Object.entries(kinds))('%s', (_name, mistake) => {
    expect(messageOf(mistake)).toMatchSnapshot();
  });
});

it('every error says the op, what it got and what it wanted', () => {
  for (const mistake of Object.values(mistakes).flatMap((kinds) => Object.values(kinds))) {
    expect(messageOf(mistake)).toMatch(/^\w+Error: [\w.]+: got .+; wanted .+\.( .+)?$/s);
  }
});

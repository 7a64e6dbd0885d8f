import { ones } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { Adam, SGD } from '@retrograd/optim';
import { expect, it } from 'vitest';

it.each([
  ['SGD', SGD],
  ['Adam', Adam],
])('%s trains parameters that had no shape when it was made', (_, Kind) => {
  const lazy = new nn.LazyLinear(2);
  const optimizer = new Kind(lazy.parameters(), { lr: 0.5 });
  lazy
    .forward(ones([1, 3]))
    .sum()
    .backward();
  const before = lazy.weight.detach().clone();
  optimizer.step();
  // All slopes are 1, and Adam's first step is as long as the learning rate.
  expect(lazy.weight.detach()).toBeCloseToTensor(before.sub(0.5));
});

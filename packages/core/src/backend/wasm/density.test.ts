import { expect, it } from 'vitest';
import { noGrad } from '../../autograd/mode.ts';
import { ones, randn, type Tensor } from '../../index.ts';
import { maxPool } from '../../primitives/pool.ts';
import { densityOf } from './density.ts';

const sizes = [2, 3, 8, 8];

/** A gradient that max-pooling has led to one element in four, and what it was led to. */
function led(through: (x: Tensor) => Tensor = (x) => x): Tensor {
  const x = randn(sizes, { requiresGrad: true });
  const windows = { kernel: [2, 2], stride: [2, 2], dilation: [1, 1] };
  const padding = [
    [0, 0],
    [0, 0],
  ] as const;
  maxPool(through(x), { ...windows, padding, sizes: [4, 4] }).backward(ones([2, 3, 4, 4]));
  return x.grad as Tensor;
}

it('what max-pooling leads back is known to be mostly 0, and is', () => {
  const g = led();
  expect(densityOf(g)).toBe(1 / 4);
  expect([...g.data].filter((n) => n !== 0)).toHaveLength(g.numel / 4);
});

it('it still is behind an activation, and when it is multiplied', () => {
  for (const activate of [(x: Tensor) => x.relu(), (x: Tensor) => x.sigmoid(), (x: Tensor) => x.tanh()]) {
    expect(densityOf(led(activate))).toBe(1 / 4);
  }
  expect(densityOf(led().mul(randn(sizes)))).toBe(1 / 4);
  expect(densityOf(led().neg())).toBe(1 / 4);
  expect(densityOf(led().add(led()))).toBe(1 / 2);
});

it('it is no longer when something is added to it or written over it', () => {
  expect(densityOf(led().add(randn(sizes)))).toBe(1);
  expect(densityOf(led().add(1))).toBe(1);
  const writes: ((g: Tensor) => void)[] = [
    (g) => g.add_(1),
    (g) => g.fill_(2),
    (g) => g.copy_(randn(sizes)),
    (g) => g.sigmoid_(),
  ];
  for (const write of writes) {
    const g = led();
    noGrad(() => write(g));
    expect(densityOf(g)).toBe(1);
  }
});

import { ones, type Tensor, zeros } from '@retrograd/core';
import { expect, it } from 'vitest';
import { copyOf } from './copy.ts';
import * as nn from './index.ts';

class Net extends nn.Module {
  readonly shared = new nn.Linear(2, 2);
  readonly parts = [this.shared, new nn.Linear(2, 2, { bias: false })];
  readonly scale = new nn.Parameter(ones(2), { requiresGrad: false });
  readonly activation: (x: Tensor) => Tensor = nn.F.relu;
  seen = this.registerBuffer('seen', zeros(1));
  passing = this.registerBuffer('passing', zeros(1), { persistent: false });

  override forward(x: Tensor): Tensor {
    return this.activation(this.shared.forward(x).mul(this.scale)).add(this.seen);
  }
}

it('copies modules with what they hold, and leaves the rest', () => {
  const net = new Net();
  net.eval();
  const hook = net.registerForwardHook(() => zeros(1));
  const copy = copyOf(net);
  expect(copy).toBeInstanceOf(Net);
  expect(copy.training).toBe(false);
  expect(copy.activation).toBe(net.activation);
  expect(String(copy)).toBe(String(net));
  expect(copy.forward(ones(2)).shape).toEqual([2]);
  hook.remove();
  expect(copy.forward(ones(2))).toEqualTensor(net.forward(ones(2)));
  expect(Object.keys(copy.stateDict())).toEqual(Object.keys(net.stateDict()));
  expect([...copy.namedBuffers()].map(([name]) => name)).toEqual(['seen', 'passing']);
  expect(copy.scale.requiresGrad).toBe(false);
});

it('shares within the copy what was shared, and nothing with the original', () => {
  const net = new Net();
  const copy = copyOf(net);
  expect(copy.parts[0]).toBe(copy.shared);
  expect([...copy.parameters()].map(({ shape }) => shape)).toEqual(
    [...net.parameters()].map(({ shape }) => shape),
  );
  const theirs = new Set<Tensor>([...net.parameters(), ...net.buffers()]);
  for (const own of [...copy.parameters(), ...copy.buffers()]) expect(theirs.has(own)).toBe(false);
  copy.shared.weight.detach().fill_(7);
  copy.seen.fill_(7);
  expect(net.shared.weight.eq(7).any().item()).toBe(0);
  expect(net.seen.item()).toBe(0);
});

import { ones, type Tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';

describe('forward hooks', () => {
  it('see the inputs and the output of that instance', () => {
    const [watched, other] = [new nn.Linear(2, 3), new nn.Linear(2, 3)];
    const seen: unknown[] = [];
    watched.registerForwardHook((module, [x], y) => {
      seen.push([module, x.shape, y.shape]);
    });
    new nn.Sequential(watched, new nn.ReLU()).forward(zeros(4, 2));
    other.forward(zeros(4, 2));
    expect(seen).toEqual([[watched, [4, 2], [4, 3]]]);
  });

  it('replace outputs and inputs with what they return, in order', () => {
    const identity = new nn.Identity();
    identity.registerForwardPreHook((_, [x]) => [x.add(1)]);
    identity.registerForwardPreHook((_, [x]) => x.mul(10));
    identity.registerForwardHook((_, __, y) => y.add(3));
    identity.registerForwardHook(() => {});
    expect(identity.forward(ones(1))).toEqualTensor([23]);
  });

  it('leave no trace when they are removed', () => {
    const layer = new nn.ReLU();
    const keys = Object.keys(layer);
    const handles = [layer.registerForwardHook(() => {}), layer.registerForwardPreHook(() => {})];
    expect(Object.hasOwn(layer, 'forward')).toBe(true);
    expect(Object.keys(layer)).toEqual(keys);
    handles[0]?.remove();
    expect(Object.hasOwn(layer, 'forward')).toBe(true);
    handles[1]?.remove();
    handles[1]?.remove();
    expect(Object.hasOwn(layer, 'forward')).toBe(false);
  });

  it('give an own forward back', () => {
    class Arrow extends nn.Module {
      override forward = (x: Tensor) => x.add(1);
    }
    const arrow = new Arrow();
    const own = arrow.forward;
    const handle = arrow.registerForwardHook((_, __, y) => (y as Tensor).mul(2));
    expect(arrow.forward(ones(1))).toEqualTensor([4]);
    handle.remove();
    expect(arrow.forward).toBe(own);
  });

  it('may remove themselves', () => {
    const layer = new nn.Identity();
    let calls = 0;
    const handle = layer.registerForwardHook(() => {
      calls++;
      handle.remove();
    });
    layer.forward(ones(1));
    layer.forward(ones(1));
    expect(calls).toBe(1);
  });

  it('do not change how a module prints or what state it has', () => {
    const model = new nn.Sequential(new nn.Linear(1, 1));
    const before = [String(model), Object.keys(model.stateDict())];
    model.registerForwardHook(() => {});
    expect([String(model), Object.keys(model.stateDict())]).toEqual(before);
  });
});

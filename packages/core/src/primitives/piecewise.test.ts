import { describe, expect, it } from 'vitest';
import { boundedLog, floor, grad, observe, piecewise, tensor, where } from '../index.ts';

const leaf = { dtype: 'float64', requiresGrad: true } as const;

describe('piecewise', () => {
  it('is where, but its slope can be differentiated again', () => {
    const x = tensor([-1, 2], leaf);
    const below = x.lt(0);
    const y = piecewise(x, below, x.mul(3), x);
    expect(y.detach()).toEqualTensor(where(below, x.mul(3), x).detach());
    const [slope] = grad(y.sum(), [x], { createGraph: true });
    expect(slope).toEqualTensor([3, 1]);
    const [curvature] = grad(slope.sum(), [x]);
    expect(curvature).toEqualTensor([0, 0]);
    const [constant] = grad(where(below, x.mul(3), x).sum(), [x], { createGraph: true });
    expect(constant.requiresGrad).toBe(false);
  });
});

describe('a derivative of zero', () => {
  it('reaches a leaf as zeros, through other ops too', () => {
    const x = tensor([-1.5, 2.5], leaf);
    floor(x.mul(2)).sum().backward();
    expect(x.grad).toEqualTensor([0, 0]);
    const [found] = grad(floor(x.exp()).sum(), [x]);
    expect(found).toEqualTensor([0, 0]);
  });

  it('leaves a gradient from elsewhere as it is, without adding to it', () => {
    const x = tensor([-1.5, 2.5], leaf);
    const loss = x.mul(3).sum().add(floor(x).sum());
    const seen: string[] = [];
    const stop = observe(({ name }) => seen.push(name));
    loss.backward();
    stop();
    expect(x.grad).toEqualTensor([3, 3]);
    expect(seen).not.toContain('add');
    x.mul(2).sum().add(floor(x).sum()).backward();
    expect(x.grad).toEqualTensor([5, 5]);
  });
});

describe('boundedLog', () => {
  it('is the logarithm, no less than −100, with a finite slope', () => {
    const p = tensor([0, 1e-20, 0.5, 1], leaf);
    const y = boundedLog(p);
    expect(y).toBeCloseToTensor([-100, Math.log(1e-20), Math.log(0.5), 0]);
    y.sum().backward();
    expect(p.grad).toBeCloseToTensor([1e12, 1e12, 2, 0]);
    expect(boundedLog(tensor([1, 0], { dtype: 'int32' }))).toBeCloseToTensor([0, -100]);
  });
});

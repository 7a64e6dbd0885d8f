import { describe, expect, it } from 'vitest';
import { autograd, gradcheck, randn, type Tensor, vmap } from '../index.ts';

const double = (...shape: number[]) => randn(shape, { dtype: 'float64' });

describe('vmap', () => {
  it('is the op that takes batches', () => {
    const [a, b] = [double(5, 3), double(5, 3)];
    expect(vmap((x: Tensor, y: Tensor) => x.mul(y).sum())(a, b)).toBeCloseToTensor(a.mul(b).sum(1));
  });

  it('takes batches from any dim, gives them in any, and leaves alone what has none', () => {
    const [a, w] = [double(3, 5), double(3, 2)];
    const project = vmap((x: Tensor, v: Tensor, by: number) => x.matmul(v).mul(by), [1, null, null], 1);
    expect(project(a, w, 2)).toBeCloseToTensor(a.t().matmul(w).mul(2).t());
    const both = vmap((x: Tensor) => [x.sum(), x.exp()] as const);
    const [sums, exps] = both(a);
    expect(sums).toBeCloseToTensor(a.sum(1));
    expect(exps).toBeCloseToTensor(a.exp());
  });

  it('nests, and gives a gradient for each example', () => {
    const x = double(4, 3);
    const outer = vmap((row: Tensor) => vmap((p: Tensor) => p.mul(row))(row));
    expect(outer(x)).toBeCloseToTensor(x.unsqueeze(2).mul(x.unsqueeze(1)));
    const w = double(3);
    const perSample = vmap((row: Tensor) => autograd.functional.vjp((v) => v.mul(row).sum().square(), w)[1]);
    // d (w·x)² = 2(w·x)x
    expect(perSample(x)).toBeCloseToTensor(x.mul(x.matmul(w).mul(2).unsqueeze(1)));
    expect(
      gradcheck(
        vmap((row: Tensor) => row.cumsum(0)),
        x.requiresGrad_(),
      ),
    ).toBe(true);
  });

  it('refuses batches that differ, none, and what is no function', () => {
    const add = vmap((x: Tensor, y: Tensor) => x.add(y));
    expect(() => add(double(2, 3), double(3, 3))).toThrow(/one size/);
    expect(() => vmap((x: Tensor) => x, [null])(double(2))).toThrow(/batches/);
    expect(() => vmap((x: Tensor) => x)(double(0, 2))).toThrow(/at least 1/);
    expect(() => vmap((x: Tensor) => x, 3)(double(2))).toThrow(/dim/);
    expect(() => vmap(3 as never)).toThrow(/number 3/);
    expect(() => vmap((_: Tensor) => 3 as never)(double(2))).toThrow(/number 3/);
  });
});

import { autograd, ones, randn, type Tensor, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';

const double = (...shape: number[]) => randn(shape, { dtype: 'float64' });

class Tied extends nn.Module {
  encode = new nn.Linear(3, 3, { bias: false });
  decode = new nn.Linear(3, 3, { bias: false });
  scales = [new nn.Parameter(ones(3)), new nn.Parameter(ones(3))];

  constructor() {
    super();
    this.decode.weight = this.encode.weight;
  }

  override forward(x: Tensor) {
    const [first, second] = this.scales as [nn.Parameter, nn.Parameter];
    return this.decode.forward(this.encode.forward(x).mul(first)).mul(second);
  }
}

describe('functionalCall', () => {
  it('is the module with other parameters, which are back afterwards', () => {
    const layer = new nn.Linear(3, 2);
    const { weight, bias } = layer;
    const [w, b, x] = [randn(2, 3), randn(2), randn(4, 3)];
    expect(nn.functionalCall(layer, { weight: w, bias: b }, x)).toBeCloseToTensor(x.matmul(w.t()).add(b));
    expect(nn.functionalCall(layer, { bias: b }, [x])).toBeCloseToTensor(x.matmul(weight.t()).add(b));
    expect([layer.weight === weight, layer.bias === bias]).toEqual([true, true]);
    expect([...layer.parameters()].length).toBe(2);
  });

  it('finds what lies deeper, in arrays and under several names', () => {
    const model = new Tied();
    const before = [...model.namedParameters()].map(([name]) => name);
    const [w, s, x] = [randn(3, 3), randn(3), randn(2, 3)];
    const shared = nn.functionalCall(model, { 'encode.weight': w, 'scales.1': s }, x);
    expect(shared).toBeCloseToTensor(x.matmul(w.t()).matmul(w.t()).mul(s));
    const apart = nn.functionalCall(model, { 'encode.weight': w, 'decode.weight': w.neg() }, x);
    expect(apart).toBeCloseToTensor(x.matmul(w.t()).matmul(w.t()).neg());
    expect(model.decode.weight === model.encode.weight).toBe(true);
    expect([...model.namedParameters()].map(([name]) => name)).toEqual(before);
  });

  it('brings gradients to what was given, and none to its own', () => {
    const layer = new nn.Linear(2, 2).double();
    const x = double(3, 2);
    const loss = (w: Tensor, b: Tensor) => nn.functionalCall(layer, { weight: w, bias: b }, x).square().sum();
    const [w, b] = [double(2, 2), double(2)];
    const [dw, db] = autograd.functional.jacobian(loss, [w, b]);
    const y = x.matmul(w.t()).add(b);
    // d Σ (xWᵀ + b)² = 2yᵀx and 2Σy
    expect(dw).toBeCloseToTensor(y.t().matmul(x).mul(2));
    expect(db).toBeCloseToTensor(y.sum(0).mul(2));
    expect(layer.weight.grad).toBeNull();
  });

  it('writes statistics to the buffers that were given', () => {
    const norm = new nn.BatchNorm1d(2);
    const mean = zeros(2);
    nn.functionalCall(
      norm,
      { running_mean: mean },
      tensor([
        [1, 2],
        [3, 4],
      ]),
    );
    expect(mean).toBeCloseToTensor([0.2, 0.3]);
    expect(norm.running_mean).toEqualTensor([0, 0]);
  });

  it('takes the parameters behind a parametrization', () => {
    const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(2, 2, { bias: false }));
    const names = [...layer.namedParameters()].map(([name]) => name);
    const [g, v] = names as [string, string];
    const x = randn(1, 2);
    const given = {
      [g]: tensor([[2], [3]]),
      [v]: tensor([
        [1, 0],
        [0, 5],
      ]),
    };
    expect(nn.functionalCall(layer, given, x)).toBeCloseToTensor(x.mul(tensor([2, 3])));
  });

  it('restores all when the forward throws, and runs hooks', () => {
    const layer = new nn.Linear(3, 2);
    const { weight } = layer;
    const seen: Tensor[] = [];
    layer.registerForwardPreHook((module) => void seen.push(module.weight));
    const other = randn(2, 3);
    expect(() => nn.functionalCall(layer, { weight: other }, ones(4, 5))).toThrow();
    expect(layer.weight === weight).toBe(true);
    expect(seen[0] === other).toBe(true);
  });

  it('takes a Map, and refuses what has no names', () => {
    const layer = new nn.Linear(2, 2);
    const x = ones(1, 2);
    const zeroed = new Map([...layer.namedParameters()].map(([name, each]) => [name, zeros(each.shape)]));
    expect(nn.functionalCall(layer, zeroed, x)).toEqualTensor([[0, 0]]);
    expect(nn.functionalCall(layer, new Map(layer.namedParameters()), x)).toEqualTensor(layer.forward(x));
    expect(() => nn.functionalCall(layer, new Map([['wieght', x]]), x)).toThrow(/'wieght'/);
    for (const wrong of [new Set([x]), [x], x, layer.namedParameters(), layer, new WeakMap()])
      expect(() => nn.functionalCall(layer, wrong as never, x)).toThrow(/functionalCall.*Map/);
  });

  it('refuses names that it does not have, and what is no tensor or module', () => {
    const layer = new nn.Linear(3, 2);
    expect(() => nn.functionalCall(layer, { wieght: ones(1) }, ones(1, 3))).toThrow(/'wieght'.*weight, bias/);
    expect(() => nn.functionalCall(layer, { weight: 3 as never }, ones(1, 3))).toThrow(
      /no tensor for 'weight'/,
    );
    expect(() => nn.functionalCall(3 as never, {}, ones(1))).toThrow(/module/);
    expect(() => nn.functionalCall(layer, null as never, ones(1))).toThrow(/stateDict/);
    expect(() => nn.functionalCall(layer, {}, 3 as never)).toThrow(/inputs/);
  });
});

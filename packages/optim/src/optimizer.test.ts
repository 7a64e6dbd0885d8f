import { ArgumentError, randn, ShapeError, Tensor, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { Optimizer, type ParamGroup } from './optimizer.ts';
import { SGD } from './sgd.ts';
import type { OptimizerStateDict, ParamState } from './state-dict.ts';

const leaf = (...values: number[]) => tensor(values, { requiresGrad: true });
const withGrad = (param: Tensor, ...values: number[]) => {
  param.grad = tensor(values, { dtype: param.dtype });
  return param;
};

describe('parameters', () => {
  it('may come from anything that lists them, in groups or not', () => {
    const [a, b] = [leaf(1), leaf(2)];
    function* each() {
      yield a;
      yield b;
    }
    for (const params of [[a, b], new Set([a, b]), each()]) {
      const [group, ...others] = new SGD(params).paramGroups;
      expect([group?.params[0] === a, group?.params[1] === b, others.length]).toEqual([true, true, 0]);
    }
    const { paramGroups } = new SGD([{ params: each(), lr: 0.5 }, { params: leaf(3) }], { lr: 0.1 });
    expect(paramGroups.map(({ params, lr }) => [params.length, lr])).toEqual([
      [2, 0.5],
      [1, 0.1],
    ]);
  });

  it.each<[string, () => unknown]>([
    ['none', () => new SGD([])],
    ['an iterator that is used up', () => new SGD([][Symbol.iterator]())],
    ['a tensor without a list', () => new SGD(leaf(1, 2))],
    ['nothing', () => new SGD(undefined as unknown as Tensor[])],
    ['a function', () => new SGD((() => []) as unknown as Tensor[])],
    ['names and tensors', () => new SGD([['weight', leaf(1)]] as unknown as Tensor[])],
    ['numbers', () => new SGD([1] as unknown as Tensor[])],
    ['tensors among groups', () => new SGD([{ params: leaf(1) }, leaf(2)] as unknown as Tensor[])],
    ['the result of an op', () => new SGD([leaf(1).mul(2)])],
    ['one twice', () => ((a) => new SGD([a, a]))(leaf(1))],
    ['one in two groups', () => ((a) => new SGD([{ params: a }, { params: a }]))(leaf(1))],
    ['a group without params', () => new SGD([leaf(1)]).addParamGroup({ lr: 1 } as never)],
    ['a group with an unknown name', () => new SGD([{ params: leaf(1), learningRate: 1 } as never])],
    ['a group with a senseless rate', () => new SGD([{ params: leaf(1), lr: -1 }])],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(ArgumentError);
  });

  it('a group that is refused changes nothing', () => {
    const a = leaf(1);
    const optimizer = new SGD([a]);
    expect(() => optimizer.addParamGroup({ params: [leaf(2), a] })).toThrow(ArgumentError);
    expect(() => optimizer.addParamGroup({ params: leaf(2), momentum: -1 })).toThrow(ArgumentError);
    expect(optimizer.paramGroups.length).toBe(1);
  });
});

describe('step', () => {
  it('leaves parameters without a gradient, and those outside, where they are', () => {
    const [a, b, c] = [withGrad(leaf(1), 1), leaf(2), withGrad(leaf(3), 1)];
    new SGD([a, b], { lr: 0.5, weightDecay: 1 }).step();
    expect([a.item(), b.item(), c.item()]).toEqual([0, 2, 3]);
  });

  it('writes in place and records nothing', () => {
    const a = leaf(1, 2);
    const { storage } = a;
    a.sum().backward();
    new SGD([a], { lr: 1 }).step();
    expect([a.toArray(), a.storage === storage, a.requiresGrad, a.isLeaf]).toEqual([
      [0, 1],
      true,
      true,
      true,
    ]);
  });

  it('follows changes of the hyperparameters', () => {
    const a = withGrad(leaf(1), 1);
    const optimizer = new SGD([a], { lr: 0.5 });
    for (const group of optimizer.paramGroups) group.lr = 0.25;
    optimizer.step();
    expect(a.item()).toBe(0.75);
  });

  it('calls a closure, with recording on, and gives what it gives', () => {
    const a = leaf(3);
    const optimizer = new SGD([a], { lr: 0.5 });
    const loss = optimizer.step(() => {
      optimizer.zeroGrad();
      const value = a.mul(a).sum();
      value.backward();
      return value;
    });
    expect([loss?.item(), a.item()]).toEqual([9, 0]);
    expect(() => optimizer.step(async () => 1)).toThrow(ArgumentError);
    expect(optimizer.step()).toBeUndefined();
  });

  it('moves views of a tensor, and strided ones', () => {
    const whole = tensor([
      [1, 2],
      [3, 4],
    ]);
    const view = whole.t().detach().requiresGrad_();
    view
      .mul(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      )
      .sum()
      .backward();
    new SGD([view], { lr: 1, momentum: 0.9 }).step();
    expect(whole.toArray()).toEqual([
      [0, -1],
      [1, 0],
    ]);
  });

  it('refuses a gradient that is not like its parameter', () => {
    const optimizer = (...params: Tensor[]) => new SGD(params);
    const good = withGrad(leaf(1), 1);
    expect(() => optimizer(good, withGrad(leaf(1, 2), 1)).step()).toThrow(ShapeError);
    expect(good.item()).toBe(1);
    const other = leaf(1);
    other.grad = zeros([1], { dtype: 'float64' });
    expect(() => optimizer(other).step()).toThrow(ShapeError);
  });
});

describe('zeroGrad', () => {
  it('refuses an option that it does not have', () => {
    const optimizer = new SGD([tensor([1], { requiresGrad: true })]);
    expect(() => optimizer.zeroGrad({ set_to_none: false } as object)).toThrow(ArgumentError);
  });

  it('takes gradients away, or makes them zeros that momentum moves on', () => {
    const [a, b] = [withGrad(leaf(1), 1), leaf(1)];
    const optimizer = new SGD([a, b], { lr: 1, momentum: 0.5 });
    optimizer.step();
    optimizer.zeroGrad({ setToNone: false });
    expect([a.grad?.toArray(), b.grad]).toEqual([[0], null]);
    optimizer.step();
    expect(a.item()).toBe(-0.5);
    optimizer.zeroGrad();
    optimizer.step();
    expect([a.grad, a.item()]).toEqual([null, -0.5]);
  });

  it('cuts a gradient off the graph that made it', () => {
    const a = leaf(2);
    a.mul(a).sum().backward(null, { createGraph: true });
    expect(a.grad?.requiresGrad).toBe(true);
    new SGD([a]).zeroGrad({ setToNone: false });
    expect([a.grad?.requiresGrad, a.grad?.toArray()]).toEqual([false, [0]]);
  });
});

describe('stateDict', () => {
  /** An optimiser with some state, and a dict of it. */
  function trained() {
    const params = [withGrad(leaf(1, 2), 3, 4), withGrad(leaf(5), 6)];
    const optimizer = new SGD([{ params: params[0] as Tensor, lr: 0.5 }, { params: params.slice(1) }], {
      momentum: 0.5,
      weightDecay: 0.25,
    });
    optimizer.step();
    return { params, optimizer, dict: optimizer.stateDict() };
  }

  it('has PyTorch’s layout and names', () => {
    const { dict } = trained();
    expect(Object.keys(dict)).toEqual(['state', 'param_groups']);
    const group = { momentum: 0.5, dampening: 0, weight_decay: 0.25, nesterov: false, maximize: false };
    expect(dict.param_groups).toEqual([
      { ...group, lr: 0.5, params: [0] },
      { ...group, lr: 0.001, params: [1] },
    ]);
    expect(Object.entries(dict.state).map(([i, state]) => [i, Object.keys(state)])).toEqual([
      ['0', ['momentum_buffer']],
      ['1', ['momentum_buffer']],
    ]);
  });

  it('is a copy, and so is what is loaded', () => {
    const { optimizer, dict } = trained();
    const buffer = dict.state[0]?.momentum_buffer as Tensor;
    const before = buffer.toArray();
    optimizer.step();
    expect(buffer.toArray()).toEqual(before);
    optimizer.loadStateDict(dict);
    optimizer.step();
    expect(buffer.toArray()).toEqual(before);
  });

  it('casts to the dtype of the parameters', () => {
    const { dict } = trained();
    const [a, b] = [zeros([2], { dtype: 'float64' }), zeros([1], { dtype: 'float64' })];
    const optimizer = new SGD([{ params: a }, { params: b }]);
    optimizer.loadStateDict(dict);
    expect(optimizer.state.get(a)?.momentumBuffer?.dtype).toBe('float64');
  });

  it.each<[string, (dict: OptimizerStateDict) => OptimizerStateDict, typeof ArgumentError]>([
    ['other groups', ({ state }) => ({ state, param_groups: [] }), ArgumentError],
    [
      'groups of other sizes',
      (dict) => ({ ...dict, param_groups: dict.param_groups.map((group) => ({ ...group, params: [0, 1] })) }),
      ArgumentError,
    ],
    [
      'the hyperparameters of another optimiser',
      (dict) => ({
        ...dict,
        param_groups: dict.param_groups.map((group) => ({ ...group, betas: [0.9, 0.999] })),
      }),
      ArgumentError,
    ],
    [
      'a senseless learning rate',
      (dict) => ({ ...dict, param_groups: dict.param_groups.map((group) => ({ ...group, lr: Number.NaN })) }),
      ArgumentError,
    ],
    ['parameters of other shapes', (dict) => ({ ...dict, state: { 1: dict.state[0] ?? {} } }), ShapeError],
    ['parameters in no group', (dict) => ({ ...dict, state: { 7: dict.state[0] ?? {} } }), ArgumentError],
    ['nothing', () => undefined as unknown as OptimizerStateDict, ArgumentError],
    ['half of it', ({ state }) => ({ state }) as OptimizerStateDict, ArgumentError],
  ])('refuses %s, and is as it was', (_, change, error) => {
    const { optimizer, dict } = trained();
    const show = ({ state, param_groups }: OptimizerStateDict) =>
      JSON.stringify([param_groups, state], (_key, value) =>
        value instanceof Tensor ? value.toArray() : value,
      );
    expect(() => optimizer.loadStateDict(change(dict))).toThrow(error);
    expect(show(optimizer.stateDict())).toBe(show(dict));
  });
});

describe('an optimiser of one’s own', () => {
  it('says how a parameter moves', () => {
    class Counting extends Optimizer<{ lr: number; every: number }> {
      protected updateParameter(
        param: Tensor,
        grad: Tensor,
        state: ParamState,
        { lr, every }: ParamGroup<{ lr: number; every: number }>,
      ) {
        state.stepCount = Number(state.stepCount ?? 0) + 1;
        if (state.stepCount % every === 0) param.add_(grad.sign(), { alpha: -lr });
      }
    }
    const a = withGrad(leaf(1, 1), 5, -5);
    const optimizer = new Counting([a], { lr: 0.5, every: 2 });
    for (let i = 0; i < 3; i++) optimizer.step();
    expect(a.toArray()).toEqual([0.5, 1.5]);
    expect(optimizer.stateDict()).toEqual({
      state: { 0: { step_count: 3 } },
      param_groups: [{ lr: 0.5, every: 2, params: [0] }],
    });
    optimizer.loadStateDict(optimizer.stateDict());
    expect(optimizer.state.get(a)).toEqual({ stepCount: 3 });
    expect(() => new Counting([randn(2)], { lr: 1, every: 1 })).not.toThrow();
  });
});

import { ArgumentError, Tensor, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as optim from './index.ts';
import type { Optimizer } from './optimizer.ts';

type Options = Record<string, unknown>;
type Class = new (params: unknown, ...options: unknown[]) => Optimizer;

/** All optimisers that move each parameter by itself, with options under which they remember all that they can. */
const options: Record<string, Options> = {
  SGD: { lr: 0.1, momentum: 0.9 },
  Adam: { lr: 0.1, amsgrad: true },
  AdamW: { lr: 0.1 },
  Adamax: { lr: 0.1 },
  NAdam: { lr: 0.1 },
  RAdam: { lr: 0.1 },
  RMSprop: { lr: 0.1, centered: true, momentum: 0.9 },
  Adagrad: { lr: 0.1 },
  Adadelta: { lr: 0.1 },
  Rprop: { lr: 0.1 },
  ASGD: { lr: 0.1, t0: 1 },
  Muon: { lr: 0.1 },
};
const each = Object.entries(options).map(([name, own]) => [name, classOf(name), own] as const);

function classOf(name: string): Class {
  return Object.entries(optim).find(([known]) => known === name)?.[1] as unknown as Class;
}

const start = [
  [0.3, -0.7],
  [1.2, 0.1],
  [-0.4, 0.9],
];
const leaf = () => tensor(start, { dtype: 'float64', requiresGrad: true });
/** A gradient that does not depend on the parameter. */
const gradient = (step: number) =>
  tensor(
    start.map((row, i) => row.map((_, j) => Math.sin(3 * step + 2 * i + j))),
    { dtype: 'float64' },
  );

/** Where a parameter is after some steps, with gradients `sign` times the given ones. */
function walked(make: (param: Tensor) => Optimizer, sign = 1, steps = 12): number[] {
  const param = leaf();
  const optimizer = make(param);
  for (let i = 0; i < steps; i++) {
    param.grad = gradient(i).mul(sign);
    optimizer.step();
  }
  return [...param.data];
}

describe.each(each)('%s', (name, Class, options) => {
  const climbs = name === 'Muon' ? [] : [options];
  it.each(climbs)('climbs f as it descends −f, to the last bit', (options) => {
    const climbing = walked((param) => new Class([param], { ...options, maximize: true }));
    expect(climbing).toEqual(walked((param) => new Class([param], options), -1));
    expect(climbing).not.toEqual(walked((param) => new Class([param], options)));
  });

  it('takes its options by position as well, in PyTorch’s order', () => {
    const optimizer = new Class([leaf()], 0.25);
    expect(optimizer.paramGroups[0]?.lr).toBe(0.25);
    expect(() => new Class([leaf()], 0.25, { lr: 0.5 })).toThrow(ArgumentError);
  });

  it('moves parameters of no dims and of no elements', () => {
    for (const shape of name === 'Muon' ? [[0, 2]] : [[], [0], [1, 1]]) {
      const param = tensor(Array(shape.includes(0) ? 0 : 1).fill(2), { dtype: 'float64' }).reshape(shape);
      param.requiresGrad_();
      const optimizer = new Class([param], options);
      for (let i = 0; i < 3; i++) {
        param.grad = param.detach().mul(0).add(1);
        optimizer.step();
      }
      const again = new Class([param], options);
      again.loadStateDict(optimizer.stateDict());
      expect([...param.data].every((value) => value < 2)).toBe(true);
      again.step();
      expect([...param.data].every(Number.isFinite)).toBe(true);
    }
  });

  it('remembers copies, and leaves gradients as they are', () => {
    const param = leaf();
    const optimizer = new Class([param], options);
    const grad = gradient(0);
    param.grad = grad;
    const before = [...grad.data];
    optimizer.step();
    expect([...grad.data]).toEqual(before);
    grad.zero_();
    const saved = JSON.stringify(optimizer.stateDict(), (_, value) => value?.toArray?.() ?? value);
    grad.fill_(7);
    expect(JSON.stringify(optimizer.stateDict(), (_, value) => value?.toArray?.() ?? value)).toBe(saved);
  });

  it.each<Options>([{ lr: -1 }, { lr: Number.NaN }, { lr: '0.1' }, { lr: null }, { learningRate: 0.1 }])(
    'refuses %o',
    (odd) => {
      expect(() => new Class([leaf()], odd)).toThrow(ArgumentError);
    },
  );

  it('refuses the state of another, and is as it was', () => {
    const param = leaf();
    const optimizer = new Class([param], options);
    param.grad = gradient(0);
    optimizer.step();
    const { state, param_groups } = optimizer.stateDict();
    const broken: Options[] = [
      { nothing: 1 },
      { ...state[0], step: 'one' },
      { ...state[0], step: tensor([1, 2, 3]) },
    ];
    for (const values of broken) {
      // SGD's state may be without everything.
      if (name === 'SGD' && 'nothing' in values) continue;
      expect(() => optimizer.loadStateDict({ state: { 0: values as never }, param_groups })).toThrow(/got/);
    }
    expect(Object.keys(optimizer.stateDict().state[0] ?? {})).toEqual(Object.keys(state[0] ?? {}));
  });
});

describe('decoupled weight decay', () => {
  it.each(['NAdam', 'RAdam', 'Adam'])('of %s shrinks parameters before each step', (name) => {
    const Class = classOf(name);
    const [lr, weightDecay] = [0.1, 0.3];
    const param = leaf();
    const plain = new Class([param], { ...options[name], lr });
    for (let i = 0; i < 12; i++) {
      for (const [j, value] of param.data.entries()) {
        // Element by element, so that nothing is shared with what is tested.
        param
          .detach()
          .reshape([6])
          .select(0, j)
          .fill_(value * (1 - lr * weightDecay));
      }
      param.grad = gradient(i);
      plain.step();
    }
    const wanted = [...param.data];
    const got = walked(
      (own) => new Class([own], { ...options[name], lr, weightDecay, decoupledWeightDecay: true }),
    );
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(wanted[i] as number, 14);
  });

  it('is what AdamW is, by 0.01', () => {
    const adam = { lr: 0.1, weightDecay: 0.01, decoupledWeightDecay: true };
    expect(walked((param) => new optim.AdamW([param], 0.1))).toEqual(
      walked((param) => new optim.Adam([param], adam)),
    );
  });
});

it.each<[string, (param: Tensor) => unknown]>([
  ['betas of 1', (param) => new optim.Adam([param], { betas: [0.9, 1] })],
  ['three betas', (param) => new optim.AdamW([param], { betas: [0.9, 0.9, 0.9] as never })],
  ['a negative eps', (param) => new optim.Adamax([param], { eps: -1 })],
  ['a negative momentum decay', (param) => new optim.NAdam([param], { momentumDecay: -1 })],
  ['flags that are numbers', (param) => new optim.RAdam([param], { maximize: 1 as never })],
  ['an α above 1', (param) => new optim.RMSprop([param], { alpha: 1.5 })],
  ['a ρ above 1', (param) => new optim.Adadelta([param], { rho: 1.5 })],
  ['a negative sum', (param) => new optim.Adagrad([param], { initialAccumulatorValue: -1 })],
  ['etas on one side of 1', (param) => new optim.Rprop([param], { etas: [1.1, 1.2] })],
  ['step sizes in the wrong order', (param) => new optim.Rprop([param], { stepSizes: [2, 1] })],
  ['a decay of NaN', (param) => new optim.ASGD([param], { lambd: Number.NaN })],
  ['vectors for Muon', (param) => new optim.Muon([param.select(0, 0).detach()])],
  ['two coefficients', (param) => new optim.Muon([param], { nsCoefficients: [1, 2] as never })],
  ['a hundred iterations', (param) => new optim.Muon([param], { nsSteps: 100 })],
  ['another adjustment', (param) => new optim.Muon([param], { adjustLrFn: 'none' as never })],
])('refuses %s', (_, make) => {
  expect(() => make(leaf())).toThrow(ArgumentError);
});

it('Muon makes steps whose singular values are all about 1', () => {
  const param = leaf();
  const optimizer = new optim.Muon([param], { lr: 1, weightDecay: 0, adjustLrFn: 'original' });
  const before = param.detach().clone();
  param.grad = gradient(1);
  optimizer.step();
  // Of a (3, 2) the rate is √(3/2) times as large.
  const step = before.sub(param.detach()).div(Math.sqrt(1.5));
  const [[a = 0, b = 0] = [], [, d = 0] = []] = step.T.matmul(step).toArray() as number[][];
  const [mean, gap] = [(a + d) / 2, Math.hypot((a - d) / 2, b)];
  for (const square of [mean - gap, mean + gap]) {
    expect(Math.sqrt(square)).toBeGreaterThan(0.65);
    expect(Math.sqrt(square)).toBeLessThan(1.25);
  }
});

it('Adagrad has its sums from the beginning, as PyTorch’s has', () => {
  const optimizer = new optim.Adagrad([leaf()], { initialAccumulatorValue: 0.5 });
  optimizer.addParamGroup({ params: tensor([1, 2]), initialAccumulatorValue: 2 });
  const { state } = optimizer.stateDict();
  expect(Object.values(state).map(({ step }) => step)).toEqual([0, 0]);
  const { sum } = state[1] ?? {};
  expect(sum instanceof Tensor && sum.toArray()).toEqual([2, 2]);
});

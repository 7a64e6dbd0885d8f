import { ArgumentError, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as optim from '../index.ts';

const leaf = () => tensor([1, 2], { requiresGrad: true });
const sgd = () => new optim.SGD([leaf()], { lr: 0.1, momentum: 0.9 });
type Make = (optimizer: optim.SGD) => optim.LRScheduler;

it('say of positional arguments that were named which they are', () => {
  const optimizer = sgd();
  const named = (name: string) => new RegExp(`got ${name} an object`);
  const options = { maxLr: 0.1, totalSteps: 10, stepSize: 3, gamma: 0.5 } as never;
  expect(() => new optim.OneCycleLR(optimizer, options)).toThrow(named('maxLr'));
  expect(() => new optim.CyclicLR(optimizer, options, 1)).toThrow(named('baseLr'));
  expect(() => new optim.SWALR(optimizer, options)).toThrow(named('swaLr'));
  expect(() => new optim.StepLR(optimizer, options)).toThrow(named('stepSize'));
  expect(() => new optim.ExponentialLR(optimizer, options)).toThrow(named('gamma'));
  expect(() => new optim.CosineAnnealingLR(optimizer, options)).toThrow(named('TMax'));
  expect(() => new optim.OneCycleLR(3 as never, 0.1, { totalSteps: 10 })).toThrow(/an optimiser/);
});

describe('a step to an epoch comes where single steps come', () => {
  it.each<[string, Make]>([
    ['StepLR', (on) => new optim.StepLR(on, 3, 0.5)],
    ['MultiStepLR', (on) => new optim.MultiStepLR(on, [2, 5, 5], 0.5)],
    ['ExponentialLR', (on) => new optim.ExponentialLR(on, 0.9)],
    ['ConstantLR', (on) => new optim.ConstantLR(on, 0.25, 4)],
    ['LinearLR', (on) => new optim.LinearLR(on, 0.25, 0.75, 6)],
    ['PolynomialLR', (on) => new optim.PolynomialLR(on, 8, 1.5)],
    ['CosineAnnealingLR', (on) => new optim.CosineAnnealingLR(on, 4, 0.01)],
    ['CosineAnnealingWarmRestarts', (on) => new optim.CosineAnnealingWarmRestarts(on, 2, 2)],
    ['LambdaLR', (on) => new optim.LambdaLR(on, (epoch) => 1 / (1 + epoch))],
    ['CyclicLR', (on) => new optim.CyclicLR(on, 0.1, 1, 3, 2, 'triangular2')],
    ['OneCycleLR', (on) => new optim.OneCycleLR(on, 1, 20)],
  ])('%s', (_, make) => {
    const schedule = make(sgd());
    for (let epoch = 0; epoch < 12; epoch++) {
      const jumping = make(sgd());
      jumping.step(epoch);
      expect(jumping.getLastLr()[0]).toBeCloseTo(schedule.getLastLr()[0] as number, 12);
      expect(jumping.lastEpoch).toBe(epoch);
      schedule.step();
    }
  });
});

it('CosineAnnealingLR goes on from an epoch by its formula', () => {
  const optimizer = new optim.SGD([{ params: leaf(), lr: 0.3, initialLr: 0.1 }]);
  const schedule = new optim.CosineAnnealingLR(optimizer, 10, 0, 4);
  expect(schedule.getLastLr()[0]).toBeCloseTo(0.05, 14);
});

it('cycles momentum, or the first of betas', () => {
  const adam = new optim.Adam([leaf()], { betas: [0.5, 0.99] });
  const schedule = new optim.CyclicLR(adam, 0.1, 1, 2);
  const seen = [0, 1, 2, 3].map(() => {
    const now = adam.paramGroups[0]?.betas;
    schedule.step();
    return now;
  });
  expect(seen.map((betas) => betas?.[0])).toEqual(
    [0.9, 0.85, 0.8, 0.85].map((beta) => expect.closeTo(beta, 12)),
  );
  expect(seen.every((betas) => betas?.[1] === 0.99)).toBe(true);
});

it('leaves groups alone that come later and that it knows nothing of', () => {
  for (const make of [
    (on: optim.SGD) => new optim.OneCycleLR(on, 1, 20),
    (on: optim.SGD) => new optim.CyclicLR(on, 0.1, 1),
    (on: optim.SGD) => new optim.LambdaLR(on, [() => 0.5]),
    (on: optim.SGD) => new optim.SWALR(on, 0.05),
  ]) {
    const optimizer = sgd();
    const schedule = make(optimizer);
    optimizer.addParamGroup({ params: leaf(), lr: 0.7 });
    schedule.step();
    expect(optimizer.paramGroups[1]?.lr).toBe(0.7);
  }
});

it('a step that fails changes nothing', () => {
  const optimizer = sgd();
  const odd = new optim.LambdaLR(optimizer, (epoch) => (epoch === 2 ? Number.NaN : 1));
  odd.step();
  const before = odd.stateDict();
  expect(() => odd.step()).toThrow('the rate NaN');
  expect([odd.stateDict(), optimizer.paramGroups[0]?.lr]).toEqual([before, 0.1]);
  const cycle = new optim.OneCycleLR(sgd(), 1, 3);
  for (let i = 0; i < 3; i++) cycle.step();
  expect(() => cycle.step()).toThrow(ArgumentError);
  expect(cycle.lastEpoch).toBe(3);
});

it('ReduceLROnPlateau takes a tensor, and goes on from its state', () => {
  const [straight, broken] = [sgd(), sgd()];
  const schedule = new optim.ReduceLROnPlateau(straight, 'min', 0.5, 1);
  let other = new optim.ReduceLROnPlateau(broken, 'min', 0.5, 1);
  for (const loss of [1, 2, 2, 2, 2, 0.5, 3, 3, 3]) {
    const saved = other.stateDict();
    other = new optim.ReduceLROnPlateau(broken, 'min', 0.5, 1);
    other.loadStateDict(saved);
    schedule.step(loss);
    other.step(tensor(loss));
    expect(other.getLastLr()).toEqual(schedule.getLastLr());
  }
  expect(schedule.getLastLr()).toEqual([0.0125]);
});

const exponential = (on = sgd()) => new optim.ExponentialLR(on, 0.9);
it.each<[string, () => unknown]>([
  ['milestones that are no list', () => new optim.MultiStepLR(sgd(), 3 as never)],
  ['half a milestone', () => new optim.MultiStepLR(sgd(), [1.5])],
  ['γ NaN', () => new optim.ExponentialLR(sgd(), Number.NaN)],
  ['a factor of 0', () => new optim.ConstantLR(sgd(), 0)],
  ['a factor above 1', () => new optim.LinearLR(sgd(), 1.5)],
  ['no epochs', () => new optim.LinearLR(sgd(), 0.5, 1, 0)],
  ['a negative power', () => new optim.PolynomialLR(sgd(), 5, -1)],
  ['a period of 0', () => new optim.CosineAnnealingLR(sgd(), 0)],
  ['half a run', () => new optim.CosineAnnealingWarmRestarts(sgd(), 1.5)],
  ['a negative epoch', () => new optim.CosineAnnealingWarmRestarts(sgd(), 2).step(-1)],
  ['an epoch of NaN', () => exponential().step(Number.NaN)],
  ['no function', () => new optim.LambdaLR(sgd(), 0.5 as never)],
  ['two functions for one group', () => new optim.MultiplicativeLR(sgd(), [() => 1, () => 1])],
  ['a function that gives nothing', () => new optim.LambdaLR(sgd(), (() => undefined) as never)],
  ['no number of steps', () => new optim.OneCycleLR(sgd(), 1, { epochs: 3 })],
  ['two rates for one group', () => new optim.OneCycleLR(sgd(), [1, 2], 10)],
  ['momentum where there is none', () => new optim.OneCycleLR(new optim.Adagrad([leaf()]), 1, 10)],
  ['another mode', () => new optim.CyclicLR(sgd(), 0.1, 1, { mode: 'square' as never })],
  ['a factor of 1', () => new optim.ReduceLROnPlateau(sgd(), 'min', 1)],
  ['no metric', () => new optim.ReduceLROnPlateau(sgd()).step(undefined as never)],
  ['no rate', () => new optim.SWALR(sgd(), undefined as never)],
  ['no schedules', () => new optim.SequentialLR(sgd(), [], [])],
  ['schedules of another optimiser', () => new optim.SequentialLR(sgd(), [exponential()], [])],
  ['two optimisers', () => new optim.ChainedScheduler([exponential(), exponential()])],
  [
    'milestones that fall',
    () =>
      ((on) =>
        new optim.SequentialLR(
          on,
          [1, 2, 3].map(() => exponential(on)),
          [5, 2],
        ))(sgd()),
  ],
  [
    'one milestone too few',
    () => ((on) => new optim.SequentialLR(on, [exponential(on), exponential(on)], []))(sgd()),
  ],
  ['a plateau in a chain', () => new optim.ChainedScheduler([new optim.ReduceLROnPlateau(sgd()) as never])],
])('refuses %s', (_, make) => {
  expect(make).toThrow(ArgumentError);
});

import { manualSeed, ones, RetrogradError, Tensor } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import * as optim from '@retrograd/optim';
import { expect, it } from 'vitest';
import { camelCase, decodeInputs } from './torch-cases/call.ts';
import { type Trial, trialGroups } from './torch-cases/trials.ts';

// An option that is undefined is one that was left out: for every option of every op and module that PyTorch's cases call,
// and of every optimiser and schedule. What options there are is read off the error for one that there is not.

type Options = Readonly<Record<string, unknown>>;
type Use = (options: Options) => unknown;

function shown(value: unknown): string {
  if (value instanceof Tensor) return `${value.dtype} (${value.shape}) ${value.data}`;
  if (Array.isArray(value)) return `[${value.map(shown).join('; ')}]`;
  return typeof value === 'object' && value !== null && value.constructor === Object
    ? shown(Object.entries(value).flat())
    : String(value);
}

/** What comes of a use, from the same state of the generator. */
function outcome(use: Use, options: Options): string {
  manualSeed(1);
  try {
    return shown(use(options));
  } catch (error) {
    return error instanceof RetrogradError ? `refused: ${error.message}` : `broken: ${error}`;
  }
}

/** The names of all options. */
function optionsOf(use: Use): readonly string[] {
  try {
    use({ noSuchOption: 1 });
  } catch (error) {
    if (!(error instanceof RetrogradError) || !error.got.includes('noSuchOption')) return [];
    const list = error.want.match(/(?:one of|options \() ?(.+?)\)?$/);
    return list?.[1]?.split(', ') ?? [];
  }
  return [];
}

function check(name: string, use: Use, given: Options = {}): void {
  for (const option of optionsOf(use)) {
    const { [option]: _, ...others } = given;
    const [left, undefinedThere] = [others, { ...others, [option]: undefined }].map((each) =>
      outcome(use, each),
    );
    expect.soft(`${name} ${option}: ${undefinedThere}`).toBe(`${name} ${option}: ${left}`);
  }
}

/** A recorded call as a use: its own options are there unless others are given. */
function useOf(trial: Trial): Use {
  return (options) => {
    const { args } = decodeInputs(trial.inputs);
    return trial.run({ args, kwargs: options as never });
  };
}

for (const [group, trials] of trialGroups) {
  const byName = new Map(trials.map((trial) => [trial.name, trial] as const));
  it(group, () => {
    for (const [name, trial] of byName) {
      const kwargs = Object.entries(decodeInputs(trial.inputs).kwargs);
      const given = Object.fromEntries(kwargs.map(([key, value]) => [camelCase(key), value]));
      check(name, useOf(trial), given);
    }
  });
}

it('are found in what the errors say', () => {
  const found = (group: string) => (trialGroups.get(group) ?? []).flatMap((trial) => optionsOf(useOf(trial)));
  expect(found('torch.sum')).toEqual(expect.arrayContaining(['keepdim', 'dtype']));
  expect(found('nn.Conv2d')).toEqual(expect.arrayContaining(['stride', 'bias']));
  const groups = [...trialGroups.keys()].filter((group) => found(group).length > 0);
  expect(groups.length).toBeGreaterThan(250);
});

// What PyTorch's cases do not make.

const weights = () => [ones([2, 2], { requiresGrad: true })];
const sgd = () => new optim.SGD(weights(), { lr: 0.1, momentum: 0.9 });

const optimisers = Object.entries(optim).filter(
  ([name, each]) =>
    typeof each === 'function' && each.prototype instanceof optim.Optimizer && name !== 'Optimizer',
) as unknown as [
  string,
  new (params: unknown, options: Options) => { defaults: object; paramGroups: object[] },
][];

const schedules: Readonly<Record<string, (options: Options) => optim.Schedule>> = {
  ConstantLR: (options) => new optim.ConstantLR(sgd(), options),
  LinearLR: (options) => new optim.LinearLR(sgd(), options),
  PolynomialLR: (options) => new optim.PolynomialLR(sgd(), options),
  StepLR: (options) => new optim.StepLR(sgd(), 2, options),
  MultiStepLR: (options) => new optim.MultiStepLR(sgd(), [2], options),
  ExponentialLR: (options) => new optim.ExponentialLR(sgd(), 0.5, options),
  LambdaLR: (options) => new optim.LambdaLR(sgd(), () => 1, options),
  CosineAnnealingLR: (options) => new optim.CosineAnnealingLR(sgd(), 5, options),
  CosineAnnealingWarmRestarts: (options) => new optim.CosineAnnealingWarmRestarts(sgd(), 5, options),
  OneCycleLR: (options) => new optim.OneCycleLR(sgd(), 1, { ...options, totalSteps: 6 }),
  CyclicLR: (options) => new optim.CyclicLR(sgd(), 0.1, 1, options),
  ReduceLROnPlateau: (options) => new optim.ReduceLROnPlateau(sgd(), options),
  SWALR: (options) => new optim.SWALR(sgd(), 0.01, options),
};

const lazy: Readonly<Record<string, (options: Options) => nn.Module>> = {
  LazyLinear: (options) => new nn.LazyLinear(3, options),
  LazyConv2d: (options) => new nn.LazyConv2d(2, 3, options),
  LazyConvTranspose2d: (options) => new nn.LazyConvTranspose2d(2, 3, options),
  LazyBatchNorm2d: (options) => new nn.LazyBatchNorm2d(options),
  LazyInstanceNorm2d: (options) => new nn.LazyInstanceNorm2d(options),
};

it.each(optimisers)('optim.%s', (name, Optimiser) => {
  expect(optionsOf((options) => new Optimiser(weights(), options))).toContain('lr');
  check(name, (options) => JSON.stringify(new Optimiser(weights(), options).defaults));
  check(`a group of ${name}`, (options) => {
    const optimiser = new Optimiser([{ ...options, params: weights() }], {});
    return JSON.stringify({ ...optimiser.paramGroups[0], params: [] });
  });
});

it.each(Object.entries(schedules))('optim.%s', (name, make) => {
  expect(optionsOf(make).length).toBeGreaterThan(0);
  check(name, (options) => JSON.stringify(make(options).stateDict()));
});

it.each(Object.entries(lazy))('nn.%s', (name, make) => {
  expect(optionsOf(make).length).toBeGreaterThan(0);
  check(name, (options) => [String(make(options)), String(Object.keys(make(options).stateDict()))]);
});

it('nn.BatchNorm2d prints what it has', () => {
  const options = { affine: undefined, trackRunningStats: undefined, eps: undefined, momentum: undefined };
  expect(String(new nn.BatchNorm2d(2, options as never))).toBe(String(new nn.BatchNorm2d(2)));
  expect(Object.keys(new nn.BatchNorm2d(2, options as never).stateDict())).toContain('running_mean');
});

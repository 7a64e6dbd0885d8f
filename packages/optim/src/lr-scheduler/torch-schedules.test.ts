import { tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { Adam } from '../adam.ts';
import * as optim from '../index.ts';
import { SGD } from '../sgd.ts';
import { camelKeys, expectNear, type Kwargs, recorded, type ScheduleRun } from '../testing/recorded.ts';
import type { Schedule } from './schedule.ts';

/** Two groups with rates of their own. */
function twoGroups(cycled: ScheduleRun['cycled']) {
  const leaf = () => tensor([0], { requiresGrad: true });
  const groups = [{ params: leaf() }, { params: leaf(), lr: 0.02 }];
  return cycled === 'Adam'
    ? new Adam(groups, { lr: 0.1 })
    : new SGD(groups, { lr: 0.1, momentum: cycled === null ? 0 : 0.9 });
}

type Group = { lr: number; momentum?: number; betas?: readonly [number, number] };
type Stepping = Schedule & { step(argument?: number): void };
type Class = new (...args: unknown[]) => Stepping;

/** What comes before the options, by position. */
const required: Record<string, string[]> = {
  StepLR: ['stepSize'],
  MultiStepLR: ['milestones'],
  ExponentialLR: ['gamma'],
  CosineAnnealingLR: ['TMax'],
  CosineAnnealingWarmRestarts: ['T_0'],
  LambdaLR: ['lrLambda'],
  MultiplicativeLR: ['lrLambda'],
  OneCycleLR: ['maxLr'],
  CyclicLR: ['baseLr', 'maxLr'],
  SWALR: ['swaLr'],
};

function made(name: string, { parts, ...kwargs }: ScheduleRun['kwargs'], optimizer: SGD | Adam): Stepping {
  const Schedule = Object.entries(optim).find(([each]) => each === name)?.[1] as unknown as Class;
  const options = camelKeys(kwargs);
  if (parts !== undefined) {
    const schedules = parts.map(([part, settings]) => made(part, settings, optimizer));
    return name === 'ChainedScheduler'
      ? new Schedule(schedules)
      : new Schedule(optimizer, schedules, options.milestones);
  }
  const first = (required[name] ?? []).map((each) => options[each]);
  const others = Object.entries(options).filter(([each]) => !required[name]?.includes(each));
  return new Schedule(optimizer, ...first, Object.fromEntries(others));
}

const rates = ({ paramGroups }: SGD | Adam) => (paramGroups as Group[]).map(({ lr }) => lr);
const momenta = ({ paramGroups }: SGD | Adam) =>
  (paramGroups as Group[]).map(({ betas, momentum }) => betas?.[0] ?? momentum);

/** Rates that need a cosine or a power differ by its rounding; all others are the same bits. */
const transcendental = ['Cosine', 'OneCycle', 'SWALR', 'Polynomial'];
const toleranceFor = (run: ScheduleRun) =>
  transcendental.some((name) => JSON.stringify([run.schedule, run.kwargs]).includes(name)) ||
  run.kwargs.mode === 'exp_range'
    ? 1e-14
    : 0;

const unused = ['verbose', 'use_beta1', 'mode_worse', '_scale_fn_ref', '_get_lr_called_within_step'];

/** PyTorch's state, but for what we have no use for, and functions. Its warm restarts do not count their steps. */
function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== 'object' || value === null) return value === 'Infinity' ? Infinity : value;
  const kept = Object.entries(value).filter(
    ([name, each]) =>
      each !== null && !unused.includes(name) && !('T_cur' in value && name === '_step_count'),
  );
  return Object.fromEntries(kept.map(([name, each]) => [name, strip(each)]));
}

const titled = recorded.schedules.map(
  (run, i) => [`${i} ${run.schedule} ${JSON.stringify(run.kwargs)}`, run] as const,
);

describe.each(titled)('%s', (_, run) => {
  const tolerance = toleranceFor(run);

  it('sets PyTorch’s rates, stopped and begun anew on the way', () => {
    const optimizer = twoGroups(run.cycled);
    let schedule = made(run.schedule, run.kwargs, optimizer);
    for (const [t, wanted] of run.lrs.entries()) {
      if (t > 0) schedule.step(run.arguments[t - 1] ?? undefined);
      expectNear(rates(optimizer), wanted, `rate ${t}`, tolerance);
      expect(schedule.getLastLr()).toEqual(rates(optimizer));
      if (run.momenta) expectNear(momenta(optimizer), run.momenta[t], `momentum ${t}`, tolerance);
      if (t !== 7) continue;
      const saved = [optimizer.stateDict(), schedule.stateDict()] as const;
      schedule = made(run.schedule, run.kwargs, optimizer);
      optimizer.loadStateDict(saved[0]);
      schedule.loadStateDict(JSON.parse(JSON.stringify(saved[1])));
    }
  });

  it('has PyTorch’s state, and loads it', () => {
    const optimizer = twoGroups(run.cycled);
    const schedule = made(run.schedule, run.kwargs, optimizer);
    const fresh = made(run.schedule, run.kwargs, twoGroups(run.cycled));
    for (const argument of run.arguments) schedule.step(argument ?? undefined);
    const wanted = strip(run.state_dict) as Kwargs;
    const got = schedule.stateDict();
    expectSubset(got, wanted, tolerance);
    fresh.loadStateDict({ ...got, ...wanted, _schedulers: got._schedulers });
    expectSubset(fresh.stateDict(), wanted, tolerance);
  });
});

/** All of `wanted` is there, at any depth. */
function expectSubset(got: unknown, wanted: unknown, tolerance: number): void {
  if (typeof wanted !== 'object' || wanted === null) {
    expectNear(got, wanted, '', tolerance);
    return;
  }
  for (const [name, each] of Object.entries(wanted)) {
    expect(Object.keys(got as object)).toContain(name);
    expectSubset((got as Kwargs)[name], each, tolerance);
  }
}

import { ArgumentError, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { SGD } from '../sgd.ts';
import { LRScheduler } from './lr-scheduler.ts';
import type { LRSchedulerStateDict } from './schedule.ts';
import { StepLR } from './step-lr.ts';

const leaf = () => tensor([1, 2], { requiresGrad: true });
const sgd = () => new SGD([leaf()], { lr: 0.1 });

describe('schedules', () => {
  it.each([0, -1, 1.5, Number.NaN])('StepLR refuses to step every %d epochs', (stepSize) => {
    expect(() => new StepLR(sgd(), stepSize)).toThrow(ArgumentError);
  });

  it.each([
    { gamma: -1 },
    { gamma: Number.NaN },
    { lastEpoch: -2 },
    { lastEpoch: 0.5 },
    { step: 1 } as object,
  ])('StepLR refuses %o', (options) => {
    expect(() => new StepLR(sgd(), 1, options)).toThrow(ArgumentError);
  });

  it('refuses what is no optimiser, and to go on where nobody began', () => {
    expect(() => new StepLR(undefined as unknown as SGD, 1)).toThrow(ArgumentError);
    expect(() => new StepLR([leaf()] as unknown as SGD, 1)).toThrow(ArgumentError);
    expect(() => new StepLR(sgd(), 1, { lastEpoch: 3 })).toThrow('initialLr');
  });

  it('goes on from an epoch where the optimiser knows its first rate', () => {
    const optimizer = new SGD([{ params: leaf(), lr: 0.025, initialLr: 0.1 }]);
    const schedule = new StepLR(optimizer, 2, { gamma: 0.5, lastEpoch: 4 });
    expect([schedule.lastEpoch, schedule.baseLrs, schedule.getLastLr()]).toEqual([5, [0.1], [0.025]]);
    schedule.step();
    expect(schedule.getLastLr()).toEqual([0.0125]);
  });

  it('leaves changes from outside in force', () => {
    const optimizer = sgd();
    const schedule = new StepLR(optimizer, 2, { gamma: 0.5 });
    for (const group of optimizer.paramGroups) group.lr = 8;
    schedule.step();
    schedule.step();
    expect(schedule.getLastLr()).toEqual([4]);
  });

  it('takes in groups that come later', () => {
    const optimizer = sgd();
    const schedule = new StepLR(optimizer, 1, { gamma: 0.5 });
    optimizer.addParamGroup({ params: leaf(), lr: 1 });
    schedule.step();
    expect(schedule.getLastLr()).toEqual([0.05, 0.5]);
  });

  it.each([
    ['nothing', {}],
    ['what is no state', null as unknown as LRSchedulerStateDict],
    ['the state of another schedule', { gamma: 0.5, base_lrs: [0.1], last_epoch: 1, _last_lr: [0.1] }],
    ['other types', { step_size: '2', gamma: 0.5, base_lrs: [0.1], last_epoch: 1, _last_lr: [0.1] }],
  ])('refuses to load %s', (_, dict) => {
    const schedule = new StepLR(sgd(), 2);
    const before = schedule.stateDict();
    expect(() => schedule.loadStateDict(dict)).toThrow(ArgumentError);
    expect(schedule.stateDict()).toEqual(before);
  });

  it('one of one’s own says the rate of a group', () => {
    class Halving extends LRScheduler<{ floor: number }> {
      protected lrOf(lr: number, group: number): number {
        return this.lastEpoch === 0
          ? lr
          : Math.max(this.settings.floor, (this.baseLrs[group] ?? 0) / 2 ** this.lastEpoch);
      }
    }
    const schedule = new Halving(sgd(), { floor: 0.03 });
    schedule.step();
    expect(schedule.getLastLr()).toEqual([0.05]);
    schedule.step();
    expect(schedule.getLastLr()).toEqual([0.03]);
  });
});

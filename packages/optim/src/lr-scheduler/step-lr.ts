import { ArgumentError } from '@retrograd/core';
import { checkKinds, count, finite, type Given, nonNegative, type Table } from '../hyperparameters.ts';
import { epoch, LRScheduler, type LRSchedulerOptions, options } from './lr-scheduler.ts';
import type { Scheduled } from './schedule.ts';

export interface GammaOptions extends LRSchedulerOptions {
  /** What the rate is multiplied by. Default 0.1. */
  gamma?: number;
}

const table: Table<GammaOptions> = { gamma: [0.1, nonNegative], lastEpoch: [-1, epoch] };
const order = ['gamma', 'lastEpoch'] as const;

/**
 * Multiplies the learning rates by `gamma` every `stepSize` epochs.
 *
 * @example
 * ```ts
 * const scheduler = new StepLR(optimizer, 30, { gamma: 0.1 }); // 0.05, after 30 epochs 0.005, after 60 0.0005 …
 * for (let epoch = 0; epoch < 100; epoch++) {
 *   train(epoch);
 *   scheduler.step();
 * }
 * ```
 * @throws ArgumentError unless `stepSize` is a whole number ≥ 1 and `gamma` a number ≥ 0
 */
export class StepLR extends LRScheduler<{ stepSize: number; gamma: number }> {
  constructor(optimizer: Scheduled, stepSize: number, ...rest: Given<GammaOptions, typeof order>) {
    const { gamma, lastEpoch } = options('StepLR', table, order, rest);
    checkKinds('StepLR', { stepSize }, { stepSize: count });
    super(optimizer, { stepSize, gamma }, { lastEpoch });
  }

  protected lrOf(lr: number): number {
    const { stepSize, gamma } = this.settings;
    return this.lastEpoch > 0 && this.lastEpoch % stepSize === 0 ? lr * gamma : lr;
  }

  protected override closedFormOf(_lr: number, group: number): number {
    const { stepSize, gamma } = this.settings;
    return (this.baseLrs[group] as number) * gamma ** Math.floor(this.lastEpoch / stepSize);
  }
}

/**
 * Multiplies the learning rates by `gamma` at some epochs; by its square at one that is named twice.
 *
 * @example
 * ```ts
 * const scheduler = new MultiStepLR(optimizer, [30, 80], { gamma: 0.1 });
 * ```
 * @throws ArgumentError unless `milestones` are whole numbers and `gamma` a number ≥ 0
 */
export class MultiStepLR extends LRScheduler<{ milestones: Record<number, number>; gamma: number }> {
  constructor(
    optimizer: Scheduled,
    milestones: readonly number[],
    ...rest: Given<GammaOptions, typeof order>
  ) {
    const { gamma, lastEpoch } = options('MultiStepLR', table, order, rest);
    super(optimizer, { milestones: counted('MultiStepLR', milestones), gamma }, { lastEpoch });
  }

  protected lrOf(lr: number): number {
    const { milestones, gamma } = this.settings;
    const times = milestones[this.lastEpoch] ?? 0;
    return times === 0 ? lr : lr * gamma ** times;
  }

  protected override closedFormOf(_lr: number, group: number): number {
    const { milestones, gamma } = this.settings;
    const passed = Object.entries(milestones).filter(([milestone]) => Number(milestone) <= this.lastEpoch);
    const times = passed.reduce((sum, [, count]) => sum + count, 0);
    return (this.baseLrs[group] as number) * gamma ** times;
  }
}

/** How often each number is there. */
function counted(op: string, milestones: readonly number[]): Record<number, number> {
  if (!Array.isArray(milestones) || !milestones.every(Number.isInteger)) {
    const got = Array.isArray(milestones) ? `[${milestones.join(', ')}]` : String(milestones);
    throw new ArgumentError({ op, got: `milestones ${got}`, want: 'a list of epochs' });
  }
  const counts: Record<number, number> = {};
  for (const milestone of milestones) counts[milestone] = (counts[milestone] ?? 0) + 1;
  return counts;
}

const exponentialTable: Table<LRSchedulerOptions> = { lastEpoch: [-1, epoch] };
const exponentialOrder = ['lastEpoch'] as const;

/**
 * Multiplies the learning rates by `gamma` every epoch.
 *
 * @throws ArgumentError unless `gamma` is a finite number
 */
export class ExponentialLR extends LRScheduler<{ gamma: number }> {
  constructor(
    optimizer: Scheduled,
    gamma: number,
    ...rest: Given<LRSchedulerOptions, typeof exponentialOrder>
  ) {
    const { lastEpoch } = options('ExponentialLR', exponentialTable, exponentialOrder, rest);
    checkKinds('ExponentialLR', { gamma }, { gamma: finite });
    super(optimizer, { gamma }, { lastEpoch });
  }

  protected lrOf(lr: number): number {
    return this.lastEpoch === 0 ? lr : lr * this.settings.gamma;
  }

  protected override closedFormOf(_lr: number, group: number): number {
    return (this.baseLrs[group] as number) * this.settings.gamma ** this.lastEpoch;
  }
}

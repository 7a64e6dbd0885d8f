import { ArgumentError, checkOptions } from '@retrograd/core';
import { checkNumber } from '../check.ts';
import { LRScheduler, type LRSchedulerOptions, type Scheduled } from './lr-scheduler.ts';

export interface StepLROptions extends LRSchedulerOptions {
  /** What the rate is multiplied by. Default 0.1. */
  gamma?: number;
}

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
  constructor(optimizer: Scheduled, stepSize: number, options: StepLROptions = {}) {
    checkOptions('StepLR', options, ['gamma', 'lastEpoch']);
    const { gamma = 0.1, lastEpoch } = options;
    checkNumber('StepLR', 'gamma', gamma, 0);
    if (!Number.isInteger(stepSize) || stepSize < 1) {
      throw new ArgumentError({ op: 'StepLR', got: `stepSize ${stepSize}`, want: 'a whole number ≥ 1' });
    }
    super(optimizer, { stepSize, gamma }, { lastEpoch });
  }

  protected lrOf(lr: number): number {
    const { stepSize, gamma } = this.settings;
    return this.lastEpoch > 0 && this.lastEpoch % stepSize === 0 ? lr * gamma : lr;
  }
}

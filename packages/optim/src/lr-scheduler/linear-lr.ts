import { count, fraction, type Given, type Kind, nonNegative, type Table } from '../hyperparameters.ts';
import { epoch, LRScheduler, type LRSchedulerOptions, options } from './lr-scheduler.ts';
import type { Scheduled } from './schedule.ts';

/** A factor that can be divided by: the rates come back from it. */
const factorKind: Kind = {
  want: 'a number above 0, at most 1',
  holds: (value) => typeof value === 'number' && value > 0 && value <= 1,
};

export interface ConstantLROptions extends LRSchedulerOptions {
  /** What the rate is multiplied by at the beginning. Default 1/3. */
  factor?: number;
  /** For how many epochs. Default 5. */
  totalIters?: number;
}

const constantTable: Table<ConstantLROptions> = {
  factor: [1 / 3, factorKind],
  totalIters: [5, nonNegative],
  lastEpoch: [-1, epoch],
};
const constantOrder = ['factor', 'totalIters', 'lastEpoch'] as const;

/**
 * Multiplies the learning rates by `factor` for the first `totalIters` epochs.
 *
 * @throws ArgumentError unless `factor` is above 0 and at most 1
 */
export class ConstantLR extends LRScheduler<{ factor: number; totalIters: number }> {
  constructor(optimizer: Scheduled, ...rest: Given<ConstantLROptions, typeof constantOrder>) {
    const { lastEpoch, ...settings } = options('ConstantLR', constantTable, constantOrder, rest);
    super(optimizer, settings, { lastEpoch });
  }

  protected lrOf(lr: number): number {
    const { factor, totalIters } = this.settings;
    if (this.lastEpoch === 0) return lr * factor;
    return this.lastEpoch === totalIters ? lr * (1 / factor) : lr;
  }

  protected override closedFormOf(_lr: number, group: number): number {
    const { factor, totalIters } = this.settings;
    return (this.baseLrs[group] as number) * (this.lastEpoch >= totalIters ? 1 : factor);
  }
}

export interface LinearLROptions extends LRSchedulerOptions {
  /** What the rate is multiplied by at first. Default 1/3. */
  startFactor?: number;
  /** What it is multiplied by in the end. Default 1. */
  endFactor?: number;
  /** After how many epochs. Default 5. */
  totalIters?: number;
}

const linearTable: Table<LinearLROptions> = {
  startFactor: [1 / 3, factorKind],
  endFactor: [1, fraction],
  totalIters: [5, count],
  lastEpoch: [-1, epoch],
};
const linearOrder = ['startFactor', 'endFactor', 'totalIters', 'lastEpoch'] as const;

/**
 * Multiplies the learning rates by a factor that goes from `startFactor` to `endFactor` in equal steps over `totalIters`
 * epochs: a warm-up, or a fall.
 *
 * @example
 * ```ts
 * const warmup = new LinearLR(optimizer, { startFactor: 0.1, totalIters: 5 });
 * ```
 * @throws ArgumentError unless `startFactor` is above 0, both factors are at most 1 and `totalIters` a whole number ≥ 1
 */
export class LinearLR extends LRScheduler<{ startFactor: number; endFactor: number; totalIters: number }> {
  constructor(optimizer: Scheduled, ...rest: Given<LinearLROptions, typeof linearOrder>) {
    const { lastEpoch, ...settings } = options('LinearLR', linearTable, linearOrder, rest);
    super(optimizer, settings, { lastEpoch });
  }

  protected lrOf(lr: number): number {
    const { startFactor, endFactor, totalIters } = this.settings;
    if (this.lastEpoch === 0) return lr * startFactor;
    if (this.lastEpoch > totalIters) return lr;
    const rise = endFactor - startFactor;
    return lr * (1 + rise / (totalIters * startFactor + (this.lastEpoch - 1) * rise));
  }

  protected override closedFormOf(_lr: number, group: number): number {
    const { startFactor, endFactor, totalIters } = this.settings;
    const rise = ((endFactor - startFactor) * Math.min(totalIters, this.lastEpoch)) / totalIters;
    return (this.baseLrs[group] as number) * (startFactor + rise);
  }
}

export interface PolynomialLROptions extends LRSchedulerOptions {
  /** After how many epochs the rate is 0. Default 5. */
  totalIters?: number;
  /** The power of the polynomial. Default 1. */
  power?: number;
}

const polynomialTable: Table<PolynomialLROptions> = {
  totalIters: [5, count],
  power: [1, nonNegative],
  lastEpoch: [-1, epoch],
};
const polynomialOrder = ['totalIters', 'power', 'lastEpoch'] as const;

/**
 * Lets the learning rates fall to 0: γ (1 − t / T)^power in epoch t of T.
 *
 * @throws ArgumentError unless `totalIters` is a whole number ≥ 1 and `power` a number ≥ 0
 */
export class PolynomialLR extends LRScheduler<{ totalIters: number; power: number }> {
  constructor(optimizer: Scheduled, ...rest: Given<PolynomialLROptions, typeof polynomialOrder>) {
    const { lastEpoch, ...settings } = options('PolynomialLR', polynomialTable, polynomialOrder, rest);
    super(optimizer, settings, { lastEpoch });
  }

  protected lrOf(lr: number): number {
    const { totalIters, power } = this.settings;
    if (this.lastEpoch === 0 || this.lastEpoch > totalIters) return lr;
    const left = (at: number) => 1 - at / totalIters;
    return lr * (left(this.lastEpoch) / left(this.lastEpoch - 1)) ** power;
  }

  protected override closedFormOf(_lr: number, group: number): number {
    const { totalIters, power } = this.settings;
    return (this.baseLrs[group] as number) * (1 - Math.min(totalIters, this.lastEpoch) / totalIters) ** power;
  }
}

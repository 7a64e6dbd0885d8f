import { ArgumentError, Tensor } from '@retrograd/core';
import {
  checkKinds,
  chosen,
  type Given,
  type Kind,
  nonNegative,
  oneOf,
  type Table,
} from '../hyperparameters.ts';
import {
  checkScheduled,
  numberPerGroup,
  type PerGroup,
  perGroup,
  Schedule,
  type Scheduled,
} from './schedule.ts';

export interface ReduceLROnPlateauOptions {
  /** Whether less is better, or more. Default `'min'`. */
  mode?: 'min' | 'max';
  /** What the rate is multiplied by. Default 0.1. */
  factor?: number;
  /** How many epochs without improvement are let pass. Default 10. */
  patience?: number;
  /** How much must be gained to count. Default 1e-4. */
  threshold?: number;
  /** Relative to the best, or absolute. Default `'rel'`. */
  thresholdMode?: 'rel' | 'abs';
  /** How many epochs after a reduction do not count. Default 0. */
  cooldown?: number;
  /** The lowest rate, or one for each group. Default 0. */
  minLr?: PerGroup;
  /** A reduction by less than this is not made. Default 1e-8. */
  eps?: number;
}

const factorKind: Kind = {
  want: 'a number from 0 to below 1',
  holds: (value) => typeof value === 'number' && value >= 0 && value < 1,
};

const table: Table<ReduceLROnPlateauOptions> = {
  mode: ['min', oneOf('min', 'max')],
  factor: [0.1, factorKind],
  patience: [10, nonNegative],
  threshold: [1e-4, nonNegative],
  thresholdMode: ['rel', oneOf('rel', 'abs')],
  cooldown: [0, nonNegative],
  minLr: [0, numberPerGroup],
  eps: [1e-8, nonNegative],
};
const order = [
  'mode',
  'factor',
  'patience',
  'threshold',
  'thresholdMode',
  'cooldown',
  'minLr',
  'eps',
] as const;

interface Plateau {
  mode: 'min' | 'max';
  factor: number;
  patience: number;
  threshold: number;
  thresholdMode: 'rel' | 'abs';
  cooldown: number;
  minLrs: number[];
  eps: number;
  lastEpoch: number;
  best: number;
  numBadEpochs: number;
  cooldownCounter: number;
}

/** The value that a metric must pass to be better than the best so far. */
const bar = {
  min: {
    rel: (best: number, threshold: number) => best * (1 - threshold),
    abs: (best: number, threshold: number) => best - threshold,
  },
  max: {
    rel: (best: number, threshold: number) => best * (threshold + 1),
    abs: (best: number, threshold: number) => best + threshold,
  },
} as const;

/**
 * Multiplies the learning rates by `factor` when a metric, such as the loss on validation data, has stopped improving.
 *
 * @example
 * ```ts
 * const scheduler = new ReduceLROnPlateau(optimizer, { patience: 5 });
 * for (let epoch = 0; epoch < 100; epoch++) {
 *   train(epoch);
 *   scheduler.step(validate());
 * }
 * ```
 * @throws ArgumentError unless `factor` is below 1
 */
export class ReduceLROnPlateau extends Schedule<Plateau> {
  constructor(optimizer: Scheduled, ...rest: Given<ReduceLROnPlateauOptions, typeof order>) {
    const op = 'ReduceLROnPlateau';
    const [given, kinds] = chosen(op, table, order, rest);
    checkKinds(op, given, kinds);
    const { minLr, ...settings } = given as Required<ReduceLROnPlateauOptions>;
    const best = settings.mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    const progress = { lastEpoch: 0, best, numBadEpochs: 0, cooldownCounter: 0 };
    checkScheduled(op, optimizer);
    super(optimizer, { ...settings, minLrs: perGroup(op, 'minLr', minLr, optimizer), ...progress });
  }

  /**
   * Tells how an epoch went.
   *
   * @param metrics A number, or a tensor of one element.
   * @param epoch Which epoch it was. Default: the next.
   */
  step(metrics: number | Tensor, epoch?: number): void {
    const metric = metrics instanceof Tensor ? metrics.item() : metrics;
    if (typeof metric !== 'number') {
      throw new ArgumentError({
        op: 'ReduceLROnPlateau.step',
        got: String(metric),
        want: 'a number, or a tensor of one element',
      });
    }
    const { settings } = this;
    settings.lastEpoch = epoch ?? settings.lastEpoch + 1;
    if (this.isBetter(metric)) {
      settings.best = metric;
      settings.numBadEpochs = 0;
    } else settings.numBadEpochs++;
    if (settings.cooldownCounter > 0) {
      settings.cooldownCounter--;
      settings.numBadEpochs = 0;
    }
    if (settings.numBadEpochs > settings.patience) {
      this.#reduce();
      settings.cooldownCounter = settings.cooldown;
      settings.numBadEpochs = 0;
    }
    this.noteLrs();
  }

  /** Whether a metric is better than the best so far, by enough. */
  isBetter(metric: number): boolean {
    const { mode, thresholdMode, best, threshold } = this.settings;
    const limit = bar[mode][thresholdMode](best, threshold);
    return mode === 'min' ? metric < limit : metric > limit;
  }

  #reduce(): void {
    const { factor, minLrs, eps } = this.settings;
    for (const [i, group] of this.optimizer.paramGroups.entries()) {
      const reduced = Math.max(group.lr * factor, minLrs[i] ?? 0);
      if (group.lr - reduced > eps) group.lr = reduced;
    }
  }
}

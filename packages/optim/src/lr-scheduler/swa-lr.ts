import { type Given, type Kind, oneOf, type Table } from '../hyperparameters.ts';
import { checkBeginning, epoch, LRScheduler, type LRSchedulerOptions, options } from './lr-scheduler.ts';
import { type PerGroup, perGroup, type Scheduled } from './schedule.ts';

export interface SWALROptions extends LRSchedulerOptions {
  /** How many epochs it takes to get there. Default 10. */
  annealEpochs?: number;
  /** Along a cosine, or straight. Default `'cos'`. */
  annealStrategy?: 'cos' | 'linear';
}

const epochs: Kind = {
  want: 'a whole number ≥ 0',
  holds: (value) => Number.isInteger(value) && Number(value) >= 0,
};

const table: Table<SWALROptions> = {
  annealEpochs: [10, epochs],
  annealStrategy: ['cos', oneOf('cos', 'linear')],
  lastEpoch: [-1, epoch],
};
const order = ['annealEpochs', 'annealStrategy', 'lastEpoch'] as const;

/** The part of the way that is behind, by the part of the time. */
const anneal = {
  cos: (t: number) => (1 - Math.cos(Math.PI * t)) / 2,
  linear: (t: number) => t,
};

/**
 * Brings the learning rates to a constant `swaLr`, at which weights are averaged.
 *
 * Source: P. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization".
 *
 * @see AveragedModel
 * @throws ArgumentError unless there is one rate, or one for each group
 */
export class SWALR extends LRScheduler<{ annealEpochs: number; annealFunc: (t: number) => number }> {
  constructor(optimizer: Scheduled, swaLr: PerGroup, ...rest: Given<SWALROptions, typeof order>) {
    const { annealEpochs, annealStrategy, lastEpoch } = options('SWALR', table, order, rest);
    checkBeginning('SWALR', optimizer, lastEpoch);
    const rates = perGroup('SWALR', 'swaLr', swaLr, optimizer);
    for (const [i, group] of optimizer.paramGroups.entries()) group.swaLr = rates[i] as number;
    super(optimizer, { annealEpochs, annealFunc: anneal[annealStrategy] }, { lastEpoch });
  }

  protected lrOf(lr: number, i: number): number {
    const swaLr = this.optimizer.paramGroups[i]?.swaLr;
    if (swaLr === undefined) return lr;
    const { annealEpochs, annealFunc, _stepCount } = this.settings;
    const step = annealEpochs === 0 ? Math.max(1, _stepCount - 1) : _stepCount - 1;
    const wayAfter = (steps: number) =>
      annealFunc(Math.max(0, Math.min(1, steps / Math.max(1, annealEpochs))));
    // Where it would have begun, had it come straight from there.
    const before = wayAfter(step - 1);
    const start = before === 1 ? swaLr : (lr - before * swaLr) / (1 - before);
    const way = wayAfter(step);
    return swaLr * way + start * (1 - way);
  }
}

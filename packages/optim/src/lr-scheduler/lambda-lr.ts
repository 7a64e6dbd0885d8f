import { ArgumentError } from '@retrograd/core';
import type { Given, Table } from '../hyperparameters.ts';
import { epoch, LRScheduler, type LRSchedulerOptions, options } from './lr-scheduler.ts';
import { checkScheduled, type Scheduled } from './schedule.ts';

/** A factor for every epoch. */
export type LrLambda = (epoch: number) => number;

const table: Table<LRSchedulerOptions> = { lastEpoch: [-1, epoch] };
const order = ['lastEpoch'] as const;

/** What the two have in common: a function for each group. */
abstract class LambdaSchedule extends LRScheduler<{ lrLambdas: LrLambda[] }> {
  constructor(
    optimizer: Scheduled,
    lrLambda: LrLambda | readonly LrLambda[],
    ...rest: Given<LRSchedulerOptions, typeof order>
  ) {
    const op = new.target.name;
    const { lastEpoch } = options(op, table, order, rest);
    super(optimizer, { lrLambdas: lambdasOf(op, optimizer, lrLambda) }, { lastEpoch });
  }

  /** The factor of a group in epoch `lastEpoch`; 1 for groups that have come later. */
  protected factorOf(group: number): number {
    const lambda = this.settings.lrLambdas[group];
    return lambda === undefined ? 1 : lambda(this.lastEpoch);
  }
}

/**
 * Multiplies the learning rates that the groups began with by a function of the epoch.
 *
 * @param lrLambda One for all groups, or one for each.
 *
 * @example
 * ```ts
 * const scheduler = new LambdaLR(optimizer, (epoch) => 0.95 ** epoch);
 * ```
 * @throws ArgumentError unless there is a function for each group
 */
export class LambdaLR extends LambdaSchedule {
  protected lrOf(_lr: number, group: number): number {
    return (this.baseLrs[group] as number) * this.factorOf(group);
  }
}

/**
 * Multiplies the learning rates by a function of the epoch, in every epoch but the first.
 *
 * @param lrLambda One for all groups, or one for each.
 * @throws ArgumentError unless there is a function for each group
 */
export class MultiplicativeLR extends LambdaSchedule {
  protected lrOf(lr: number, group: number): number {
    return this.lastEpoch > 0 ? lr * this.factorOf(group) : lr;
  }
}

function lambdasOf(op: string, optimizer: Scheduled, given: LrLambda | readonly LrLambda[]): LrLambda[] {
  checkScheduled(op, optimizer);
  const { length } = optimizer.paramGroups;
  const list = typeof given === 'function' ? Array<LrLambda>(length).fill(given) : given;
  if (Array.isArray(list) && list.length === length && list.every((each) => typeof each === 'function')) {
    return [...list];
  }
  throw new ArgumentError({
    op,
    got: Array.isArray(list) ? `a list of ${list.length}` : String(given),
    want: `a function of the epoch, or one for each of ${length} groups`,
  });
}

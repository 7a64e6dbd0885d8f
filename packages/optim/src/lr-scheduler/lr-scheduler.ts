import { ArgumentError } from '@retrograd/core';
import { checkKinds, chosen, type Kind, type Table } from '../hyperparameters.ts';
import { checkScheduled, Schedule, type Scheduled } from './schedule.ts';

export interface LRSchedulerOptions {
  /** The epoch to go on from; the groups must then know their `initialLr`. Default −1, the beginning. */
  lastEpoch?: number;
}

/** What every schedule knows of where it is. */
interface Progress {
  baseLrs: number[];
  lastEpoch: number;
  /** How many steps there were; not always one more than `lastEpoch`. */
  _stepCount: number;
}

export const epoch: Kind = {
  want: 'a whole number ≥ -1',
  holds: (value) => Number.isInteger(value) && Number(value) >= -1,
};

/** The options of a schedule, those that are not given by their defaults. */
export function options<O extends object, Order extends readonly (keyof O & string)[]>(
  op: string,
  table: Table<O>,
  order: Order,
  given: readonly unknown[],
): Required<O> {
  const [values, kinds] = chosen(op, table, order, given);
  checkKinds(op, values, kinds);
  return values as Required<O>;
}

/**
 * The base of learning-rate schedules. One of your own computes the rate of a group from the rate before it.
 *
 * @typeParam P The numbers that make the schedule.
 *
 * @example
 * ```ts
 * class Halving extends LRScheduler<{ floor: number }> {
 *   protected lrOf(lr: number): number {
 *     return this.lastEpoch === 0 ? lr : Math.max(lr / 2, this.settings.floor);
 *   }
 * }
 * const schedule = new Halving(optimizer, { floor: 1e-4 });
 * ```
 */
export abstract class LRScheduler<P extends object = object> extends Schedule<P & Progress> {
  constructor(optimizer: Scheduled, settings: P, { lastEpoch = -1 }: LRSchedulerOptions = {}) {
    checkBeginning(new.target.name, optimizer, lastEpoch);
    for (const group of optimizer.paramGroups) group.initialLr ??= group.lr;
    const baseLrs = optimizer.paramGroups.map(({ lr, initialLr = lr }) => initialLr);
    super(optimizer, { baseLrs, ...settings, lastEpoch, _stepCount: 0 });
    this.step();
  }

  /** The rate that each group began with. */
  get baseLrs(): readonly number[] {
    return this.settings.baseLrs;
  }

  /** How many times `step` was called. */
  get lastEpoch(): number {
    return this.settings.lastEpoch;
  }

  /**
   * The learning rate of a group in epoch `lastEpoch`, from the one before it: other schedules may have their say, too.
   *
   * @param lr The group's rate until now.
   * @param group Which group it is.
   */
  protected abstract lrOf(lr: number, group: number): number;

  /** The learning rate of a group in epoch `lastEpoch`, wherever it was before. */
  protected closedFormOf(lr: number, group: number): number {
    return this.lrOf(lr, group);
  }

  /**
   * Goes on to the next epoch. Call it after the optimiser's steps of an epoch.
   *
   * @param epoch Another epoch to go to.
   * @throws ArgumentError for an epoch or a rate that is no number; nothing changes then
   */
  step(epoch?: number): void {
    checkEpoch(this.constructor.name, epoch);
    const { lastEpoch, _stepCount } = this.settings;
    this.settings.lastEpoch = epoch ?? lastEpoch + 1;
    this.settings._stepCount = _stepCount + 1;
    try {
      this.#setRates(epoch !== undefined);
    } catch (error) {
      Object.assign(this.settings, { lastEpoch, _stepCount });
      throw error;
    }
    this.noteLrs();
  }

  #setRates(closed: boolean): void {
    const { paramGroups } = this.optimizer;
    // Groups that have come later begin with the rate that they have.
    for (const [i, group] of paramGroups.entries()) {
      group.initialLr ??= group.lr;
      this.settings.baseLrs[i] ??= group.initialLr;
    }
    const rates = paramGroups.map(({ lr }, i) => (closed ? this.closedFormOf(lr, i) : this.lrOf(lr, i)));
    const odd = rates.findIndex((rate) => !Number.isFinite(rate));
    if (odd >= 0) {
      throw new ArgumentError({
        op: `${this.constructor.name}.step`,
        got: `the rate ${rates[odd]} for group ${odd} in epoch ${this.lastEpoch}`,
        want: 'a finite number',
      });
    }
    for (const [i, group] of paramGroups.entries()) group.lr = rates[i] as number;
  }

  /** @internal Takes the first step back, so that another schedule may begin. */
  rewind(): void {
    this.settings.lastEpoch--;
  }

  /** @internal The first step. */
  begin(): void {
    this.settings._stepCount = 0;
    this.step();
  }
}

/** @throws ArgumentError for an epoch that is neither left out nor a number ≥ 0 */
export function checkEpoch(op: string, given: number | undefined): void {
  if (given === undefined || (Number.isFinite(given) && given >= 0)) return;
  throw new ArgumentError({ op: `${op}.step`, got: `epoch ${String(given)}`, want: 'a number ≥ 0' });
}

/** @throws ArgumentError unless the optimiser can be scheduled from `lastEpoch` on */
export function checkBeginning(op: string, optimizer: Scheduled, lastEpoch: number): void {
  checkScheduled(op, optimizer);
  checkKinds(op, { lastEpoch }, { lastEpoch: epoch });
  if (lastEpoch >= 0 && optimizer.paramGroups.some(({ initialLr }) => initialLr === undefined)) {
    throw new ArgumentError({
      op,
      got: `lastEpoch ${lastEpoch} and a group without initialLr`,
      want: 'groups that tell the rate they began with',
      fix: 'Load the state dict of the optimiser first, or start at lastEpoch -1.',
    });
  }
}

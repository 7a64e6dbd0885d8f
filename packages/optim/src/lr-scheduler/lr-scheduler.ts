import { ArgumentError } from '@retrograd/core';
import { toCamelCase, toSnakeCase } from '../state-dict.ts';

/** What a schedule sets: the learning rates of an optimiser's groups. */
export interface Scheduled {
  readonly paramGroups: readonly { lr: number; initialLr?: number }[];
}

export interface LRSchedulerOptions {
  /** The epoch to go on from; the groups must then know their `initialLr`. Default −1, the beginning. */
  lastEpoch?: number;
}

/** PyTorch's layout: the schedule's own numbers and where it is. */
export type LRSchedulerStateDict = Record<string, unknown>;

/**
 * The base of learning-rate schedules. One of your own computes the rate of a group from the rate before it.
 *
 * @typeParam P The numbers that make the schedule.
 */
export abstract class LRScheduler<P extends object = object> {
  readonly optimizer: Scheduled;
  /** The rate that each group began with. */
  baseLrs: number[];
  /** How many times `step` was called. */
  lastEpoch: number;
  /** The numbers that make the schedule. */
  protected settings: P;
  #lastLr: number[] = [];

  constructor(optimizer: Scheduled, settings: P, { lastEpoch = -1 }: LRSchedulerOptions = {}) {
    checkScheduled(new.target.name, optimizer, lastEpoch);
    for (const group of optimizer.paramGroups) group.initialLr ??= group.lr;
    this.optimizer = optimizer;
    this.settings = settings;
    this.baseLrs = optimizer.paramGroups.map(({ lr, initialLr = lr }) => initialLr);
    this.lastEpoch = lastEpoch;
    this.step();
  }

  /**
   * The learning rate of a group in epoch `lastEpoch`.
   *
   * @param lr The group's rate until now.
   * @param group Which group it is.
   */
  protected abstract lrOf(lr: number, group: number): number;

  /** Goes on to the next epoch. Call it after the optimiser's steps of an epoch. */
  step(): void {
    this.lastEpoch++;
    const { paramGroups } = this.optimizer;
    for (const [i, group] of paramGroups.entries()) group.lr = this.lrOf(group.lr, i);
    this.#lastLr = paramGroups.map(({ lr }) => lr);
  }

  /** The rate of each group that the last step set. */
  getLastLr(): number[] {
    return [...this.#lastLr];
  }

  /** All that is needed to go on later, under PyTorch's names. The rates in force are in the optimiser's own. */
  stateDict(): LRSchedulerStateDict {
    return {
      ...toSnakeCase({ ...this.settings } as Record<string, unknown>),
      base_lrs: [...this.baseLrs],
      last_epoch: this.lastEpoch,
      _step_count: this.lastEpoch + 1,
      _last_lr: this.getLastLr(),
    };
  }

  /**
   * Goes on from a state dict, PyTorch's or ours.
   *
   * @throws ArgumentError when something is missing in it; nothing changes then
   */
  loadStateDict(stateDict: LRSchedulerStateDict): void {
    const { base_lrs, last_epoch, _last_lr, ...rest }: LRSchedulerStateDict = stateDict ?? {};
    const saved = toCamelCase(rest);
    const names = Object.keys(this.settings);
    const missing = names.find((name) => typeof saved[name] !== typeof this.settings[name as keyof P]);
    if (
      missing !== undefined ||
      !isNumbers(base_lrs) ||
      !isNumbers(_last_lr) ||
      !Number.isInteger(last_epoch)
    ) {
      throw new ArgumentError({
        op: `${this.constructor.name}.loadStateDict`,
        got: `a state with ${Object.keys(stateDict ?? {}).join(', ') || 'nothing in it'}`,
        want: `${Object.keys(this.stateDict()).join(', ')}, of the right types`,
        fix: 'It may be the state of another schedule.',
      });
    }
    this.settings = Object.fromEntries(names.map((name) => [name, saved[name]])) as P;
    this.baseLrs = [...base_lrs];
    this.lastEpoch = last_epoch as number;
    this.#lastLr = [..._last_lr];
  }
}

function isNumbers(values: unknown): values is number[] {
  return Array.isArray(values) && values.every((value) => typeof value === 'number');
}

function checkScheduled(op: string, optimizer: Scheduled, lastEpoch: number): void {
  if (!Array.isArray(optimizer?.paramGroups)) {
    throw new ArgumentError({ op, got: String(optimizer), want: 'an optimiser' });
  }
  if (!Number.isInteger(lastEpoch) || lastEpoch < -1) {
    throw new ArgumentError({ op, got: `lastEpoch ${lastEpoch}`, want: 'a whole number ≥ -1' });
  }
  if (lastEpoch >= 0 && optimizer.paramGroups.some(({ initialLr }) => initialLr === undefined)) {
    throw new ArgumentError({
      op,
      got: `lastEpoch ${lastEpoch} and a group without initialLr`,
      want: 'groups that tell the rate they began with',
      fix: 'Load the state dict of the optimiser first, or start at lastEpoch -1.',
    });
  }
}

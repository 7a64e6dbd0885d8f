import { ArgumentError } from '@retrograd/core';
import { type Kind, shown } from '../hyperparameters.ts';
import type { ScheduleNotes } from '../optimizer.ts';
import { camelCase, snakeCase } from '../state-dict.ts';

/** A group of an optimiser, as a schedule sees it. */
export interface ScheduledGroup extends ScheduleNotes {
  lr: number;
  momentum?: number;
  betas?: readonly [number, number];
}

/** What a schedule sets: the learning rates of an optimiser's groups, and some schedules the momentum. */
export interface Scheduled {
  readonly paramGroups: readonly ScheduledGroup[];
}

/** PyTorch's layout: the schedule's own numbers and where it is. */
export type LRSchedulerStateDict = Record<string, unknown>;

/**
 * The base of everything that sets learning rates: it knows what was set last, and is saved and loaded.
 *
 * @typeParam P The numbers that make the schedule, and where in it it is.
 */
export abstract class Schedule<P extends object = object> {
  readonly optimizer: Scheduled;
  /** The numbers that make the schedule, and where in it it is: all that a state dict has. */
  protected settings: P;
  #lastLr: number[] = [];

  constructor(optimizer: Scheduled, settings: P) {
    checkScheduled(new.target.name, optimizer);
    this.optimizer = optimizer;
    this.settings = settings;
    this.noteLrs();
  }

  /** The rate of each group that the last step set. */
  getLastLr(): number[] {
    return [...this.#lastLr];
  }

  /** Remembers the rates in force as those that were set last. */
  protected noteLrs(): void {
    this.#lastLr = this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  /**
   * All that is needed to go on later, under PyTorch's names. The rates in force are in the optimiser's own; functions
   * cannot be saved.
   */
  stateDict(): LRSchedulerStateDict {
    const settings = Object.entries(this.settings).filter(([, value]) => typeof value !== 'function');
    return { ...(saved(Object.fromEntries(settings)) as LRSchedulerStateDict), _last_lr: this.getLastLr() };
  }

  /**
   * Goes on from a state dict, PyTorch's or ours.
   *
   * @throws ArgumentError when something is missing in it; nothing changes then
   */
  loadStateDict(stateDict: LRSchedulerStateDict): void {
    if (!this.accepts(stateDict)) {
      throw new ArgumentError({
        op: `${this.constructor.name}.loadStateDict`,
        got: `a state with ${Object.keys(stateDict ?? {}).join(', ') || 'nothing in it'}`,
        want: `${Object.keys(this.stateDict()).join(', ')}, of the right types`,
        fix: 'It may be the state of another schedule.',
      });
    }
    const entries = Object.entries(this.settings).map(([name, own]) => [
      name,
      restored(own, stateDict[snakeCase(name)]),
    ]);
    this.settings = Object.fromEntries(entries) as P;
    this.#lastLr = [...(stateDict._last_lr as number[])];
  }

  /** @internal Whether a state dict has all that is needed. */
  accepts(stateDict: unknown): boolean {
    if (!isRecord(stateDict)) return false;
    const settings = Object.entries(this.settings);
    return (
      fits(this.#lastLr, stateDict._last_lr) &&
      settings.every(([name, own]) => fits(own, stateDict[snakeCase(name)]))
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A setting as it is saved: schedules as their state, functions as `null`, names as PyTorch's. */
function saved(value: unknown): unknown {
  if (typeof value === 'function') return null;
  if (value instanceof Schedule) return value.stateDict();
  if (Array.isArray(value)) return value.map(saved);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [snakeCase(name), saved(each)]));
}

/** Whether a saved value can take the place of one's own. */
function fits(own: unknown, value: unknown): boolean {
  if (typeof own === 'function') return true;
  if (own instanceof Schedule) return own.accepts(value);
  if (Array.isArray(own)) {
    if (!Array.isArray(value) || (own[0] instanceof Schedule && own.length !== value.length)) return false;
    return value.every((each, i) => fits(own[i] ?? own[0], each));
  }
  if (isRecord(own)) return isRecord(value) && Object.values(value).every((each) => typeof each !== 'object');
  return typeof value === typeof own;
}

/** A saved value in the place of one's own; functions stay. */
function restored(own: unknown, value: unknown): unknown {
  if (typeof own === 'function') return own;
  if (own instanceof Schedule) {
    own.loadStateDict(value as LRSchedulerStateDict);
    return own;
  }
  if (Array.isArray(own)) return (value as unknown[]).map((each, i) => restored(own[i] ?? own[0], each));
  if (!isRecord(own)) return value;
  return Object.fromEntries(Object.entries(value as object).map(([name, each]) => [camelCase(name), each]));
}

/** @throws ArgumentError unless `optimizer` has groups of parameters */
export function checkScheduled(op: string, optimizer: Scheduled): void {
  if (Array.isArray(optimizer?.paramGroups)) return;
  throw new ArgumentError({ op, got: String(optimizer), want: 'an optimiser' });
}

/** One number for all groups, or one for each. */
export type PerGroup = number | readonly number[];

/** Says what `perGroup` takes, and lets it look. */
export const numberPerGroup: Kind = { want: 'a number, or one for each group', holds: () => true };

/** @throws ArgumentError unless there is one finite number, or one for each group */
export function perGroup(op: string, name: string, value: PerGroup, { paramGroups }: Scheduled): number[] {
  const list = Array.isArray(value) ? [...value] : paramGroups.map(() => value as number);
  if (list.length === paramGroups.length && list.every(Number.isFinite)) return list;
  throw new ArgumentError({
    op,
    got: `${name} ${shown(value)}`,
    want: `a finite number, or one for each of ${paramGroups.length} groups`,
  });
}

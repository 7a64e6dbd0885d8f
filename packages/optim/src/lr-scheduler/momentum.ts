import { ArgumentError } from '@retrograd/core';
import { flag, type Table } from '../hyperparameters.ts';
import { numberPerGroup, type PerGroup, type Scheduled, type ScheduledGroup } from './schedule.ts';

export interface CycledMomentumOptions {
  /** Let the momentum (or the first of `betas`) fall while the rate rises, and rise while it falls. Default true. */
  cycleMomentum?: boolean;
  /** The lowest momentum, at the highest rate. */
  baseMomentum?: PerGroup;
  /** The highest momentum, at the lowest rate. */
  maxMomentum?: PerGroup;
}

export function momentumTable(base: number, most: number): Table<CycledMomentumOptions> {
  return {
    cycleMomentum: [true, flag],
    baseMomentum: [base, numberPerGroup],
    maxMomentum: [most, numberPerGroup],
  };
}

/** @throws ArgumentError unless every group has a momentum, or betas, of which the first is one */
export function checkMomentum(op: string, { paramGroups }: Scheduled): void {
  if (paramGroups.every((group) => 'momentum' in group || 'betas' in group)) return;
  throw new ArgumentError({
    op,
    got: 'an optimiser without momentum',
    want: 'one with momentum or betas',
    fix: 'Give { cycleMomentum: false } to leave momentum alone.',
  });
}

export function setMomentum(group: ScheduledGroup, momentum: number): void {
  if (group.betas === undefined) group.momentum = momentum;
  else group.betas = [momentum, group.betas[1]];
}

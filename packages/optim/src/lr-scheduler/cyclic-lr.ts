import {
  finite,
  type Given,
  type Kind,
  nonNegative,
  oneOf,
  positive,
  type Table,
} from '../hyperparameters.ts';
import { checkBeginning, epoch, LRScheduler, type LRSchedulerOptions, options } from './lr-scheduler.ts';
import { type CycledMomentumOptions, checkMomentum, momentumTable, setMomentum } from './momentum.ts';
import { type PerGroup, perGroup, type Scheduled } from './schedule.ts';

/** What the height of a triangle is multiplied by: a function of the cycle, or of the step. */
export type ScaleFn = (x: number) => number;

/** The momentum moves between 0.8 and 0.9 by default. */
export interface CyclicLROptions extends LRSchedulerOptions, CycledMomentumOptions {
  /** How many steps the rate rises. Default 2000. */
  stepSizeUp?: number;
  /** How many steps it falls. Default `null`: as many. */
  stepSizeDown?: number | null;
  /** Triangles of one height; each half as high as the one before; or by `gamma` lower with each step. Default `'triangular'`. */
  mode?: 'triangular' | 'triangular2' | 'exp_range';
  /** For `'exp_range'`. Default 1. */
  gamma?: number;
  /** A scale of one's own, which goes before `mode`. Default `null`. */
  scaleFn?: ScaleFn | null;
  /** Whether `scaleFn` is given the number of the cycle, from 1, or of the step. Default `'cycle'`. */
  scaleMode?: 'cycle' | 'iterations';
}

const stepsOrNull: Kind = {
  want: 'a number ≥ 0 or null',
  holds: (value) => value === null || nonNegative.holds(value),
};
const functionOrNull: Kind = {
  want: 'a function or null',
  holds: (value) => value === null || typeof value === 'function',
};
const table: Table<CyclicLROptions> = {
  stepSizeUp: [2000, positive],
  stepSizeDown: [null, stepsOrNull],
  mode: ['triangular', oneOf('triangular', 'triangular2', 'exp_range')],
  gamma: [1, finite],
  scaleFn: [null, functionOrNull],
  scaleMode: ['cycle', oneOf('cycle', 'iterations')],
  ...momentumTable(0.8, 0.9),
  lastEpoch: [-1, epoch],
};
const order = [
  'stepSizeUp',
  'stepSizeDown',
  'mode',
  'gamma',
  'scaleFn',
  'scaleMode',
  'cycleMomentum',
  'baseMomentum',
  'maxMomentum',
  'lastEpoch',
] as const;

/** How high the triangle is of the cycle, or at the step, x. */
const scales = {
  triangular: { of: 'cycle', scale: () => 1 },
  triangular2: { of: 'cycle', scale: (x: number) => 1 / 2 ** (x - 1) },
  exp_range: { of: 'iterations', scale: (x: number, gamma: number) => gamma ** x },
} as const;

interface Cyclic {
  baseLrs: number[];
  maxLrs: number[];
  totalSize: number;
  /** The part of a cycle in which the rate rises. */
  stepRatio: number;
  mode: keyof typeof scales;
  gamma: number;
  _scaleFnCustom: ScaleFn | null;
  scaleMode: 'cycle' | 'iterations';
  cycleMomentum: boolean;
  baseMomentums: number[];
  maxMomentums: number[];
}

/**
 * Triangles: the learning rates rise from `baseLr` to `maxLr` and fall back, again and again; the momentum does the
 * opposite. Call `step` after every batch.
 *
 * Source: L. Smith, "Cyclical Learning Rates for Training Neural Networks".
 *
 * @example
 * ```ts
 * const scheduler = new CyclicLR(optimizer, 0.001, 0.1, { stepSizeUp: 500, mode: 'triangular2' });
 * ```
 * @throws ArgumentError unless the optimiser has the momentum that is to be cycled
 */
export class CyclicLR extends LRScheduler<Cyclic> {
  constructor(
    optimizer: Scheduled,
    baseLr: PerGroup,
    maxLr: PerGroup,
    ...rest: Given<CyclicLROptions, typeof order>
  ) {
    const op = 'CyclicLR';
    const given = options(op, table, order, rest);
    const { stepSizeUp, stepSizeDown, mode, gamma, scaleFn, cycleMomentum, lastEpoch } = given;
    checkBeginning(op, optimizer, lastEpoch);
    if (cycleMomentum) checkMomentum(op, optimizer);
    const totalSize = stepSizeUp + (stepSizeDown ?? stepSizeUp);
    const settings: Cyclic = {
      baseLrs: perGroup(op, 'baseLr', baseLr, optimizer),
      maxLrs: perGroup(op, 'maxLr', maxLr, optimizer),
      totalSize,
      stepRatio: stepSizeUp / totalSize,
      mode,
      gamma,
      _scaleFnCustom: scaleFn,
      scaleMode: scaleFn === null ? scales[mode].of : given.scaleMode,
      cycleMomentum,
      baseMomentums: perGroup(op, 'baseMomentum', given.baseMomentum, optimizer),
      maxMomentums: perGroup(op, 'maxMomentum', given.maxMomentum, optimizer),
    };
    if (lastEpoch === -1) {
      for (const [i, group] of optimizer.paramGroups.entries()) group.lr = settings.baseLrs[i] as number;
    }
    super(optimizer, settings, { lastEpoch });
  }

  override step(epoch?: number): void {
    super.step(epoch);
    const { cycleMomentum, baseMomentums, maxMomentums } = this.settings;
    if (!cycleMomentum) return;
    for (const [i, most] of maxMomentums.entries()) {
      const group = this.optimizer.paramGroups[i];
      if (group) setMomentum(group, most - this.height(most - (baseMomentums[i] as number)));
    }
  }

  protected lrOf(lr: number, group: number): number {
    const { baseLrs, maxLrs } = this.settings;
    const [base, most] = [baseLrs[group], maxLrs[group]];
    return base === undefined || most === undefined ? lr : base + this.height(most - base);
  }

  /** How far above its base the triangle is now, if its full height is `full`. */
  private height(full: number): number {
    const { totalSize, stepRatio, mode, gamma, _scaleFnCustom, scaleMode, lastEpoch } = this.settings;
    const cycle = Math.floor(1 + lastEpoch / totalSize);
    const x = 1 + lastEpoch / totalSize - cycle;
    const part = x <= stepRatio ? x / stepRatio : (x - 1) / (stepRatio - 1);
    const at = scaleMode === 'cycle' ? cycle : lastEpoch;
    const scale = _scaleFnCustom === null ? scales[mode].scale(at, gamma) : _scaleFnCustom(at);
    return full * part * scale;
  }
}

import { checkKinds, count, finite, type Given, positive, type Table } from '../hyperparameters.ts';
import { checkEpoch, epoch, LRScheduler, type LRSchedulerOptions, options } from './lr-scheduler.ts';
import type { Scheduled } from './schedule.ts';

export interface CosineAnnealingLROptions extends LRSchedulerOptions {
  /** The lowest rate. Default 0. */
  etaMin?: number;
}

const annealingTable: Table<CosineAnnealingLROptions> = { etaMin: [0, finite], lastEpoch: [-1, epoch] };
const annealingOrder = ['etaMin', 'lastEpoch'] as const;

/** From `high` to `low` along half a period of the cosine, as `t` goes from 0 to `length`. */
function cosine(low: number, high: number, t: number, length: number): number {
  return low + ((high - low) * (1 + Math.cos((Math.PI * t) / length))) / 2;
}

/**
 * Lets the learning rates fall from γ to η along half a period of the cosine, in T epochs, and rise again:
 *
 * ```
 * η + (γ − η) (1 + cos(π t / T)) / 2
 * ```
 *
 * Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", without the restarts.
 *
 * @param TMax T above, PyTorch's `T_max`.
 * @throws ArgumentError unless `TMax` is above 0
 */
export class CosineAnnealingLR extends LRScheduler<{ TMax: number; etaMin: number }> {
  constructor(
    optimizer: Scheduled,
    TMax: number,
    ...rest: Given<CosineAnnealingLROptions, typeof annealingOrder>
  ) {
    const { etaMin, lastEpoch } = options('CosineAnnealingLR', annealingTable, annealingOrder, rest);
    checkKinds('CosineAnnealingLR', { TMax }, { TMax: positive });
    super(optimizer, { TMax, etaMin }, { lastEpoch });
  }

  protected lrOf(lr: number, group: number): number {
    const { TMax, etaMin, _stepCount } = this.settings;
    const t = this.lastEpoch;
    if (t === 0) return lr;
    // Where it goes on from an epoch, there is no rate before.
    if (_stepCount === 1) return this.closedFormOf(lr, group);
    // From the lowest rate upwards, the quotient below is 0 / 0.
    if ((t - 1 - TMax) % (2 * TMax) === 0) {
      return lr + (((this.baseLrs[group] as number) - etaMin) * (1 - Math.cos(Math.PI / TMax))) / 2;
    }
    const height = (at: number) => 1 + Math.cos((Math.PI * at) / TMax);
    return (height(t) / height(t - 1)) * (lr - etaMin) + etaMin;
  }

  protected override closedFormOf(_lr: number, group: number): number {
    const { TMax, etaMin } = this.settings;
    return cosine(etaMin, this.baseLrs[group] as number, this.lastEpoch, TMax);
  }
}

export interface CosineAnnealingWarmRestartsOptions extends LRSchedulerOptions {
  /** How much longer each run is than the one before, PyTorch's `T_mult`. Default 1. */
  TMult?: number;
  /** The lowest rate. Default 0. */
  etaMin?: number;
}

const restartsTable: Table<CosineAnnealingWarmRestartsOptions> = {
  TMult: [1, count],
  etaMin: [0, finite],
  lastEpoch: [-1, epoch],
};
const restartsOrder = ['TMult', 'etaMin', 'lastEpoch'] as const;

/** T_i is the length of the run, T_cur where it is in that. */
interface Restarts {
  T_0: number;
  TI: number;
  TMult: number;
  TCur: number;
  etaMin: number;
}

/**
 * Lets the learning rates fall along half a period of the cosine, again and again from the top: in `T_0` epochs first,
 * then in `TMult` times as many, and so on.
 *
 * Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts".
 *
 * @example
 * ```ts
 * const scheduler = new CosineAnnealingWarmRestarts(optimizer, 10, { TMult: 2 });
 * for (const [i, batch] of batches.entries()) {
 *   train(batch);
 *   scheduler.step(epoch + i / batches.length); // or step() after each epoch
 * }
 * ```
 * @throws ArgumentError unless `T_0` and `TMult` are whole numbers ≥ 1
 */
export class CosineAnnealingWarmRestarts extends LRScheduler<Restarts> {
  constructor(
    optimizer: Scheduled,
    T_0: number,
    ...rest: Given<CosineAnnealingWarmRestartsOptions, typeof restartsOrder>
  ) {
    const op = 'CosineAnnealingWarmRestarts';
    const { TMult, etaMin, lastEpoch } = options(op, restartsTable, restartsOrder, rest);
    checkKinds(op, { T_0 }, { T_0: count });
    super(optimizer, { T_0, TI: T_0, TMult, TCur: lastEpoch, etaMin }, { lastEpoch });
  }

  /** @param epoch Where to go; parts of an epoch are counted. Default: one epoch on. */
  override step(epoch?: number): void {
    checkEpoch('CosineAnnealingWarmRestarts', epoch);
    const { settings } = this;
    if (epoch !== undefined || this.lastEpoch < 0) {
      Object.assign(settings, runAt(epoch ?? 0, settings));
    } else {
      settings.TCur++;
      if (settings.TCur >= settings.TI) {
        settings.TCur -= settings.TI;
        settings.TI *= settings.TMult;
      }
    }
    super.step(epoch === undefined ? undefined : Math.floor(epoch));
  }

  protected lrOf(_lr: number, group: number): number {
    const { TCur, TI, etaMin } = this.settings;
    return cosine(etaMin, this.baseLrs[group] as number, TCur, TI);
  }
}

/** The run that an epoch falls into, and how far into it. */
function runAt(at: number, { T_0, TMult }: Restarts): { TI: number; TCur: number } {
  if (TMult === 1) return { TI: T_0, TCur: at % T_0 };
  let [start, length] = [0, T_0];
  while (at >= start + length) {
    start += length;
    length *= TMult;
  }
  return { TI: length, TCur: at - start };
}

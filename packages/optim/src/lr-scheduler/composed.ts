import { ArgumentError } from '@retrograd/core';
import type { Given, Table } from '../hyperparameters.ts';
import { epoch, LRScheduler, type LRSchedulerOptions, options } from './lr-scheduler.ts';
import { ReduceLROnPlateau } from './reduce-lr-on-plateau.ts';
import { checkScheduled, Schedule, type Scheduled } from './schedule.ts';

const table: Table<LRSchedulerOptions> = { lastEpoch: [-1, epoch] };
const order = ['lastEpoch'] as const;

interface Sequence {
  _milestones: number[];
  lastEpoch: number;
  _schedulers: LRScheduler[];
}

/**
 * One schedule after the other, each from its beginning: the next takes over at each milestone.
 *
 * @example
 * ```ts
 * const warmup = new LinearLR(optimizer, { startFactor: 0.1, totalIters: 5 });
 * const fall = new CosineAnnealingLR(optimizer, 95);
 * const scheduler = new SequentialLR(optimizer, [warmup, fall], [5]);
 * ```
 * @throws ArgumentError unless all schedules are of this optimiser, and there is one milestone fewer than schedules
 */
export class SequentialLR extends Schedule<Sequence> {
  constructor(
    optimizer: Scheduled,
    schedulers: readonly LRScheduler[],
    milestones: readonly number[],
    ...rest: Given<LRSchedulerOptions, typeof order>
  ) {
    const { lastEpoch } = options('SequentialLR', table, order, rest);
    checkScheduled('SequentialLR', optimizer);
    const [first] = checkSchedules(
      'SequentialLR',
      schedulers,
      optimizer,
      (each) => each instanceof LRScheduler,
    );
    checkMilestones(milestones, schedulers.length - 1);
    super(optimizer, {
      _milestones: [...milestones],
      lastEpoch: lastEpoch + 1,
      _schedulers: [...schedulers],
    });
    // All of them have made their first step when they were made. Only the first one's is wanted.
    for (const group of optimizer.paramGroups) group.lr = group.initialLr ?? group.lr;
    for (const scheduler of schedulers) scheduler.rewind();
    first.begin();
    this.noteLrs();
  }

  /** How many times `step` was called. */
  get lastEpoch(): number {
    return this.settings.lastEpoch;
  }

  /** Goes on to the next epoch. */
  step(): void {
    const { _milestones, _schedulers } = this.settings;
    const next = ++this.settings.lastEpoch;
    const passed = _milestones.filter((milestone) => milestone <= next).length;
    const scheduler = _schedulers[passed] as LRScheduler;
    scheduler.step(_milestones[passed - 1] === next ? 0 : undefined);
    this.noteLrs();
  }
}

/**
 * Several schedules at once, each changing what the one before it has made of the rate.
 *
 * @example
 * ```ts
 * const warmup = new ConstantLR(optimizer, { factor: 0.1, totalIters: 2 });
 * const scheduler = new ChainedScheduler([warmup, new ExponentialLR(optimizer, 0.9)]);
 * ```
 * @throws ArgumentError unless there are schedules, all of one optimiser
 */
export class ChainedScheduler extends Schedule<{ _schedulers: (Schedule & { step(): void })[] }> {
  /** @param optimizer Default `null`: that of the schedules. */
  constructor(schedulers: readonly (Schedule & { step(): void })[], optimizer: Scheduled | null = null) {
    const [first] = checkSchedules(
      'ChainedScheduler',
      schedulers,
      optimizer,
      (each) => !(each instanceof ReduceLROnPlateau),
    );
    super(first.optimizer, { _schedulers: [...schedulers] });
  }

  /** Goes on to the next epoch. */
  step(): void {
    for (const scheduler of this.settings._schedulers) scheduler.step();
    this.noteLrs();
  }
}

/** @throws ArgumentError unless there are schedules, all of one optimiser and of a kind that fits in */
function checkSchedules<S extends Schedule>(
  op: string,
  schedulers: readonly S[],
  optimizer: Scheduled | null,
  fits: (each: Schedule) => boolean,
): readonly [S, ...S[]] {
  const list: readonly unknown[] = Array.isArray(schedulers) ? schedulers : [];
  const of = optimizer ?? schedulers?.[0]?.optimizer;
  const odd = list.findIndex((each) => !(each instanceof Schedule) || !fits(each) || each.optimizer !== of);
  if (list.length > 0 && odd < 0) return schedulers as unknown as readonly [S, ...S[]];
  throw new ArgumentError({
    op,
    got: odd < 0 ? 'no schedules' : `${Object(list[odd]).constructor?.name} as schedule ${odd}`,
    want: 'schedules of one optimiser, each of which steps without a metric by itself',
  });
}

function checkMilestones(milestones: readonly number[], count: number): void {
  const whole =
    Array.isArray(milestones) &&
    milestones.every((each, i) => Number.isInteger(each) && each > (milestones[i - 1] ?? -1));
  if (whole && milestones.length === count) return;
  throw new ArgumentError({
    op: 'SequentialLR',
    got: `milestones ${Array.isArray(milestones) ? `[${milestones.join(', ')}]` : String(milestones)}`,
    want: `${count} rising epochs, one fewer than schedules`,
  });
}

import { ArgumentError } from '@retrograd/core';
import { countOrNull, flag, fraction, type Given, oneOf, positive, type Table } from '../hyperparameters.ts';
import { camelCase } from '../state-dict.ts';
import { checkBeginning, epoch, LRScheduler, type LRSchedulerOptions, options } from './lr-scheduler.ts';
import { type CycledMomentumOptions, checkMomentum, momentumTable, setMomentum } from './momentum.ts';
import { checkScheduled, type PerGroup, perGroup, type Scheduled, type ScheduledGroup } from './schedule.ts';

/** The momentum moves between 0.85 and 0.95 by default. */
export interface OneCycleLROptions extends LRSchedulerOptions, CycledMomentumOptions {
  /** How many steps the cycle has. Default `null`: `epochs` times `stepsPerEpoch`. */
  totalSteps?: number | null;
  epochs?: number | null;
  stepsPerEpoch?: number | null;
  /** The part of the cycle in which the rate rises. Default 0.3. */
  pctStart?: number;
  /** Along a cosine, or straight. Default `'cos'`. */
  annealStrategy?: 'cos' | 'linear';
  /** The rate begins with `maxLr / divFactor`. Default 25. */
  divFactor?: number;
  /** And ends with `maxLr / divFactor / finalDivFactor`. Default 1e4. */
  finalDivFactor?: number;
  /** Fall as long as it has risen, and only then to the end. Default false. */
  threePhase?: boolean;
}

const table: Table<OneCycleLROptions> = {
  totalSteps: [null, countOrNull],
  epochs: [null, countOrNull],
  stepsPerEpoch: [null, countOrNull],
  pctStart: [0.3, fraction],
  annealStrategy: ['cos', oneOf('cos', 'linear')],
  ...momentumTable(0.85, 0.95),
  divFactor: [25, positive],
  finalDivFactor: [1e4, positive],
  threePhase: [false, flag],
  lastEpoch: [-1, epoch],
};
const order = [
  'totalSteps',
  'epochs',
  'stepsPerEpoch',
  'pctStart',
  'annealStrategy',
  'cycleMomentum',
  'baseMomentum',
  'maxMomentum',
  'divFactor',
  'finalDivFactor',
  'threePhase',
  'lastEpoch',
] as const;

/** A part of the cycle, in PyTorch's words: from which to which of the numbers that the groups know, until when. */
interface Phase {
  endStep: number;
  startLr: string;
  endLr: string;
  startMomentum: string;
  endMomentum: string;
}

interface OneCycle {
  totalSteps: number;
  _schedulePhases: Phase[];
  cycleMomentum: boolean;
  annealFunc: (start: number, end: number, part: number) => number;
}

const anneal = {
  cos: (start: number, end: number, part: number) =>
    end + ((start - end) / 2) * (Math.cos(Math.PI * part) + 1),
  linear: (start: number, end: number, part: number) => (end - start) * part + start,
};

/**
 * One cycle: the learning rates rise to `maxLr`, and fall far below where they began; the momentum does the opposite.
 * Call `step` after every batch.
 *
 * Source: L. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates".
 *
 * @example
 * ```ts
 * const scheduler = new OneCycleLR(optimizer, 0.1, { epochs: 10, stepsPerEpoch: loader.length });
 * ```
 * @throws ArgumentError unless the number of steps is known, and the optimiser has the momentum that is to be cycled
 */
export class OneCycleLR extends LRScheduler<OneCycle> {
  constructor(optimizer: Scheduled, maxLr: PerGroup, ...rest: Given<OneCycleLROptions, typeof order>) {
    const op = 'OneCycleLR';
    checkScheduled(op, optimizer);
    // First of all, since who names it too leaves all else out.
    const maxLrs = perGroup(op, 'maxLr', maxLr, optimizer);
    const given = options(op, table, order, rest);
    const { lastEpoch, pctStart, threePhase, cycleMomentum } = given;
    const totalSteps = stepsOf(op, given);
    checkBeginning(op, optimizer, lastEpoch);
    if (cycleMomentum) checkMomentum(op, optimizer);
    const notes = notesOf(op, optimizer, maxLrs, given);
    if (lastEpoch === -1)
      for (const [i, group] of optimizer.paramGroups.entries()) Object.assign(group, notes[i]);
    const settings = {
      totalSteps,
      _schedulePhases: phasesOf(totalSteps, pctStart, threePhase),
      cycleMomentum,
      annealFunc: anneal[given.annealStrategy],
    };
    super(optimizer, settings, { lastEpoch });
  }

  /** @throws ArgumentError after the last step of the cycle */
  override step(epoch?: number): void {
    const { totalSteps, cycleMomentum } = this.settings;
    const next = epoch ?? this.lastEpoch + 1;
    if (next > totalSteps) {
      throw new ArgumentError({
        op: 'OneCycleLR.step',
        got: `step ${next}`,
        want: `no more than ${totalSteps} steps`,
        fix: 'Give it all steps that there will be: epochs times batches.',
      });
    }
    super.step(epoch);
    if (!cycleMomentum) return;
    for (const group of this.optimizer.paramGroups) {
      setMomentum(group, this.between(group, 'startMomentum', 'endMomentum'));
    }
  }

  protected lrOf(lr: number, i: number): number {
    const group = this.optimizer.paramGroups[i];
    return group?.maxLr === undefined ? lr : this.between(group, 'startLr', 'endLr');
  }

  /** Between two of the numbers that a group knows, as far as the phase has got. */
  private between(group: ScheduledGroup, from: keyof Phase, to: keyof Phase): number {
    const { _schedulePhases, annealFunc } = this.settings;
    const step = this.lastEpoch;
    const found = _schedulePhases.findIndex(({ endStep }) => step <= endStep);
    const at = found < 0 ? _schedulePhases.length - 1 : found;
    const phase = _schedulePhases[at] as Phase;
    const start = _schedulePhases[at - 1]?.endStep ?? 0;
    // A phase of no length has been gone through.
    const part = phase.endStep === start ? 1 : (step - start) / (phase.endStep - start);
    const known = (name: keyof Phase) =>
      Number(group[camelCase(String(phase[name])) as keyof ScheduledGroup]);
    return annealFunc(known(from), known(to), part);
  }
}

function stepsOf(op: string, { totalSteps, epochs, stepsPerEpoch }: Required<OneCycleLROptions>): number {
  if (totalSteps !== null) return totalSteps;
  if (epochs !== null && stepsPerEpoch !== null) return epochs * stepsPerEpoch;
  throw new ArgumentError({
    op,
    got: 'no number of steps',
    want: 'totalSteps, or epochs and stepsPerEpoch',
  });
}

/** What each group is to know, in the words of the phases. */
function notesOf(
  op: string,
  optimizer: Scheduled,
  maxLrs: readonly number[],
  given: Required<OneCycleLROptions>,
) {
  const { divFactor, finalDivFactor, cycleMomentum } = given;
  const least = perGroup(op, 'baseMomentum', given.baseMomentum, optimizer);
  const most = perGroup(op, 'maxMomentum', given.maxMomentum, optimizer);
  return maxLrs.map((rate, i) => ({
    initialLr: rate / divFactor,
    maxLr: rate,
    minLr: rate / divFactor / finalDivFactor,
    ...(cycleMomentum && { baseMomentum: least[i], maxMomentum: most[i] }),
  }));
}

function phasesOf(steps: number, part: number, three: boolean): Phase[] {
  const momentum = {
    falls: ['max_momentum', 'base_momentum'],
    rises: ['base_momentum', 'max_momentum'],
    stays: ['max_momentum', 'max_momentum'],
  } as const;
  const phase = (endStep: number, startLr: string, endLr: string, how: keyof typeof momentum): Phase => {
    const [startMomentum, endMomentum] = momentum[how];
    return { endStep, startLr, endLr, startMomentum, endMomentum };
  };
  const rise = phase(part * steps - 1, 'initial_lr', 'max_lr', 'falls');
  if (!three) return [rise, phase(steps - 1, 'max_lr', 'min_lr', 'rises')];
  return [
    rise,
    phase(2 * part * steps - 2, 'max_lr', 'initial_lr', 'rises'),
    phase(steps - 1, 'initial_lr', 'min_lr', 'stays'),
  ];
}

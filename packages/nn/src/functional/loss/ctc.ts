import {
  ArgumentError,
  cat,
  constantPad,
  logicalAnd,
  logsumexp,
  type Optional,
  optional,
  ShapeError,
  showShape,
  stack,
  Tensor,
  tensor,
  where,
  zeros,
} from '@retrograd/core';
import { checkFloat } from '../../checks.ts';
import { checkLabelDtype, entriesAt } from './labels.ts';
import { type LossOptions, reduce } from './reduction.ts';

export interface CtcLossOptions extends LossOptions {
  /** The class that stands for no label. Default 0. */
  blank?: number;
  /** Make infinite losses, of targets that do not fit into their input, 0. Default false. */
  zeroInfinity?: boolean;
}

export const ctcOrder = ['blank', 'reduction', 'zeroInfinity'] as const;

/** How long the sequences of a batch are; one number for a single sequence. */
export type Lengths = Tensor | readonly number[] | number;

/** Stands for log 0: the gradients of sums of exponentials of −∞ would be NaN. */
const impossible = -1e30;

/**
 * Connectionist temporal classification (Graves et al., 2006): minus the log-probability that a sequence of classes,
 * without its repetitions and then without its blanks, is the target.
 *
 * `logProbs` holds log-probabilities, `(T, N, C)` or `(T, C)`. `targets` holds labels, `(N, S)`, or `(S)`, or those of the
 * whole batch one after the other. Lengths are read. `'mean'` divides each loss by the length of its target first.
 * Where no sequence gives the target, the loss is ∞ and its gradient 0.
 * @throws ArgumentError for lengths that do not fit, IndexError for a label that is no class
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Lengths,
  targetLengths: Lengths,
  ...rest: Optional<CtcLossOptions, typeof ctcOrder>
): Tensor {
  const op = 'ctcLoss';
  const { blank = 0, reduction, zeroInfinity = false } = optional<CtcLossOptions>(op, rest, ctcOrder);
  const single = checkFloat(op, logProbs).ndim === 2;
  const logp = single ? logProbs.unsqueeze(1) : logProbs;
  const [times, batch] = checkLogProbs(op, logp, blank);
  const inputs = lengthsOf(op, 'inputLengths', inputLengths, batch, times);
  const labels = labelsOf(op, targets, targetLengths, batch, blank);
  const likelihood = forward(op, logp, labels, inputs, blank);
  const losses = where(
    likelihood.lt(impossible / 2),
    zeroInfinity ? 0 : Number.POSITIVE_INFINITY,
    likelihood.neg(),
  );
  const shares = labels.lengths.map((length) => 1 / Math.max(length, 1));
  const counted =
    (reduction ?? 'mean') === 'mean' ? losses.mul(tensor(shares, { dtype: losses.dtype })) : losses;
  return reduce(op, single ? counted.squeeze(0) : counted, reduction);
}

/** The labels of a batch, `(N, S)`, with blanks behind their ends. */
interface Targets {
  readonly labels: Tensor;
  readonly lengths: readonly number[];
}

/**
 * The log-probability of the targets, `(N)`, by the forward variables: αₜ(s) is that of all prefixes of t classes that end
 * in state s. There are 2S + 1 states: a blank, the first label, a blank, the second label, …, a blank. A step stays in its
 * state, goes on to the next, or from a label to the next label if that is another.
 */
function forward(
  op: string,
  logp: Tensor,
  targets: Targets,
  inputs: readonly number[],
  blank: number,
): Tensor {
  const { labels, lengths } = targets;
  const [times, batch] = logp.shape as [number, number];
  const size = labels.shape[1] as number;
  const ofLabels = entriesAt(op, logp, 2, labels.expand([times, batch, size]));
  const ofBlank = logp
    .select(2, blank)
    .unsqueeze(2)
    .expand([times, batch, size + 1]);
  const emitted = interleaved(ofBlank, ofLabels);
  const differs = logicalAnd(labels.ne(blank), labels.ne(constantPad(labels, [1, -1], blank)));
  const maySkip = interleaved(zeros([batch, size + 1], { dtype: 'bool' }), differs);
  const lasts = tensor(inputs, { dtype: 'int32' }).unsqueeze(1);
  // Before the first class it is as if there had been a blank.
  let alpha = constantPad(zeros([batch, 1], { dtype: logp.dtype }), [0, 2 * size], impossible);
  for (let t = 0; t < times; t++) {
    const skipped = where(maySkip, constantPad(alpha, [2, -2], impossible), impossible);
    const arrived = logsumexp(stack([alpha, constantPad(alpha, [1, -1], impossible), skipped]), 0);
    alpha = where(lasts.gt(t), arrived.add(emitted.select(0, t)), alpha);
  }
  const isEnd = lengths.map((length) =>
    Array.from({ length: 2 * size + 1 }, (_, s) => s === 2 * length || s === 2 * length - 1),
  );
  return logsumexp(where(tensor(isEnd, { dtype: 'bool' }).reshape(alpha.shape), alpha, impossible), 1);
}

/** a₀ b₀ a₁ b₁ … aₙ along the last dim. */
function interleaved(a: Tensor, b: Tensor): Tensor {
  const size = b.size(-1);
  const pairs = stack([a.narrow(-1, 0, size), b], b.ndim);
  return cat([pairs.reshape([...b.shape.slice(0, -1), 2 * size]), a.narrow(-1, size, 1)], -1);
}

function checkLogProbs(op: string, logp: Tensor, blank: number): [times: number, batch: number] {
  const [times, batch, classes] = logp.shape;
  if (logp.ndim !== 3 || times === undefined || batch === undefined || classes === undefined)
    throw new ShapeError({ op, got: `shape ${showShape(logp.shape)}`, want: '(T, N, C) or (T, C)' });
  if (Number.isInteger(blank) && blank >= 0 && blank < classes) return [times, batch];
  throw new ArgumentError({ op, got: `blank ${blank}`, want: `a class, from 0 to ${classes - 1}` });
}

function lengthsOf(op: string, name: string, given: Lengths, batch: number, most: number): readonly number[] {
  const lengths = given instanceof Tensor ? [...checkLabelDtype(op, given).data] : [given].flat();
  const fits = (length: unknown) => Number.isInteger(length) && Number(length) >= 0 && Number(length) <= most;
  if (lengths.length === batch && lengths.every(fits)) return lengths;
  throw new ArgumentError({
    op,
    got: `${name} ${lengths.join(', ')}`,
    want: `${batch} whole numbers from 0 to ${most}, one for each sequence`,
  });
}

/** Rows of labels, whether they come as rows or one after the other. */
function labelsOf(op: string, targets: Tensor, given: Lengths, batch: number, blank: number): Targets {
  const { ndim, numel, shape } = checkLabelDtype(op, targets);
  const rows = ndim === 2 || (ndim === 1 && batch === 1);
  const width = rows ? targets.size(-1) : numel;
  const lengths = lengthsOf(op, 'targetLengths', given, batch, width);
  if (rows ? numel !== batch * width : ndim !== 1 || numel !== sumOf(lengths))
    throw new ShapeError({
      op,
      got: `targets of shape ${showShape(shape)}, and lengths ${lengths.join(', ')}`,
      want: `(${batch}, S), or the labels one after the other`,
    });
  const starts = lengths.map((_, n) => (rows ? n * width : sumOf(lengths.slice(0, n))));
  const size = Math.max(0, ...lengths);
  const places = starts.map((start, n) =>
    Array.from({ length: size }, (_, s) => (s < (lengths[n] as number) ? start + s : -1)),
  );
  const index = tensor(places, { dtype: 'int32' }).reshape([batch, size]);
  const inside = index.ge(0);
  return { labels: where(inside, targets.to('int32').take(where(inside, index, 0)), blank), lengths };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

import { ShapeError } from '../errors.ts';
import * as base from '../primitives/correlate.ts';
import { checkTensor } from '../primitives/operand.ts';
import { perDim, showShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkOptions } from './arguments.ts';
import type { PerDim } from './conv.ts';
import { batched, checkChannels, checkGroups, checkWindows } from './conv-checks.ts';

export interface CorrelateOptions {
  /** Default 1. */
  stride?: PerDim;
  /**
   * Zeros before and after, for each spatial dim: one number for all sides, one for each dim, or a pair for each dim.
   * Negative ones crop. Default 0.
   */
  padding?: PerDim | readonly (readonly [before: number, after: number])[];
  /** Distance between taps of the kernel. Default 1. */
  dilation?: PerDim;
  /** Distance between elements of the input, zeros standing in between. Default 1. */
  inputDilation?: PerDim;
  /** Channels are split into this many groups that do not see each other. Default 1. */
  groups?: number;
}

/**
 * Cross-correlation in one, two or three spatial dims, in full generality: the primitive under every convolution.
 * `x (N, C, …S)`, `weight (O, C/groups, …K)`, result `(N, O, …P)` with
 * P = ⌊(inputDilation·(S − 1) + 1 + before + after − dilation·(K − 1) − 1) / stride⌋ + 1.
 *
 * @example
 * ```ts
 * correlate(x, w, { padding: [[1, 0], [0, 1]], inputDilation: 2 });
 * ```
 * @throws ShapeError, DTypeError or ArgumentError if the arguments do not fit
 */
export function correlate(x: Tensor, weight: Tensor, options: CorrelateOptions = {}): Tensor {
  const op = 'correlate';
  checkOptions(op, options, ['stride', 'padding', 'dilation', 'inputDilation', 'groups']);
  for (const operand of [x, weight]) checkTensor(op, operand);
  const n = x.ndim - 2;
  if (n < 1 || n > 3 || weight.ndim !== x.ndim) {
    throw new ShapeError({
      op,
      got: `shapes ${showShapes([x.shape, weight.shape])}`,
      want: '(N, C, …) and (O, C/groups, …) with the same one, two or three spatial dims',
    });
  }
  batched(op, x, weight, n);
  const { groups = 1 } = options;
  checkChannels(op, x, weight, groups, (weight.shape[1] as number) * groups, 'weight.shape[1] × groups');
  checkGroups(op, weight.shape[0] as number, groups, 'output channels');
  const geometry = {
    stride: perDim(op, 'stride', options.stride ?? 1, n, 1),
    dilation: perDim(op, 'dilation', options.dilation ?? 1, n, 1),
    inputDilation: perDim(op, 'inputDilation', options.inputDilation ?? 1, n, 1),
    padding: sidesOf(op, options.padding ?? 0, n),
    groups,
  };
  checkWindows(op, x, weight, base.correlateSizes(x.shape.slice(2), weight.shape.slice(2), geometry));
  return base.correlate(x, weight, geometry);
}

function sidesOf(op: string, padding: NonNullable<CorrelateOptions['padding']>, n: number) {
  const list = Array.isArray(padding)
    ? (padding as readonly (number | readonly number[])[])
    : [padding as number];
  const all = list.length === 1 ? new Array<number | readonly number[]>(n).fill(list[0] ?? 0) : list;
  const sides = all.flatMap((side) => perDim(op, 'padding', side, 2, Number.NEGATIVE_INFINITY));
  const checked = perDim(op, 'padding', sides, 2 * n, Number.NEGATIVE_INFINITY);
  return Array.from(
    { length: n },
    (_, d) => [checked[2 * d] as number, checked[2 * d + 1] as number] as const,
  );
}

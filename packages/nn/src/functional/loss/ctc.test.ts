import {
  ArgumentError,
  DTypeError,
  IndexError,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { F } from '../../index.ts';

const leaf = { dtype: 'float64', requiresGrad: true } as const;
const none = { reduction: 'none' } as const;
const labels = (data: number[] | number[][]) => tensor(data, { dtype: 'int32' });

/** Sums over every sequence of classes whose repetitions and blanks leave the target. */
function slow(logp: Tensor, target: readonly number[], blank = 0): number {
  const [times, classes] = logp.shape as [number, number];
  let total = 0;
  for (let code = 0; code < classes ** times; code++) {
    const path = Array.from({ length: times }, (_, t) => Math.floor(code / classes ** t) % classes);
    const left = path.filter((label, t) => label !== path[t - 1] && label !== blank);
    if (String(left) !== String(target)) continue;
    total += Math.exp(path.reduce((sum, label, t) => sum + (logp.data[t * classes + label] as number), 0));
  }
  return -Math.log(total);
}

const logProbs = () => F.logSoftmax(randn([5, 3, 3], { dtype: 'float64' }), 2).detach();

describe('ctcLoss', () => {
  const targets = labels([
    [1, 2, 1],
    [1, 1, 0],
    [2, 0, 0],
  ]);
  const lists = [[1, 2, 1], [1, 1], []];

  it('is the sum over all sequences', () => {
    const logp = logProbs();
    const wanted = lists.map((list, n) => slow(logp.select(1, n).contiguous(), list));
    const losses = F.ctcLoss(logp, targets, [5, 5, 5], [3, 2, 0], none);
    expect(losses).toBeCloseToTensor(wanted);
    expect(
      F.ctcLoss(logp, labels([1, 2, 1, 1, 1]), labels([5, 5, 5]), labels([3, 2, 0]), none),
    ).toEqualTensor(losses);
    expect(F.ctcLoss(logp, targets, [5, 5, 5], [3, 2, 0]).item()).toBeCloseTo(
      ((wanted[0] as number) / 3 + (wanted[1] as number) / 2 + (wanted[2] as number)) / 3,
      12,
    );
  });

  it('reads no further than each sequence goes', () => {
    const logp = logProbs();
    const wanted = lists.map((list, n) =>
      slow(
        logp
          .select(1, n)
          .narrow(0, 0, 4 - n)
          .contiguous(),
        list,
      ),
    );
    expect(F.ctcLoss(logp, targets, [4, 3, 2], [3, 2, 0], none)).toBeCloseToTensor(wanted);
  });

  it('takes one sequence, and another blank', () => {
    const logp = logProbs().select(1, 0).contiguous();
    const loss = F.ctcLoss(logp, labels([0, 1]), 5, 2, { blank: 2, ...none });
    expect(loss.shape).toEqual([]);
    expect(loss.item()).toBeCloseTo(slow(logp, [0, 1], 2), 12);
  });

  it('has exact gradients of first and second order', () => {
    const loss = (z: Tensor) => F.ctcLoss(F.logSoftmax(z, 2), targets, [5, 4, 5], [3, 2, 1]);
    expect(loss).toPassGradcheck(randn([5, 3, 3], leaf), { order: 2 });
  });

  it('is infinite where the target does not fit, or 0 if so wanted, with a gradient of 0', () => {
    const x = randn([2, 1, 3], leaf);
    const loss = (options = {}) =>
      F.ctcLoss(F.logSoftmax(x, 2), labels([[1, 1]]), [2], [2], { ...none, ...options });
    expect(loss().item()).toBe(Number.POSITIVE_INFINITY);
    expect(loss({ zeroInfinity: true }).item()).toBe(0);
    loss().sum().backward();
    expect(x.grad).toEqualTensor(zeros([2, 1, 3], { dtype: 'float64' }));
    expect(F.ctcLoss(zeros(2, 2, 3), labels([[1], [1]]), [0, 0], [0, 1], none)).toEqualTensor([
      0,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it('refuses what does not fit', () => {
    const logp = zeros(5, 3, 3);
    expect(() => F.ctcLoss(logp, targets, [6, 5, 5], [3, 2, 0])).toThrow(ArgumentError);
    expect(() => F.ctcLoss(logp, targets, [5, 5], [3, 2, 0])).toThrow(ArgumentError);
    expect(() => F.ctcLoss(logp, targets, [5, 5, 5], [4, 2, 0])).toThrow(ArgumentError);
    expect(() => F.ctcLoss(logp, targets, [5, 5, 5], [3, 2, 0], { blank: 3 })).toThrow(ArgumentError);
    expect(() => F.ctcLoss(logp, labels([1, 2]), [5, 5, 5], [1, 2, 0])).toThrow(ShapeError);
    expect(() => F.ctcLoss(logp, labels([[1], [2]]), [5, 5, 5], [1, 1, 1])).toThrow(ShapeError);
    expect(() => F.ctcLoss(zeros(5), labels([1]), 5, 1)).toThrow(ShapeError);
    expect(() => F.ctcLoss(logp, labels([[1], [3], [1]]), [5, 5, 5], [1, 1, 1])).toThrow(IndexError);
    expect(() => F.ctcLoss(logp, zeros(3, 1), [5, 5, 5], [1, 1, 1])).toThrow(DTypeError);
    expect(() => F.ctcLoss(zeros([5, 3, 3], { dtype: 'int32' }), targets, [5, 5, 5], [3, 2, 0])).toThrow(
      DTypeError,
    );
  });
});

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

const float64 = { dtype: 'float64' } as const;
const leaf = { ...float64, requiresGrad: true } as const;
const none = { reduction: 'none' } as const;
const labels = (data: number | number[] | number[][]) => tensor(data, { dtype: 'int32' });

const scores = [
  [0.1, 0.2, 0.4, 0.8],
  [3, -1, 2.5, 0],
  [1, 1, 1, 1],
];

describe('multiMarginLoss', () => {
  /** Loops over classes, as the documentation has it. */
  function slow(
    row: readonly number[],
    label: number,
    { p = 1, margin = 1, weight = [1, 1, 1, 1] } = {},
  ): number {
    const lacking = row.map((x, i) =>
      i === label ? 0 : Math.max(0, margin - (row[label] as number) + x) ** p,
    );
    return ((weight[label] as number) * lacking.reduce((sum, x) => sum + x)) / row.length;
  }

  it('is what the label’s score lacks to the margin above the others', () => {
    const x = tensor(scores, leaf);
    const y = labels([3, 0, 1]);
    const wanted = (options: object) => scores.map((row, i) => slow(row, [3, 0, 1][i] as number, options));
    expect(F.multiMarginLoss(x, y, none)).toBeCloseToTensor(wanted({}));
    const weight = [1, 2, 3, 4];
    const options = { p: 2, margin: 0.7, weight: tensor(weight, float64) };
    expect(F.multiMarginLoss(x, y, { ...options, ...none })).toBeCloseToTensor(
      wanted({ ...options, weight }),
    );
    expect((z: Tensor) => F.multiMarginLoss(z, y, options)).toPassGradcheck(randn([3, 4], leaf), {
      order: 2,
    });
  });

  it('takes one row, and gives what has the shape of its target', () => {
    const row = tensor(scores[0] as number[], float64);
    expect(F.multiMarginLoss(row, labels(3), none).shape).toEqual([]);
    expect(F.multiMarginLoss(row, labels([3]), none).shape).toEqual([1]);
    expect(F.multiMarginLoss(row, labels(3)).item()).toBeCloseTo(slow(scores[0] as number[], 3), 12);
  });

  it('refuses what does not fit', () => {
    const x = tensor(scores);
    expect(() => F.multiMarginLoss(x, labels([0, 4, 0]))).toThrow(IndexError);
    expect(() => F.multiMarginLoss(x, labels([0, -1, 0]))).toThrow(IndexError);
    expect(() => F.multiMarginLoss(x, labels([0, 1]))).toThrow(ShapeError);
    expect(() => F.multiMarginLoss(x, labels([[0], [1], [2]]))).toThrow(ShapeError);
    expect(() => F.multiMarginLoss(zeros(2, 3, 4), labels([0, 1]))).toThrow(ShapeError);
    expect(() => F.multiMarginLoss(zeros(2, 0), labels([0, 1]))).toThrow(ShapeError);
    expect(() => F.multiMarginLoss(x, tensor([0, 1, 2]))).toThrow(DTypeError);
    expect(() => F.multiMarginLoss(x, labels([0, 1, 2]), { p: 3 })).toThrow(ArgumentError);
    expect(() => F.multiMarginLoss(x, labels([0, 1, 2]), { weight: zeros(3) })).toThrow(ShapeError);
    expect(() => F.multiMarginLoss(x, labels([0, 1, 2]), { weight: zeros([4], float64) })).toThrow(
      DTypeError,
    );
  });
});

describe('multilabelMarginLoss', () => {
  /** Loops over labels and other classes, as the documentation has it. */
  function slow(row: readonly number[], list: readonly number[]): number {
    const own = list.slice(0, list.includes(-1) ? list.indexOf(-1) : undefined);
    const others = row.filter((_, i) => !own.includes(i));
    let sum = 0;
    for (const j of own) for (const x of others) sum += Math.max(0, 1 - (row[j] as number) + x);
    return sum / row.length;
  }

  const lists = [
    [3, 0, -1, 1],
    [2, 2, -1, -1],
    [-1, 0, 1, 2],
  ];

  it('is what the scores of the labels lack to 1 above the others', () => {
    const x = tensor(scores, leaf);
    const wanted = scores.map((row, i) => slow(row, lists[i] as number[]));
    expect(F.multilabelMarginLoss(x, labels(lists), none)).toBeCloseToTensor(wanted);
    const one = F.multilabelMarginLoss(tensor(scores[0] as number[], float64), labels(lists[0] as number[]));
    expect(one.item()).toBeCloseTo(wanted[0] as number, 12);
    const random = randn([3, 4], leaf);
    expect((z: Tensor) => F.multilabelMarginLoss(z, labels(lists))).toPassGradcheck(random, { order: 2 });
  });

  it('refuses what does not fit', () => {
    expect(() => F.multilabelMarginLoss(zeros(3), labels([3, -1, -1]))).toThrow(IndexError);
    expect(() => F.multilabelMarginLoss(zeros(3), labels([0, -1, 7]))).toThrow(IndexError);
    expect(() => F.multilabelMarginLoss(zeros(3), labels([-2, 0, 0]))).toThrow(IndexError);
    expect(() => F.multilabelMarginLoss(zeros(3), labels([0, -1]))).toThrow(ShapeError);
    expect(() => F.multilabelMarginLoss(zeros(2, 2, 2), labels([0]))).toThrow(ShapeError);
    expect(() => F.multilabelMarginLoss(zeros(3), zeros(3))).toThrow(DTypeError);
  });
});

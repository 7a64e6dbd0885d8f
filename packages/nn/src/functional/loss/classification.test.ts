import {
  ArgumentError,
  DTypeError,
  IndexError,
  ones,
  rand,
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
const labels = (data: number[] | number[][]) => tensor(data, { dtype: 'int32' });

/** −log softmax(scores)[label], as the textbook has it. */
function negativeLogLikelihood(scores: readonly number[], label: number): number {
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  return Math.log(total) - (scores[label] as number);
}

describe('crossEntropy', () => {
  const scores = [
    [0.5, -1, 2],
    [3, 0.1, 0.2],
    [1, 1, 1],
  ];
  const logits = () => tensor(scores, leaf);

  it('is the mean of −log softmax at the labels', () => {
    const wanted = [2, 0, 1].map((label, i) => negativeLogLikelihood(scores[i] as number[], label));
    const y = labels([2, 0, 1]);
    expect(F.crossEntropy(logits(), y, { reduction: 'none' })).toBeCloseToTensor(wanted);
    expect(F.crossEntropy(logits(), y).item()).toBeCloseTo(wanted.reduce((a, b) => a + b) / 3, 12);
  });

  it('takes uint8 labels, and one sample without a batch', () => {
    const y = tensor([2, 0, 1], { dtype: 'uint8' });
    expect(F.crossEntropy(logits(), y)).toEqualTensor(F.crossEntropy(logits(), labels([2, 0, 1])));
    const one = F.crossEntropy(tensor([0.5, -1, 2], float64), tensor(2, { dtype: 'int32' }));
    expect(one.item()).toBeCloseTo(negativeLogLikelihood([0.5, -1, 2], 2), 12);
  });

  it('leaves ignored labels out of the mean, and gives them no gradient', () => {
    const x = logits();
    const y = labels([2, -100, 1]);
    F.crossEntropy(x, y).backward();
    const kept = tensor([scores[0] as number[], scores[2] as number[]], leaf);
    F.crossEntropy(kept, labels([2, 1])).backward();
    expect(x.grad?.select(0, 1)).toEqualTensor([0, 0, 0]);
    expect(x.grad?.indexSelect(0, labels([0, 2]))).toBeCloseToTensor(kept.grad ?? zeros(0));
    expect(F.crossEntropy(logits(), labels([1, 1, 0]), { ignoreIndex: 1 }).item()).toBeCloseTo(
      Math.log(3),
      12,
    );
    expect(F.crossEntropy(logits(), labels([-100, -100, -100])).item()).toBeNaN();
  });

  it('is finite for an ignored sample of infinite scores', () => {
    const x = tensor(
      [
        [0, 0],
        [Number.NEGATIVE_INFINITY, 0],
      ],
      leaf,
    );
    expect(F.crossEntropy(x, labels([0, -100])).item()).toBeCloseTo(Math.log(2), 12);
  });

  it('does not overflow', () => {
    expect(F.crossEntropy(tensor([[1000, -1000]]), labels([1])).item()).toBe(2000);
  });

  it('takes probabilities', () => {
    const hard = F.oneHot(labels([2, 0, 1]), 3).to('float64');
    const options = [
      {},
      { labelSmoothing: 0.3 },
      { weight: tensor([1, 2, 3], float64), reduction: 'sum' },
    ] as const;
    for (const option of options)
      expect(F.crossEntropy(logits(), hard, option)).toBeCloseToTensor(
        F.crossEntropy(logits(), labels([2, 0, 1]), option),
      );
  });

  it('has exact gradients of the first and the second order', () => {
    const weight = tensor([0.5, 2, 1], float64);
    const x = () => randn([2, 3, 2], leaf);
    const y = labels([
      [0, 2],
      [-100, 1],
    ]);
    expect((z: Tensor) => F.crossEntropy(z, y, { weight, labelSmoothing: 0.2 })).toPassGradcheck(x(), {
      order: 2,
    });
    expect((z: Tensor) => F.crossEntropy(z, y, { weight })).toPassGradcheck(x(), { order: 2 });
    const p = rand([2, 3, 2], float64);
    expect((z: Tensor) => F.crossEntropy(z, p, { weight })).toPassGradcheck(x(), { order: 2 });
  });

  it.each([3, -1, -101])('names the label %d that is no class', (label) => {
    const y = labels([0, label, 1]);
    expect(() => F.crossEntropy(logits(), y)).toThrow(IndexError);
    expect(() => F.crossEntropy(logits(), y)).toThrow(new RegExp(`crossEntropy.*label ${label} .*3 classes`));
  });

  it('refuses what does not fit', () => {
    const y = labels([0, 1, 2]);
    expect(() => F.crossEntropy(logits(), tensor([0, 1, 2]))).toThrow(DTypeError);
    expect(() => F.crossEntropy(logits(), tensor([true, true, false]))).toThrow(DTypeError);
    expect(() => F.crossEntropy(logits().to('int32'), y)).toThrow(DTypeError);
    expect(() => F.crossEntropy(logits(), ones(3, 3))).toThrow(DTypeError);
    expect(() => F.crossEntropy(logits(), labels([0, 1]))).toThrow(ShapeError);
    expect(() => F.crossEntropy(logits(), labels([[0], [1], [2]]))).toThrow(ShapeError);
    expect(() => F.crossEntropy(logits(), ones([3, 2], float64))).toThrow(ShapeError);
    expect(() => F.crossEntropy(zeros([]), y)).toThrow(ShapeError);
    expect(() => F.crossEntropy(logits(), y, { weight: ones([2], float64) })).toThrow(ShapeError);
    expect(() => F.crossEntropy(logits(), y, { weight: ones(3) })).toThrow(DTypeError);
    expect(() => F.crossEntropy(logits(), y, { labelSmoothing: 2 })).toThrow(ArgumentError);
    expect(() => F.crossEntropy(logits(), y, { reduction: 'max' as never })).toThrow(ArgumentError);
    expect(() => F.crossEntropy(logits(), y, { smoothing: 1 } as never)).toThrow(ArgumentError);
    expect(() => F.crossEntropy([1] as never, y)).toThrow(ArgumentError);
    expect(() => F.crossEntropy(logits(), [1] as never)).toThrow(ArgumentError);
  });
});

describe('nllLoss', () => {
  it('is crossEntropy without the softmax', () => {
    const x = randn([4, 3], float64);
    const y = labels([0, 2, 1, -100]);
    const weight = tensor([1, 2, 3], float64);
    for (const reduction of ['mean', 'sum', 'none'] as const) {
      const options = { weight, reduction };
      expect(F.nllLoss(F.logSoftmax(x, 1), y, options)).toBeCloseToTensor(F.crossEntropy(x, y, options));
    }
    expect(() => F.nllLoss(x, y, { labelSmoothing: 0.1 } as never)).toThrow(ArgumentError);
    expect(() => F.nllLoss(x, labels([0, 0, 0, 3]))).toThrow(/nllLoss.*label 3/);
  });
});

import {
  ArgumentError,
  DTypeError,
  IndexError,
  manualSeed,
  randn,
  ShapeError,
  tensor,
} from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { AdaptiveLogSoftmaxWithLoss } from './adaptive-softmax.ts';

const classes = (...values: number[]) => tensor(values, { dtype: 'int32' });

function made() {
  manualSeed(0);
  const softmax = new AdaptiveLogSoftmaxWithLoss(8, 12, [3, 7], { divValue: 2 });
  manualSeed(1);
  return { softmax, x: randn(5, 8), target: classes(0, 2, 5, 11, 7) };
}

describe('AdaptiveLogSoftmaxWithLoss', () => {
  it('gives what PyTorch 1.13 gives for the same seeds', () => {
    // manual_seed(0); m = nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 7], 2.); manual_seed(1); x = randn(5, 8)
    const { softmax, x, target } = made();
    const { output, loss } = softmax.forward(x, target);
    expect(output).toBeCloseToTensor([
      -1.8149893283843994, -1.4021093845367432, -2.5923895835876465, -4.285297870635986, -3.8666133880615234,
    ]);
    expect(loss).toBeCloseToTensor(2.7922797203063965);
    expect(softmax.logProb(x).select(0, 0)).toBeCloseToTensor([
      -1.8149893283843994, -1.3398830890655518, -2.3114709854125977, -3.1607038974761963, -2.9070746898651123,
      -3.1746294498443604, -3.1262311935424805, -2.936500310897827, -3.0699281692504883, -2.784719944000244,
      -2.7369208335876465, -2.696314811706543,
    ]);
    expect(softmax.predict(x).toArray()).toEqual([1, 2, 2, 1, 2]);
    expect(Object.keys(softmax.stateDict())).toEqual([
      'head.weight',
      'tail.0.0.weight',
      'tail.0.1.weight',
      'tail.1.0.weight',
      'tail.1.1.weight',
    ]);
  });

  it('is a distribution, of which it predicts the largest', () => {
    const { softmax, x, target } = made();
    const all = softmax.logProb(x);
    expect(all.exp().sum(1)).toBeCloseToTensor([1, 1, 1, 1, 1]);
    const wanted = all.gather(1, target.unsqueeze(1)).squeeze(1);
    expect(softmax.forward(x, target).output).toBeCloseToTensor(wanted);
    // A strong cluster wins the head, and one of its classes.
    softmax.head.weight.requiresGrad_(false).narrow(0, 4, 1).copy_(x.select(0, 0).mul(10).unsqueeze(0));
    expect(softmax.predict(x).data[0]).toBeGreaterThanOrEqual(7);
  });

  it('takes one input and one class', () => {
    const { softmax, x, target } = made();
    const { output } = softmax.forward(x.select(0, 2), target.select(0, 2));
    expect(output.shape).toEqual([]);
    expect(output).toBeCloseToTensor(-2.5923895835876465);
  });

  it('refuses what makes no sense', () => {
    const { softmax, x, target } = made();
    expect(() => softmax.forward(x, classes(0, 2, 5, 12, 7))).toThrow(IndexError);
    expect(() => softmax.forward(x, classes(0))).toThrow(ShapeError);
    expect(() => softmax.forward(x, target.to('float32'))).toThrow(DTypeError);
    expect(() => softmax.logProb(x.select(0, 0))).toThrow(ShapeError);
    for (const cutoffs of [[], [0], [3, 3], [5, 3], [12], [1.5]])
      expect(() => new AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs)).toThrow(ArgumentError);
  });
});

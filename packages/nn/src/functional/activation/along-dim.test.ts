import {
  ArgumentError,
  DTypeError,
  manualSeed,
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

describe('softmin', () => {
  it('is e⁻ˣ over its sum', () => {
    const [a, b] = [Math.exp(-1), Math.exp(-3)];
    expect(F.softmin(tensor([1, 3], float64), 0)).toBeCloseToTensor([a / (a + b), b / (a + b)]);
    expect(F.softmin(tensor([1, 3], { dtype: 'int32' }), 0).dtype).toBe('float32');
    expect(F.softmin(zeros(2), 0, 'float64')).toEqualTensor(tensor([0.5, 0.5], float64));
    expect((x: Tensor) => F.softmin(x, 1)).toPassGradcheck(randn([2, 3], leaf), { order: 2 });
    expect(() => F.softmin(tensor([true]), 0)).toThrow(DTypeError);
  });
});

describe('glu', () => {
  it('gates one half with the other', () => {
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const x = tensor([[1, 2, 3, 4]], float64);
    expect(F.glu(x)).toBeCloseToTensor([[sigmoid(3), 2 * sigmoid(4)]]);
    expect(F.glu(x.t(), 0)).toBeCloseToTensor([[sigmoid(3)], [2 * sigmoid(4)]]);
    expect((z: Tensor) => F.glu(z, { dim: 0 })).toPassGradcheck(randn([4, 3], leaf), { order: 2 });
  });

  it('refuses what cannot be halved', () => {
    expect(() => F.glu(zeros(2, 3))).toThrow(ShapeError);
    expect(() => F.glu(zeros([]))).toThrow(ShapeError);
    expect(() => F.glu(tensor([1, 2], { dtype: 'int32' }))).toThrow(DTypeError);
  });
});

describe('gumbelSoftmax', () => {
  const logits = () =>
    tensor(
      [
        [0.5, -1, 2],
        [0, 0, 1],
      ],
      { requiresGrad: true },
    );

  it('draws what PyTorch draws', () => {
    // torch.manual_seed(0); F.gumbel_softmax(logits, tau=0.7)
    manualSeed(0);
    expect(F.gumbelSoftmax(logits(), 0.7)).toBeCloseToTensor([
      [0.009609141387045383, 0.005036604590713978, 0.9853541851043701],
      [0.07754742354154587, 0.27857470512390137, 0.6438778638839722],
    ]);
  });

  it('gives one-hot vectors with the gradients of the soft ones', () => {
    const [soft, hard, slopes] = [logits(), logits(), tensor([[1, 2, 3]])];
    manualSeed(0);
    F.gumbelSoftmax(soft, { tau: 0.7 }).mul(slopes).sum().backward();
    manualSeed(0);
    const y = F.gumbelSoftmax(hard, 0.7, true);
    y.mul(slopes).sum().backward();
    expect(y).toBeCloseToTensor([
      [0, 0, 1],
      [0, 0, 1],
    ]);
    expect(hard.grad).toBeCloseToTensor(soft.grad ?? zeros(0));
  });

  it('chooses along any dim, as often as the logits say', () => {
    manualSeed(1);
    const rows = tensor([0, Math.log(3)]).expand([4000, 2]);
    expect(F.gumbelSoftmax(rows.t(), { hard: true, dim: 0 }).sum(0)).toBeCloseToTensor(zeros(4000).add(1));
    const share = F.gumbelSoftmax(rows, { hard: true }).mean(0).data[1] as number;
    // Three standard deviations.
    expect(Math.abs(share - 0.75)).toBeLessThan(3 * Math.sqrt(0.1875 / 4000));
    expect(() => F.gumbelSoftmax(rows, 0)).toThrow(ArgumentError);
  });
});

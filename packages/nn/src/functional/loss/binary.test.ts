import { ArgumentError, DTypeError, randn, ShapeError, type Tensor, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { F } from '../../index.ts';

const float64 = { dtype: 'float64' } as const;
const leaf = { ...float64, requiresGrad: true } as const;
const { log, log1p, exp } = Math;
const logistic = (x: number) => 1 / (1 + exp(-x));

describe('binaryCrossEntropy', () => {
  it('is −t log p − (1 − t) log(1 − p), weighted', () => {
    const formula = (p: number, t: number) => -t * log(p) - (1 - t) * log(1 - p);
    const [p, t] = [tensor([0.2, 0.5, 0.9], float64), tensor([1, 0.3, 0], float64)];
    const wanted = [formula(0.2, 1), formula(0.5, 0.3), formula(0.9, 0)];
    expect(F.binaryCrossEntropy(p, t, { reduction: 'none' })).toBeCloseToTensor(wanted);
    const weight = tensor([2], float64);
    expect(F.binaryCrossEntropy(p, t, weight).item()).toBeCloseTo(
      (2 * wanted.reduce((sum, loss) => sum + loss)) / 3,
      12,
    );
    const pair = [tensor([0.2, 0.5, 0.9], leaf), tensor([0.9, 0.3, 0.1], leaf)];
    expect(F.binaryCrossEntropy).toPassGradcheck(pair, { order: 2 });
  });

  it('has PyTorch’s bound, and its gradient (p − t) / max(p (1 − p), 10⁻¹²), at 0 and 1', () => {
    const p = tensor([0, 1, 0, 1, 1e-14, 0.25], leaf);
    const loss = F.binaryCrossEntropy(p, tensor([1, 1, 0, 0.5, 0.5, 0], float64), { reduction: 'none' });
    expect(loss).toBeCloseToTensor([100, 0, 0, 50, -0.5 * log(1e-14), -log(0.75)]);
    loss.sum().backward();
    expect(p.grad).toBeCloseToTensor([-1e12, 0, 0, 5e11, (1e-14 - 0.5) / 1e-12, 1 / 0.75], { rtol: 1e-12 });
  });

  it('refuses what is no probability', () => {
    expect(() => F.binaryCrossEntropy(tensor([1.5]), tensor([1]))).toThrow(ArgumentError);
    expect(() => F.binaryCrossEntropy(tensor([Number.NaN]), tensor([1]))).toThrow(ArgumentError);
    expect(() => F.binaryCrossEntropy(zeros(3, 1), zeros(3))).toThrow(ShapeError);
    expect(F.binaryCrossEntropy(zeros(0), zeros(0), { reduction: 'sum' }).item()).toBe(0);
  });
});

describe('binaryCrossEntropyWithLogits', () => {
  it('is that of the sigmoid, with exact gradients also at 0', () => {
    const logits = tensor([-3, 0, 2.5], leaf);
    const target = tensor([1, 0.3, 0], float64);
    const weight = tensor([1, 2, 3], float64);
    const direct = F.binaryCrossEntropyWithLogits(logits, target, { weight });
    expect(direct).toBeCloseToTensor(F.binaryCrossEntropy(logits.sigmoid(), target, { weight }));
    const posWeight = tensor([2], float64);
    expect((z: Tensor) => F.binaryCrossEntropyWithLogits(z, target, { posWeight })).toPassGradcheck(logits, {
      order: 2,
    });
    expect(F.binaryCrossEntropyWithLogits(tensor([-800, 800]), tensor([0, 1])).item()).toBe(0);
  });

  it('lets a positive count as much as it is told', () => {
    const loss = F.binaryCrossEntropyWithLogits(tensor([2], float64), tensor([1], float64), {
      posWeight: tensor(3, float64),
    });
    expect(loss.item()).toBeCloseTo(3 * log1p(exp(-2)), 12);
  });
});

describe.each<[name: string, losses: (z: Tensor, t: Tensor) => Tensor, positive: number]>([
  ['binaryCrossEntropyWithLogits', (z, t) => F.binaryCrossEntropyWithLogits(z, t, { reduction: 'none' }), 1],
  [
    'binaryCrossEntropyWithLogits of positives that count 3',
    (z, t) => F.binaryCrossEntropyWithLogits(z, t, { posWeight: tensor(3, float64), reduction: 'none' }),
    3,
  ],
  [
    'multilabelSoftMarginLoss',
    (z, t) => F.multilabelSoftMarginLoss(z.unsqueeze(-1), t.unsqueeze(-1), { reduction: 'none' }),
    1,
  ],
])('%s', (_, losses, positive) => {
  const sure = [-60, -20, -16, -10, -5, -1];

  it.each(['float32', 'float64'] as const)('keeps what a confident logit loses, in %s', (dtype) => {
    const [no, yes] = [0, 1].map((label) => {
      const z = tensor(label === 0 ? sure : sure.map((x) => -x), { dtype, requiresGrad: true });
      const loss = losses(z, tensor(Array(sure.length).fill(label), { dtype }));
      loss.sum().backward();
      return { loss, slope: z.grad };
    });
    const relative = { rtol: dtype === 'float32' ? 3e-7 : 1e-15, atol: 0 };
    const each = { loss: sure.map((x) => log1p(exp(x))), slope: sure.map((x) => exp(x) / (1 + exp(x))) };
    expect(no?.loss).toBeCloseToTensor(each.loss, relative);
    expect(no?.slope).toBeCloseToTensor(each.slope, relative);
    expect(yes?.loss).toBeCloseToTensor(
      each.loss.map((y) => positive * y),
      relative,
    );
    expect(yes?.slope).toBeCloseToTensor(
      each.slope.map((y) => -positive * y),
      relative,
    );
  });

  it('has the slope (1 − t) σ(z) − t w σ(−z), also at 0', () => {
    const z = tensor([-3, 0, 0, 0, 2], leaf);
    const t = [0.3, 0, 0.5, 1, 0.9];
    losses(z, tensor(t, float64)).sum().backward();
    const wanted = [-3, 0, 0, 0, 2].map((x, i) => {
      const label = t[i] ?? 0;
      return (1 - label) * logistic(x) - label * positive * logistic(-x);
    });
    expect(z.grad).toBeCloseToTensor(wanted, { rtol: 1e-14 });
    expect(losses).toPassGradcheck([tensor([-3, -1, 2], leaf), tensor([0.3, 0, 0.9], leaf)], { order: 2 });
  });
});

describe('multilabelSoftMarginLoss', () => {
  it('is binary cross-entropy averaged over the last dim', () => {
    const [x, t] = [
      randn([2, 3], float64),
      tensor(
        [
          [0, 1, 1],
          [1, 0, 0],
        ],
        float64,
      ),
    ];
    const wanted = F.binaryCrossEntropyWithLogits(x, t, { reduction: 'none' });
    expect(F.multilabelSoftMarginLoss(x, t, { reduction: 'none' })).toBeCloseToTensor(wanted.mean(1));
    expect(F.multilabelSoftMarginLoss(x, t.to('int32'))).toBeCloseToTensor(wanted.mean());
    const weight = tensor([1, 2, 3], float64);
    expect(F.multilabelSoftMarginLoss(x, t, weight)).toBeCloseToTensor(wanted.mul(weight).mean());
    expect(() => F.multilabelSoftMarginLoss(zeros([]), zeros([]))).toThrow(ShapeError);
    expect((z: Tensor) => F.multilabelSoftMarginLoss(z, t)).toPassGradcheck(randn([2, 3], leaf), {
      order: 2,
    });
  });
});

describe('softMarginLoss', () => {
  it('is log(1 + e^(−t x)), without overflow', () => {
    const [x, t] = [tensor([0.5, -2, 0], leaf), tensor([1, 1, -1], float64)];
    const wanted = [-0.5, 2, 0].map((z) => -log(logistic(-z)));
    expect(F.softMarginLoss(x, t, { reduction: 'none' })).toBeCloseToTensor(wanted);
    expect(F.softMarginLoss(x, t.to('int32')).item()).toBeCloseTo(wanted.reduce((a, b) => a + b) / 3, 12);
    expect(F.softMarginLoss(tensor([800]), tensor([-1])).item()).toBe(800);
    expect((z: Tensor) => F.softMarginLoss(z, t)).toPassGradcheck(x, { order: 2 });
    expect(() => F.softMarginLoss(x, zeros([3, 1], float64))).toThrow(ShapeError);
    expect(() => F.softMarginLoss(zeros(3), t)).toThrow(DTypeError);
  });
});

it.each(['binaryCrossEntropy', 'binaryCrossEntropyWithLogits'] as const)(
  '%s names a target of whole numbers',
  (name) => {
    const [input, target] = [zeros(2), tensor([0, 1], { dtype: 'int32' })];
    expect(() => F[name](input, target)).toThrow(/a target of int32; .*to\('float32'\)/);
    expect(() => F[name](input.double(), target)).toThrow(/a target of int32; .*to\('float64'\)/);
    expect(() => F[name](target, input)).toThrow(/an input of int32/);
  },
);

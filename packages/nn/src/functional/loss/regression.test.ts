import {
  ArgumentError,
  DTypeError,
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
const { log, exp, abs, PI } = Math;

const stirling = (n: number) => (n > 1 ? n * log(n) - n + 0.5 * log(2 * PI * n) : 0);

type Loss = (input: Tensor, target: Tensor, options?: { reduction: 'mean' | 'sum' | 'none' }) => Tensor;

/** Each beside what it makes of an element and its target. */
const losses: Record<string, readonly [Loss, (x: number, t: number) => number]> = {
  mseLoss: [F.mseLoss, (x, t) => (x - t) ** 2],
  l1Loss: [F.l1Loss, (x, t) => abs(x - t)],
  smoothL1Loss: [F.smoothL1Loss, (x, t) => (abs(x - t) < 1 ? (x - t) ** 2 / 2 : abs(x - t) - 0.5)],
  'smoothL1Loss of beta 0.3': [
    (x, t, options) => F.smoothL1Loss(x, t, { beta: 0.3, ...options }),
    (x, t) => (abs(x - t) < 0.3 ? (x - t) ** 2 / 0.6 : abs(x - t) - 0.15),
  ],
  'smoothL1Loss of beta 0': [
    (x, t, options) => F.smoothL1Loss(x, t, { beta: 0, ...options }),
    (x, t) => abs(x - t),
  ],
  huberLoss: [
    (x, t, options) => F.huberLoss(x, t, { ...options }),
    (x, t) => (abs(x - t) < 1 ? (x - t) ** 2 / 2 : abs(x - t) - 0.5),
  ],
  'huberLoss of delta 2': [
    (x, t, options) => F.huberLoss(x, t, { delta: 2, ...options }),
    (x, t) => (abs(x - t) < 2 ? (x - t) ** 2 / 2 : 2 * (abs(x - t) - 1)),
  ],
  klDiv: [F.klDiv, (x, t) => (t === 0 ? 0 : t * log(t)) - t * x],
  'klDiv of logarithms': [
    (x, t, options) => F.klDiv(x, t, { logTarget: true, ...options }),
    (x, t) => exp(t) * (t - x),
  ],
  poissonNllLoss: [(x, t, options) => F.poissonNllLoss(x, t, { ...options }), (x, t) => exp(x) - t * x],
  'poissonNllLoss of rates': [
    (x, t, options) => F.poissonNllLoss(x.abs(), t, { logInput: false, eps: 0.01, ...options }),
    (x, t) => abs(x) - t * log(abs(x) + 0.01),
  ],
  'poissonNllLoss in full': [
    (x, t, options) => F.poissonNllLoss(x, t, { full: true, ...options }),
    (x, t) => exp(x) - t * x + stirling(t),
  ],
};

describe.each(Object.entries(losses))('%s', (_, [ours, formula]) => {
  const inputs = [-3, -0.2, 0.5, 1, 2.5, 0];
  const targets = [0, 0.1, 1, 3, 2, 0.7];
  const [x, t] = [tensor(inputs, float64), tensor(targets, float64)];
  const wanted = inputs.map((input, i) => formula(input, targets[i] as number));
  const total = wanted.reduce((sum, loss) => sum + loss, 0);

  it('follows its formula, in every reduction', () => {
    expect(ours(x, t, { reduction: 'none' })).toBeCloseToTensor(wanted);
    expect(ours(x, t, { reduction: 'sum' }).item()).toBeCloseTo(total, 12);
    expect(ours(x, t).item()).toBeCloseTo(total / 6, 12);
    expect(() => ours(x, t, { reduction: 'max' as never })).toThrow(ArgumentError);
  });

  it('has exact gradients of first and second order, for input and target', () => {
    const weights = rand([2, 3], float64);
    const weighted = (a: Tensor, b: Tensor) => ours(a, b, { reduction: 'none' }).mul(weights);
    const pair = [tensor([-2, -0.7, 0.15, 0.8, 1.5, 3], leaf), tensor([0.3, 2, 0.25, 0.4, 1.1, 0.9], leaf)];
    expect((a: Tensor, b: Tensor) => weighted(a.reshape([2, 3]), b.reshape([2, 3]))).toPassGradcheck(pair, {
      order: 2,
    });
  });

  it('takes numbers without dims, and nothing', () => {
    expect(ours(tensor(0.5, float64), tensor(2, float64)).item()).toBeCloseTo(formula(0.5, 2), 12);
    expect(ours(zeros([0, 2]), zeros([0, 2]), { reduction: 'none' }).shape).toEqual([0, 2]);
    expect(ours(zeros([0, 2]), zeros([0, 2])).item()).toBeNaN();
  });

  it('neither broadcasts nor promotes', () => {
    expect(() => ours(zeros(3, 1), zeros(3))).toThrow(ShapeError);
    expect(() => ours(zeros(3), zeros([3], float64))).toThrow(DTypeError);
    expect(() => ours(zeros(2), tensor([1, 2], { dtype: 'int32' }))).toThrow(
      /a target of int32; .*to\('float32'\)/,
    );
  });
});

it('huberLoss and smoothL1Loss have the slope of both pieces where these meet, and bounded ones far out', () => {
  const x = tensor([0.5, -0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], leaf);
  F.huberLoss(x, zeros([4], float64), 'sum', 0.5).backward();
  expect(x.grad).toEqualTensor([0.5, -0.5, 0.5, -0.5]);
  x.grad = null;
  F.smoothL1Loss(x, zeros([4], float64), { reduction: 'sum', beta: 0.5 }).backward();
  expect(x.grad).toEqualTensor([1, -1, 1, -1]);
});

it('huberLoss wants a delta above 0, smoothL1Loss a beta of at least 0', () => {
  const x = zeros(2);
  expect(() => F.huberLoss(x, x, { delta: 0 })).toThrow(ArgumentError);
  expect(() => F.smoothL1Loss(x, x, { beta: -1 })).toThrow(ArgumentError);
  expect(() => F.mseLoss(x, x, { delta: 1 } as never)).toThrow(ArgumentError);
});

it('klDiv can be divided by the size of the batch, and has no infinite gradient at a target of 0', () => {
  const [x, t] = [
    randn([4, 2], leaf),
    tensor(
      [
        [0, 1],
        [1, 0],
        [0.5, 0.5],
        [0, 1],
      ],
      leaf,
    ),
  ];
  const loss = F.klDiv(x, t, { reduction: 'batchmean' });
  expect(loss.item()).toBeCloseTo(F.klDiv(x, t, { reduction: 'sum' }).item() / 4, 12);
  loss.backward();
  expect(x.grad?.isfinite().all().item()).toBe(1);
  expect(t.grad?.isfinite().all().item()).toBe(1);
  expect(() => F.mseLoss(x, t, { reduction: 'batchmean' as never })).toThrow(ArgumentError);
});

describe('gaussianNllLoss', () => {
  const density = (x: number, t: number, v: number) => 0.5 * (log(v) + (x - t) ** 2 / v);

  it('follows its formula', () => {
    const [x, t, v] = [tensor([1, 2], float64), tensor([0.5, 4], float64), tensor([0.3, 2], float64)];
    const wanted = [density(1, 0.5, 0.3), density(2, 4, 2)];
    expect(F.gaussianNllLoss(x, t, v, { reduction: 'none' })).toBeCloseToTensor(wanted);
    expect(F.gaussianNllLoss(x, t, v, true, 1e-6, 'none')).toBeCloseToTensor(
      wanted.map((loss) => loss + 0.5 * log(2 * PI)),
    );
    expect(F.gaussianNllLoss).toPassGradcheck(
      [randn([2, 3], leaf), randn([2, 3], leaf), rand([2, 3], leaf).add(1)],
      {
        order: 2,
      },
    );
  });

  it('takes one variance for the last dim, with or without that dim', () => {
    const [x, t, v] = [randn([2, 3], float64), randn([2, 3], float64), rand([2, 1], float64)];
    const wanted = F.gaussianNllLoss(x, t, v.expand([2, 3]).clone());
    expect(F.gaussianNllLoss(x, t, v)).toBeCloseToTensor(wanted);
    expect(F.gaussianNllLoss(x, t, v.squeeze(1))).toBeCloseToTensor(wanted);
    expect(() => F.gaussianNllLoss(x, t, rand([3], float64))).toThrow(ShapeError);
  });

  it('raises a small variance to eps, whose gradient still passes, and refuses those below 0', () => {
    const v = tensor([0], leaf);
    F.gaussianNllLoss(zeros([1], float64), zeros([1], float64), v, { eps: 0.01 }).backward();
    // ½ d log v at 0.01
    expect(v.grad).toBeCloseToTensor([50]);
    expect(v.detach()).toEqualTensor([0]);
    expect(() => F.gaussianNllLoss(zeros(1), zeros(1), tensor([-1]))).toThrow(ArgumentError);
  });
});

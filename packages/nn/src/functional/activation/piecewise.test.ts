import {
  ArgumentError,
  DTypeError,
  Generator,
  grad,
  manualSeed,
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

interface Piecewise {
  readonly ours: (x: Tensor) => Tensor;
  readonly formula: (x: number) => number;
  /** Where pieces meet, and the slope that PyTorch has there. */
  readonly kinks: Readonly<Record<number, number>>;
}

const between = (x: number, min: number, max: number) => Math.min(Math.max(x, min), max);

const activations: Record<string, Piecewise> = {
  relu: { ours: (x) => F.relu(x), formula: (x) => Math.max(x, 0), kinks: { 0: 0 } },
  leakyRelu: {
    ours: (x) => F.leakyRelu(x, 0.1),
    formula: (x) => (x > 0 ? x : 0.1 * x),
    kinks: { 0: 0.1 },
  },
  prelu: {
    ours: (x) => F.prelu(x, tensor(0.1, float64)),
    formula: (x) => (x > 0 ? x : 0.1 * x),
    kinks: { 0: 0.1 },
  },
  'rrelu in evaluation': {
    ours: (x) => F.rrelu(x, 0.1, 0.3),
    formula: (x) => (x > 0 ? x : 0.2 * x),
    kinks: { 0: 0.2 },
  },
  hardtanh: {
    ours: (x) => F.hardtanh(x, -1, 2),
    formula: (x) => between(x, -1, 2),
    kinks: { '-1': 0, 2: 0 },
  },
  relu6: { ours: (x) => F.relu6(x), formula: (x) => between(x, 0, 6), kinks: { 0: 0, 6: 0 } },
  hardsigmoid: {
    ours: (x) => F.hardsigmoid(x),
    formula: (x) => between(x + 3, 0, 6) / 6,
    kinks: { '-3': 0, 3: 0 },
  },
  hardswish: { ours: (x) => F.hardswish(x), formula: (x) => (x * between(x + 3, 0, 6)) / 6, kinks: {} },
  hardshrink: {
    ours: (x) => F.hardshrink(x),
    formula: (x) => (Math.abs(x) > 0.5 ? x : 0),
    kinks: { '-0.5': 0, 0.5: 0 },
  },
  softshrink: {
    ours: (x) => F.softshrink(x),
    formula: (x) => Math.sign(x) * Math.max(0, Math.abs(x) - 0.5),
    kinks: { '-0.5': 0, 0.5: 0 },
  },
  threshold: { ours: (x) => F.threshold(x, 1, 7), formula: (x) => (x > 1 ? x : 7), kinks: { 1: 0 } },
};

describe.each(Object.entries(activations))('%s', (_, { ours, formula, kinks }) => {
  it('follows its formula', () => {
    const points = [-40, -2, -1, -0.3, 0, 0.4, 1, 2, 5, 40];
    expect(ours(tensor(points, float64))).toBeCloseToTensor(points.map(formula));
    expect(ours(tensor([Number.NaN], float64))).toEqualTensor([Number.NaN]);
    expect(ours(tensor(-2, float64)).item()).toBeCloseTo(formula(-2), 12);
    expect(ours(zeros([0, 3], float64)).shape).toEqual([0, 3]);
  });

  it('has exact gradients of first and second order, which never overflow', () => {
    expect(ours).toPassGradcheck(tensor([-7, -2, -0.3, 0.4, 1.5, 5, 7], leaf), { order: 2 });
    const far = tensor([-1000, 1000], leaf);
    ours(far).sum().backward();
    expect(far.grad?.isfinite().all().item()).toBe(1);
  });

  it('has PyTorch’s slopes where pieces meet', () => {
    const x = tensor(Object.keys(kinks).map(Number), leaf);
    ours(x).sum().backward();
    expect(x.grad).toBeCloseToTensor(Object.values(kinks));
  });

  it('has a second derivative of zeros where it is straight', () => {
    const x = tensor([-7, 7], leaf);
    const [slope] = grad(ours(x).sum(), [x], { createGraph: true });
    expect(slope.requiresGrad).toBe(true);
    const [curvature] = grad(slope.sum(), [x]);
    expect(curvature).toEqualTensor([0, 0]);
  });

  it('refuses truth values', () => {
    expect(() => ours(tensor([true]))).toThrow(DTypeError);
  });
});

it('relu, relu6, hardtanh and threshold keep integers as they are', () => {
  const x = tensor([-2, 0, 9], { dtype: 'int32' });
  expect(F.relu(x)).toEqualTensor(tensor([0, 0, 9], { dtype: 'int32' }));
  expect(F.relu6(x)).toEqualTensor(tensor([0, 0, 6], { dtype: 'int32' }));
  expect(F.hardtanh(x)).toEqualTensor(tensor([-1, 0, 1], { dtype: 'int32' }));
  expect(F.threshold(x, 1, 7)).toEqualTensor(tensor([7, 7, 9], { dtype: 'int32' }));
  expect(() => F.leakyRelu(x)).toThrow(DTypeError);
  expect(() => F.hardtanh(tensor([1], { dtype: 'uint8' }))).toThrow(DTypeError);
});

it('hardtanh gives the upper end if that is below the lower one', () => {
  const x = tensor([-2, 0, 2], leaf);
  const y = F.hardtanh(x, 0.5, -0.5);
  y.sum().backward();
  expect(y).toEqualTensor([-0.5, -0.5, -0.5]);
  expect(x.grad).toEqualTensor([0, 0, 0]);
});

describe('prelu', () => {
  it('has a weight for each channel, with exact gradients', () => {
    const [x, weight] = [randn([2, 3, 2], leaf), rand([3], leaf)];
    const y = F.prelu(x, weight);
    for (const c of [0, 1, 2])
      expect(y.select(1, c)).toBeCloseToTensor(F.leakyRelu(x.select(1, c), weight.select(0, c).item()));
    expect((a: Tensor, w: Tensor) => F.prelu(a, w)).toPassGradcheck([x, weight], { order: 2 });
  });

  it('gives no weight the infinity that another branch has', () => {
    const weight = tensor([0.5], leaf);
    F.prelu(tensor([Number.POSITIVE_INFINITY, -2], float64), weight)
      .sum()
      .backward();
    expect(weight.grad).toEqualTensor([-2]);
  });

  it('refuses weights that do not fit', () => {
    expect(() => F.prelu(zeros(2, 3), zeros(2))).toThrow(ShapeError);
    expect(() => F.prelu(zeros(3), zeros(3))).toThrow(ShapeError);
    expect(() => F.prelu(zeros(2, 3), zeros(1, 3))).toThrow(ShapeError);
    expect(() => F.prelu(zeros([]), zeros(0))).toThrow(ShapeError);
    expect(() => F.prelu(zeros(2, 3), zeros([1], float64))).toThrow(DTypeError);
  });
});

describe('rrelu in training', () => {
  it('draws a slope for each element at or below 0, as PyTorch does', () => {
    // torch.manual_seed(0); F.rrelu(torch.tensor([-1, 2, -3, 0, -1, 4]), training=True)
    manualSeed(0);
    const y = F.rrelu(tensor([-1, 2, -3, 0, -1, 4]), { training: true });
    expect(y).toBeCloseToTensor([-0.3270943760871887, 2, -0.8173874616622925, 0, -0.31682243943214417, 4]);
  });

  it('has the slopes that it drew', () => {
    const x = tensor([-1, 2, -3], leaf);
    const y = F.rrelu(x, 0.1, 0.2, true);
    y.sum().backward();
    expect(x.grad?.mul(x)).toBeCloseToTensor(y.detach());
    const [first, , third] = x.grad?.data ?? [];
    for (const slope of [first, third] as number[]) expect(slope >= 0.1 && slope < 0.2).toBe(true);
  });

  it('takes a generator, and refuses bounds in the wrong order', () => {
    const once = () =>
      F.rrelu(tensor([-1, -2]), { training: true, generator: new Generator().manualSeed(3) });
    expect(once()).toEqualTensor(once());
    expect(() => F.rrelu(tensor([1]), 0.5, 0.1)).toThrow(ArgumentError);
  });
});

it('softshrink refuses a lambd below 0', () => {
  expect(() => F.softshrink(tensor([1]), -1)).toThrow(ArgumentError);
});

describe('in place', () => {
  const forms: Record<string, [(x: Tensor) => Tensor, (x: Tensor) => Tensor]> = {
    relu_: [F.relu_, (x) => F.relu(x)],
    'relu, asked to': [(x) => F.relu(x, true), (x) => F.relu(x)],
    leakyRelu_: [(x) => F.leakyRelu_(x, 0.2), (x) => F.leakyRelu(x, 0.2)],
    hardtanh_: [(x) => F.hardtanh_(x, -1, 0.5), (x) => F.hardtanh(x, -1, 0.5)],
    threshold_: [(x) => F.threshold_(x, 0, 5), (x) => F.threshold(x, 0, 5)],
    rrelu_: [(x) => F.rrelu_(x, 0.2, 0.4), (x) => F.rrelu(x, 0.2, 0.4)],
    'relu6, asked to': [(x) => F.relu6(x, { inplace: true }), (x) => F.relu6(x)],
    'hardswish, asked to': [(x) => F.hardswish(x, true), (x) => F.hardswish(x)],
    'hardsigmoid, asked to': [(x) => F.hardsigmoid(x, true), (x) => F.hardsigmoid(x)],
  };

  it.each(Object.entries(forms))('%s writes over its input, gradients included', (_, [written, apart]) => {
    const [a, b] = [tensor([-1, 0.5], leaf), tensor([-1, 0.5], leaf)];
    const x = a.mul(2);
    expect(written(x)).toBe(x);
    x.sum().backward();
    apart(b.mul(2)).sum().backward();
    expect(x).toEqualTensor(apart(b.mul(2)).detach());
    expect(a.grad).toEqualTensor(b.grad?.data ?? []);
  });
});

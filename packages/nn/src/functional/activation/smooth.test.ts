import { ArgumentError, DTypeError, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { F } from '../../index.ts';

const float64 = { dtype: 'float64' } as const;
const leaf = { ...float64, requiresGrad: true } as const;
const labels = { dtype: 'int32' } as const;

type Activation = readonly [(x: Tensor) => Tensor, (x: number) => number];

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const logOnePlusExp = (x: number) => (x > 30 ? x : Math.log1p(Math.exp(x)));

/** Each beside its formula. */
const activations: Record<string, Activation> = {
  elu: [F.elu, (x) => (x > 0 ? x : Math.expm1(x))],
  'elu of alpha 2': [(x) => F.elu(x, { alpha: 2 }), (x) => (x > 0 ? x : 2 * Math.expm1(x))],
  celu: [(x) => F.celu(x, 2), (x) => (x > 0 ? x : 2 * Math.expm1(x / 2))],
  selu: [F.selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
  silu: [F.silu, (x) => x * logistic(x)],
  mish: [F.mish, (x) => x * Math.tanh(logOnePlusExp(x))],
  softplus: [F.softplus, logOnePlusExp],
  'softplus of beta 3': [(x) => F.softplus(x, 3), (x) => logOnePlusExp(3 * x) / 3],
  'softplus of threshold 1': [(x) => F.softplus(x, { threshold: 1 }), (x) => (x > 1 ? x : logOnePlusExp(x))],
  logsigmoid: [F.logsigmoid, (x) => -logOnePlusExp(-x)],
  softsign: [F.softsign, (x) => x / (1 + Math.abs(x))],
  tanhshrink: [F.tanhshrink, (x) => x - Math.tanh(x)],
  'gelu by tanh': [
    (x) => F.gelu(x, { approximate: 'tanh' }),
    (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ],
};

describe.each(Object.entries(activations))('%s', (_, [ours, formula]) => {
  const points = [-40, -2, -0.5, 0, 0.5, 2, 40];

  it('follows its formula', () => {
    const got = ours(tensor(points, float64));
    expect(got).toBeCloseToTensor(points.map(formula), { atol: 1e-12, rtol: 1e-9 });
  });

  it('has exact gradients of first and second order, which never overflow', () => {
    expect(ours).toPassGradcheck(tensor([-2, -0.5, 0.5, 2], leaf), { order: 2 });
    const far = tensor([-1000, 1000], leaf);
    ours(far).sum().backward();
    expect(far.grad?.isfinite().all().item()).toBe(1);
  });

  it('takes a number without dims, and nothing', () => {
    expect(ours(tensor(0.5, float64)).item()).toBeCloseTo(formula(0.5), 12);
    expect(ours(tensor([], float64)).shape).toEqual([0]);
  });

  it('refuses truth values', () => {
    expect(() => ours(tensor([true]))).toThrow(DTypeError);
  });
});

/** How fast each rises below 0; the last number is the scale. */
it.each<[string, (x: Tensor) => Tensor, rate: number, scale: number]>([
  ['elu', F.elu, 1, 1],
  ['elu of alpha 2', (x) => F.elu(x, 2), 1, 2],
  ['celu', (x) => F.celu(x, 2), 0.5, 1],
  ['selu', F.selu, 1, 1.0507009873554805 * 1.6732632423543772],
  ['expm1', (x) => x.expm1(), 1, 1],
  ['elu in place', (x) => F.elu_(x.clone()), 1, 1],
])('the slope of %s far below 0 is an exponential still', (_, f, rate, scale) => {
  const points = [-80, -20, -16, -12, -1];
  for (const dtype of ['float32', 'float64'] as const) {
    const x = tensor(points, { dtype, requiresGrad: true });
    f(x).sum().backward();
    const wanted = points.map((each) => scale * Math.exp(rate * each));
    expect(x.grad).toBeCloseToTensor(wanted, { rtol: dtype === 'float32' ? 3e-7 : 1e-15, atol: 0 });
  }
});

describe('gelu', () => {
  it('is x times the normal distribution function', () => {
    expect(F.gelu(tensor([0, 1.959963984540054], float64))).toBeCloseToTensor([0, 1.959963984540054 * 0.975]);
    expect(F.gelu).toPassGradcheck(tensor([-2, 0, 1], leaf), { order: 2 });
    expect(() => F.gelu(tensor([1]), { approximate: 'erf' as never })).toThrow(ArgumentError);
  });
});

it.each(['elu', 'celu', 'selu', 'silu', 'mish', 'gelu', 'softplus', 'logsigmoid'] as const)(
  '%s refuses integers, as PyTorch does',
  (name) => {
    expect(() => F[name](tensor([1, 2], labels))).toThrow(DTypeError);
  },
);

it('softplus and logsigmoid have slope ½ at 0', () => {
  const x = tensor([0], leaf);
  F.softplus(x).add(F.logsigmoid(x)).backward();
  expect(x.grad).toEqualTensor([1]);
});

it('elu has slope alpha at 0, celu and silu 1 and ½', () => {
  const x = tensor([0], leaf);
  F.elu(x, 3).backward();
  expect(x.grad).toEqualTensor([3]);
  F.celu(x, 3).add(F.silu(x)).backward();
  expect(x.grad).toEqualTensor([4.5]);
});

it('celu refuses an alpha of 0', () => {
  expect(() => F.celu(tensor([1]), 0)).toThrow(ArgumentError);
});

describe('in place', () => {
  const forms: Record<string, [(x: Tensor) => Tensor, (x: Tensor) => Tensor]> = {
    elu_: [(x) => F.elu_(x, 2), (x) => F.elu(x, 2)],
    'elu, asked to': [(x) => F.elu(x, 2, true), (x) => F.elu(x, 2)],
    celu_: [(x) => F.celu_(x, 2), (x) => F.celu(x, 2)],
    selu_: [F.selu_, F.selu],
    'silu, asked to': [(x) => F.silu(x, { inplace: true }), F.silu],
    'mish, asked to': [(x) => F.mish(x, true), F.mish],
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

import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import {
  ArgumentError,
  cat,
  eye,
  full,
  Generator,
  manualSeed,
  noGrad,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';
import { F, init } from './index.ts';

// What PyTorch prints, draws and computes: recorded by tests/fixtures/make-torch-nn.py and in torch-parity.json.

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../tests/fixtures/${name}`, import.meta.url), 'utf8'));
const recorded = read('torch-nn.json');

class Block extends nn.Module {
  conv = new nn.Conv2d(4, 8, 3, { padding: 1, bias: false });
  norm = new nn.BatchNorm2d(8, { momentum: null });
  head = new nn.Sequential(new nn.Flatten(), new nn.Linear(8, 2));
  list = new nn.ModuleList<nn.Module>([new nn.Linear(2, 2), new nn.Tanh()]);
  dict = new nn.ModuleDict<nn.Module>({ a: new nn.Sigmoid(), empty: new nn.Sequential() });
  override forward(): void {}
}

const printed: Record<string, nn.Module> = {
  Block: new Block(),
  Linear: new nn.Linear(4, 3, { bias: false }),
  Conv1d: new nn.Conv1d(2, 4, 3, { stride: 2, dilation: 2, groups: 2 }),
  Conv2d: new nn.Conv2d(1, 16, [3, 5], { padding: [1, 2] }),
  Conv2d_same: new nn.Conv2d(1, 16, 3, { padding: 'same' }),
  Conv3d: new nn.Conv3d(1, 2, 3),
  ConvTranspose1d: new nn.ConvTranspose1d(2, 2, 3),
  ConvTranspose2d: new nn.ConvTranspose2d(2, 4, 3, {
    stride: 2,
    padding: 1,
    outputPadding: 1,
    groups: 2,
    bias: false,
  }),
  MaxPool1d: new nn.MaxPool1d(2),
  MaxPool2d: new nn.MaxPool2d([3, 2], { stride: [2, 1], padding: [0, 1] }),
  MaxPool3d: new nn.MaxPool3d(2, { dilation: 2, ceilMode: true }),
  AvgPool1d: new nn.AvgPool1d(2),
  AvgPool2d: new nn.AvgPool2d(3, { stride: 2, padding: 1 }),
  AvgPool3d: new nn.AvgPool3d(2),
  AdaptiveAvgPool2d: new nn.AdaptiveAvgPool2d([1, null]),
  AdaptiveAvgPool1d: new nn.AdaptiveAvgPool1d(3),
  BatchNorm1d: new nn.BatchNorm1d(3, { eps: 1e-3, affine: false }),
  BatchNorm3d: new nn.BatchNorm3d(3, { trackRunningStats: false }),
  Dropout: new nn.Dropout(0.25),
  Dropout2d: new nn.Dropout2d(),
  Flatten: new nn.Flatten(),
  Unflatten: new nn.Unflatten(1, [2, 3]),
  Identity: new nn.Identity(),
  ReLU: new nn.ReLU(),
  LeakyReLU: new nn.LeakyReLU(),
  ELU: new nn.ELU(),
  GELU: new nn.GELU(),
  SiLU: new nn.SiLU(),
  Softplus: new nn.Softplus(),
  LogSigmoid: new nn.LogSigmoid(),
  Softmax: new nn.Softmax(1),
  LogSoftmax: new nn.LogSoftmax(-1),
  CrossEntropyLoss: new nn.CrossEntropyLoss(),
  MSELoss: new nn.MSELoss(),
};

describe('printing', () => {
  it.each(Object.entries(recorded.printed))('%s prints as PyTorch prints it', (name, text) => {
    expect(String(printed[name])).toBe(text);
    expect(inspect(printed[name])).toBe(text);
  });
});

interface Draws {
  readonly seed: number;
  readonly [name: string]: unknown;
}

describe.each<Draws>(read('torch-parity.json').cases)('after manualSeed($seed)', (draws) => {
  const layers: Record<string, () => nn.Linear | nn.Conv2d> = {
    linear_4_3: () => new nn.Linear(4, 3),
    conv2d_1_2_3: () => new nn.Conv2d(1, 2, 3),
  };
  it.each(Object.keys(layers))('%s begins with PyTorch’s numbers', (name) => {
    manualSeed(draws.seed);
    const layer = layers[name]?.();
    const { weight, bias } = draws[name] as { weight: number[]; bias: number[] };
    expect([...(layer?.weight.data ?? [])]).toEqual(weight);
    expect([...(layer?.bias?.data ?? [])]).toEqual(bias);
  });

  const fills: Record<string, () => Tensor> = {
    xavier_uniform_3_4: () => init.xavierUniform_(zeros(3, 4)),
    kaiming_normal_3_8: () => init.kaimingNormal_(zeros(3, 8), { nonlinearity: 'relu' }),
    trunc_normal_20: () => init.truncNormal_(zeros(20)),
    'dropout_p.5_ones_12': () => F.dropout(zeros(12).add(1)),
  };
  it.each(Object.keys(fills))('%s is PyTorch’s', (name) => {
    manualSeed(draws.seed);
    expect([...(fills[name]?.().data ?? [])]).toEqual(draws[name]);
  });

  it('orthogonal_3_3 is PyTorch’s but for rounding', () => {
    manualSeed(draws.seed);
    const matrix = init.orthogonal_(zeros(3, 3));
    expect(matrix.flatten()).toBeCloseToTensor(tensor(draws.orthogonal_3_3 as number[]), { atol: 2e-6 });
  });
});

describe('init', () => {
  const options: Record<string, (x: Tensor, generator?: Generator) => Tensor> = {
    xavier_normal_: (x, generator) => init.xavierNormal_(x, { gain: 2, generator }),
    kaiming_uniform_: (x, generator) =>
      init.kaimingUniform_(x, { mode: 'fanOut', nonlinearity: 'relu', generator }),
    kaiming_normal_: (x, generator) => init.kaimingNormal_(x, { a: 0.2, generator }),
    orthogonal_: (x, generator) => init.orthogonal_(x, { gain: 0.5, generator }),
    trunc_normal_: (x, generator) => init.truncNormal_(x, { mean: 1, std: 2, a: 0, b: 3, generator }),
  };

  it.each(Object.entries(options))('%s fills in place as PyTorch does', (name, fill) => {
    manualSeed(0);
    const x = zeros([4, 3, 2], { requiresGrad: true });
    expect(fill(x)).toBe(x);
    expect(x.isLeaf).toBe(true);
    expect(x.detach().flatten()).toBeCloseToTensor(tensor(recorded.init.tensors[name]), { atol: 2e-6 });
  });

  it.each(Object.entries(options))('%s draws from a generator of one’s own', (name, fill) => {
    const x = fill(zeros(4, 3, 2), new Generator().manualSeed(0));
    expect(x.flatten()).toBeCloseToTensor(tensor(recorded.init.tensors[name]), { atol: 2e-6 });
  });

  it.each([
    [3, 5],
    [5, 3],
    [60, 60],
  ])('makes %d × %d matrices orthogonal to the last bits', (rows, columns) => {
    const matrix = init.orthogonal_(zeros([rows, columns], { dtype: 'float64' }));
    const fewer = rows < columns ? matrix : matrix.t();
    const identity = eye(Math.min(rows, columns), { dtype: 'float64' });
    expect(fewer.matmul(fewer.t())).toBeCloseToTensor(identity, { atol: 2e-15 });
  });

  it('fills with constants', () => {
    expect(init.constant_(zeros(2), 3)).toEqualTensor([3, 3]);
    expect(init.zeros_(init.ones_(zeros(2)))).toEqualTensor([0, 0]);
    expect(init.eye_(zeros(2, 3))).toEqualTensor([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(init.uniform_(zeros(50), { a: 2, b: 3 }).ge(2).all().item()).toBe(1);
  });

  it('dirac_ makes a convolution that hands its channels on, group by group', () => {
    const images = randn(2, 4, 5, 5);
    const weight = init.dirac_(zeros(4, 4, 3, 3));
    expect(F.conv2d(images, weight, { padding: 1 })).toEqualTensor(images);
    const grouped = init.dirac_(zeros(6, 2, 3), 2);
    const [a, b] = randn(1, 4, 7).chunk(2, 1) as [Tensor, Tensor];
    const nothing = zeros(1, 1, 7);
    const expected = cat([a, nothing, b, nothing], 1);
    expect(F.conv1d(cat([a, b], 1), grouped, { padding: 1, groups: 2 })).toEqualTensor(expected);
    expect(init.dirac_(zeros(1, 1, 2, 4, 3)).nonzero()).toEqualTensor([[0, 0, 1, 2, 1]]);
  });

  it('sparse_ clears the same share of each column, at places of its own', () => {
    const zero = init.sparse_(zeros(10, 50), 0.25).eq(0);
    expect(zero.sum(0)).toEqualTensor(full([50], 3, { dtype: 'int32' }));
    expect(zero.any(1).all().item()).toBe(1);
  });

  it('leaves weights without elements as they are', () => {
    for (const x of [zeros(3, 0), zeros(0, 3), zeros(0, 0)])
      for (const fill of [
        init.xavierUniform_,
        init.xavierNormal_,
        init.kaimingUniform_,
        init.kaimingNormal_,
        init.orthogonal_,
      ])
        expect(fill(x)).toBe(x);
  });

  it('refuses what has no fans, and options that do not exist', () => {
    expect(() => init.xavierUniform_(zeros(3))).toThrow(ShapeError);
    expect(() => init.kaimingNormal_(zeros(3))).toThrow(ShapeError);
    expect(() => init.eye_(zeros(3))).toThrow(ShapeError);
    expect(() => init.normal_(zeros(3), { sd: 1 } as never)).toThrow(ArgumentError);
    expect(() => init.kaimingNormal_(zeros(3, 3), { mode: 'fan_in' as never })).toThrow(ArgumentError);
    expect(() => init.dirac_(zeros(3, 3))).toThrow(ShapeError);
    expect(() => init.dirac_(zeros(3, 3, 1), 2)).toThrow(ArgumentError);
    expect(() => init.sparse_(zeros(3), 0.5)).toThrow(ShapeError);
    expect(() => init.sparse_(zeros(3, 3), 1.5)).toThrow(ArgumentError);
    expect(() => init.calculateGain('swish' as never)).toThrow(ArgumentError);
  });

  it('knows PyTorch’s gains', () => {
    for (const [name, gain] of Object.entries<number>(recorded.init.gains)) {
      const ours = name.replace('leaky_relu', 'leakyRelu') as init.Nonlinearity;
      expect(init.calculateGain(ours)).toBeCloseTo(gain, 12);
    }
  });
});

it('a seeded network has PyTorch’s numbers: logits, loss, gradients and running statistics', () => {
  manualSeed(0);
  const model = new nn.Sequential(
    new nn.Conv2d(1, 4, 3),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Dropout(0.5),
    new nn.Linear(36, 3),
  );
  const x = randn(5, 1, 8, 8);
  const y = tensor([0, 2, 1, -100, 2], { dtype: 'int32' });
  const logits = model.forward(x);
  const loss = F.crossEntropy(logits, y, { labelSmoothing: 0.1, weight: tensor([1, 2, 0.5]) });
  loss.backward();
  const { network } = recorded;
  const near = { atol: 1e-5, rtol: 1e-5 };
  expect(logits.flatten()).toBeCloseToTensor(tensor(network.logits), near);
  expect(loss.item()).toBeCloseTo(network.loss, 5);
  for (const [name, parameter] of model.namedParameters())
    expect(parameter.grad?.flatten()).toBeCloseToTensor(tensor(network.grads[name]), near);
  for (const [name, value] of Object.entries(model.stateDict()))
    expect(noGrad(() => value.flatten())).toBeCloseToTensor(
      tensor(network.state[name], { dtype: value.dtype }),
      near,
    );
});

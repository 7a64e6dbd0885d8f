import { readFileSync } from 'node:fs';
import {
  arange,
  bernoulli,
  cat,
  categorical,
  full,
  manualSeed,
  multinomial,
  normal,
  ones,
  poisson,
  rand,
  randint,
  randintLike,
  randLike,
  randnLike,
  randperm,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { expect, it } from 'vitest';

const { F, init } = nn;

interface Case {
  readonly seed: number;
  readonly name: string;
  readonly values: (number | boolean)[];
  readonly next: number;
}

const fixture = new URL('fixtures/seeded.json', import.meta.url);
const cases = JSON.parse(readFileSync(fixture, 'utf8')) as Case[];

const parametersOf = (module: nn.Module) => cat([...module.parameters()].map((p) => p.detach().flatten()));

const means = tensor([[-1, 0, 2.5]]);
const stds = tensor([[0.5], [1], [0], [3], [2], [1.5]]);
const weights = tensor([
  [0.1, 0, 3, 0.5],
  [1, 1, 1, 1],
]);

/** What `fixtures/make-seeded.py` draws, as it is called here. */
const draws: Record<string, () => Tensor> = {
  dropout: () => F.dropout(ones(3, 7), 0.3),
  'dropout float64': () => F.dropout(ones(20, { dtype: 'float64' }), 0.7),
  'dropout of a transposed view': () => F.dropout(arange(12).float().view(3, 4).t(), 0.4),
  Dropout: () => new nn.Dropout().forward(ones(20)),
  dropout1d: () => F.dropout1d(ones(3, 5, 2), 0.4),
  dropout2d: () => F.dropout2d(ones(3, 5, 2, 1), 0.4),
  dropout3d: () => F.dropout3d(ones(3, 5, 2, 1, 1), 0.4),
  alphaDropout: () => F.alphaDropout(ones(20), 0.4, true),
  featureAlphaDropout: () => F.featureAlphaDropout(ones(3, 5, 2), 0.4, true),
  rrelu: () => F.rrelu(ones(20).neg(), { training: true }),
  gumbelSoftmax: () => F.gumbelSoftmax(arange(12).view(3, 4).div(4)),
  'gumbelSoftmax hard': () => F.gumbelSoftmax(arange(12).view(3, 4).div(4), 0.5, { hard: true }),
  'init.uniform_': () => init.uniform_(zeros(5, 3), -1, 2),
  'init.normal_': () => init.normal_(zeros(5, 3), 1, 2),
  'init.normal_ 5 × 4': () => init.normal_(zeros(5, 4), 1, 2),
  'init.truncNormal_': () => init.truncNormal_(zeros(5, 3), 1, 2, 0, 1.5),
  'init.truncNormal_ of a transposed view': () => init.truncNormal_(zeros(5, 3).t()),
  'init.xavierUniform_': () => init.xavierUniform_(zeros(5, 3, 2), 2),
  'init.xavierNormal_': () => init.xavierNormal_(zeros(5, 3, 2), 0.5),
  'init.kaimingUniform_': () => init.kaimingUniform_(zeros(5, 3, 2)),
  'init.kaimingUniform_ fanOut': () =>
    init.kaimingUniform_(zeros(5, 3, 2), { mode: 'fanOut', nonlinearity: 'tanh' }),
  'init.kaimingNormal_': () => init.kaimingNormal_(zeros(5, 3, 2), 0.2),
  'init.orthogonal_ wide': () => init.orthogonal_(zeros(3, 2, 3), 2),
  'init.orthogonal_ tall': () => init.orthogonal_(zeros(6, 4)),
  'init.orthogonal_ of a transposed view': () => init.orthogonal_(zeros(6, 4).t()),
  'init.sparse_': () => init.sparse_(zeros(6, 5), 0.4),
  'init.sparse_ std': () => init.sparse_(zeros(3, 4), 0.5, 2),
  Linear: () => parametersOf(new nn.Linear(4, 3)),
  Bilinear: () => parametersOf(new nn.Bilinear(2, 3, 2)),
  Conv1d: () => parametersOf(new nn.Conv1d(4, 6, 2, { groups: 2 })),
  ConvTranspose2d: () => parametersOf(new nn.ConvTranspose2d(2, 3, 2)),
  Embedding: () => parametersOf(new nn.Embedding(5, 4)),
  GRU: () => parametersOf(new nn.GRU(3, 2, { numLayers: 2, bidirectional: true })),
  LSTMCell: () => parametersOf(new nn.LSTMCell(3, 2)),
  MultiheadAttention: () => parametersOf(new nn.MultiheadAttention(4, 2)),
  TransformerEncoderLayer: () => parametersOf(new nn.TransformerEncoderLayer(4, 2, 6)),
  bernoulli: () => bernoulli(arange(20).div(20)),
  'bernoulli p': () => arange(20).bernoulli(0.25),
  'bernoulli_ of a tensor': () => zeros(4, 5).bernoulli_(tensor([[0.1], [0.9], [0.5], [0.3]])),
  'bernoulli_ of doubles': () =>
    zeros([20], { dtype: 'int32' }).bernoulli_(full([20], 0.4, { dtype: 'float64' })),
  multinomial: () => multinomial(weights, 3),
  'multinomial one': () => multinomial(weights, 1),
  'multinomial replacement': () => multinomial(weights.double(), 9, { replacement: true }),
  'multinomial of a vector': () => multinomial(weights.select(0, 1), 9, true),
  categorical: () => categorical(weights),
  'categorical of a shape': () => categorical(weights.view(2, 1, 4), [3, 2]),
  'categorical of a vector': () => categorical(weights.select(0, 0).double(), [5]),
  'normal of means': () => normal(means.expand(6, 3), 2),
  'normal of stds': () => normal(0.5, stds),
  'normal of both': () => normal(means, stds),
  poisson: () => poisson(tensor([0, 0.5, 3, 9.99, 10, 55.5, 1e4, 1e9])),
  randint: () => randint(3, 10, [9]),
  randintLike: () => randintLike(zeros(9), 7),
  'randintLike low': () => randintLike(zeros(9, { dtype: 'uint8' }), 3, 200),
  randperm: () => randperm(9),
  randLike: () => randLike(zeros(3, 3)),
  randnLike: () => randnLike(zeros(3, 6)),
  exponential_: () => zeros(9).exponential_(0.5),
  cauchy_: () => zeros(9).cauchy_(1, 2),
  logNormal_: () => zeros(9).logNormal_(0.5, 0.1),
  geometric_: () => zeros(9).geometric_(0.2),
  random_: () => zeros(9).random_(),
  'random_ to': () => zeros([9], { dtype: 'int32' }).random_(50),
  'random_ from to': () => zeros([9], { dtype: 'int32' }).random_(-5, 5),
  'random_ bool': () => zeros([9], { dtype: 'bool' }).random_(),
  'uniform_ of a column': () => zeros(4, 3).select(1, 1).uniform_(2, 3),
};

/** What is computed with the numbers drawn, in another order of sums or with other exponentials, is met closely. */
const computed = /^(gumbel|alpha|featureAlpha|rrelu|dropout|init\.orthogonal)/;

it.each(cases)('after manualSeed($seed) $name is PyTorch’s', ({ seed, name, values, next }) => {
  manualSeed(seed);
  const drawn = draws[name]?.().detach().flatten();
  const got = [...(drawn?.data ?? [])];
  const expected = values.map(Number);
  expect(got.length).toBe(expected.length);
  for (const [i, value] of got.entries()) {
    const gap = Math.abs(value - (expected[i] as number));
    expect(gap, `element ${i}: ${value}`).toBeLessThanOrEqual(computed.test(name) ? 2e-6 : 0);
  }
  expect(rand(1).item()).toBe(next);
});

it('every draw is recorded', () => {
  expect([...new Set(cases.map(({ name }) => name))].sort()).toEqual(Object.keys(draws).sort());
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawSeed, fillBernoulli, fillRandint, fillUniform, randomPermutation } from './distributions.ts';
import { Generator } from './generator.ts';
import { drawMultinomial } from './multinomial.ts';
import { fillNormal } from './normal.ts';
import { fillTruncatedNormal } from './truncated.ts';

const fixtureUrl = new URL('../../../../tests/fixtures/torch-parity.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixtureUrl, 'utf8'));

const f32 = (n: number) => new Float32Array(n);
const ints = (n: number) => new Int32Array(n);

/** Weight and bias of a layer, each uniform within ±1/√fanIn, drawn as kaimingUniform with a = √5 bounds them. */
function layer(weightSize: number, biasSize: number, fanIn: number, generator: Generator) {
  const gain = Math.sqrt(2 / (1 + Math.sqrt(5) ** 2));
  const weightBound = Math.sqrt(3) * (gain / Math.sqrt(fanIn));
  const biasBound = 1 / Math.sqrt(fanIn);
  return {
    weight: [...fillUniform(f32(weightSize), { from: -weightBound, to: weightBound, generator })],
    bias: [...fillUniform(f32(biasSize), { from: -biasBound, to: biasBound, generator })],
  };
}

/** One pass of DataLoader(shuffle=True): a seed for its workers, then one for the order. */
function shuffled(n: number, batch: number, generator: Generator): number[][] {
  drawSeed(generator);
  const order = [...randomPermutation(n, { generator: new Generator().manualSeed(drawSeed(generator)) })];
  return Array.from({ length: n / batch }, (_, i) => order.slice(i * batch, (i + 1) * batch));
}

type Draw = (generator: Generator) => unknown;

/** What each recorded name is, on the generators alone. */
const draws: Record<string, Draw> = {
  rand_10: (generator) => [...fillUniform(f32(10), { generator })],
  rand_f64_5: (generator) => [...fillUniform(new Float64Array(5), { generator })],
  randn_5: (generator) => [...fillNormal(f32(5), { generator })],
  randn_15: (generator) => [...fillNormal(f32(15), { generator })],
  randn_16: (generator) => [...fillNormal(f32(16), { generator })],
  randn_37: (generator) => [...fillNormal(f32(37), { generator })],
  randint_0_100_10: (generator) => [...fillRandint(ints(10), 0, 100, { generator })],
  randperm_20: (generator) => [...randomPermutation(20, { generator })],
  'uniform_-2_3_6': (generator) => [...fillUniform(f32(6), { from: -2, to: 3, generator })],
  normal_1_2_20: (generator) => [...fillNormal(f32(20), { mean: 1, std: 2, generator })],
  'bernoulli_0.3_20': (generator) => [...fillBernoulli(f32(20), 0.3, { generator })],
  multinomial: (generator) => [
    ...drawMultinomial(Float32Array.of(0.1, 0.2, 0.3, 0.4), 4, 8, { replacement: true, generator }),
  ],
  mixed_randn3_rand3_randn20_randperm5: (generator) => [
    [...fillNormal(f32(3), { generator })],
    [...fillUniform(f32(3), { generator })],
    [...fillNormal(f32(20), { generator })],
    [...randomPermutation(5, { generator })],
  ],
  linear_4_3: (generator) => layer(12, 3, 4, generator),
  conv2d_1_2_3: (generator) => layer(18, 2, 9, generator),
  xavier_uniform_3_4: (generator) => {
    const bound = Math.sqrt(3) * Math.sqrt(2 / (3 + 4));
    return [...fillUniform(f32(12), { from: -bound, to: bound, generator })];
  },
  kaiming_normal_3_8: (generator) => [...fillNormal(f32(24), { std: Math.SQRT2 / Math.sqrt(8), generator })],
  trunc_normal_20: (generator) => [...fillTruncatedNormal(f32(20), { generator })],
  'dropout_p.5_ones_12': (generator) =>
    [...fillBernoulli(f32(12), 0.5, { generator })].map((kept) => kept / 0.5),
  dataloader_20_b5_two_epochs: (generator) => [shuffled(20, 5, generator), shuffled(20, 5, generator)],
  random_split_10_7_3: (generator) => {
    const order = [...randomPermutation(10, { generator })];
    return [order.slice(0, 7), order.slice(7)];
  },
};

describe.each<Record<string, unknown> & { seed: number }>(cases)('after manualSeed($seed)', (recorded) => {
  it.each(Object.entries(draws))('%s is PyTorch’s', (name, draw) => {
    expect(draw(new Generator().manualSeed(recorded.seed))).toEqual(recorded[name]);
  });

  it('randn_f64_20 is PyTorch’s but for last bits', () => {
    const expected = recorded.randn_f64_20 as number[];
    const got = fillNormal(new Float64Array(20), { generator: new Generator().manualSeed(recorded.seed) });
    got.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] as number, 14);
    });
  });
});

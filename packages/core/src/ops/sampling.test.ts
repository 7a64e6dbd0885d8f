import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  categorical,
  DTypeError,
  Generator,
  manualSeed,
  normal,
  poisson,
  type RetrogradError,
  randint,
  randintLike,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '../index.ts';

const seeded = () => new Generator().manualSeed(8);
const int32 = (...sizes: number[]) => zeros(sizes, { dtype: 'int32' });

describe('draws in place', () => {
  const draws: Record<string, (x: Tensor, generator?: Generator) => Tensor> = {
    uniform_: (x, generator) => x.uniform_({ from: -1, to: 2, generator }),
    normal_: (x, generator) => x.normal_(1, { std: 2, generator }),
    logNormal_: (x, generator) => x.logNormal_(0, 0.1, { generator }),
    bernoulli_: (x, generator) => x.bernoulli_(0.25, { generator }),
    exponential_: (x, generator) => x.exponential_({ generator }),
    cauchy_: (x, generator) => x.cauchy_({ generator }),
    geometric_: (x, generator) => x.geometric_(0.5, { generator }),
    random_: (x, generator) => x.random_(100, { generator }),
  };

  it.each(Object.entries(draws))('%s gives its tensor back, from the generator it is given', (_, draw) => {
    manualSeed(1);
    const [x, y, z] = [zeros(40), zeros(40), zeros(40)];
    expect(draw(x, seeded())).toBe(x);
    expect(draw(y, seeded())).toEqualTensor(x);
    manualSeed(8);
    expect(draw(z)).toEqualTensor(x);
  });

  it.each(Object.entries(draws))('%s fills views in their own order, and nothing else', (_, draw) => {
    const [matrix, row] = [zeros(4, 3), zeros(4)];
    draw(matrix.select(1, 1), seeded());
    expect(matrix.select(1, 1)).toEqualTensor(draw(row, seeded()));
    expect(matrix.select(1, 0)).toEqualTensor(zeros(4));
    expect(matrix.select(1, 2)).toEqualTensor(zeros(4));
  });

  it.each(Object.entries(draws))('%s leaves what is empty alone', (_, draw) => {
    const generator = seeded();
    draw(zeros(0, 3), generator);
    expect(generator.random()).toBe(seeded().random());
  });

  it('random_ goes as far as a dtype holds every whole number', () => {
    const largest = { float32: 2 ** 24, float64: 2 ** 53, int32: 2 ** 31 - 1, uint8: 255, bool: 1 } as const;
    for (const [dtype, last] of Object.entries(largest)) {
      const { data } = zeros([4000], { dtype: dtype as keyof typeof largest }).random_();
      expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...data)).toBeLessThanOrEqual(last);
      expect(Math.max(...data)).toBeGreaterThan(0.9 * last);
    }
  });
});

it.each<[string, () => unknown, typeof RetrogradError]>([
  ['uniform numbers in int32', () => int32(3).uniform_(), DTypeError],
  ['logNormal numbers in int32', () => int32(3).logNormal_(), DTypeError],
  ['geometric numbers in uint8', () => zeros([3], { dtype: 'uint8' }).geometric_(0.5), DTypeError],
  ['geometric numbers beyond int32', () => int32(3).geometric_(1e-9), ArgumentError],
  ['probabilities in int32', () => int32(3).bernoulli(), DTypeError],
  ['probabilities that do not broadcast', () => zeros(3).bernoulli_(zeros(2)), ShapeError],
  ['a probability that is none', () => zeros(3).bernoulli(2), ArgumentError],
  ['a bool beyond 1', () => zeros([3], { dtype: 'bool' }).random_(5), ArgumentError],
  ['a bool beyond 1 like another', () => randintLike(zeros([3], { dtype: 'bool' }), 4), ArgumentError],
  ['a bool below 0', () => randint(-1, 2, [3], { dtype: 'bool' }), ArgumentError],
  ['an int beyond int32', () => int32(3).random_(2 ** 40), ArgumentError],
  ['an empty range', () => int32(3).random_(5, 5), ArgumentError],
  ['a generator that is none', () => zeros(3).random_({ generator: 3 as never }), ArgumentError],
  ['an option that is none', () => zeros(3).normal_({ sd: 1 } as never), ArgumentError],
  ['an argument too many', () => zeros(3).normal_(0, 1, 2 as never), ArgumentError],
  ['deviations below 0', () => normal(0, tensor([1, -1])), ArgumentError],
  ['means of integers', () => normal(int32(3), 1), DTypeError],
  ['means and deviations that do not broadcast', () => normal(zeros(2), zeros(3)), ShapeError],
  ['weights of integers', () => categorical(int32(3)), ArgumentError],
  ['weights without dims', () => categorical(tensor(1)), ArgumentError],
  ['weights of nothing', () => categorical(zeros(2, 3)), ArgumentError],
  ['weights below 0', () => categorical(tensor([2, -1])), ArgumentError],
  ['categories of which there are none', () => categorical(zeros(2, 0)), ArgumentError],
  ['rates of integers', () => poisson(int32(3)), DTypeError],
  ['numbers beyond uint8', () => randintLike(zeros([3], { dtype: 'uint8' }), 300), ArgumentError],
])('%s are refused', (_, call, error) => {
  expect(call).toThrow(error);
});

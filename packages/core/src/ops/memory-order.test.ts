import '../methods.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DType } from '../dtype.ts';
import { manualSeed } from '../random/generator.ts';
import type { Tensor } from '../tensor.ts';
import { arange, tensor, zeros } from './creation.ts';
import { rand, randintLike, randLike, randnLike } from './random.ts';
import { multinomial } from './sampling.ts';

// Recorded from PyTorch 1.13 with torch.manual_seed(0), to four places.
const close = { rtol: 0, atol: 6e-5 };

beforeEach(() => void manualSeed(0));

/** Views, each with the place in memory order of each of its elements. */
const layouts: Record<string, readonly [make: (dtype?: DType) => Tensor, places: readonly number[]]> = {
  transposed: [(dtype) => zeros([3, 2], { dtype }).t(), [0, 2, 4, 1, 3, 5]],
  permuted: [(dtype) => zeros([2, 3, 2], { dtype }).permute(2, 0, 1), [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]],
  'transposed, with gaps': [(dtype) => zeros([4, 6], { dtype }).at('::2', '::3').t(), [0, 2, 1, 3]],
  'channels last': [(dtype) => zeros([1, 2, 2, 2], { dtype }).permute(0, 3, 1, 2), [0, 2, 4, 6, 1, 3, 5, 7]],
  'sliced, with gaps': [(dtype) => zeros([2, 6], { dtype }).at(':', '::2'), [0, 1, 2, 3, 4, 5]],
  reversed: [(dtype) => zeros([3, 2], { dtype }).t().flip(1), [0, 2, 4, 1, 3, 5]],
};

/** Each draw in place, with the first twelve numbers that PyTorch gives a vector. */
const draws: Record<string, readonly [draw: (x: Tensor) => Tensor, stream: readonly number[]]> = {
  uniform_: [
    (x) => x.uniform_(),
    [0.4963, 0.7682, 0.0885, 0.132, 0.3074, 0.6341, 0.4901, 0.8964, 0.4556, 0.6323, 0.3489, 0.4017],
  ],
  normal_: [
    (x) => x.normal_(),
    [1.541, -0.2934, -2.1788, 0.5684, -1.0845, -1.3986, 0.4033, 0.838, -0.7193, -0.4033, -0.5966, 0.182],
  ],
  logNormal_: [
    (x) => x.logNormal_(),
    [59.2634, 1.5116, 0.0348, 8.4728, 0.3107, 0.1658, 6.0903, 14.5276, 0.645, 1.2133, 0.8243, 3.9121],
  ],
  bernoulli_: [(x) => x.bernoulli_(0.5), [0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1]],
  exponential_: [
    (x) => x.exponential_(),
    [3.5083, 1.2304, 0.615, 2.5351, 1.0357, 1.5661, 0.1968, 0.4325, 0.8707, 0.34, 0.6031, 0.1946],
  ],
  cauchy_: [
    (x) => x.cauchy_(),
    [10.5977, 0.7648, -0.1283, 3.9331, 0.49, 1.2988, -1.5911, -0.5052, 0.2613, -0.7846, -0.1492, -1.6113],
  ],
  geometric_: [(x) => x.geometric_(0.3), [1, 1, 3, 1, 2, 1, 5, 3, 2, 4, 3, 5]],
  random_: [(x) => x.random_(100), [44, 39, 33, 60, 63, 79, 27, 3, 97, 83, 1, 66]],
};

describe.each(Object.entries(draws))('%s fills a tensor as it lies in memory:', (_, [draw, stream]) => {
  it.each(Object.entries(layouts))('%s', (_, [make, places]) => {
    const x = make();
    expect(draw(x)).toBe(x);
    expect(x.flatten()).toBeCloseToTensor(
      places.map((place) => stream[place] as number),
      close,
    );
  });
});

it('other dtypes are filled so, too', () => {
  const [make] = layouts.transposed as (typeof layouts)[string];
  expect(make('float64').uniform_()).toBeCloseToTensor(
    [
      [0.9701, 0.4594, 0.645],
      [0.7078, 0.9207, 0.7911],
    ],
    close,
  );
  manualSeed(0);
  expect(make('int32').random_(1000).toArray()).toEqual([
    [44, 933, 963],
    [239, 760, 379],
  ]);
});

it('bernoulli_ meets each probability where it stands', () => {
  const p = arange(6).view(2, 3).div(5);
  expect(zeros(3, 2).t().bernoulli_(p).toArray()).toEqual([
    [0, 1, 1],
    [0, 1, 1],
  ]);
});

describe('normal_ makes blocks of sixteen only where elements lie row by row without gaps:', () => {
  const pairs = [
    1.541, -0.2934, -2.1788, 0.5684, -1.0845, -1.3986, 0.4033, 0.838, -0.7193, -0.4033, -0.5966, 0.182,
    -0.8567, 1.1006, -1.0712, 0.1227, -0.5663, 0.3731,
  ];

  it.each(['float32', 'float64'] as const)('%s', (dtype) => {
    const sliced = zeros([4, 10], { dtype }).at(':', ':5').normal_();
    expect(sliced.flatten().narrow(0, 0, 18)).toBeCloseToTensor(pairs, close);
    expect(rand(2)).toBeCloseToTensor([0.5263, 0.2437], close);

    manualSeed(0);
    const permuted = zeros([2, 3, 3], { dtype }).permute(2, 0, 1).normal_();
    expect(permuted.permute(1, 2, 0).flatten()).toBeCloseToTensor(pairs, close);
    expect(rand(2)).toBeCloseToTensor([0.2081, 0.9298], close);
  });
});

describe('what is drawn like another tensor lies like it:', () => {
  it('randLike', () => {
    const y = randLike(zeros(2, 2).t(), { requiresGrad: true });
    expect(y).toBeCloseToTensor(
      [
        [0.4963, 0.0885],
        [0.7682, 0.132],
      ],
      close,
    );
    expect(y.strides).toEqual([1, 2]);
    expect([y.isLeaf, y.requiresGrad]).toEqual([true, true]);
  });

  it('randLike, where dims repeat or overlap', () => {
    const repeats = zeros(2, 1, 3).permute(2, 1, 0).expand(3, 2, 2);
    expect(randLike(repeats).flatten()).toBeCloseToTensor(
      [0.4963, 0.4901, 0.132, 0.6323, 0.7682, 0.8964, 0.3074, 0.3489, 0.0885, 0.4556, 0.6341, 0.4017],
      close,
    );
    expect(randLike(repeats).strides).toEqual([1, 3, 6]);
    manualSeed(0);
    expect(randLike(zeros(4).unfold(0, 3, 1)).flatten()).toBeCloseToTensor(
      [0.4963, 0.0885, 0.3074, 0.7682, 0.132, 0.6341],
      close,
    );
    expect(randLike(zeros(3, 1).expand(3, 4)).isContiguous).toBe(true);
  });

  it('randnLike', () => {
    expect(randnLike(zeros(6, 3).t()).at(0)).toBeCloseToTensor(
      [1.541, 0.5684, 0.4033, -0.4033, -0.8567, 0.1227],
      close,
    );
    expect(rand(2)).toBeCloseToTensor([0.2081, 0.9298], close);
    manualSeed(0);
    // A slice has gaps, but what is made like it has none.
    expect(randnLike(zeros(4, 10).at(':', ':5')).at(0)).toBeCloseToTensor(
      [-1.1258, -1.1524, -0.2506, -0.4339, 0.5988],
      close,
    );
  });

  it('randintLike', () => {
    expect(randintLike(zeros(3, 2).t(), 10).toArray()).toEqual([
      [4, 3, 3],
      [9, 0, 9],
    ]);
  });
});

describe('multinomial draws its keys as its weights lie in memory', () => {
  const weights = arange(1, 9, 1, { dtype: 'float32' }).view(2, 4);

  it('without replacement', () => {
    expect(multinomial(weights.t(), 2).toArray()).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
    manualSeed(0);
    expect(multinomial(weights.t().contiguous(), 1).flatten().toArray()).toEqual([1, 0, 1, 0]);
    manualSeed(0);
    expect(multinomial(weights.at(':', '1:3'), 2).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('and with it, row by row', () => {
    expect(multinomial(weights.t(), 2, true).toArray()).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
      [0, 1],
    ]);
  });
});

it('a gradient passes a redrawn view by', () => {
  const x = tensor([1, 2, 3, 4, 5, 6], { requiresGrad: true });
  const y = x.mul(2).view(3, 2);
  y.at('1:').t().uniform_();
  y.sum().backward();
  expect(x.grad?.toArray()).toEqual([2, 2, 0, 0, 0, 0]);
});

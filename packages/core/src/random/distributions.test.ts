import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../errors.ts';
import {
  fillBernoulli,
  fillExponential,
  fillRandint,
  fillUniform,
  randomPermutation,
} from './distributions.ts';
import { erf, erfinv, float32 } from './erfinv.ts';
import { Generator, manualSeed } from './generator.ts';
import { exp32, log32 } from './libm32.ts';
import { drawMultinomial } from './multinomial.ts';
import { fillNormal } from './normal.ts';
import { fillCauchy, fillGeometric, fillLogNormal, fillPoisson } from './transformed.ts';
import { fillTruncatedNormal } from './truncated.ts';

const f32 = () => new Float32Array(4);
const weights = (...w: number[]) => Float32Array.from(w);

describe('nonsense is refused before anything is drawn', () => {
  const calls: [string, () => unknown][] = [
    ['uniform with its bounds exchanged', () => fillUniform(f32(), { from: 1, to: 0 })],
    ['uniform to NaN', () => fillUniform(f32(), { to: Number.NaN })],
    ['uniform over more than float32 spans', () => fillUniform(f32(), { from: -3e38, to: 3e38 })],
    ['uniform beyond float32', () => fillUniform(f32(), { to: 1e39 })],
    ['normal with a negative std', () => fillNormal(f32(), { std: -1 })],
    ['normal with std NaN', () => fillNormal(f32(), { std: Number.NaN })],
    ['normal with an infinite mean', () => fillNormal(f32(), { mean: Infinity })],
    ['exponential of rate 0', () => fillExponential(f32(), { lambd: 0 })],
    ['geometric of the impossible', () => fillGeometric(f32(), 0)],
    ['geometric of the certain', () => fillGeometric(f32(), 1)],
    ['geometric of NaN', () => fillGeometric(f32(), Number.NaN)],
    ['logNormal with std 0', () => fillLogNormal(f32(), { std: 0 })],
    ['logNormal with an infinite mean', () => fillLogNormal(f32(), { mean: Infinity })],
    ['cauchy with sigma 0', () => fillCauchy(f32(), { sigma: 0 })],
    ['cauchy with median NaN', () => fillCauchy(f32(), { median: Number.NaN })],
    ['poisson of a negative rate', () => fillPoisson(f32(), weights(1, 2, -1, 3))],
    ['poisson of an infinite rate', () => fillPoisson(f32(), weights(1, 2, Infinity, 3))],
    ['bernoulli with p above 1', () => fillBernoulli(f32(), 1.5)],
    ['bernoulli with p NaN', () => fillBernoulli(f32(), Number.NaN)],
    ['bernoulli with too few probabilities', () => fillBernoulli(f32(), weights(0.5))],
    ['bernoulli with one bad probability', () => fillBernoulli(f32(), weights(0, 1, -0.1, 1))],
    ['randint of nothing', () => fillRandint(f32(), 3, 3)],
    ['randint of fractions', () => fillRandint(f32(), 0.5, 3)],
    ['randint beyond uint8', () => fillRandint(new Uint8Array(1), 0, 257)],
    ['randint below uint8', () => fillRandint(new Uint8Array(1), -1, 2)],
    ['randint beyond int32', () => fillRandint(new Int32Array(1), 0, 2 ** 31 + 1)],
    ['randint beyond float32’s whole numbers', () => fillRandint(f32(), 0, 2 ** 25)],
    ['randperm of a negative number', () => randomPermutation(-1)],
    ['randperm of a fraction', () => randomPermutation(1.5)],
    ['randperm of too many', () => randomPermutation(2 ** 31)],
    ['multinomial with a negative weight', () => drawMultinomial(weights(1, -1), 2, 1)],
    ['multinomial with NaN', () => drawMultinomial(weights(1, Number.NaN), 2, 1)],
    ['multinomial without weight', () => drawMultinomial(weights(0, 0), 2, 1, { replacement: true })],
    ['multinomial of more than there are', () => drawMultinomial(weights(1, 1), 2, 3)],
    ['multinomial of more than have a weight', () => drawMultinomial(weights(1, 0), 2, 2)],
    ['multinomial of no sample', () => drawMultinomial(weights(1, 1), 2, 0)],
    ['multinomial in broken rows', () => drawMultinomial(weights(1, 1, 1), 2, 1)],
    ['multinomial of no category', () => drawMultinomial(weights(), 0, 1)],
    ['truncNormal with a above b', () => fillTruncatedNormal(f32(), { a: 1, b: -1 })],
    ['truncNormal with std 0', () => fillTruncatedNormal(f32(), { std: 0 })],
  ];
  it.each(calls)('%s', (_, call) => {
    const generator = manualSeed(1);
    const before = generator.getState().data;
    expect(call).toThrow(ArgumentError);
    expect(generator.getState().data).toEqual(before);
  });
});

it('empty outputs draw nothing', () => {
  const generator = new Generator();
  const before = generator.getState().data;
  fillUniform(new Float32Array(0), { generator });
  fillNormal(new Float64Array(0), { generator });
  expect(randomPermutation(0, { generator })).toEqual(new Int32Array(0));
  expect(generator.getState().data).toEqual(before);
});

it('a coin is 1 where all 53 bits are below the probability', () => {
  for (let seed = 0; seed < 50; seed++) {
    const drawn = new Generator().manualSeed(seed).random53();
    const coin = (p: number) =>
      fillBernoulli(new Uint8Array(1), p, { generator: new Generator().manualSeed(seed) });
    expect([...coin(drawn * 2 ** -53), ...coin((drawn + 1) * 2 ** -53)]).toEqual([0, 1]);
    expect([...coin(0), ...coin(1)]).toEqual([0, 1]);
  }
});

it('everything draws from the default generator unless told otherwise', () => {
  const all = () => [
    ...fillUniform(f32()),
    ...fillNormal(f32()),
    ...fillExponential(f32()),
    ...fillBernoulli(f32(), 0.5),
    ...fillRandint(f32(), 0, 1000),
    ...randomPermutation(10),
    ...fillTruncatedNormal(f32()),
    ...drawMultinomial(weights(1, 2, 3), 3, 2),
  ];
  manualSeed(4);
  const first = all();
  expect(all()).not.toEqual(first);
  manualSeed(4);
  expect(all()).toEqual(first);
});

it('a truncated normal stays within its bounds', () => {
  const values = fillTruncatedNormal(new Float32Array(5000), {
    mean: 1,
    std: 2,
    a: 0.25,
    b: 1.5,
    generator: new Generator(),
  });
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0.25);
  expect(Math.max(...values)).toBeLessThanOrEqual(1.5);
});

describe('the special functions', () => {
  // Taylor's series, which converges everywhere and is exact enough below 3.
  function erfSeries(x: number): number {
    let [term, sum] = [x, x];
    for (let n = 1; n < 100; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  const points = Array.from({ length: 241 }, (_, i) => (i - 120) / 40);

  it.each(points)('erf(%f) is the sum of its series, and erfinv goes back', (x) => {
    expect(erf(x)).toBeCloseTo(erfSeries(x), 11);
    expect(erf(erfinv(erf(x)))).toBeCloseTo(erf(x), 14);
    expect(erf(Math.fround(x), float32)).toBeCloseTo(erfSeries(Math.fround(x)), 6);
  });

  it('end where they should', () => {
    expect([erf(0), erf(7), erf(-7), erf(Infinity)]).toEqual([0, 1, -1, 1]);
    expect(erf(Number.NaN)).toBeNaN();
    expect([erfinv(0), erfinv(1), erfinv(-1)]).toEqual([0, Infinity, -Infinity]);
    expect(erfinv(1.1)).toBeNaN();
  });

  it('exp32 and log32 are close to correct rounding', () => {
    for (let i = 1; i < 4000; i++) {
      const x = Math.fround(i / 100 - 20);
      expect(Math.abs(exp32(x) / Math.exp(x) - 1)).toBeLessThan(2 ** -24 + 1e-9);
      const y = Math.fround(i / 1000);
      expect(Math.abs(log32(y) - Math.log(y))).toBeLessThanOrEqual(2 ** -23 * Math.abs(Math.log(y)));
    }
  });
});

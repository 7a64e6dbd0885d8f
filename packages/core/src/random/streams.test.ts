import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  fillBernoulli,
  fillExponential,
  fillRandint,
  fillUniform,
  fillWhole,
  randomPermutation,
} from './distributions.ts';
import { Generator } from './generator.ts';
import { drawMultinomial } from './multinomial.ts';
import { fillNormal } from './normal.ts';
import { fillCauchy, fillGeometric, fillLogNormal, fillPoisson } from './transformed.ts';
import { fillTruncatedNormal } from './truncated.ts';

interface Case {
  seed: string;
  stream: string;
  n: number;
  first: number[];
  sha256?: string;
}

interface Fixture {
  streams: Case[];
  close: { seed: string; stream: string; n: number; values: number[] }[];
  multinomialRows: { weights: number[]; replacement_5: number[]; without_2: number[] };
}

const fixtureUrl = new URL('../../../../tests/fixtures/random-streams.json', import.meta.url);
const fixture: Fixture = JSON.parse(readFileSync(fixtureUrl, 'utf8'));

type Draw = (
  n: number,
  generator: Generator,
  ...args: number[]
) => Float32Array | Float64Array | Int32Array | Uint8Array;

const elevenths = (n: number) => Array.from({ length: n }, (_, i) => Math.fround(i % 11) / 10);
const rising = (n: number, sum: number) => Float32Array.from({ length: n }, (_, i) => (i + 1) / sum);

/** How each recorded stream is drawn here; the numbers after its name are the arguments. */
const draws: Record<string, Draw> = {
  uniform32: (n, generator, from = 0, to = 1) => fillUniform(new Float32Array(n), { from, to, generator }),
  uniform64: (n, generator, from = 0, to = 1) => fillUniform(new Float64Array(n), { from, to, generator }),
  normal32: (n, generator, mean = 0, std = 1) => fillNormal(new Float32Array(n), { mean, std, generator }),
  normal64: (n, generator, mean = 0, std = 1) => fillNormal(new Float64Array(n), { mean, std, generator }),
  exponential32: (n, generator, lambd = 1) => fillExponential(new Float32Array(n), { lambd, generator }),
  exponential64: (n, generator, lambd = 1) => fillExponential(new Float64Array(n), { lambd, generator }),
  truncated32: (n, generator, mean = 0, std = 1, a = 0, b = 0) =>
    fillTruncatedNormal(new Float32Array(n), { mean, std, a, b, generator }),
  truncated64: (n, generator, mean = 0, std = 1, a = 0, b = 0) =>
    fillTruncatedNormal(new Float64Array(n), { mean, std, a, b, generator }),
  bernoulli8: (n, generator, p = 0) => fillBernoulli(new Uint8Array(n), p, { generator }),
  'bernoulli8 each32': (n, generator) =>
    fillBernoulli(new Uint8Array(n), Float32Array.from(elevenths(n)), { generator }),
  'bernoulli8 each64': (n, generator) =>
    fillBernoulli(new Uint8Array(n), Float64Array.from(elevenths(n)), { generator }),
  randint32: (n, generator, low = 0, high = 0) => fillRandint(new Int32Array(n), low, high, { generator }),
  randint8: (n, generator, low = 0, high = 0) => fillRandint(new Uint8Array(n), low, high, { generator }),
  randint64: (n, generator, low = 0, high = 0) => fillRandint(new Float64Array(n), low, high, { generator }),
  whole32: (n, generator) => fillWhole(new Int32Array(n), { generator }),
  whole8: (n, generator) => fillWhole(new Uint8Array(n), { generator }),
  wholeBool: (n, generator) => fillWhole(new Uint8Array(n), { last: 1, generator }),
  wholeFloat32: (n, generator) => fillWhole(new Float32Array(n), { generator }),
  wholeFloat64: (n, generator) => fillWhole(new Float64Array(n), { generator }),
  geometric32: (n, generator, p = 0) => fillGeometric(new Float32Array(n), p, { generator }),
  geometricI32: (n, generator, p = 0) => fillGeometric(new Int32Array(n), p, { generator }),
  logNormal32: (n, generator, mean = 0, std = 1) =>
    fillLogNormal(new Float32Array(n), { mean, std, generator }),
  logNormal64: (n, generator, mean = 0, std = 1) =>
    fillLogNormal(new Float64Array(n), { mean, std, generator }),
  cauchy32: (n, generator, median = 0, sigma = 1) =>
    fillCauchy(new Float32Array(n), { median, sigma, generator }),
  cauchy64: (n, generator, median = 0, sigma = 1) =>
    fillCauchy(new Float64Array(n), { median, sigma, generator }),
  poisson32: (n, generator, rate = 0) =>
    fillPoisson(new Float32Array(n), new Float32Array(n).fill(rate), { generator }),
  poisson64: (n, generator, rate = 0) =>
    fillPoisson(new Float64Array(n), new Float64Array(n).fill(rate), { generator }),
  randperm: (n, generator) => randomPermutation(n, { generator }),
  'multinomial replacement': (n, generator) =>
    drawMultinomial(rising(7, 7), 7, n, { replacement: true, generator }),
  'multinomial one': (n, generator) => drawMultinomial(rising(n, n), n, 1, { generator }),
  'multinomial half': (n, generator) =>
    drawMultinomial(rising(n, n), n, Math.floor((n + 1) / 2), { generator }),
};

function drawn(stream: string, n: number, seed: string) {
  const [name = '', ...args] = stream in draws ? [stream] : stream.split(' ');
  const draw = draws[name];
  if (!draw) throw new Error(`no way to draw ${stream}`);
  return draw(n, new Generator().manualSeed(BigInt(seed)), ...args.map(Number));
}

describe('streams are PyTorch’s to the last bit', () => {
  const names = [...new Set(fixture.streams.map(({ stream }) => stream))];
  it.each(names)('%s', (name) => {
    for (const { seed, stream, n, first, sha256 } of fixture.streams.filter(
      ({ stream }) => stream === name,
    )) {
      const got = drawn(stream, n, seed);
      const label = `${n} from seed ${seed}`;
      expect([...got.subarray(0, first.length)], label).toEqual(first);
      if (sha256) expect(createHash('sha256').update(got).digest('hex'), label).toBe(sha256);
    }
  });
});

describe('float64 streams of logarithms and sines are PyTorch’s but for last bits', () => {
  const names = [...new Set(fixture.close.map(({ stream }) => stream))];
  it.each(names)('%s', (name) => {
    for (const { seed, stream, n, values } of fixture.close.filter(({ stream }) => stream === name)) {
      const got = drawn(stream, n, seed);
      values.forEach((value, i) => {
        expect(Math.abs((got[i] as number) - value)).toBeLessThanOrEqual(
          1e-13 * Math.max(1, Math.abs(value)),
        );
      });
    }
  });
});

it('multinomial draws the rows of a matrix one after another', () => {
  const { weights, replacement_5, without_2 } = fixture.multinomialRows;
  const generator = new Generator().manualSeed(3);
  const rows = Float32Array.from(weights);
  expect([...drawMultinomial(rows, 3, 5, { replacement: true, generator })]).toEqual(replacement_5);
  expect([...drawMultinomial(rows, 3, 2, { generator })]).toEqual(without_2);
});

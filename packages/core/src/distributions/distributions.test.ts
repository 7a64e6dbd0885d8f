import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gradcheck } from '../autograd/gradcheck.ts';
import * as distributions from '../distributions.ts';
import type { DType } from '../dtype.ts';
import { ArgumentError, GradError, RetrogradError, ShapeError } from '../errors.ts';
import { tensor, zeros } from '../ops/creation.ts';
import { Generator, manualSeed } from '../random/generator.ts';
import type { Tensor } from '../tensor.ts';

type Argument = number | readonly unknown[];
type Recorded = readonly (number | 'inf' | null)[] | null;

interface Case {
  readonly name: string;
  readonly arguments: readonly Argument[];
  readonly value: readonly unknown[];
  readonly batchShape: readonly number[];
  readonly eventShape: readonly number[];
  readonly samples: Readonly<Record<string, readonly number[]>>;
  readonly logProb: Recorded;
  readonly entropy: Recorded;
  readonly mean: Recorded;
  readonly variance: Recorded;
  readonly cdf: Recorded;
}

interface Divergence {
  readonly p: readonly [name: string, args: readonly Argument[]];
  readonly q: readonly [name: string, args: readonly Argument[]];
  readonly divergence: Recorded;
}

/** Recorded by tests/fixtures/make-distributions.py from PyTorch 1.13. */
const { cases, divergences }: { cases: readonly Case[]; divergences: readonly Divergence[] } = JSON.parse(
  readFileSync(new URL('../../../../tests/fixtures/distributions.json', import.meta.url), 'utf8'),
);

const byName: Readonly<Record<string, unknown>> = { ...distributions };

type Kind = new (...args: readonly unknown[]) => distributions.Distribution;

function made(name: string, given: readonly Argument[], dtype: DType): distributions.Distribution {
  const args = given.map((arg) => (typeof arg === 'number' ? arg : tensor(arg as number[], { dtype })));
  if (name === 'MultivariateNormal')
    return new distributions.MultivariateNormal(args[0] as Tensor, { scaleTril: args[1] as Tensor });
  return new (byName[name] as Kind)(...args);
}

function near(got: Tensor, want: Recorded, digits: { rtol: number; atol: number }): void {
  const numbers = (want ?? []).map((value) =>
    value === null ? Number.NaN : value === 'inf' ? 1 / 0 : value,
  );
  expect(got.reshape(-1)).toBeCloseToTensor(tensor(numbers, { dtype: got.dtype }), digits);
}

/** What a thunk gives, or null if the distribution does not have it. */
function orNull(ask: () => Tensor): Tensor | null {
  try {
    return ask();
  } catch (error) {
    if (error instanceof ArgumentError) return null;
    throw error;
  }
}

describe.each(cases.map((each, i) => [`${each.name} ${i}`, each] as const))(
  '%s, as in PyTorch',
  (_, each) => {
    const value = () => tensor(each.value as number[], { dtype: 'float64' });
    const d = () => made(each.name, each.arguments, 'float64');

    it('has its shapes, densities and moments', () => {
      expect([d().batchShape, d().eventShape]).toEqual([each.batchShape, each.eventShape]);
      near(d().logProb(value()), each.logProb, { rtol: 1e-9, atol: 1e-12 });
      for (const [got, want] of [
        [d().mean, each.mean],
        [d().variance, each.variance],
      ] as const)
        near(got, want, { rtol: 1e-12, atol: 1e-15 });
      expect(d().stddev.square()).toBeCloseToTensor(d().variance);
      for (const [got, want] of [
        [orNull(() => d().entropy()), each.entropy],
        [orNull(() => d().cdf(value())), each.cdf],
      ] as const)
        if (want !== null && got !== null) near(got, want, { rtol: 1e-9, atol: 1e-12 });
    });

    it.each(Object.entries(each.samples))('draws the same numbers, %s', (kind, want) => {
      const [dtype, shape] = kind.split(' ') as [DType, string];
      manualSeed(7);
      const got = made(each.name, each.arguments, dtype).sample(JSON.parse(shape));
      expect(got.shape).toEqual([...JSON.parse(shape), ...each.batchShape, ...each.eventShape]);
      const digits = dtype === 'float32' ? { rtol: 2e-6, atol: 2e-6 } : { rtol: 1e-12, atol: 1e-12 };
      near(got.to('float64'), want, digits);
    });

    it('draws from a generator of its own, and as a larger batch', () => {
      const draw = () => d().sample([3], { generator: new Generator().manualSeed(3) });
      expect(draw()).toEqualTensor(draw());
      const larger = d().expand([2, ...each.batchShape]);
      expect(larger.sample().shape).toEqual([2, ...each.batchShape, ...each.eventShape]);
      const want = d().logProb(value()).expand(larger.batchShape);
      expect(larger.logProb(value())).toBeCloseToTensor(want);
    });

    it('has gradients of the density, and of samples where it says so', () => {
      const at = value();
      const parameters = each.arguments.flatMap((arg) =>
        typeof arg === 'number' ? [] : [tensor(arg as number[], { dtype: 'float64', requiresGrad: true })],
      );
      const build = (given: readonly Tensor[]) => {
        const rest = [...given];
        const args = each.arguments.map((arg) => (typeof arg === 'number' ? arg : rest.shift()));
        const relaxed = { validateArgs: false };
        if (each.name === 'MultivariateNormal')
          return new distributions.MultivariateNormal(args[0] as Tensor, {
            scaleTril: (args[1] as Tensor).tril(),
            ...relaxed,
          });
        return new (byName[each.name] as Kind)(...args, relaxed);
      };
      expect(gradcheck((...given: Tensor[]) => build(given).logProb(at), parameters)).toBe(true);
      const { hasRsample } = build(parameters);
      if (!hasRsample) {
        expect(() => d().rsample()).toThrow(ArgumentError);
        expect(build(parameters).sample().requiresGrad).toBe(false);
      } else if (!['Gamma', 'Chi2', 'Beta', 'Dirichlet', 'StudentT'].includes(each.name)) {
        const draw = (...given: Tensor[]) =>
          build(given).rsample([2], { generator: new Generator().manualSeed(3) });
        expect(gradcheck(draw, parameters)).toBe(true);
      }
    });
  },
);

describe('quantiles', () => {
  const p = tensor([0.1, 0.5, 0.8], { dtype: 'float64' });
  const one = tensor(1, { dtype: 'float64' });

  it.each([
    new distributions.Normal(one, 2),
    new distributions.Laplace(one, 2),
    new distributions.Cauchy(one, 2),
    new distributions.Gumbel(one, 2),
    new distributions.LogNormal(one, 2),
    new distributions.HalfNormal(one),
    new distributions.Uniform(one, 2),
    new distributions.Exponential(one),
  ])('of %s are where the distribution function is', (d) => {
    expect(d.cdf(d.icdf(p))).toBeCloseToTensor(p);
  });
});

describe('implicit gradients', () => {
  it.each([
    [0.05, 0.001],
    [0.3, 0.2],
    [1, 0.7],
    [3.5, 9],
    [40, 33],
    [2000, 2100],
  ])('of a gamma variable keep its quantile, α = %f at %f', async (alpha, z) => {
    const { gammaSlope } = await import('../random/rejected.ts');
    // P(α, z) by Simpson's rule in u = log t, of e^(αu − e^u); what is below u₀ is e^(αu₀)/α.
    const lower = (a: number, x: number, logGamma: number) => {
      const [from, to, n] = [
        Math.min(Math.log(x) - 5, -40 / a < -700 ? -60 : Math.log(x) - 5),
        Math.log(x),
        20000,
      ];
      const f = (u: number) => Math.exp(a * u - Math.exp(u) - logGamma);
      const h = (to - from) / n;
      let sum = f(from) + f(to);
      for (let i = 1; i < n; i++) sum += (i % 2 ? 4 : 2) * f(from + i * h);
      return (sum * h) / 3 + (Math.exp(a * from - logGamma) / a) * (1 - (a * Math.exp(from)) / (a + 1));
    };
    const logGamma = (a: number) => tensor(a, { dtype: 'float64' }).lgamma().item();
    const h = alpha * 1e-4;
    const slope =
      (lower(alpha + h, z, logGamma(alpha + h)) - lower(alpha - h, z, logGamma(alpha - h))) / (2 * h);
    const density = Math.exp((alpha - 1) * Math.log(z) - z - logGamma(alpha));
    const want = -slope / density;
    expect(Math.abs(gammaSlope(alpha, z) - want)).toBeLessThan(1e-4 * Math.abs(want));
  });

  it('go on smoothly where the series gives way', async () => {
    const { gammaSlope } = await import('../random/rejected.ts');
    for (const z of [9700, 10000, 10300])
      expect(gammaSlope(10001, z) / gammaSlope(9999, z)).toBeCloseTo(1, 3);
  });

  it('are the mean slope of the mean', () => {
    const concentration = tensor([0.5, 2, 30], { dtype: 'float64', requiresGrad: true });
    new distributions.Gamma(concentration, 2)
      .rsample([4000], { generator: new Generator().manualSeed(0) })
      .mean(0)
      .sum()
      .backward();
    // E x = α / β
    expect(concentration.grad).toBeCloseToTensor([0.5, 0.5, 0.5], { atol: 0.03 });
    const total = new distributions.Dirichlet(concentration).rsample([3], {
      generator: new Generator().manualSeed(0),
    });
    expect(total.sum(-1)).toBeCloseToTensor([1, 1, 1]);
  });

  it('are not differentiable again, and say so', () => {
    const concentration = tensor([2], { dtype: 'float64', requiresGrad: true });
    const sample = new distributions.Gamma(concentration, 1).rsample();
    sample
      .square()
      .sum()
      .backward(null, { createGraph: true } as never);
    expect(() => concentration.grad?.sum().backward()).toThrow(GradError);
  });
});

it('the entropy of Multinomial is that of all its outcomes', () => {
  const d = new distributions.Multinomial(4, tensor([0.1, 0.2, 0.7], { dtype: 'float64' }));
  const outcomes = [0, 1, 2, 3, 4].flatMap((a) =>
    [0, 1, 2, 3, 4].filter((b) => a + b <= 4).map((b) => [a, b, 4 - a - b]),
  );
  const logs = d.logProb(tensor(outcomes, { dtype: 'float64' }));
  expect(logs.exp().sum()).toBeCloseToTensor(1);
  expect(d.entropy()).toBeCloseToTensor(logs.exp().mul(logs).sum().neg());
});

describe('klDivergence', () => {
  it.each(divergences.map((each) => [each.p[0], each.q[0], each] as const))(
    'of %s and %s is PyTorch’s',
    (_p, _q, { p, q, divergence }) => {
      const [first, second] = [made(...p, 'float64'), made(...q, 'float64')];
      near(distributions.klDivergence(first, second), divergence, { rtol: 1e-9, atol: 1e-12 });
      const alike = made(...p, 'float64');
      if (p[0] === q[0])
        expect(distributions.klDivergence(first, alike).abs().max().item()).toBeLessThan(1e-12);
    },
  );

  it('of independent ones is summed, and of others refused', () => {
    const [p, q] = [new distributions.Normal(zeros(3), 1), new distributions.Normal(zeros(3), 2)];
    const whole = distributions.klDivergence(
      new distributions.Independent(p, 1),
      new distributions.Independent(q, 1),
    );
    expect(whole).toBeCloseToTensor(distributions.klDivergence(p, q).sum());
    expect(() => distributions.klDivergence(p, new distributions.Poisson(1))).toThrow(ArgumentError);
  });
});

describe('arguments', () => {
  it('are numbers, tensors, and one of two for probabilities', () => {
    expect(new distributions.Normal(0, 1).sample().shape).toEqual([]);
    expect(new distributions.Bernoulli({ logits: 0 }).probs.item()).toBe(0.5);
    expect(new distributions.Categorical({ logits: zeros(4) }).probs).toBeCloseToTensor([
      0.25, 0.25, 0.25, 0.25,
    ]);
    expect(() => new distributions.Bernoulli({ probs: 0.5, logits: 0 })).toThrow(ArgumentError);
    expect(() => new distributions.Bernoulli()).toThrow(ArgumentError);
  });

  it('that make no sense are refused, unless that is not asked for', () => {
    const wrong: (() => unknown)[] = [
      () => new distributions.Normal(0, -1),
      () => new distributions.Normal(Number.NaN, 1),
      () => new distributions.Uniform(1, 0),
      () => new distributions.Bernoulli(1.5),
      () => new distributions.Categorical(tensor([-1, 2])),
      () => new distributions.Binomial(1.5, 0.5),
      () => new distributions.Gamma(0, 1),
      () => new distributions.Exponential(1).logProb(-1),
      () => new distributions.Bernoulli(0.5).logProb(0.5),
      () => new distributions.Dirichlet(tensor([1, 1])).logProb(tensor([0.5, 0.6])),
      () => new distributions.MultivariateNormal(zeros(2), {}),
      () => new distributions.Normal(0, 1).sample([-1]),
      () => new distributions.Normal(0, 1).sample([2], { seed: 1 } as never),
      () => new distributions.Normal('0' as never, 1),
    ];
    for (const make of wrong) expect(make).toThrow(RetrogradError);
    expect(() => new distributions.Normal(zeros(2), zeros(3).add(1))).toThrow(ShapeError);
    expect(new distributions.Normal(0, -1, { validateArgs: false }).scale.item()).toBe(-1);
    expect(new distributions.Exponential(1, { validateArgs: false }).logProb(-1).item()).toBe(1);
  });

  it('of a covariance may be its inverse or its factor', () => {
    const root = tensor(
      [
        [1, 0],
        [0.5, 2],
      ],
      { dtype: 'float64' },
    );
    const covarianceMatrix = root.matmul(root.mT);
    const loc = zeros([2], { dtype: 'float64' });
    for (const options of [{ covarianceMatrix }, { precisionMatrix: covarianceMatrix.inverse() }]) {
      const d = new distributions.MultivariateNormal(loc, options);
      expect(d.scaleTril).toBeCloseToTensor(root);
      expect(d.precisionMatrix.matmul(d.covarianceMatrix)).toBeCloseToTensor([
        [1, 0],
        [0, 1],
      ]);
    }
  });
});

describe('Independent', () => {
  it('sums densities over what it takes from the batch', () => {
    const base = new distributions.Normal(zeros([2, 3]), 1);
    const d = new distributions.Independent(base, 1);
    expect([d.batchShape, d.eventShape]).toEqual([[2], [3]]);
    const x = d.sample([4]);
    expect(d.logProb(x)).toBeCloseToTensor(base.logProb(x).sum(-1));
    expect(d.entropy()).toBeCloseToTensor(base.entropy().sum(-1));
    expect(d.expand([5, 2]).sample().shape).toEqual([5, 2, 3]);
    expect(() => new distributions.Independent(base, 3)).toThrow(ArgumentError);
    expect(() => d.logProb(zeros(2))).toThrow(ShapeError);
  });
});

import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError, GradError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { tensor } from './creation.ts';
import { mvlgamma, polygamma, special } from './special.ts';

const double = (...values: number[]) => tensor(values, { dtype: 'float64' });
const leaf = (...values: number[]) => double(...values).requiresGrad_();
const tight = { rtol: 1e-13, atol: 0 };

describe('the functions of torch.special', () => {
  it('logit has no slope outside of [0, 1], and an infinite one at the ends', () => {
    const x = leaf(-0.5, 0, 0.5, 1, 1.5);
    x.logit().sum().backward();
    expect(x.grad?.toArray()).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      4,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]);
  });

  it.each(['i1', 'i1e'] as const)('%s rises by ½ at 0 and near it, subnormal numbers included', (name) => {
    const x = leaf(0, 5e-324, -1e-310, 1e-300, 1e-20, -1e-17);
    special[name](x).sum().backward();
    expect(x.grad).toBeCloseToTensor([0.5, 0.5, 0.5, 0.5, 0.5, 0.5], { rtol: 1e-15, atol: 0 });
    const single = tensor([1e-45, 1e-40, -1e-38, 1e-20], { requiresGrad: true });
    special[name](single).sum().backward();
    expect(single.grad).toBeCloseToTensor([0.5, 0.5, 0.5, 0.5], { rtol: 1e-6, atol: 0 });
  });

  it('ndtr keeps its digits in the lower tail', () => {
    // Abramowitz & Stegun, table 26.1 and 26.2
    expect(special.ndtr(double(0, 1, -5, -10))).toBeCloseToTensor(
      [0.5, 0.8413447460685429, 2.866515718791939e-7, 7.61985302416053e-24],
      tight,
    );
  });

  it('logNdtr goes on where ndtr is 0', () => {
    // log ndtr x = −x²/2 − log(−x √2π) + log(1 − x⁻² + 3x⁻⁴ − 15x⁻⁶ + …)
    const x = -100;
    const tail = -(x ** 2) / 2 - Math.log(-x * Math.sqrt(2 * Math.PI)) + Math.log(1 - 1e-4 + 3e-8 - 15e-12);
    expect(special.logNdtr(double(x, 0, 1))).toBeCloseToTensor(
      [tail, -Math.LN2, Math.log(0.8413447460685429)],
      { rtol: 1e-12, atol: 0 },
    );
  });

  it('ndtri undoes ndtr', () => {
    const x = double(-30, -3, -0.2, 0, 0.5, 2);
    expect(special.ndtri(special.ndtr(x))).toBeCloseToTensor(x, { rtol: 1e-12, atol: 1e-15 });
    expect(special.ndtri(double(0, 1, -0.1, 1.1)).toArray()).toEqual([-1 / 0, 1 / 0, Number.NaN, Number.NaN]);
  });

  it('sphericalBesselJ0 is sin x / x', () => {
    expect(special.sphericalBesselJ0(double(0, 0.5, -3))).toBeCloseToTensor(
      [1, Math.sin(0.5) / 0.5, Math.sin(3) / 3],
      tight,
    );
  });

  it('entr is −x log x with its limits', () => {
    expect(special.entr(double(0, 1, Math.E, -1)).toArray()).toEqual([0, -0, -Math.E, -1 / 0]);
  });

  it('xlog1py is 0 where nothing is multiplied', () => {
    expect(special.xlog1py(double(0, 2, 0), double(-2, 1e-20, Number.NaN)).toArray()).toEqual([
      0,
      2e-20,
      Number.NaN,
    ]);
  });

  it('polygamma has the known values at 1 and ½', () => {
    // ψ′(1) = π²/6, ψ′(½) = π²/2, ψ″(1) = −2 ζ(3), ψ‴(1) = π⁴/15
    const [one, half] = [1, 0.5];
    expect(polygamma(1, double(one, half))).toBeCloseToTensor([Math.PI ** 2 / 6, Math.PI ** 2 / 2], tight);
    expect(double(one).polygamma(2)).toBeCloseToTensor([-2 * 1.2020569031595942], tight);
    expect(polygamma(3, double(one))).toBeCloseToTensor([Math.PI ** 4 / 15], tight);
    expect(polygamma(0, double(one))).toBeCloseToTensor([-0.5772156649015329], tight);
  });

  it('mvlgamma of dimension 1 is lgamma, and of dimension 2 a product of two', () => {
    const x = double(2.5, 4);
    expect(mvlgamma(x, 1)).toBeCloseToTensor(x.lgamma(), tight);
    const two = x
      .lgamma()
      .add(x.sub(0.5).lgamma())
      .add(Math.log(Math.PI) / 2);
    expect(special.multigammaln(x, 2)).toBeCloseToTensor(two, tight);
  });

  it('takes whole numbers as float32', () => {
    expect(polygamma(1, tensor([1], { dtype: 'int32' })).dtype).toBe('float32');
    expect(mvlgamma(tensor([3], { dtype: 'int32' }), 2).dtype).toBe('float32');
  });

  it('refuses orders that are none', () => {
    for (const n of [-1, 1.5, Number.NaN]) expect(() => polygamma(n, double(1))).toThrow(ArgumentError);
    for (const p of [0, 1.5, 1e9]) expect(() => mvlgamma(double(1), p)).toThrow(ArgumentError);
  });
});

describe('gradients of compositions', () => {
  const cases: Readonly<Record<string, readonly [(x: Tensor) => Tensor, Tensor]>> = {
    ndtr: [special.ndtr, leaf(-2, 0.3, 1)],
    ndtri: [special.ndtri, leaf(1e-3, 0.2, 0.9)],
    logNdtr: [special.logNdtr, leaf(-6, -1.5, 0.3, 2)],
    polygamma: [(x) => polygamma(2, x), leaf(0.6, 2.5, -0.4)],
    mvlgamma: [(x) => mvlgamma(x, 3), leaf(1.5, 4)],
    logit: [(x) => x.logit(0.2), leaf(0.1, 0.4, 0.7)],
  };

  it.each(Object.entries(cases))('%s', (_, [f, x]) => {
    expect(gradcheck(f, x)).toBe(true);
    expect(gradgradcheck(f, x)).toBe(true);
  });

  it.each(['i0', 'i1', 'i0e', 'i1e', 'entr', 'erfcx'] as const)('%s, where it has one', (name) => {
    expect(gradcheck(special[name], leaf(0.4, 2, 35))).toBe(true);
    expect(gradgradcheck(special[name], leaf(0.4, 2))).toBe(true);
  });

  it('i1 has slope ½ at 0', () => {
    const x = leaf(0);
    special.i1(x).sum().backward();
    expect(x.grad?.toArray()).toEqual([0.5]);
  });

  it('zeta has none in its exponent', () => {
    const s = leaf(2);
    expect(() => special.zeta(s, double(1)).sum().backward()).toThrow(GradError);
  });
});

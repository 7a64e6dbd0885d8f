import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { gradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError } from '../errors.ts';
import { tensor } from './creation.ts';
import { polynomials } from './polynomials.ts';

const angles = [0.2, 0.9, 1.7, 2.8];
const x = () => tensor(angles.map(Math.cos), { dtype: 'float64', requiresGrad: true });
const of = (f: (theta: number) => number) => tensor(angles.map(f), { dtype: 'float64' });

/** What Chebyshev's polynomials are at cos θ (DLMF 18.5). */
const chebyshev = {
  T: (n: number) => (t: number) => Math.cos(n * t),
  U: (n: number) => (t: number) => Math.sin((n + 1) * t) / Math.sin(t),
  V: (n: number) => (t: number) => Math.cos((n + 0.5) * t) / Math.cos(t / 2),
  W: (n: number) => (t: number) => Math.sin((n + 0.5) * t) / Math.sin(t / 2),
} as const;

describe.each(Object.entries(chebyshev))('chebyshev %s', (kind, formula) => {
  it.each([0, 1, 2, 7])('of degree %i', (n) => {
    const name = `chebyshevPolynomial${kind as 'T'}` as const;
    expect(polynomials[name](x(), n)).toBeCloseToTensor(of(formula(n)));
    const shifted = polynomials[`shiftedChebyshevPolynomial${kind as 'T'}`];
    expect(shifted(x().add(1).div(2), n)).toBeCloseToTensor(of(formula(n)));
  });
});

/** Written out (DLMF 18.6, Abramowitz & Stegun 22.3). */
const written = {
  hermitePolynomialH: (t: number) => 16 * t ** 4 - 48 * t ** 2 + 12,
  hermitePolynomialHe: (t: number) => t ** 4 - 6 * t ** 2 + 3,
  laguerrePolynomialL: (t: number) => (t ** 4 - 16 * t ** 3 + 72 * t ** 2 - 96 * t + 24) / 24,
  legendrePolynomialP: (t: number) => (35 * t ** 4 - 30 * t ** 2 + 3) / 8,
} as const;

it.each(Object.entries(written))('%s of degree 4', (name, formula) => {
  const f = polynomials[name as keyof typeof written];
  expect(f(x(), 4)).toBeCloseToTensor(of((t) => formula(Math.cos(t))));
  expect(gradcheck((at) => f(at, 3), x())).toBe(true);
});

it('are 0 of a negative degree, take whole numbers as float32, and refuse degrees that are none', () => {
  expect(polynomials.legendrePolynomialP(x(), -1).detach()).toBeCloseToTensor([0, 0, 0, 0]);
  expect(polynomials.legendrePolynomialP(tensor([1, 2], { dtype: 'int32' }), 2).toArray()).toEqual([1, 5.5]);
  for (const n of [0.5, Number.NaN, 1e10])
    expect(() => polynomials.hermitePolynomialH(x(), n)).toThrow(ArgumentError);
});

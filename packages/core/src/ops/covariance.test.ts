import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { corrcoef, cov } from './covariance.ts';
import { ones, tensor, zeros } from './creation.ts';

const float64 = { dtype: 'float64' } as const;
const x = () =>
  tensor(
    [
      [1, 2, 4, 8],
      [3, 1, 0, 5],
    ],
    float64,
  );

/** By the definition: each pair of observations as often as it was made. */
function slowCov(rows: number[][], times: readonly number[], correction: number): number[][] {
  const repeated = rows.map((row) => row.flatMap((value, i) => new Array<number>(times[i] ?? 1).fill(value)));
  const centred = repeated.map((row) => {
    const mean = row.reduce((a, b) => a + b, 0) / row.length;
    return row.map((value) => value - mean);
  });
  return centred.map((a) =>
    centred.map((b) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0) / (a.length - correction)),
  );
}

describe('cov', () => {
  it.each([0, 1, 2])('takes %d off the count', (correction) => {
    const want = tensor(slowCov(x().toArray() as number[][], [], correction), float64);
    expect(cov(x(), { correction })).toBeCloseToTensor(want);
  });

  it('counts an observation as often as it was made', () => {
    const times = [1, 3, 0, 2];
    const want = tensor(slowCov(x().toArray() as number[][], times, 1), float64);
    expect(x().cov({ fweights: tensor(times, { dtype: 'int32' }) })).toBeCloseToTensor(want);
  });

  it('weighs observations', () => {
    // With w = (½, ½, 0, 0): the mean is 1.5, Σ w (x − x̄)² = ¼, and the divisor is 1 − ½.
    expect(cov(tensor([1, 2, 4, 8], float64), { aweights: tensor([0.5, 0.5, 0, 0], float64) }).item()).toBe(
      0.5,
    );
  });

  it('of one variable is its variance', () => {
    expect(cov(tensor([1, 2, 4, 8])).toArray()).toBeCloseTo(9.5833333, 5);
    expect(cov(tensor([1, 2], { dtype: 'int32' })).dtype).toBe('float32');
    expect(cov(zeros(0, 3)).shape).toEqual([0, 0]);
    expect(cov(tensor([5])).item()).toBe(Number.NaN);
  });

  it('refuses weights that make no sense', () => {
    const row = ones(3);
    expect(() => cov(row, { fweights: tensor([1, -1, 1], { dtype: 'int32' }) })).toThrow(ArgumentError);
    expect(() => cov(row, { fweights: ones(3) })).toThrow(DTypeError);
    expect(() => cov(row, { aweights: ones(3, { dtype: 'int32' }) })).toThrow(DTypeError);
    expect(() => cov(row, { aweights: ones(2) })).toThrow(ShapeError);
    expect(() => cov(row, { aweights: zeros(3) })).toThrow(ArgumentError);
    expect(() => cov(ones(2, 2, 2))).toThrow(ShapeError);
    expect(() => cov(tensor([true]))).toThrow(DTypeError);
  });
});

describe('corrcoef', () => {
  it('is the covariance in units of the deviations', () => {
    const [[a = 0, b = 0] = [], [, c = 0] = []] = slowCov(x().toArray() as number[][], [], 1);
    const r = b / Math.sqrt(a * c);
    const want = tensor(
      [
        [1, r],
        [r, 1],
      ],
      float64,
    );
    expect(x().corrcoef()).toBeCloseToTensor(want);
    expect(corrcoef(tensor([1, 2])).item()).toBe(1);
    expect(corrcoef(tensor([1, 1])).item()).toBe(Number.NaN);
  });

  it('and cov have right gradients', () => {
    const leaf = x().requiresGrad_();
    const weights = tensor([0.5, 1, 2, 0.7], float64).requiresGrad_();
    expect(gradcheck((y, aweights) => cov(y, { aweights }), [leaf, weights])).toBe(true);
    expect(gradgradcheck((y) => cov(y), [leaf])).toBe(true);
    // Off the diagonal, where nothing is clamped.
    expect(gradcheck((y) => corrcoef(y).select(0, 0).select(0, 1), [leaf])).toBe(true);
  });
});

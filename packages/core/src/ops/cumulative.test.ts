import '../methods.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { grad } from '../autograd/backward.ts';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { DTypeError, IndexError } from '../errors.ts';
import { manualSeed } from '../random/generator.ts';
import type { Tensor } from '../tensor.ts';
import { tensor, zeros } from './creation.ts';
import { cummax, cummin, cumprod, cumsum, logcumsumexp } from './cumulative.ts';
import { randn } from './random.ts';

beforeEach(() => void manualSeed(1));

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const float64 = { dtype: 'float64' } as const;

describe('cumsum and cumprod', () => {
  it('run along a dim', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(cumsum(x, 1).toArray()).toEqual([
      [1, 3, 6],
      [4, 9, 15],
    ]);
    expect(x.cumprod(-2).toArray()).toEqual([
      [1, 2, 3],
      [4, 10, 18],
    ]);
  });

  it('count in int32, unless they are told otherwise, and only then wrap', () => {
    const bytes = tensor([200, 100, 2], { dtype: 'uint8' });
    expect(cumsum(bytes, 0).toArray()).toEqual([200, 300, 302]);
    expect(cumsum(bytes, 0, { dtype: 'uint8' }).toArray()).toEqual([200, 44, 46]);
    expect(tensor([true, true]).cumsum(0).dtype).toBe('int32');
    const large = tensor([65_537, 65_537], { dtype: 'int32' });
    expect(cumprod(large, 0, { dtype: 'int32' }).toArray()).toEqual([65_537, 131_073]);
    expect(cumprod(large, 0, { dtype: 'float64' }).toArray()).toEqual([65_537, 65_537 ** 2]);
    expect(() => cumprod(large, 0)).toThrow(DTypeError);
    expect(() => cumsum(tensor([2 ** 30, 2 ** 30, -5], { dtype: 'int32' }), 0)).toThrow(
      /2147483648.*float64/,
    );
    expect(cumprod(tensor([2 ** 30, 0, 2 ** 30, 2 ** 30], { dtype: 'int32' }), 0).toArray()).toEqual([
      2 ** 30,
      0,
      0,
      0,
    ]);
    expect(cumsum(tensor([1, 2]), 0, { dtype: 'float64' }).dtype).toBe('float64');
  });

  it('write in place', () => {
    const x = tensor([1, 2, 3]);
    x.cumsum_(0);
    expect(x.cumprod_(0).toArray()).toEqual([1, 3, 18]);
    expect(() => tensor([true]).cumsum_(0)).toThrow(DTypeError);
  });

  it('take a scalar for a line of one, and lines of nothing', () => {
    expect(cumsum(tensor(3), 0).toArray()).toBe(3);
    expect(Object.is(cumprod(tensor(-0), 0).item(), -0)).toBe(true);
    expect(cumprod(zeros(2, 0), 1).shape).toEqual([2, 0]);
    expect(() => cumsum(tensor([1]), 1)).toThrow(IndexError);
  });

  it('cumprod differentiates through zeros', () => {
    // d/dx₂ of x₁ + x₁x₂ + x₁x₂x₃ + x₁x₂x₃x₄ at (2, 0, 3, 0) is 2 + 6 + 0, and so on.
    const x = tensor([2, 0, 3, 0], { ...float64, requiresGrad: true });
    const [slope] = grad(cumprod(x, 0).sum(), [x]);
    expect(slope?.toArray()).toEqual([1, 8, 0, 0]);
    expect(gradcheck((y) => cumprod(y, 0), [x])).toBe(true);
    expect(gradgradcheck((y) => cumprod(y, 0), [x])).toBe(true);
  });
});

describe('cummax and cummin', () => {
  it('give the last of those that tie, and keep a NaN', () => {
    const x = tensor([1, 1, 3, nan, 2, nan]);
    expect(cummax(x, 0).indices.toArray()).toEqual([0, 1, 2, 3, 3, 5]);
    expect(cummin(x, 0).indices.toArray()).toEqual([0, 1, 1, 3, 3, 5]);
    expect(cummin(x, 0).values.toArray()).toEqual([1, 1, 1, nan, nan, nan]);
  });
});

describe('logcumsumexp', () => {
  it('neither overflows nor vanishes', () => {
    const x = tensor([-infinity, -infinity, -1000, -3000, 5, 5, 1000, infinity, 1, nan, 2], float64);
    expect(logcumsumexp(x, 0).toArray()).toEqual([
      -infinity,
      -infinity,
      -1000,
      -1000,
      5,
      5 + Math.LN2,
      1000,
      infinity,
      infinity,
      nan,
      nan,
    ]);
  });

  it('has gradients where the exponentials are far apart', () => {
    // The softmax of what came before: all the weight is on the largest.
    const x = tensor([-800, 0, 800], { ...float64, requiresGrad: true });
    const [slope] = grad(logcumsumexp(x, 0).sum(), [x]);
    expect(slope?.toArray()).toEqual([1, 1, 1]);
  });

  it('takes floats', () =>
    expect(() => logcumsumexp(tensor([1], { dtype: 'int32' }), 0)).toThrow(DTypeError));
});

const ops: Record<string, (x: Tensor) => Tensor> = {
  cumsum: (x) => cumsum(x, 0),
  cumprod: (x) => cumprod(x, 1),
  cummax: (x) => cummax(x, 1).values,
  cummin: (x) => cummin(x, 0).values,
  logcumsumexp: (x) => logcumsumexp(x, 1),
};

it.each(Object.entries(ops))('%s has right gradients of first and second order', (_, f) => {
  const x = randn(3, 4, float64).requiresGrad_();
  expect(gradcheck(f, [x])).toBe(true);
  expect(gradgradcheck((y) => f(y.mul(y)), [x])).toBe(true);
});

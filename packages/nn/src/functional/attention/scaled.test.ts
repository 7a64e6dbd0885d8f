import {
  ArgumentError,
  DTypeError,
  gradcheck,
  gradgradcheck,
  manualSeed,
  ones,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { F } from '../../index.ts';
import { attended, float64, matrix } from './slow-attention.ts';

const near = { atol: 1e-12, rtol: 1e-12 };
const random = (...shape: number[]) => randn(shape, { dtype: 'float64' });
const attention = F.scaledDotProductAttention;

beforeEach(() => manualSeed(2));

describe('scaledDotProductAttention', () => {
  const hidden = Number.NEGATIVE_INFINITY;
  const mask = [
    [true, false, true, true, false],
    [true, true, true, true, true],
    [false, false, false, true, false],
  ];
  const cases: Record<string, [Parameters<typeof attention>[3], (i: number, j: number) => number, number?]> =
    {
      'no options': [{}, () => 0],
      'a mask of truth values, true for what is seen': [
        { attnMask: tensor(mask) },
        (i, j) => (mask[i]?.[j] ? 0 : hidden),
      ],
      'a mask of numbers, which are added': [
        { attnMask: float64(mask.map((row, i) => row.map((_, j) => i - 0.5 * j))) },
        (i, j) => i - 0.5 * j,
      ],
      'queries that see no later key': [{ isCausal: true }, (i, j) => (j <= i ? 0 : hidden)],
      'a scale': [{ scale: 0.3 }, () => 0, 0.3],
    };

  it.each(Object.entries(cases))('gives what nested loops give: %s', (_, [options, bias, scale]) => {
    const [q, k, v] = [random(2, 3, 4), random(2, 5, 4), random(2, 5, 6)];
    const out = attention(q, k, v, options as object);
    for (const n of [0, 1]) {
      const { output } = attended(
        matrix(q.select(0, n)),
        matrix(k.select(0, n)),
        matrix(v.select(0, n)),
        bias,
        scale,
      );
      expect(out.select(0, n)).toBeCloseToTensor(float64(output), near);
    }
  });

  it('broadcasts leading dims, and takes options by position', () => {
    const [q, k, v] = [random(2, 1, 3, 4), random(5, 4), random(3, 5, 2)];
    const seen = ones([3, 5]).gt(0);
    const out = attention(q, k, v, seen, 0, false, 0.5);
    expect(out.shape).toEqual([2, 3, 3, 2]);
    const one = attention(q.select(0, 1).select(0, 0), k, v.select(0, 2), { scale: 0.5 });
    expect(out.select(0, 1).select(0, 2)).toBeCloseToTensor(one, near);
  });

  it('lets heads of keys and values serve several heads of queries', () => {
    const [q, k, v] = [random(2, 6, 3, 4), random(2, 2, 5, 4), random(2, 3, 5, 4)];
    const out = attention(q, k, v, { enableGqa: true });
    for (let head = 0; head < 6; head++) {
      const own = (x: Tensor) => x.select(1, Math.floor((head * (x.shape[1] as number)) / 6));
      expect(out.select(1, head)).toBeCloseToTensor(attention(q.select(1, head), own(k), own(v)), near);
    }
    expect(() => attention(q, random(2, 4, 5, 4), random(2, 4, 5, 4), { enableGqa: true })).toThrow(
      ShapeError,
    );
  });

  it('drops weights whatever the mode, and keeps their mean', () => {
    const [q, k, v] = [random(1, 8), random(4000, 8), ones([4000, 1], { dtype: 'float64' })];
    expect(attention(q, k, v, { dropoutP: 1 })).toEqualTensor(zeros([1, 1], { dtype: 'float64' }));
    expect(attention(q.mul(0), k, v, { dropoutP: 0.5 }).item()).toBeCloseTo(1, 1);
    expect(() => attention(q, k, v, { dropoutP: -1 })).toThrow(ArgumentError);
  });

  it('gives NaNs for a query that sees nothing, and zeros where there is nothing to see', () => {
    const x = random(2, 3);
    const out = attention(x, x, x, {
      attnMask: tensor([
        [false, false],
        [true, false],
      ]),
    });
    expect([...out.isnan().data]).toEqual([1, 1, 1, 0, 0, 0]);
    expect(
      attention(x, zeros([0, 3], { dtype: 'float64' }), zeros([0, 2], { dtype: 'float64' })),
    ).toEqualTensor(zeros([2, 2], { dtype: 'float64' }));
  });

  it('passes gradcheck and gradgradcheck, the mask among the inputs', () => {
    const inputs = [random(2, 3, 2), random(2, 4, 2), random(2, 4, 3), random(3, 4)];
    for (const x of inputs) x.requiresGrad_();
    const f = (q: Tensor, k: Tensor, v: Tensor, attnMask: Tensor) => attention(q, k, v, { attnMask });
    expect(gradcheck(f as never, inputs)).toBe(true);
    expect(gradgradcheck(f as never, inputs)).toBe(true);
    expect(gradcheck((q: Tensor) => attention(q, q, q, { isCausal: true }), [inputs[0] as Tensor])).toBe(
      true,
    );
  });

  it('refuses what does not go together', () => {
    const x = zeros(2, 3, 4);
    expect(() => attention(x, zeros(2, 3, 5), x)).toThrow(ShapeError);
    expect(() => attention(x, x, zeros(2, 2, 4))).toThrow(ShapeError);
    expect(() => attention(zeros(4), zeros(4), zeros(4))).toThrow(ShapeError);
    expect(() => attention(x, zeros(3, 3, 4), x)).toThrow(ShapeError);
    expect(() => attention(x, x, x, { attnMask: zeros(2, 2) })).toThrow(ShapeError);
    expect(() => attention(x, x.double(), x)).toThrow(DTypeError);
    expect(() => attention(x.to('int32'), x, x)).toThrow(DTypeError);
    expect(() => attention(x, x, x, { attnMask: zeros([3, 3], { dtype: 'float64' }) })).toThrow(DTypeError);
    expect(() => attention(x, x, x, { attnMask: zeros(3, 3), isCausal: true })).toThrow(ArgumentError);
  });
});

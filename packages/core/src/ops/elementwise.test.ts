import '../methods.ts';
import { describe, expect, it } from 'vitest';
import type { DType } from '../dtype.ts';
import { ArgumentError, DTypeError } from '../errors.ts';
import * as base from '../primitives/elementwise.ts';
import { Tensor } from '../tensor.ts';
import * as arithmetic from './arithmetic.ts';
import * as bounds from './bounds.ts';
import { isclose, isfinite, isneginf, isposinf, isreal } from './comparison.ts';
import { positive } from './convert.ts';
import { asTensor, tensor } from './creation.ts';
import { floatPower, ldexp, logit } from './exponents.ts';
import { frac, round } from './rounding.ts';
import { linspace, logspace } from './spaced.ts';

const of = (dtype: DType, ...values: number[]) => tensor(values, { dtype });
const special = of('float64', Number.NaN, 1 / 0, -1 / 0, -2, -0);

describe('dtypes that an op does not take', () => {
  const floats: readonly DType[] = ['float32', 'float64'];
  const integers: readonly DType[] = ['int32', 'uint8'];
  const refused: Readonly<Record<string, readonly [(x: Tensor) => Tensor, readonly DType[]]>> = {
    frac: [frac, [...integers, 'bool']],
    hypot: [(x) => base.hypot(x, x), [...integers, 'bool']],
    logaddexp: [(x) => base.logaddexp(x, x), [...integers, 'bool']],
    addcdiv: [(x) => x.addcdiv(x, x), [...integers, 'bool']],
    lerp: [(x) => x.lerp(x, 0.5), [...integers, 'bool']],
    addcmul: [(x) => x.addcmul(x, x), ['bool']],
    rsub: [(x) => arithmetic.rsub(x, x), ['bool']],
    positive: [positive, ['bool']],
    gcd: [(x) => base.gcd(x, x), [...floats, 'bool']],
    bitwiseLeftShift: [(x) => base.bitwiseLeftShift(x, x), [...floats, 'bool']],
    bitwiseAnd: [(x) => base.bitwiseAnd(x, x), floats],
    bitwiseNot: [arithmetic.bitwiseNot, floats],
  };

  it.each(Object.entries(refused))('%s', (_, [op, dtypes]) => {
    for (const dtype of ['float32', 'float64', 'int32', 'uint8', 'bool'] as const) {
      const call = () => op(of(dtype, 1, 0));
      if (dtypes.includes(dtype)) expect(call, dtype).toThrow(DTypeError);
      else if (!(dtype === 'float32' || dtype === 'float64') || !dtypes.includes('float32'))
        expect(call().dtype, dtype).toBe(dtype);
    }
  });

  it('two that differ, where PyTorch wants one', () => {
    const [a, b] = [of('float32', 1), of('float64', 1)];
    expect(() => a.lerp(b, 0.5)).toThrow(DTypeError);
    expect(() => isclose(a, b)).toThrow(DTypeError);
    expect(() => bounds.heaviside(a, b)).toThrow(DTypeError);
  });

  it('fractions as alpha among integers', () => {
    const x = of('int32', 3);
    expect(() => x.add(x, { alpha: 0.5 })).toThrow(ArgumentError);
    expect(() => of('float32', 1).add(1, { alpha: true })).toThrow(ArgumentError);
    expect(
      of('bool', 1, 0)
        .add(of('bool', 0, 1), { alpha: true })
        .toArray(),
    ).toEqual([true, true]);
  });
});

describe('bounds', () => {
  it('clampMin and clampMax give the gradient of equal operands to the first', () => {
    const [x, bound] = [of('float64', 1, 2, 3), of('float64', 2, 2, 2)].map((t) => t.requiresGrad_());
    (x as Tensor)
      .clampMin(bound as Tensor)
      .sum()
      .backward();
    expect(x?.grad?.toArray()).toEqual([0, 1, 1]);
    expect(bound?.grad?.toArray()).toEqual([1, 0, 0]);
  });

  it('clamp takes tensors, and NaN wins', () => {
    const x = of('float32', 1.5, -2.5, Number.NaN);
    expect(x.clamp(of('float32', Number.NaN, 1, 0), 2).toArray()).toEqual([Number.NaN, 1, Number.NaN]);
  });

  it('fmax and fmin pass over NaN', () => {
    const [a, b] = [of('float32', Number.NaN, 1, Number.NaN), of('float32', 2, Number.NaN, Number.NaN)];
    expect(bounds.fmax(a, b).toArray()).toEqual([2, 1, Number.NaN]);
    expect(bounds.fmin(a, b).toArray()).toEqual([2, 1, Number.NaN]);
  });

  it('nanToNum has the dtype\u2019s own limits', () => {
    expect(special.nanToNum().toArray()).toEqual([0, Number.MAX_VALUE, -Number.MAX_VALUE, -2, -0]);
    expect(special.to('float32').nanToNum(1, 2).toArray()).toEqual([
      1,
      2,
      Math.fround(-3.4028234e38),
      -2,
      -0,
    ]);
    expect(of('int32', 5).nanToNum(1).toArray()).toEqual([5]);
  });

  it('heaviside is 0 for NaN, as in PyTorch', () => {
    expect(bounds.heaviside(of('float32', Number.NaN, 0, -1, 1), of('float32', 0.5)).toArray()).toEqual([
      0, 0.5, 0, 1,
    ]);
  });
});

describe('questions', () => {
  it('tell infinities and signs apart', () => {
    expect(isposinf(special).toArray()).toEqual([false, true, false, false, false]);
    expect(isneginf(special).toArray()).toEqual([false, false, true, false, false]);
    expect(isfinite(special).toArray()).toEqual([false, false, false, true, true]);
    expect(isreal(special).toArray()).toEqual([true, true, true, true, true]);
    expect([...special.signbit().data].slice(1)).toEqual([0, 1, 1, 1]);
    expect(isposinf(of('int32', 1)).toArray()).toEqual([false]);
  });
});

describe('isclose of whole numbers', () => {
  const [most, least] = [2 ** 31 - 1, -(2 ** 31)];

  it.each<[a: number, b: number, rtol: number, atol: number, near: boolean]>([
    [most, least + 2, 1e-5, 1e-8, false],
    [most, -most, 1e-5, 1e-8, false],
    [0, least, 1e-5, 1e-8, false],
    [0, least, 1, 0, true],
    [most, most - 1, 1e-5, 1e-8, true],
    [2 ** 24, 2 ** 24 + 1, 0, 0.5, false],
    [2 ** 24, 2 ** 24 + 1, 0, 1, true],
  ])('%d and %d, by rtol %d and atol %d: %s', (a, b, rtol, atol, near) => {
    expect(isclose(of('int32', a), of('int32', b), { rtol, atol }).toArray()).toEqual([near]);
  });
});

describe('arithmetic', () => {
  it('lerp ends at its end', () => {
    const [start, end] = [of('float32', 1e8), of('float32', 1)];
    expect(start.lerp(end, 1).toArray()).toEqual([1]);
    expect(start.lerp(end, of('float32', 1)).toArray()).toEqual([1]);
    expect(start.lerp(end, 0).toArray()).toEqual([1e8]);
  });

  it('div towards 0 keeps integers exact and of their dtype', () => {
    const x = of('int32', 2 ** 31 - 1, -7);
    expect(x.div(of('int32', 1, 2), { roundingMode: 'trunc' }).toArray()).toEqual([2 ** 31 - 1, -3]);
    expect(of('uint8', 7).div(of('uint8', 2), { roundingMode: 'trunc' }).dtype).toBe('uint8');
  });

  it('addcmul takes the whole part of a value among integers, as PyTorch does', () => {
    expect(of('int32', 1).addcmul(of('int32', 2), of('int32', 3), { value: 2.9 }).toArray()).toEqual([13]);
  });

  it('bitwiseNot turns all bits of a dtype', () => {
    expect(arithmetic.bitwiseNot(of('int32', 3, -4)).toArray()).toEqual([-4, 3]);
    expect(arithmetic.bitwiseNot(of('uint8', 3)).toArray()).toEqual([252]);
    expect(arithmetic.bitwiseNot(of('bool', 1, 0)).toArray()).toEqual([false, true]);
  });

  it('floatPower is float64, and in place only of that', () => {
    expect(floatPower(of('int32', 3), 2).dtype).toBe('float64');
    expect(() => of('float32', 3).floatPower_(2)).toThrow(DTypeError);
    expect(of('float64', 3).floatPower_(2).toArray()).toEqual([9]);
  });

  it('ldexp scales by powers of two', () => {
    expect(ldexp(of('int32', 3, -4), of('int32', 3, -4)).toArray()).toEqual([24, -0.25]);
  });

  it('logit brings x inside first', () => {
    expect(logit(of('float64', 0, 0.5, 1)).toArray()).toEqual([-1 / 0, 0, 1 / 0]);
    expect(logit(of('float64', 0), 0.5).toArray()).toEqual([0]);
    expect(() => logit(special, '1' as never)).toThrow(ArgumentError);
  });
});

describe('in-place forms', () => {
  it.each([
    ['square_', [], [4, 9]],
    ['reciprocal_', [], [0.5, 1 / 3]],
    ['clampMax_', [2], [2, 2]],
    ['multiply_', [2], [4, 6]],
    ['subtract_', [1], [1, 2]],
    ['trueDivide_', [2], [1, 1.5]],
    ['notEqual_', [2], [0, 1]],
    ['negative_', [], [-2, -3]],
    ['addcmul_', [2, 3], [8, 9]],
    ['rad2deg_', [], [2, 3].map((x) => (x * 180) / Math.PI)],
    ['frac_', [], [0, 0]],
    ['sgn_', [], [1, 1]],
  ] as const)('%s', (name, rest, want) => {
    const x = of('float64', 2, 3);
    const place = x[name] as (...given: readonly number[]) => Tensor;
    expect(place.call(x, ...rest)).toBe(x);
    expect(x).toBeCloseToTensor([...want], { rtol: 1e-15, atol: 0 });
  });

  it('exist for every op on elements', () => {
    const { where: _, ...rows } = base;
    const names = Object.keys({ ...rows, ...arithmetic, ...bounds, round, frac, floatPower, ldexp, logit });
    expect(names.filter((name) => !(`${name}_` in Tensor.prototype))).toEqual([]);
  });
});

describe('tensors like others', () => {
  it('take over the dtype', () => {
    const x = of('int32', 1);
    expect([x.newZeros(2).dtype, x.newOnes([2, 3]).shape, x.newEmpty(0).numel]).toEqual(['int32', [2, 3], 0]);
    expect(x.newFull([2], 1.5).toArray()).toEqual([1, 1]);
    expect(x.newTensor([1.5]).toArray()).toEqual([1]);
    expect(x.newTensor([1.5], { dtype: 'float64' }).toArray()).toEqual([1.5]);
    expect(x.typeAs(special).dtype).toBe('float64');
  });

  it('asTensor gives back what is one already', () => {
    expect(asTensor(special)).toBe(special);
    expect(asTensor(special, { dtype: 'float32' }).dtype).toBe('float32');
    expect(asTensor([1, 2]).shape).toEqual([2]);
  });

  it('are evenly spaced in their exponents', () => {
    expect(logspace(0, 2, 3).toArray()).toEqual([1, 10, 100]);
    expect(logspace(0, 3, 4, 2).toArray()).toEqual([1, 2, 4, 8]);
    expect(logspace(0, 1.2, 2, { dtype: 'int32' }).toArray()).toEqual([1, 10]);
    expect(() => logspace(0, 1, -1)).toThrow(ArgumentError);
    expect(() => linspace(0, 1, 2, null as never)).toThrow(ArgumentError);
    expect(linspace(0.9, 3.9, 4, { dtype: 'int32' }).toArray()).toEqual([0, 1, 2, 3]);
  });
});

import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { gradcheck } from '../autograd/gradcheck.ts';
import { DTypeError } from '../errors.ts';
import { tensor } from './creation.ts';
import { finfo } from './facts.ts';
import { frexp, nextafter } from './floats.ts';

const edges = {
  float32: [1, 2, 3.7, 2 ** -126, 2 ** -149, 2 ** -127, (2 - 2 ** -23) * 2 ** 127, 1 - 2 ** -24],
  float64: [1, 2, 3.7, 2 ** -1022, 2 ** -1074, 1e-310, Number.MAX_VALUE, 1 - 2 ** -53],
} as const;

/** By the bits of positive floats, which are ordered as the floats are. */
function neighbour(x: number, by: 1 | -1, dtype: 'float32' | 'float64'): number {
  const view = new DataView(new ArrayBuffer(8));
  if (dtype === 'float32') {
    view.setFloat32(0, x);
    view.setUint32(0, view.getUint32(0) + by);
    return view.getFloat32(0);
  }
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) + BigInt(by));
  return view.getFloat64(0);
}

describe.each(['float32', 'float64'] as const)('nextafter in %s', (dtype) => {
  const some = Array.from({ length: 300 }, (_, i) => Math.abs(Math.sin(i + 1)) * 10 ** ((i % 60) - 30));
  const x = tensor([...edges[dtype], ...some], { dtype });
  const values = Array.from(x.data);

  it('is the neighbour in the order of bits', () => {
    const up = values.map((value) => neighbour(value, 1, dtype));
    const down = values.map((value) => neighbour(value, -1, dtype));
    expect(nextafter(x, 1 / 0)).toEqualTensor(tensor(up, { dtype }));
    expect(nextafter(x, -1)).toEqualTensor(tensor(down, { dtype }));
    expect(nextafter(x.neg(), -1 / 0)).toEqualTensor(tensor(up, { dtype }).neg());
    expect(nextafter(x.neg(), 1)).toEqualTensor(tensor(down, { dtype }).neg());
  });

  it('knows where it is, and where there is nothing', () => {
    const { max, smallestSubnormal } = finfo(dtype);
    const from = tensor([0, 0, 2, 1 / 0, -1 / 0, 1 / 0, Number.NaN, 1], { dtype });
    const to = tensor([1, -1, 2, 0, 0, 1 / 0, 1, Number.NaN], { dtype });
    expect(nextafter(from, to).toArray()).toEqual([
      smallestSubnormal,
      -smallestSubnormal,
      2,
      max,
      -max,
      1 / 0,
      Number.NaN,
      Number.NaN,
    ]);
  });
});

describe('frexp', () => {
  it.each(['float32', 'float64'] as const)('takes %s apart', (dtype) => {
    const x = tensor([...edges[dtype], ...edges[dtype].map((value) => -value)], { dtype });
    const { mantissa, exponent } = frexp(x);
    expect(exponent.dtype).toBe('int32');
    expect(mantissa.abs().ge(0.5).logicalAnd(mantissa.abs().lt(1)).all().item()).toBe(1);
    const whole = Array.from(mantissa.data, (m, i) => m * 2 * 2 ** ((exponent.data[i] as number) - 1));
    expect(whole).toEqual(Array.from(x.data));
    const odd = frexp(tensor([0, 1 / 0, -1 / 0, Number.NaN], { dtype }));
    expect(odd.mantissa.toArray()).toEqual([0, 1 / 0, -1 / 0, Number.NaN]);
    expect(odd.exponent.toArray()).toEqual([0, 0, 0, 0]);
  });

  it('has the gradient of a scale', () => {
    const x = tensor([0.7, -3.3, 100], { dtype: 'float64', requiresGrad: true });
    expect(gradcheck((value) => frexp(value).mantissa, x)).toBe(true);
    expect(() => frexp(tensor([1], { dtype: 'int32' }))).toThrow(DTypeError);
  });
});

it('finfo has the limits of IEEE 754', () => {
  const { eps, tiny, max, min, bits } = finfo('float64');
  expect([eps, tiny, max, min, bits]).toEqual([
    Number.EPSILON,
    2 ** -1022,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    64,
  ]);
  expect(Math.fround(1 + finfo('float32').eps)).toBeGreaterThan(1);
  expect(Math.fround(1 + finfo('float32').eps / 2)).toBe(1);
  expect(() => finfo('int32')).toThrow(DTypeError);
});

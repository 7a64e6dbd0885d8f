import { describe, expect, it } from 'vitest';
import '../methods.ts';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { IndexError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { arange, ones } from './creation.ts';

interface Region {
  readonly name: string;
  view(x: Tensor): Tensor;
  written(x: Tensor, src: Tensor): Tensor;
}

const regions: readonly Region[] = [
  { name: 'selectScatter', view: (x) => x.select(1, -1), written: (x, src) => x.selectScatter(src, 1, -1) },
  {
    name: 'sliceScatter',
    view: (x) => x.slice(1, 0, 3, 2),
    written: (x, src) => x.sliceScatter(src, { dim: 1, end: 3, step: 2 }),
  },
  {
    name: 'diagonalScatter',
    view: (x) => x.diagonal({ offset: 1 }),
    written: (x, src) => x.diagonalScatter(src, 1),
  },
];

describe.each(regions)('$name', ({ view, written }) => {
  const base = arange(12, { dtype: 'float64' }).reshape(4, 3).t();
  const source = view(base).clone().neg();

  it.each([
    ['contiguous', base.contiguous()],
    ['transposed', base],
    ['expanded', base.at(0).expand(3, 4)],
    ['part of a larger one', ones([4, 4], { dtype: 'float64' }).at('1:')],
  ])('is a copy of a %s tensor with the source in the view', (_, x) => {
    const before = x.toArray();
    const wanted = x.clone();
    view(wanted).copy_(source);
    expect(written(x, source).toArray()).toEqual(wanted.toArray());
    expect(x.toArray()).toEqual(before);
  });

  it('has right gradients of every order', () => {
    const inputs = [base.detach().requiresGrad_(), source.detach().requiresGrad_()] as const;
    expect(gradcheck(written, inputs)).toBe(true);
    expect(gradgradcheck((x, src) => written(x.mul(x), src.mul(src)), inputs)).toBe(true);
  });

  it('refuses a source of another shape than the view', () => {
    expect(() => written(base, ones(1, 1, 1))).toThrow(ShapeError);
    expect(() => written(base, ones(1))).toThrow(ShapeError);
  });
});

it('refuses positions outside', () => {
  expect(() => ones(2, 2).selectScatter(ones(2), 0, 2)).toThrow(IndexError);
});

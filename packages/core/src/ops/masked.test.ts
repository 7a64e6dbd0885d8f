import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../methods.ts';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { broadcastableShapes, tensors } from '../testing/arbitraries.ts';
import { arange, ones, tensor, zeros } from './creation.ts';

/** Tensors and masks of shapes that broadcast, in any layout, and both as flat arrays of the common shape. */
const operands = broadcastableShapes(2, { maxDims: 3 }).chain(([a = [], b = []]) =>
  fc.tuple(tensors({ shape: a }), tensors({ shape: b, dtype: 'bool' })).map(([x, mask]) => {
    // Arithmetic broadcasts by code that has nothing to do with masks.
    const [whole, under] = [x.add(mask.mul(0)), mask.logicalOr(x.mul(0))];
    return { x, mask, shape: whole.shape, elements: Array.from(whole.data), kept: Array.from(under.data) };
  }),
);

describe('maskedSelect', () => {
  it('gives the elements under the mask, in order', () =>
    fc.assert(
      fc.property(operands, ({ x, mask, elements, kept }) => {
        expect(Array.from(x.maskedSelect(mask).data)).toEqual(elements.filter((_, i) => kept[i]));
      }),
    ));
});

describe('maskedScatter', () => {
  it('puts the elements of the source under the mask, in order', () =>
    fc.assert(
      fc.property(operands, ({ x, mask, shape, elements, kept }) => {
        const source = arange(100, 101 + elements.length, { dtype: 'float64' });
        let next = 100;
        const wanted = elements.map((element, i) => (kept[i] ? next++ : element));
        const result = x.maskedScatter(mask, source);
        expect(result.shape).toEqual(shape);
        expect(Array.from(result.data)).toEqual(wanted);
      }),
    ));

  it('writes in place', () => {
    const x = zeros(2, 2);
    expect(x.maskedScatter_(tensor([true, false]), tensor([1, 2, 3]))).toBe(x);
    expect(x.toArray()).toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  it('refuses too few elements, and others than those of the tensor', () => {
    const mask = tensor([true, false, true]);
    expect(() => ones(3).maskedScatter(mask, ones(1))).toThrow(ShapeError);
    expect(() => ones(3).maskedScatter(mask, ones([3], { dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => ones(3).maskedScatter(ones(3), ones(3))).toThrow(DTypeError);
  });
});

it('what masks do has right gradients of every order', () => {
  const leaf = (x: Tensor) => x.to('float64').detach().requiresGrad_();
  const [x, source] = [leaf(arange(6).add(0.5).reshape(2, 3)), leaf(arange(5).sub(2.2))];
  const mask = tensor([true, false, true]);
  for (const run of [
    (a: Tensor, b: Tensor) => a.maskedSelect(mask).sum().mul(b),
    (a: Tensor, b: Tensor) => a.maskedScatter(mask, b),
    (a: Tensor, b: Tensor) => a.maskedFill(mask, b.sum()),
  ]) {
    expect(gradcheck(run, [x, source])).toBe(true);
    expect(gradgradcheck((a, b) => run(a.mul(a), b.mul(b)), [x, source])).toBe(true);
  }
});

describe('nonzero', () => {
  it('gives the index of each element that is not 0, in row-major order', () =>
    fc.assert(
      fc.property(tensors({ min: -1, max: 1, dtype: 'int32' }), (x) => {
        const found: number[][] = [];
        const walk = (value: unknown, index: number[]): void => {
          if (Array.isArray(value)) for (const [i, inner] of value.entries()) walk(inner, [...index, i]);
          else if (value !== 0) found.push(index);
        };
        walk(x.toArray(), []);
        expect(x.nonzero().shape).toEqual([found.length, x.ndim]);
        expect(x.nonzero().toArray()).toEqual(found);
        expect(x.argwhere().toArray()).toEqual(found);
        const columns = (x.ndim === 0 ? [0] : x.shape).map((_, d) => found.map((index) => index[d] ?? 0));
        expect(x.nonzero({ asTuple: true }).map((column) => column.toArray())).toEqual(columns);
      }),
    ));

  it('counts NaN, and no kind of zero', () => {
    expect(tensor([0, Number.NaN, -0, 1e-45]).nonzero().toArray()).toEqual([[1], [3]]);
  });
});

import { describe, expect, it } from 'vitest';
import '../methods.ts';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError, DTypeError, IndexError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { arange, ones, tensor, zeros } from './creation.ts';

const int32 = { dtype: 'int32' } as const;
const places = tensor([2, 0, 2], int32);

/** Distinct numbers, none of them near another. */
function numbered(...shape: number[]): Tensor {
  return arange(
    shape.reduce((a, b) => a * b, 1),
    { dtype: 'float64' },
  )
    .add(0.5)
    .reshape(shape);
}

/** The slices of a dim, one by one. */
function slices(x: Tensor, dim: number): Tensor[] {
  return Array.from({ length: x.size(dim) }, (_, i) => x.select(dim, i));
}

describe.each([0, 1, -1])('slices of dim %i', (dim) => {
  const x = numbered(3, 3, 3);
  const source = numbered(3, 3, 3).neg();
  const leaves = () => [x.detach().clone().requiresGrad_(), source.detach().clone().requiresGrad_()] as const;

  it('are selected in the order of the positions', () => {
    const selected = slices(x.indexSelect(dim, places), dim);
    expect(selected.map((slice) => slice.toArray())).toEqual(
      [2, 0, 2].map((i) => x.select(dim, i).toArray()),
    );
  });

  it('are added up where positions repeat, scaled', () => {
    const sums = slices(x.indexAdd(dim, places, source, { alpha: 2 }), dim);
    const [first, second, third] = slices(source, dim) as [Tensor, Tensor, Tensor];
    const [a, b, c] = slices(x, dim) as [Tensor, Tensor, Tensor];
    const wanted = [a.add(second.mul(2)), b, c.add(first.add(third).mul(2))];
    expect(sums.map((slice) => slice.toArray())).toEqual(wanted.map((slice) => slice.toArray()));
  });

  it('are copied and filled', () => {
    const [first, second] = slices(source, dim) as [Tensor, Tensor];
    const copied = slices(x.indexCopy(dim, tensor([2, 0], int32), source.narrow(dim, 0, 2)), dim);
    expect(copied.map((slice) => slice.toArray())).toEqual(
      [second, x.select(dim, 1), first].map((slice) => slice.toArray()),
    );
    const filled = slices(x.indexFill(dim, tensor([-1], int32), 7), dim);
    expect(filled.map((slice) => slice.eq(7).all().item())).toEqual([0, 0, 1]);
  });

  it.each<[string, (a: Tensor, b: Tensor) => Tensor]>([
    ['indexSelect', (a) => a.indexSelect(dim, places)],
    ['indexAdd', (a, b) => a.indexAdd(dim, places, b, { alpha: -0.5 })],
    ['indexCopy', (a, b) => a.indexCopy(dim, tensor([2, 0], int32), b.narrow(dim, 0, 2))],
    ['indexFill', (a, b) => a.indexFill(dim, tensor([1], int32), b.sum())],
    ['indexReduce prod', (a, b) => a.indexReduce(dim, places, b, 'prod')],
    ['indexReduce mean', (a, b) => a.indexReduce(dim, places, b, 'mean', { includeSelf: false })],
    ['indexReduce amax', (a, b) => a.indexReduce(dim, places, b, 'amax', { includeSelf: false })],
    ['indexReduce amin', (a, b) => a.indexReduce(dim, places, b, 'amin')],
  ])('have right gradients of every order: %s', (_, run) => {
    const [a, b] = leaves();
    const scaled = (y: Tensor, z: Tensor) => run(y.mul(0.1), z.mul(0.1));
    expect(gradcheck(scaled, [a, b], { fastMode: true })).toBe(true);
    expect(gradgradcheck((y, z) => scaled(y.mul(y), z.mul(z)), [a, b], { fastMode: true })).toBe(true);
  });
});

it('a tensor without dims is a vector of one', () => {
  const [x, first] = [tensor(3), tensor([0], int32)];
  expect(x.indexSelect(0, first).toArray()).toBe(3);
  expect(x.indexAdd(0, first, tensor(4)).toArray()).toBe(7);
  expect(x.indexCopy(0, tensor(0, int32), tensor([4])).toArray()).toBe(4);
  expect(x.indexFill(0, first, 5).toArray()).toBe(5);
});

it('slices are written in place', () => {
  const x = zeros(3, 2);
  expect(x.indexAdd_(0, tensor([0, 0], int32), ones(2, 2))).toBe(x);
  x.indexCopy_(0, tensor([1], int32), tensor([[4, 5]]));
  x.indexFill_(1, tensor([1], int32), 9);
  expect(x.toArray()).toEqual([
    [2, 9],
    [4, 9],
    [0, 9],
  ]);
});

it.each<[string, (x: Tensor) => unknown, new (...args: never[]) => Error]>([
  ['a matrix of positions', (x) => x.indexSelect(0, zeros([1, 1], int32)), ShapeError],
  ['no position of a scalar', () => tensor(1).indexSelect(0, zeros([0], int32)), ShapeError],
  ['two positions of a scalar', () => tensor(1).indexSelect(0, zeros([2], int32)), ShapeError],
  ['a position outside', (x) => x.indexSelect(0, tensor([3], int32)), IndexError],
  ['a negative position', (x) => x.indexAdd(0, tensor([-1], int32), ones(1, 2)), IndexError],
  ['a position outside of what is filled', (x) => x.indexFill(0, tensor([-4], int32), 0), IndexError],
  ['slices of another shape', (x) => x.indexCopy(0, tensor([0], int32), ones(1, 3)), ShapeError],
  ['more slices than positions', (x) => x.indexAdd(0, tensor([0], int32), ones(2, 2)), ShapeError],
  ['slices of another dtype', (x) => x.indexAdd(0, tensor([0], int32), ones([1, 2], int32)), DTypeError],
  ['values with dims', (x) => x.indexFill(0, tensor([0], int32), ones(1)), ShapeError],
  [
    'an alpha that is no number',
    (x) => x.indexAdd(0, tensor([0], int32), ones(1, 2), { alpha: 'x' as never }),
    ArgumentError,
  ],
  [
    'a sum, for which there is indexAdd',
    (x) => x.indexReduce(0, tensor([0], int32), ones(1, 2), 'sum' as never),
    ArgumentError,
  ],
])('refuses %s', (_, run, kind) => expect(() => run(ones(3, 2))).toThrow(kind));

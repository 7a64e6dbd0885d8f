import { describe, expect, it } from 'vitest';
import '../methods.ts';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { RetrogradError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { arange, ones, tensor } from './creation.ts';
import { cartesianProd, combinations, meshgrid, trilIndices, triuIndices } from './grids.ts';
import { blockDiag, columnStack, dstack, hstack, vstack } from './joining.ts';
import { tensordot } from './products.ts';

const count = (...shape: number[]): Tensor =>
  arange(
    shape.reduce((n, size) => n * size, 1),
    { dtype: 'float64' },
  ).reshape(shape);

describe('views', () => {
  const views: Readonly<Record<string, (x: Tensor) => readonly Tensor[]>> = {
    ravel: (x) => [x.ravel()],
    asStrided: (x) => [x.asStrided([2, 2], [1, 6], 3)],
    tensorSplit: (x) => x.tensorSplit(3, 1),
    hsplit: (x) => x.hsplit([1, 2]),
    vsplit: (x) => x.vsplit(2),
    dsplit: (x) => x.dsplit(2),
    splitWithSizes: (x) => x.splitWithSizes([1, 3], 2),
    meshgrid: (x) => meshgrid(x.ravel(), count(2)).map((grid) => grid.select(1, 0)),
    mT: (x) => [x.mT],
    movedim: (x) => [x.movedim(0, 2)],
  };

  it.each(Object.entries(views))('%s shares memory with what it shows', (_, made) => {
    const x = count(2, 3, 4);
    made(x)[0]?.fill_(-1);
    expect(x.lt(0).any().item()).toBe(1);
  });

  it('asStrided reads the storage of a view', () => {
    const x = count(3, 4).narrow(0, 1, 2);
    expect(x.asStrided([2], [1]).toArray()).toEqual([4, 5]);
    expect(x.t().asStrided([2], [4], 0).toArray()).toEqual([0, 4]);
    expect(() => x.asStrided([3], [6])).toThrow(ShapeError);
    expect(() => x.asStrided([1], [-1])).toThrow(ShapeError);
  });

  it('asStrided shares a gradient among elements that share a place', () => {
    const x = ones(1, { dtype: 'float64' }).requiresGrad_();
    const y = x.expand(4);
    y.asStrided([2], [0]).sum().backward();
    expect(x.grad?.item()).toBe(2);
  });
});

describe('stacks', () => {
  const [a, b] = [tensor([1, 2]), tensor([3, 4])];

  it('put vectors side by side, as rows, as columns and behind one another', () => {
    expect(hstack([a, b]).toArray()).toEqual([1, 2, 3, 4]);
    expect(vstack([a, b]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(columnStack([a, b]).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(dstack([a, b]).toArray()).toEqual([
      [
        [1, 3],
        [2, 4],
      ],
    ]);
  });

  it('blockDiag promotes and takes vectors as rows', () => {
    const joined = blockDiag(tensor([[1], [2]], { dtype: 'int32' }), b, tensor(5));
    expect(joined.toArray()).toEqual([
      [1, 0, 0, 0],
      [2, 0, 0, 0],
      [0, 3, 4, 0],
      [0, 0, 0, 5],
    ]);
  });

  it('refuse what does not fit', () => {
    expect(() => hstack([])).toThrow(RetrogradError);
    expect(() => vstack([ones(2), ones(3)])).toThrow(ShapeError);
    expect(() => blockDiag(ones(1, 1, 1))).toThrow(ShapeError);
  });
});

describe('grids', () => {
  it('meshgrid runs along dim 0 first, or along dim 1 as in a plot', () => {
    const [x, y] = [count(2), count(3)];
    expect(meshgrid(x, y).map(({ shape }) => shape)).toEqual([
      [2, 3],
      [2, 3],
    ]);
    const [across, down] = meshgrid([x, y], { indexing: 'xy' });
    expect(across?.toArray()).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
    expect(down?.toArray()).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  it('cartesianProd and combinations list choices in lexicographic order', () => {
    expect(cartesianProd(tensor([1, 2]), tensor([3, 4])).toArray()).toEqual([
      [1, 3],
      [1, 4],
      [2, 3],
      [2, 4],
    ]);
    expect(combinations(tensor([1, 2, 3])).toArray()).toEqual([
      [1, 2],
      [1, 3],
      [2, 3],
    ]);
    expect(combinations(tensor([1, 2]), { r: 2, withReplacement: true }).toArray()).toEqual([
      [1, 1],
      [1, 2],
      [2, 2],
    ]);
    expect(combinations(tensor([1, 2]), 3).shape).toEqual([0, 3]);
    // 20 choose 10, by Pascal's triangle.
    expect(combinations(ones(20), 10).shape).toEqual([184_756, 10]);
  });

  it('trilIndices and triuIndices are where tril and triu keep ones', () => {
    for (const offset of [-4, -1, 0, 2, 5]) {
      for (const [indices, kept] of [
        [trilIndices(3, 4, offset), ones(3, 4).tril(offset)],
        [triuIndices(3, 4, offset), ones(3, 4).triu(offset)],
      ] as const) {
        const flat = Array.from(kept.ravel().data).flatMap((value, i) => (value === 1 ? [i] : []));
        const [rows, columns] = indices.unbind();
        expect(Array.from(rows?.mul(4).add(columns ?? 0).data ?? [])).toEqual(flat);
      }
    }
  });
});

describe('gradients', () => {
  const x = () => count(2, 3).mul(0.7).sin().requiresGrad_();
  const ops: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    diagEmbed: (a) => a.diagEmbed(-1, 0, 2),
    diagflat: (a) => a.diagflat(2),
    trace: (a) => a.trace(),
    blockDiag: (a) => blockDiag(a, a.select(0, 1)),
    kron: (a) => a.kron(a.select(1, 0)),
    sumToSize: (a) => a.mul(a).sumToSize(1, 3),
    asStrided: (a) => a.mul(1).asStrided([2, 2], [2, 1], 1),
    tensordot: (a) => a.mul(a.tensordot(a, [[0], [0]]).sum()),
    inner: (a) => a.inner(a),
    combinations: (a) => combinations(a.ravel(), 2).prod(1),
  };

  it.each(Object.entries(ops))('of %s are right, of first and second order', (_, op) => {
    expect(gradcheck(op, [x()])).toBe(true);
    expect(gradgradcheck(op, [x()])).toBe(true);
  });
});

it.each([
  { what: 'along a new dim', shape: [2, 2], times: [3, 1, 1] },
  { what: 'a dim of one', shape: [1, 4], times: [3, 1] },
  { what: 'once', shape: [4], times: [1] },
])('repeat $what is a copy: writing to it leaves the tensor as it is', ({ shape, times }) => {
  const x = ones(shape);
  x.repeat(times).zero_();
  expect(x.sum().item()).toBe(4);
});

it.each([{}, null, 2])('tensordot refuses %s as either operand, whatever the dims', (other) => {
  for (const dims of [0, 0.5, [[0], [0]]] as const) {
    expect(() => tensordot(other as Tensor, ones(2), dims as number)).toThrow(RetrogradError);
    expect(() => tensordot(ones(2), other as Tensor, dims as number)).toThrow(RetrogradError);
  }
});

import { cat, expand, matmul, reshape, stack, type Tensor, where } from '@retrograd/core';
import { broadcastableShapes, shapes, tensors } from '@retrograd/core/testing';
import * as fc from 'fast-check';
import type { Model } from './reference.ts';
import * as reference from './reference.ts';

/** An op with random arguments, some of which fit, and what it must give: `null` where it must refuse. */
export interface Trial {
  run(): Tensor;
  readonly want: Model | null;
}

const small = { maxDims: 3, maxSize: 3 };
const dims = fc.integer({ min: -4, max: 3 });

/** A tensor's elements read from its storage, by index. */
function modelOf({ shape, strides, offset, storage }: Tensor): Model {
  return {
    shape,
    at: (index) => storage.data[index.reduce((place, i, d) => place + i * (strides[d] ?? 0), offset)] ?? NaN,
  };
}

/** Float64 tensors in any layout, whose shapes broadcast more often than not. */
function operands(count: number): fc.Arbitrary<Tensor[]> {
  const list = fc.oneof(
    { weight: 1, arbitrary: broadcastableShapes(count, small) },
    { weight: 1, arbitrary: fc.array(shapes(small), { minLength: count, maxLength: count }) },
  );
  return list.chain((all) => fc.tuple(...all.map((shape) => tensors({ shape }))));
}

/** Tensors of one shape, of which sometimes one has another size in one place. */
const alike: fc.Arbitrary<Tensor[]> = fc
  .tuple(shapes(small), fc.integer({ min: 1, max: 3 }), fc.nat(2), fc.nat(3))
  .chain(([shape, count, dim, size]) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, i) =>
        tensors({ shape: i === 1 ? shape.map((n, d) => (d === dim ? size : n)) : shape }),
      ),
    ),
  );

function binary(run: (a: Tensor, b: Tensor) => Tensor, f: (a: number, b: number) => number) {
  return operands(2).map(([a, b]): Trial => {
    const [x, y] = [a as Tensor, b as Tensor];
    return { run: () => run(x, y), want: reference.elementwise(f as never, modelOf(x), modelOf(y)) };
  });
}

function reduction(
  run: (x: Tensor, dim: readonly number[], keepdim: boolean) => Tensor,
  fold: (values: readonly number[]) => number,
  ofNothing: boolean,
) {
  const someDims = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 2 });
  return fc.tuple(tensors(small), someDims, fc.boolean()).map(([x, dim, keepdim]): Trial => {
    // The scalar has the dims 0 and −1, like a vector of one, and stays a scalar.
    const scalar = x.ndim === 0;
    const from = scalar && dim.length > 0 ? { shape: [1], at: () => modelOf(x).at([]) } : modelOf(x);
    const want = reference.reduce(from, dim, keepdim && !scalar, fold);
    const over = dim.length === 0 ? x.shape : dim.map((d) => x.shape.at(d));
    return { run: () => run(x, dim, keepdim), want: !ofNothing && over.includes(0) ? null : want };
  });
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

export const trials: Readonly<Record<string, fc.Arbitrary<Trial>>> = {
  add: binary(
    (a, b) => a.add(b),
    (a, b) => a + b,
  ),
  sub: binary(
    (a, b) => a.sub(b),
    (a, b) => a - b,
  ),
  mul: binary(
    (a, b) => a.mul(b),
    (a, b) => a * b,
  ),
  maximum: binary(
    (a, b) => a.maximum(b),
    (a, b) => Math.max(a, b),
  ),
  lt: binary(
    (a, b) => a.lt(b),
    (a, b) => Number(a < b),
  ),
  where: operands(3).map(([c, a, b]): Trial => {
    const [condition, x, y] = [(c as Tensor).gt(0), a as Tensor, b as Tensor];
    const pick = (test = 0, yes = 0, no = 0) => (test > 0 ? yes : no);
    return {
      run: () => where(condition, x, y),
      want: reference.elementwise(pick, modelOf(condition), modelOf(x), modelOf(y)),
    };
  }),
  matmul: fc
    .tuple(
      broadcastableShapes(2, { maxDims: 2, maxSize: 3 }),
      ...[1, 2, 3, 4].map(() => fc.nat(3)),
      fc.nat(7),
    )
    .chain(([[lead = [], other = []], m = 0, k = 0, n = 0, odd = 0, form = 0]) =>
      // Matrices with leading dims most of the time, vectors sometimes, and inner sizes that now and then differ.
      fc.tuple(
        tensors({ shape: form === 0 ? [k] : [...lead, m, k] }),
        tensors({ shape: form === 1 ? [k] : [...other, form === 2 ? odd : k, n] }),
      ),
    )
    .map(([a, b]): Trial => ({ run: () => matmul(a, b), want: reference.matmul(modelOf(a), modelOf(b)) })),
  sum: reduction((x, dim, keepdim) => x.sum(dim, { keepdim }), sum, true),
  amax: reduction(
    (x, dim, keepdim) => x.amax(dim, { keepdim }),
    (values) => Math.max(...values),
    false,
  ),
  all: reduction(
    (x, dim, keepdim) => x.gt(-4).all(dim, { keepdim }),
    (values) => Number(values.every((value) => value > -4)),
    true,
  ),
  cat: fc.tuple(alike, dims).map(
    ([list, dim]): Trial => ({
      run: () => cat(list, dim),
      want: reference.cat(list.map(modelOf), dim),
    }),
  ),
  stack: fc.tuple(alike, dims).map(
    ([list, dim]): Trial => ({
      run: () => stack(list, dim),
      want: reference.stack(list.map(modelOf), dim),
    }),
  ),
  reshape: fc
    .tuple(tensors(small), fc.array(fc.constantFrom(-1, 0, 1, 2, 3, 4, 6, 9, -2), { maxLength: 4 }))
    .chain(([x, any]) =>
      fc.constantFrom(any, [...x.shape].reverse(), [-1], [...x.shape, 1]).map((to) => [x, to] as const),
    )
    .map(([x, to]): Trial => ({ run: () => reshape(x, to), want: reference.reshape(modelOf(x), to) })),
  expand: operands(2)
    .chain(([a, b]) => {
      const [x, to] = [a as Tensor, (b as Tensor).shape];
      return fc
        .constantFrom(
          to,
          [2, ...to],
          to.map(() => -1),
        )
        .map((target) => [x, target] as const);
    })
    .map(([x, to]): Trial => ({ run: () => expand(x, to), want: reference.expand(modelOf(x), to) })),
};

import {
  given,
  notDifferentiable,
  type Primitive,
  primitive,
  type Rule,
  type Sample,
} from '../autograd/primitive.ts';
import type { ArgReduceKernel, ReduceKernel } from '../backend/backend.ts';
import { apply } from '../dispatch.ts';
import { type Shape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './copy.ts';
import { gate } from './elementwise/choice.ts';
import { div, eq, isnan, logicalOr, mul } from './elementwise.ts';
import { alongDim, concat, expand, reshape, slice } from './movement.ts';
import { OnePass } from './one-pass.ts';
import { constant } from './operand.ts';

/** The dims to reduce; the result keeps them with size 1. */
type Dims = readonly number[];

const samples: readonly Sample<Dims>[] = [
  { inputs: [{ shape: [2, 3, 4] }], params: [1] },
  { inputs: [{ shape: [3, 2] }], params: [0, 1] },
  { inputs: [{ shape: [] }], params: [] },
  { inputs: [{ shape: [2, 1, 3] }], params: [1, 2] },
];

const ofNothing: Sample<Dims> = { inputs: [{ shape: [2, 0] }], params: [1] };

function keeping(shape: Shape, dims: Dims): Shape {
  return shape.map((size, d) => (dims.includes(d) ? 1 : size));
}

function reduction(kernel: ReduceKernel, rule: Rule<Dims>, extra: readonly Sample<Dims>[]): Primitive<Dims> {
  return primitive<Dims>({
    name: kernel,
    vjp: [rule],
    samples: [...samples, ...extra],
    infer: ([x], dims) => ({ shape: keeping(x.shape, dims), dtype: x.dtype }),
    forward: (backend, [x], out) => backend.reduce(kernel, x, out),
  });
}

/** 1 where an element is the extreme y of its row, and else 0. Where one is NaN, so is y. */
const isExtreme = new OnePass('isExtreme', 2, 0, (x, y) => cast(logicalOr(eq(x, y), isnan(x)), x.dtype));

/** The extremes that tie share the gradient evenly, as PyTorch's max has it. */
const sharedByExtremes = given([0, 'out'], (g, [x, y], { params: dims }: { params: Dims }) => {
  const tied = isExtreme.call([x, y], []) as Tensor;
  return gate(div(g, sumOver(tied, dims)), tied);
});

const sumRow = reduction(
  'sum',
  given([], (g, _, { inputs: [x] }) => expand(g, x.shape)),
  [ofNothing],
);
const prodRow = reduction(
  'prod',
  given([0], (g, [x], { params: dims }) => mul(g, productOfOthers(x, dims))),
  [ofNothing, { inputs: [{ shape: [5], from: -0.5, to: 1 }], params: [0] }],
);
const amaxRow = reduction('amax', sharedByExtremes, []);
const aminRow = reduction('amin', sharedByExtremes, []);

/** Sum over `dims`, kept with size 1. */
export function sumOver(x: Tensor, dims: Dims): Tensor {
  return apply(sumRow, [x], dims);
}

/** Product over `dims`, kept with size 1. */
export function prodOver(x: Tensor, dims: Dims): Tensor {
  return apply(prodRow, [x], dims);
}

/** Largest element over `dims`, kept with size 1; NaN wins. */
export function amaxOver(x: Tensor, dims: Dims): Tensor {
  return apply(amaxRow, [x], dims);
}

/** Smallest element over `dims`, kept with size 1; NaN wins. */
export function aminOver(x: Tensor, dims: Dims): Tensor {
  return apply(aminRow, [x], dims);
}

/** Sums out what broadcasting has repeated, so that `g` gets `shape` back. */
export function sumToShape(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.ndim - shape.length;
  const dims = g.shape.flatMap((size, d) => (d < lead || (shape[d - lead] === 1 && size !== 1) ? [d] : []));
  return reshape(sumOver(g, dims), shape);
}

/**
 * For each element the product of all others over `dims`: what comes before it times what comes after it, so that a
 * zero among them does no harm, to any order of derivative.
 */
function productOfOthers(x: Tensor, dims: Dims): Tensor {
  return dims.reduce(
    (others, dim, i) => {
      // Over several dims: the others along this one, times the whole of the dims before.
      const inner = prodOver(x, dims.slice(0, i));
      return mul(others, mul(exclusiveProduct(inner, dim, 1), exclusiveProduct(inner, dim, -1)));
    },
    constant([], 1, x.dtype),
  );
}

/** The running product of what lies before (or, for `direction` −1, after) each element, doubling its reach each step. */
function exclusiveProduct(x: Tensor, dim: number, direction: 1 | -1): Tensor {
  const length = x.shape[dim] as number;
  let product = shifted(x, dim, direction);
  for (let reach = 1; reach < length; reach *= 2) {
    product = mul(product, shifted(product, dim, reach * direction));
  }
  return product;
}

/** Moved by some places along a dim, ones coming in. */
function shifted(x: Tensor, dim: number, by: number): Tensor {
  const length = x.shape[dim] as number;
  const moved = Math.min(Math.abs(by), length);
  const ones = constant(
    x.shape.map((size, d) => (d === dim ? moved : size)),
    1,
    x.dtype,
  );
  const kept = slice(x, alongDim(x.shape, dim, by < 0 ? moved : 0, length - moved, 1));
  return concat(by > 0 ? [ones, kept] : [kept, ones], dim);
}

const noSlope = notDifferentiable('a position is a whole number');

function argReduction(kernel: ArgReduceKernel): Primitive<number> {
  return primitive<number>({
    name: kernel,
    vjp: noSlope,
    samples: [
      { inputs: [{ shape: [2, 3] }], params: 1 },
      { inputs: [{ shape: [4, 1] }], params: 0 },
    ],
    infer: ([x], dim) => ({ shape: keeping(x.shape, [dim]), dtype: 'int32' }),
    forward: (backend, [x], out, dim) => backend.argReduce(kernel, x, dim, out),
  });
}

const argmaxRow = argReduction('argmax');
const argminRow = argReduction('argmin');

/** Position of the first largest element along `dim`, kept with size 1; NaN counts as largest. */
export function argmaxAlong(x: Tensor, dim: number): Tensor {
  return apply(argmaxRow, [x], dim);
}

/** Position of the first smallest element along `dim`, kept with size 1; NaN counts as smallest. */
export function argminAlong(x: Tensor, dim: number): Tensor {
  return apply(argminRow, [x], dim);
}

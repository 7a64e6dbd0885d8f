import {
  given,
  type KernelRow,
  kernelPrimitive,
  notDifferentiable,
  type Primitive,
  primitive,
  type Rule,
  type Sample,
} from '../autograd/primitive.ts';
import type { ScatterKernel } from '../backend/backend.ts';
import { apply } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import { div, eq, mul, sub, where } from './elementwise.ts';
import { constant, zerosFor } from './operand.ts';

const noIndexGradient = notDifferentiable('an index is a whole number');

const gatherRow = primitive<number>({
  name: 'gather',
  vjp: [
    given([1], (g, [index], { params: dim, inputs: [x] }) => scatterAlong('sum', zerosFor(x), dim, index, g)),
    noIndexGradient,
  ],
  samples: [
    { inputs: [{ shape: [3, 4] }, { shape: [2, 4], dtype: 'int32', from: 0, to: 3 }], params: 0 },
    { inputs: [{ shape: [2, 3] }, { shape: [2, 5], dtype: 'int32', from: 0, to: 3 }], params: 1 },
    { inputs: [{ shape: [3] }, { shape: [0], dtype: 'int32', from: 0, to: 3 }], params: 0 },
  ],
  infer: ([x, index]) => ({ shape: index.shape, dtype: x.dtype }),
  forward: (backend, [x, index], out, dim) => backend.gather(x, dim, index, out),
});

/** Several positions lead to the same place. */
const meeting: readonly Sample<number>[] = [
  {
    inputs: [{ shape: [3, 4] }, { shape: [2, 4], dtype: 'int32', from: 0, to: 3 }, { shape: [2, 4] }],
    params: 0,
  },
  {
    inputs: [{ shape: [2, 3] }, { shape: [2, 5], dtype: 'int32', from: 0, to: 3 }, { shape: [2, 5] }],
    params: 1,
  },
];

/** No two do: of those that meet, all get the gradient of the one that stays. */
const apart: readonly Sample<number>[] = [
  { inputs: [{ shape: [8] }, { shape: [3], dtype: 'int32', from: 0, to: 8 }, { shape: [3] }], params: 0 },
  {
    inputs: [{ shape: [2, 3] }, { shape: [2, 1], dtype: 'int32', from: 0, to: 3 }, { shape: [2, 1] }],
    params: 1,
  },
];

/** The rules for the tensor that is written to, and for what is written. */
type Rules = readonly [whole: Rule<number>, source: Rule<number>];

function scattering(kernel: ScatterKernel, [whole, source]: Rules, samples: readonly Sample<number>[]) {
  return kernelPrimitive<number>({
    name: kernel === 'set' ? 'scatter' : `scatter ${kernel}`,
    vjp: [whole, noIndexGradient, source],
    samples,
    infer: ([x]) => x,
    forward: (backend, [x, index, src], out, dim) => {
      // In place, the output is the tensor itself.
      if (x.storage !== out.storage) backend.copy(x, out);
      backend.scatter(kernel, out, dim, index, src);
    },
  });
}

/** What was written gets the gradient of the place where it was written. */
const atItsPlace: Rule<number> = given([1], (g, [index], { params: dim }) => gatherAlong(g, dim, index));

const overwritten: Rule<number> = given([1], (g, [index], { params: dim }) =>
  scatterAlong('set', g, dim, index, zerosFor({ shape: index.shape, dtype: g.dtype })),
);

/** Elements that tie share the gradient evenly, as PyTorch's amax does. */
function shared(ofSource: boolean): Rule<number> {
  return given([0, 1, 2, 'out'], (g, [x, index, src, y], { params: dim }) => {
    const [one, zero] = [constant([], 1, g.dtype), constant([], 0, g.dtype)];
    const isExtreme = eq(x, y);
    const isSource = eq(src, gatherAlong(y, dim, index));
    const count = scatterAlong('sum', where(isExtreme, one, zero), dim, index, where(isSource, one, zero));
    const share = div(g, where(eq(count, 0), 1, count));
    return ofSource ? where(isSource, gatherAlong(share, dim, index), 0) : where(isExtreme, share, 0);
  });
}

/**
 * The gradient of a factor is the product of the others: what it divides the product into, unless it is 0. Of the
 * factors that are 0, a lone one has the product of all that are not; each of two has that times the other, which is
 * their sum without itself, so that the second derivative is right too; with three, not even that is left.
 */
function factor(ofSource: boolean): Rule<number> {
  return given([0, 1, 2, 'out'], (g, [x, index, src, y], { params: dim }) => {
    const zeroes = (value: Tensor) => where(eq(value, 0), value, 0);
    const others = (value: Tensor) => where(eq(value, 0), 1, value);
    const isZero = (value: Tensor) => where(eq(value, 0), constant([], 1, g.dtype), constant([], 0, g.dtype));
    const count = scatterAlong('sum', isZero(x), dim, index, isZero(src));
    const sum = scatterAlong('sum', zeroes(x), dim, index, zeroes(src));
    const rest = scatterAlong('prod', others(x), dim, index, others(src));
    const [value, here] = ofSource
      ? [src, (whole: Tensor) => gatherAlong(whole, dim, index)]
      : [x, (whole: Tensor) => whole];
    const otherZeroes = where(eq(here(count), 1), 1, where(eq(here(count), 2), sub(here(sum), value), 0));
    const slope = where(eq(value, 0), mul(here(rest), otherZeroes), div(here(y), others(value)));
    return mul(here(g), slope);
  });
}

/** The rows themselves, for what computes in place. The params are the dim. */
export const scatterRows: Readonly<Record<ScatterKernel, Primitive<number> & KernelRow<number>>> = {
  set: scattering('set', [overwritten, atItsPlace], apart),
  sum: scattering('sum', [given([], (g) => g), atItsPlace], meeting),
  prod: scattering('prod', [factor(false), factor(true)], meeting),
  amax: scattering('amax', [shared(false), shared(true)], meeting),
  amin: scattering('amin', [shared(false), shared(true)], meeting),
};

/** `x[i][index[i][j][k]][k]` for dim 1; sizes of `index` are at most those of `x` but along `dim`. */
export function gatherAlong(x: Tensor, dim: number, index: Tensor): Tensor {
  return apply(gatherRow, [x, index], dim);
}

/** `x` with `src[i][j][k]` set, added … at `[i][index[i][j][k]][k]` for dim 1. `'sum'` is the transpose of gather. */
export function scatterAlong(
  kernel: ScatterKernel,
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
): Tensor {
  return apply(scatterRows[kernel], [x, index, src], dim);
}

const nonzeroRow = primitive<number>({
  name: 'nonzero',
  vjp: notDifferentiable('a position is a whole number'),
  samples: [
    { inputs: [{ shape: [2, 3] }], params: 6 },
    { inputs: [{ shape: [5], dtype: 'int32', from: 0, to: 1 }], params: 0 },
    { inputs: [{ shape: [] }], params: 1 },
  ],
  infer: (_, count) => ({ shape: [count], dtype: 'int32' }),
  forward: (backend, [x], out) => backend.nonzero(x, out),
});

/** The flat positions, in row-major order, of the elements that differ from 0, of which there are `count`. */
export function nonzeroPositions(x: Tensor, count: number): Tensor {
  return apply(nonzeroRow, [x], count);
}

import { given, notDifferentiable, type Primitive, primitive, type Sample } from '../autograd/primitive.ts';
import type { ArgScanKernel, View } from '../backend/backend.ts';
import { apply } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import { mul } from './elementwise.ts';
import { alongDim, slice } from './movement.ts';

interface RecurrenceParams {
  readonly dim: number;
  /** From the last element to the first. */
  readonly reverse: boolean;
}

const samples: readonly Sample<RecurrenceParams>[] = [
  { inputs: [{ shape: [3] }, { shape: [4] }], params: { dim: 0, reverse: false } },
  { inputs: [{ shape: [2, 2, 3] }, { shape: [2, 3, 3] }], params: { dim: 1, reverse: true } },
  { inputs: [{ shape: [1, 2] }, { shape: [2, 2] }], params: { dim: 0, reverse: false } },
  { inputs: [{ shape: [2, 0] }, { shape: [2, 1] }], params: { dim: 1, reverse: true } },
  { inputs: [{ shape: [0, 2] }, { shape: [0, 3] }], params: { dim: 1, reverse: false } },
];

/**
 * Forwards h₁ = b₁, hₜ₊₁ = aₜhₜ + bₜ₊₁; backwards rₙ = bₙ, rₜ = aₜrₜ₊₁ + bₜ. Each direction is the gradient of the other:
 * with r the backward run over the cotangent of h, ∂bₜ = rₜ and ∂aₜ = hₜrₜ₊₁. No step divides, so a zero does no harm.
 */
const recurrenceRow = primitive<RecurrenceParams>({
  name: 'recurrence',
  vjp: [
    given([0, 'out'], (g, [a, out], { params: { dim, reverse } }) => {
      const other = recurrence(a, g, dim, !reverse);
      const [forward, backward] = reverse ? [other, out] : [out, other];
      return mul(allButLast(forward, dim), allButFirst(backward, dim));
    }),
    given([0], (g, [a], { params: { dim, reverse } }) => recurrence(a, g, dim, !reverse)),
  ],
  samples,
  infer: ([, b]) => b,
  forward: (backend, [a, b], out, { dim, reverse }) => {
    const [factors, terms, to] = reverse
      ? [flipped(a, dim), flipped(b, dim), flipped(out, dim)]
      : [a, b, out];
    backend.recurrence(factors, terms, dim, to);
  },
});

function flipped({ storage, shape, strides, offset }: View, dim: number): View {
  const [size, stride] = [shape[dim] as number, strides[dim] as number];
  const last = Math.max(size - 1, 0) * stride;
  return { storage, shape, strides: strides.with(dim, -stride), offset: offset + last };
}

/** `(…, N − 1, …), (…, N, …) → (…, N, …)`: each element is `b` plus the one before it times the `a` between the two. */
export function recurrence(a: Tensor, b: Tensor, dim: number, reverse: boolean): Tensor {
  return apply(recurrenceRow, [a, b], { dim, reverse });
}

/** Without the first slice along a dim. */
export function allButFirst(x: Tensor, dim: number): Tensor {
  return slice(x, alongDim(x.shape, dim, 1, Math.max((x.shape[dim] as number) - 1, 0), 1));
}

/** Without the last slice along a dim. */
export function allButLast(x: Tensor, dim: number): Tensor {
  return slice(x, alongDim(x.shape, dim, 0, Math.max((x.shape[dim] as number) - 1, 0), 1));
}

function argScan(kernel: ArgScanKernel): Primitive<number> {
  return primitive<number>({
    name: kernel,
    vjp: notDifferentiable('a position is a whole number'),
    samples: [
      { inputs: [{ shape: [5] }], params: 0 },
      { inputs: [{ shape: [2, 4, 3] }], params: 1 },
      { inputs: [{ shape: [0, 3] }], params: 0 },
    ],
    infer: ([x]) => ({ shape: x.shape, dtype: 'int32' }),
    forward: (backend, [x], out, dim) => backend.argScan(kernel, x, dim, out),
  });
}

const argcummaxRow = argScan('argcummax');
const argcumminRow = argScan('argcummin');

/** For each element the position of the last largest one among those up to it; the last NaN, if there is one. */
export function argcummaxAlong(x: Tensor, dim: number): Tensor {
  return apply(argcummaxRow, [x], dim);
}

/** For each element the position of the last smallest one among those up to it; the last NaN, if there is one. */
export function argcumminAlong(x: Tensor, dim: number): Tensor {
  return apply(argcumminRow, [x], dim);
}

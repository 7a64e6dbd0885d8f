import {
  add,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  cumsum,
  dot,
  flip,
  gather,
  grad,
  indexSelect,
  logSoftmax,
  logsumexp,
  matmul,
  mul,
  randint,
  randn,
  scatterAdd,
  softmax,
  type Tensor,
  zeros,
} from '@retrograd/core';
import { broadcastableShapes, tensors } from '@retrograd/core/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

// Laws that hold for any operands, whatever the code that computes them.

const double = { dtype: 'float64' } as const;

function inner(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape);
  return dot(a.flatten(), b.flatten()).item();
}

function expectEqual(a: number, b: number): void {
  expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(a)));
}

function expectSame(a: Tensor, b: Tensor): void {
  expect(a.shape).toEqual(b.shape);
  const [left, right] = [a.data, b.data];
  for (let i = 0; i < left.length; i++) expectEqual(left[i] as number, right[i] as number);
}

describe('broadcasting', () => {
  const pairs = broadcastableShapes(2, { minSize: 1 }) as fc.Arbitrary<[number[], number[]]>;
  /** Aligned at the last dim, the larger size of each. */
  const common = (a: number[], b: number[]) => {
    const rank = Math.max(a.length, b.length);
    const at = (shape: number[], d: number) => shape[d - rank + shape.length] ?? 1;
    return Array.from({ length: rank }, (_, d) => Math.max(at(a, d), at(b, d)));
  };

  it('is expanding both operands first', () =>
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const [x, y, shape] = [randn(a, double), randn(b, double), common(a, b)];
        expectSame(mul(x, y), mul(x.expand(shape).clone(), y.expand(shape).clone()));
      }),
    ));

  it('sums gradients over what was repeated', () =>
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const [x, y] = [randn(a, { ...double, requiresGrad: true }), randn(b, double)];
        const g = randn(common(a, b), double);
        const [found] = grad(add(x, y), [x], { gradOutputs: g });
        // ⟨g, d⟩ for every direction d of x, broadcast.
        const d = randn(a, double);
        expectEqual(inner(found as Tensor, d), inner(g, add(d, zeros(common(a, b), double))));
      }),
    ));
});

/** ⟨A x, y⟩ = ⟨x, Aᵀ y⟩, and the gradient of ⟨A x, y⟩ is Aᵀ y. */
function checkTranspose(
  forward: (x: Tensor) => Tensor,
  back: ((y: Tensor) => Tensor) | null,
  shape: number[],
) {
  const x = randn(shape, { ...double, requiresGrad: true });
  const ax = forward(x);
  const y = randn(ax.shape, double);
  const [aty] = grad(ax, [x], { gradOutputs: y }) as [Tensor];
  expectEqual(inner(ax, y), inner(x, aty));
  if (back !== null) expectSame(back(y), aty);
  // Linear: A(2x − z) = 2 A x − A z.
  const z = randn(shape, double);
  expectSame(forward(x.mul(2).sub(z)), ax.mul(2).sub(forward(z)));
}

const spatial = fc.record({
  size: fc.integer({ min: 1, max: 7 }),
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  padding: fc.integer({ min: 0, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
});

const geometries = fc
  .record({
    dims: fc.array(spatial, { minLength: 1, maxLength: 3 }),
    batch: fc.integer({ min: 1, max: 2 }),
    groups: fc.integer({ min: 1, max: 3 }),
    inputs: fc.integer({ min: 1, max: 3 }),
    outputs: fc.integer({ min: 1, max: 3 }),
  })
  .filter(({ dims }) =>
    dims.every(({ size, kernel, padding, dilation }) => size + 2 * padding >= dilation * (kernel - 1) + 1),
  );

describe('linear ops and their transposes', () => {
  it('convolution of any geometry, and the transposed convolution', () =>
    fc.assert(
      fc.property(geometries, ({ dims, batch, groups, inputs, outputs }) => {
        const pick = (name: keyof (typeof dims)[number]) => dims.map((dim) => dim[name]);
        const [stride, padding, dilation] = [pick('stride'), pick('padding'), pick('dilation')];
        const n = dims.length - 1;
        const conv = [conv1d, conv2d, conv3d][n] as typeof conv2d;
        const transposed = [convTranspose1d, convTranspose2d, convTranspose3d][n] as typeof convTranspose2d;
        const w = randn([outputs * groups, inputs, ...pick('kernel')], double);
        // What the stride leaves over at the end, which the output size alone does not tell.
        const outputPadding = dims.map(
          ({ size, kernel, stride, padding, dilation }) =>
            (size + 2 * padding - dilation * (kernel - 1) - 1) % stride,
        );
        checkTranspose(
          (x) => conv(x, w, { stride, padding, dilation, groups }),
          (y) =>
            // PyTorch wants less output padding than stride or dilation; the remainder is less than the stride.
            transposed(y, w, { stride, padding, dilation, groups, outputPadding }),
          [batch, inputs * groups, ...pick('size')],
        );
      }),
      { numRuns: 300 },
    ));

  it('matrix products', () =>
    fc.assert(
      fc.property(fc.tuple(...[1, 2, 3, 4].map(() => fc.integer({ min: 1, max: 6 }))), ([b, m, k, n]) => {
        const w = randn([b as number, k as number, n as number], double);
        checkTranspose(
          (x) => matmul(x, w),
          (y) => matmul(y, w.mT),
          [b as number, m as number, k as number],
        );
      }),
    ));

  it('gathering and scattering, running sums, and selections', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (rows, columns) => {
        const index = randint(0, rows, [rows + 1, columns], { dtype: 'int32' });
        checkTranspose(
          (x) => gather(x, 0, index),
          (y) => scatterAdd(zeros(rows, columns, double), 0, index, y),
          [rows, columns],
        );
        checkTranspose(
          (x) => cumsum(x, 0),
          (y) => flip(cumsum(flip(y, [0]), 0), [0]),
          [rows, columns],
        );
        checkTranspose((x) => indexSelect(x, 0, index.select(1, 0)), null, [rows, columns]);
      }),
    ));
});

describe('softmax and logsumexp of large numbers', () => {
  const large = tensors({ minDims: 1, maxDims: 3, minSize: 1, min: -1e4, max: 1e4 });

  it('are finite, sum to 1, and do not mind a shift', () =>
    fc.assert(
      fc.property(large, fc.double({ min: -1e4, max: 1e4, noNaN: true }), (x, shift) => {
        const p = softmax(x, -1);
        for (const sum of p.sum(-1).data) expectEqual(sum, 1);
        const total = logsumexp(x, -1);
        for (const value of total.data) expect(Number.isFinite(value)).toBe(true);
        const apart = logsumexp(x.add(shift), -1).sub(shift).sub(total).abs().data;
        for (const value of apart) expect(value).toBeLessThan(1e-10);
        expectSame(logSoftmax(x, -1), x.sub(total.unsqueeze(-1)));
        // The largest alone bounds it from below, and with log n from above.
        const [least, n] = [x.amax(-1), x.shape.at(-1) as number];
        for (const value of total.sub(least).data) {
          expect(value).toBeGreaterThanOrEqual(-1e-9);
          expect(value).toBeLessThanOrEqual(Math.log(n) + 1e-9);
        }
      }),
    ));
});

import {
  constantPad,
  conv2d,
  convolve2d,
  crossCorrelate2d,
  fold,
  grad,
  gradcheck,
  gradgradcheck,
  manualSeed,
  matmul,
  maxPool2d,
  randn,
  rot180,
  type Tensor,
  tensor,
  unfold,
} from '@retrograd/core';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

const float64 = { dtype: 'float64' } as const;
const leaf = { dtype: 'float64', requiresGrad: true } as const;

beforeEach(() => void manualSeed(7));

describe('the "7"', () => {
  const image = tensor([
    [1, 1, 1, 0, 0],
    [0, 0, 1, 0, 0],
    [0, 0, 1, 1, 0],
    [0, 0, 0, 1, 0],
    [0, 0, 0, 1, 1],
  ]);
  const kernel = tensor([
    [1, 1, 1],
    [0, 0, 0],
    [-1, -1, -1],
  ]);

  it('cross-correlates to the edges', () => {
    expect(crossCorrelate2d(image, kernel)).toEqualTensor([
      [2, 0, -1],
      [1, 0, 0],
      [1, 1, 0],
    ]);
  });

  it('pools and goes through a linear layer', () => {
    const features = tensor([
      [2, 1, 0, 0],
      [1, 2, 1, 0],
      [0, 1, 2, 1],
      [0, 0, 1, 2],
    ]);
    const pooled = maxPool2d(features.reshape(1, 1, 4, 4), 2);
    expect(pooled).toEqualTensor([
      [
        [
          [2, 1],
          [1, 2],
        ],
      ],
    ]);
    const weight = tensor([
      [0.5, 0.2, 0.3, 0.4],
      [-0.1, 0.3, 0.2, -0.5],
    ]);
    const scores = pooled
      .flatten()
      .matmul(weight.t())
      .add(tensor([0.1, 0.2]));
    expect(scores).toBeCloseToTensor([2.4, -0.5], { atol: 1e-6 });
  });
});

describe('the backward pass of a convolution', () => {
  const full = (g: Tensor, kernel: Tensor): Tensor => {
    const [kh, kw] = kernel.shape as [number, number];
    return crossCorrelate2d(constantPad(g, [kw - 1, kw - 1, kh - 1, kh - 1]), rot180(kernel));
  };

  it('is a cross-correlation and a full convolution, to the last bit', () => {
    const x = randn([6, 7], leaf);
    const k = randn([3, 2], leaf);
    const y = crossCorrelate2d(x, k);
    const g = randn(y.shape, float64);
    const [dx, dk] = grad(y, [x, k], { gradOutputs: g });
    expect(dk?.data).toEqual(crossCorrelate2d(x.detach(), g).data);
    expect(dx?.data).toEqual(full(g, k.detach()).data);
  });

  it('agrees with finite differences, with stride and padding too', () => {
    for (const options of [
      {},
      { stride: 2, padding: 1 },
      { stride: 2, padding: 2 },
      { stride: 3, dilation: 2, padding: 1 },
    ]) {
      const inputs = [randn([6, 7], leaf), randn([3, 2], leaf)];
      const f = (x: Tensor, k: Tensor) => crossCorrelate2d(x, k, options);
      expect(gradcheck(f as never, inputs)).toBe(true);
      expect(gradgradcheck(f as never, inputs)).toBe(true);
    }
  });

  it('with a stride equals the formulas on a gradient spread by that stride', () => {
    // y = x ⋆ k with stride 2 is the plain one with every second output left out, so its gradient is the plain one
    // of a gradient that is zero at those places.
    const x = randn([7, 9], leaf);
    const k = randn([3, 3], leaf);
    const y = crossCorrelate2d(x, k, { stride: 2 });
    const g = randn(y.shape, float64);
    const spread = tensor(
      Array.from({ length: 5 }, (_, i) =>
        Array.from({ length: 7 }, (_, j) =>
          i % 2 || j % 2 ? 0 : ((g.toArray() as number[][])[i / 2]?.[j / 2] ?? 0),
        ),
      ),
      float64,
    );
    const [dx, dk] = grad(y, [x, k], { gradOutputs: g });
    expect(dx).toBeCloseToTensor(full(spread, k.detach()), { atol: 1e-14 });
    expect(dk).toBeCloseToTensor(crossCorrelate2d(x.detach(), spread), { atol: 1e-14 });
  });
});

describe('what convolutions are', () => {
  it('a true convolution is a cross-correlation with the kernel rotated by 180°', () => {
    const [x, k] = [randn([8, 6], float64), randn([3, 3], float64)];
    expect(convolve2d(x, k)).toEqualTensor(crossCorrelate2d(x, rot180(k)));
    // In one dimension by the definition: (x * k)[n] = Σ x[n − m] k[m].
    expect(convolve2d(tensor([[1, 2, 3, 4]]), tensor([[1, 10]]))).toEqualTensor([[12, 23, 34]]);
  });

  it('a 1×1 convolution is a linear layer over the channels of each pixel', () => {
    const [x, w, bias] = [randn([2, 3, 4, 5], float64), randn([6, 3, 1, 1], float64), randn([6], float64)];
    const linear = x.permute(0, 2, 3, 1).matmul(w.reshape(6, 3).t()).add(bias).permute(0, 3, 1, 2);
    expect(conv2d(x, w, { bias })).toBeCloseToTensor(linear, { atol: 1e-14 });
  });

  it('a depthwise convolution has a group for each channel', () => {
    const [x, w] = [randn([2, 3, 6, 6], float64), randn([3, 1, 3, 3], float64)];
    const y = conv2d(x, w, { groups: 3 });
    for (let n = 0; n < 2; n++) {
      for (let c = 0; c < 3; c++) {
        const plane = crossCorrelate2d(x.select(0, n).select(0, c), w.select(0, c).select(0, 0));
        expect(y.select(0, n).select(0, c)).toBeCloseToTensor(plane, { atol: 1e-14 });
      }
    }
  });

  it('translating the input translates the output', () => {
    const k = randn([3, 3], float64);
    const blob = randn([4, 4], float64);
    const at = (top: number, left: number) => constantPad(blob, [left, 8 - left, top, 8 - top]);
    const moved = crossCorrelate2d(at(5, 4), k);
    const still = crossCorrelate2d(at(2, 3), k);
    expect(moved.slice(0, 3).slice(1, 1)).toEqualTensor(still.slice(0, 0, -3).slice(1, 0, -1));
  });

  it('unfolds (1, 1, 10, 10) with a 3×3 kernel and padding 1 to 9×100', () => {
    const x = randn([1, 1, 10, 10], float64);
    const columns = unfold(x, 3, { padding: 1 });
    expect(columns.shape).toEqual([1, 9, 100]);
    const w = randn([4, 1, 3, 3], float64);
    const y = matmul(w.reshape(4, 9), columns).reshape(1, 4, 10, 10);
    expect(y).toBeCloseToTensor(conv2d(x, w, { padding: 1 }), { atol: 1e-13 });
  });

  it('through im2col and a matmul equals conv2d with channels, stride and dilation', () => {
    const options = { stride: 2, dilation: [1, 2], padding: [0, 2] } as const;
    const [x, w] = [randn([2, 3, 9, 8], float64), randn([5, 3, 3, 2], float64)];
    const y = conv2d(x, w, options);
    const product = matmul(w.reshape(5, 18), unfold(x, [3, 2], options));
    expect(product.reshape(y.shape)).toBeCloseToTensor(y, { atol: 1e-13 });
  });

  it('fold is the transpose of unfold: ⟨unfold x, y⟩ = ⟨x, fold y⟩', () => {
    const options = { stride: [1, 2], padding: 1, dilation: [2, 1] } as const;
    const x = randn([2, 3, 6, 7], float64);
    const columns = unfold(x, [2, 3], options);
    const y = randn(columns.shape, float64);
    const left = columns.mul(y).sum().item();
    expect(
      x
        .mul(fold(y, [6, 7], [2, 3], options))
        .sum()
        .item(),
    ).toBeCloseTo(left, 10);
  });
});

/** conv2d as its definition reads: seven loops. */
function directConv2d(
  x: number[][][][],
  w: number[][][][],
  {
    stride,
    padding,
    dilation,
    groups,
  }: { stride: number; padding: number; dilation: number; groups: number },
): number[][][][] {
  const [H, W] = [x[0]?.[0]?.length ?? 0, x[0]?.[0]?.[0]?.length ?? 0];
  const [O, C, kH, kW] = [w.length, w[0]?.length ?? 0, w[0]?.[0]?.length ?? 0, w[0]?.[0]?.[0]?.length ?? 0];
  const outH = Math.floor((H + 2 * padding - dilation * (kH - 1) - 1) / stride) + 1;
  const outW = Math.floor((W + 2 * padding - dilation * (kW - 1) - 1) / stride) + 1;
  return x.map((image) =>
    Array.from({ length: O }, (_, o) =>
      Array.from({ length: outH }, (_, i) =>
        Array.from({ length: outW }, (_, j) => {
          let sum = 0;
          for (let c = 0; c < C; c++)
            for (let a = 0; a < kH; a++)
              for (let b = 0; b < kW; b++) {
                const channel = Math.floor(o / (O / groups)) * C + c;
                const pixel =
                  image[channel]?.[i * stride + a * dilation - padding]?.[
                    j * stride + b * dilation - padding
                  ];
                sum += (pixel ?? 0) * (w[o]?.[c]?.[a]?.[b] ?? 0);
              }
          return sum;
        }),
      ),
    ),
  );
}

it('conv2d equals seven loops, and its sizes the formula (in − k + 2p)/s + 1, for any geometry', () => {
  const geometry = fc.record({
    n: fc.integer({ min: 1, max: 2 }),
    groups: fc.integer({ min: 1, max: 3 }),
    perGroup: fc.integer({ min: 1, max: 2 }),
    outPerGroup: fc.integer({ min: 1, max: 2 }),
    size: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.integer({ min: 0, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(
      geometry,
      ({ n, groups, perGroup, outPerGroup, size, kernel, stride, padding, dilation, seed }) => {
        fc.pre(size.every((s, d) => s + 2 * padding >= dilation * ((kernel[d] ?? 1) - 1) + 1));
        manualSeed(seed);
        const x = randn([n, groups * perGroup, ...size], float64);
        const w = randn([groups * outPerGroup, perGroup, ...kernel], float64);
        const options = { stride, padding, dilation, groups };
        const y = conv2d(x, w, options);
        expect(y.shape.slice(2)).toEqual(
          size.map(
            (s, d) => Math.floor((s - (dilation * ((kernel[d] ?? 1) - 1) + 1) + 2 * padding) / stride) + 1,
          ),
        );
        const direct = directConv2d(x.toArray() as number[][][][], w.toArray() as number[][][][], options);
        expect(y).toBeCloseToTensor(direct, { atol: 1e-12, rtol: 1e-12 });
      },
    ),
    { numRuns: 200 },
  );
});

it("a two-layer perceptron's backward by hand equals the tape's", () => {
  // h = σ(W₁x + b₁), ŷ = σ(W₂h + b₂), L = ½ Σ (ŷ − y)².
  const [x, y] = [randn([5], float64), randn([2], float64)];
  const [w1, b1, w2, b2] = [randn([4, 5], leaf), randn([4], leaf), randn([2, 4], leaf), randn([2], leaf)];
  const h = w1.mv(x).add(b1).sigmoid();
  const prediction = w2.mv(h).add(b2).sigmoid();
  prediction.sub(y).square().sum().mul(0.5).backward();

  const values = (t: Tensor) => [...t.data];
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);
  const rows = (t: Tensor) => t.toArray() as number[][];
  const hidden = rows(w1).map((row, i) => sigmoid(dot(row, values(x)) + (values(b1)[i] ?? 0)));
  const out = rows(w2).map((row, i) => sigmoid(dot(row, hidden) + (values(b2)[i] ?? 0)));
  // δ₂ = (ŷ − y) ŷ (1 − ŷ);  δ₁ = W₂ᵀδ₂ · h (1 − h)
  const delta2 = out.map((o, i) => (o - (values(y)[i] ?? 0)) * o * (1 - o));
  const delta1 = hidden.map(
    (a, j) =>
      dot(
        rows(w2).map((row) => row[j] ?? 0),
        delta2,
      ) *
      a *
      (1 - a),
  );
  const close = { atol: 1e-14, rtol: 1e-12 };
  expect(w2.grad).toBeCloseToTensor(
    delta2.map((d) => hidden.map((a) => d * a)),
    close,
  );
  expect(b2.grad).toBeCloseToTensor(delta2, close);
  expect(w1.grad).toBeCloseToTensor(
    delta1.map((d) => values(x).map((v) => d * v)),
    close,
  );
  expect(b1.grad).toBeCloseToTensor(delta1, close);
});

import { given, primitive, type Sample } from '../autograd/primitive.ts';
import type { CorrelateGeometry, View } from '../backend/backend.ts';
import { apply } from '../dispatch.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { permute, reshape, slice } from './movement.ts';
import { sumOver } from './reduce.ts';

/**
 * N-d cross-correlation, the one convolution primitive:
 *
 *   y[n, o, p] = Σ_c Σ_k x̃[n, c, p·s + k·d − before] · w[o, c, k] + bias[o]
 *
 * where x̃ is x with `e − 1` zeros between its elements (e: input dilation), zeros all around, and c runs over the
 * C / groups channels of o's group. Both gradients are again correlations.
 */
const correlateRow = primitive<CorrelateGeometry>({
  name: 'correlate',
  vjp: [
    given([1], (g, [w], { inputs: [x], params }) => inputCotangent(g, w, x.shape, params)),
    given([0], (g, [x], { inputs: [, w], params }) => kernelCotangent(g, x, w.shape, params)),
    given([], (g) => reshape(sumOver(g, [0, ...spatialDims(g)]), [g.shape[1] as number])),
  ],
  samples: correlateSamples(),
  infer: ([x, w], geometry) => ({
    shape: [
      x.shape[0] ?? 0,
      w.shape[0] ?? 0,
      ...correlateSizes(x.shape.slice(2), w.shape.slice(2), geometry),
    ],
    dtype: x.dtype,
  }),
  forward: (backend, [x, w, bias], out, geometry) =>
    backend.correlate(x, w, (bias as View | undefined) ?? null, out, geometry),
});

/**
 * `x (N, C, …S) ⋆ w (O, C/groups, …K) → (N, O, …P)`, in any number of spatial dims, plus a bias `(O)` if one is given.
 * Shapes are the caller's to check.
 */
export function correlate(
  x: Tensor,
  w: Tensor,
  geometry: CorrelateGeometry,
  bias: Tensor | null = null,
): Tensor {
  return apply(correlateRow, bias === null ? [x, w] : [x, w, bias], geometry);
}

function spatialDims({ shape }: Tensor): number[] {
  return shape.slice(2).map((_, d) => d + 2);
}

/** Output sizes: `⌊(e·(S − 1) + 1 + before + after − d·(K − 1) − 1) / s⌋ + 1` each, and 0 where no window fits. */
export function correlateSizes(sizes: Shape, kernel: Shape, geometry: CorrelateGeometry): number[] {
  return sizes.map((size, d) => {
    const { s, e, k, before, after } = along(geometry, d);
    const room = spread(size, e) + before + after - spread(kernel[d] as number, k);
    return room < 0 ? 0 : Math.floor(room / s) + 1;
  });
}

/**
 * The full convolution of g with the kernel rotated by 180°. Writing k' = K − 1 − k for the taps of the rotated
 * kernel, the x at position j (spread by e) takes part in the output p when
 *
 *   p·s = j·e + k'·d − (d·(K − 1) − before)
 *
 * which is a correlation of g, spread by s, with stride e, dilation d and padding d·(K − 1) − before; what the stride
 * left over at the end comes back as more padding after.
 */
function inputCotangent(g: Tensor, w: Tensor, shape: Shape, geometry: CorrelateGeometry): Tensor {
  const kernel = w.shape.slice(2);
  return correlate(g, swapChannels(rotate180(w, kernel.length), geometry.groups), {
    stride: geometry.inputDilation,
    dilation: geometry.dilation,
    inputDilation: geometry.stride,
    groups: geometry.groups,
    padding: kernel.map((size, d) => {
      const { s, e, k, before } = along(geometry, d);
      const lead = spread(size, k) - 1 - before;
      return [lead, spread(shape[d + 2] as number, e) - spread(g.shape[d + 2] as number, s) + before];
    }),
  });
}

/**
 * The correlation of x with g: batch and channels change places, and so do stride and dilation. The tap k of the
 * kernel meets x at p·s + k·d − before, so g is the kernel, dilated by s, and moves with stride d; of all positions
 * the first K are wanted, so what the stride left over is cropped.
 */
function kernelCotangent(g: Tensor, x: Tensor, shape: Shape, geometry: CorrelateGeometry): Tensor {
  const { groups } = geometry;
  const [n, channels] = [x.shape[0] as number, x.shape[1] as number];
  const spatial = x.shape.slice(2);
  const keep = spatial.map((_, d) => d + 3);
  // (N, G·C', …S) → (C', G·N, …S): the groups stay groups, their batches become channels.
  const input = reshape(permute(reshape(x, [n, groups, channels / groups, ...spatial]), [2, 1, 0, ...keep]), [
    channels / groups,
    groups * n,
    ...spatial,
  ]);
  const asKernel = swapFirstTwo(g);
  const result = correlate(input, asKernel, {
    stride: geometry.dilation,
    dilation: geometry.stride,
    inputDilation: geometry.inputDilation,
    groups,
    padding: spatial.map((size, d) => {
      const { s, e, k, before } = along(geometry, d);
      const used = spread(shape[d + 2] as number, k) - 1 + spread(g.shape[d + 2] as number, s);
      return [before, used - spread(size, e) - before];
    }),
  });
  return swapFirstTwo(result);
}

/** The kernel with its spatial dims reversed. */
export function rotate180(w: Tensor, spatialDims: number): Tensor {
  const lead = w.ndim - spatialDims;
  return slice(w, {
    starts: w.shape.map((size, d) => (d < lead ? 0 : Math.max(size - 1, 0))),
    sizes: w.shape,
    steps: w.shape.map((_, d) => (d < lead ? 1 : -1)),
  });
}

/** (G·O', C', …K) → (G·C', O', …K): output and input channels change places within each group. */
export function swapChannels(w: Tensor, groups: number): Tensor {
  if (groups === 1) return swapFirstTwo(w);
  const [out, channels] = [w.shape[0] as number, w.shape[1] as number];
  const kernel = w.shape.slice(2);
  const split = reshape(w, [groups, out / groups, channels, ...kernel]);
  const swapped = permute(split, [0, 2, 1, ...kernel.map((_, d) => d + 3)]);
  return reshape(swapped, [groups * channels, out / groups, ...kernel]);
}

function swapFirstTwo(x: Tensor): Tensor {
  return permute(x, [1, 0, ...x.shape.slice(2).map((_, d) => d + 2)]);
}

/** The length of `size` elements that lie `step` apart; nothing has length 0. */
function spread(size: number, step: number): number {
  return size === 0 ? 0 : (size - 1) * step + 1;
}

function along({ stride, inputDilation, dilation, padding }: CorrelateGeometry, d: number) {
  const [before, after] = padding[d] as readonly [number, number];
  return {
    s: stride[d] as number,
    e: inputDilation[d] as number,
    k: dilation[d] as number,
    before,
    after,
  };
}

function correlateSamples(): Sample<CorrelateGeometry>[] {
  const plain = {
    stride: [1, 1],
    dilation: [1, 1],
    inputDilation: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
    groups: 1,
  } as const;
  const of = (x: Shape, w: Shape, params: CorrelateGeometry) => ({
    inputs: [{ shape: x }, { shape: w }],
    params,
  });
  return [
    of([2, 2, 5, 4], [3, 2, 3, 2], plain),
    of([1, 1, 6, 7], [1, 1, 2, 3], {
      ...plain,
      stride: [2, 3],
      padding: [
        [1, 0],
        [2, 1],
      ],
    }),
    of([2, 4, 5, 5], [6, 2, 2, 2], {
      ...plain,
      dilation: [2, 1],
      groups: 2,
      padding: [
        [1, 1],
        [0, 1],
      ],
    }),
    of([1, 2, 3, 3], [2, 1, 3, 3], {
      ...plain,
      inputDilation: [2, 3],
      groups: 2,
      padding: [
        [2, 2],
        [1, -1],
      ],
    }),
    of([1, 1, 6, 6], [2, 1, 3, 3], {
      ...plain,
      stride: [2, 2],
      padding: [
        [-1, 0],
        [0, -2],
      ],
    }),
    of([2, 1, 7], [2, 1, 3], {
      stride: [3],
      dilation: [2],
      inputDilation: [1],
      padding: [[2, 3]],
      groups: 1,
    }),
    of([1, 2, 3, 4, 3], [2, 2, 2, 2, 2], {
      stride: [1, 2, 1],
      dilation: [1, 1, 2],
      inputDilation: [1, 1, 1],
      padding: [
        [0, 0],
        [1, 1],
        [0, 1],
      ],
      groups: 1,
    }),
    of([0, 1, 3, 3], [1, 1, 2, 2], plain),
    { inputs: [{ shape: [2, 2, 3, 4] }, { shape: [3, 2, 2, 2] }, { shape: [3] }], params: plain },
  ];
}

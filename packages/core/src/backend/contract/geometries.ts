import type { Shape } from '../../shape.ts';
import type { CorrelateGeometry } from '../backend.ts';

/** The shapes of a correlation's operands and how their windows lie. */
export interface Windows extends CorrelateGeometry {
  readonly x: Shape;
  readonly w: Shape;
}

interface Options {
  stride?: number | readonly number[];
  dilation?: number | readonly number[];
  inputDilation?: number | readonly number[];
  padding?: number | readonly (readonly [number, number])[];
  groups?: number;
}

function windows(x: Shape, w: Shape, options: Options = {}): Windows {
  const dims = x.slice(2);
  const each = (value: number | readonly number[] = 1) =>
    dims.map((_, d) => (typeof value === 'number' ? value : (value[d] as number)));
  const { padding = 0, groups = 1 } = options;
  return {
    x,
    w,
    stride: each(options.stride),
    dilation: each(options.dilation),
    inputDilation: each(options.inputDilation),
    padding: typeof padding === 'number' ? dims.map((): [number, number] => [padding, padding]) : padding,
    groups,
  };
}

const factors = [1, 2, 3] as const;

/** Square kernels of common sizes over inputs that give rows of every length around a vector's. */
const widths = [1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 26].flatMap((width) =>
  (
    [
      [1, 0],
      [3, 1],
      [5, 0],
    ] as const
  ).map(([k, padding]) => windows([2, 3, 6, width - 1 + k - 2 * padding], [5, 3, k, k], { padding })),
);

const steps = factors.flatMap((stride) =>
  factors.flatMap((dilation) =>
    ([1, 2] as const).flatMap((inputDilation) =>
      (
        [
          [2, 3],
          [1, 1],
        ] as const
      ).map(([groups, channels]) =>
        windows([2, groups * channels, 9, 11], [2 * groups, channels, 3, 2], {
          stride,
          dilation,
          inputDilation: [inputDilation, 3 - inputDilation],
          padding: [
            [stride, 1],
            [0, dilation],
          ],
          groups,
        }),
      ),
    ),
  ),
);

const sides = [
  [
    [0, 0],
    [0, 0],
  ],
  [
    [1, 0],
    [0, 1],
  ],
  [
    [0, 2],
    [3, 0],
  ],
  [
    [4, 4],
    [5, 5],
  ],
  [
    [-1, 0],
    [0, -2],
  ],
  [
    [-2, 3],
    [3, -2],
  ],
  [
    [-3, -3],
    [-1, -1],
  ],
  [
    [7, -4],
    [-4, 7],
  ],
] as const;

const paddings = sides.flatMap((padding) =>
  ([1, 2] as const).map((stride) => windows([2, 2, 8, 9], [3, 2, 3, 3], { stride, padding })),
);

const channels = [
  windows([2, 1, 28, 28], [10, 1, 3, 3]),
  windows([1, 1, 9, 30], [1, 1, 3, 3]),
  windows([3, 1, 10, 10], [16, 1, 5, 5], { padding: 2 }),
  windows([2, 65, 7, 6], [3, 65, 3, 3], { padding: 1 }),
  windows([1, 3, 7, 6], [65, 3, 3, 3], { padding: 1 }),
  windows([2, 33, 5, 5], [17, 33, 1, 1]),
  windows([1, 64, 13, 13], [16, 64, 3, 3]),
  windows([2, 10, 26, 26], [20, 10, 3, 3]),
  windows([2, 4, 6, 5], [4, 4, 6, 5]),
  windows([5, 7, 1, 1], [9, 7, 1, 1]),
  windows([5, 7, 1, 1], [9, 7, 3, 3], { padding: 1 }),
];

const groups = [
  windows([2, 6, 7, 8], [6, 1, 3, 3], { groups: 6 }),
  windows([2, 6, 7, 8], [12, 1, 3, 3], { groups: 6, padding: 1 }),
  windows([2, 6, 9, 8], [6, 1, 5, 5], { groups: 6, padding: 2, stride: 2 }),
  windows([2, 6, 9, 8], [6, 1, 3, 3], { groups: 6, padding: 2, dilation: 2 }),
  windows([1, 33, 6, 19], [33, 1, 3, 3], { groups: 33, padding: 1 }),
  windows([2, 6, 7, 8], [4, 3, 3, 3], { groups: 2 }),
  windows([2, 9, 5, 5], [6, 3, 1, 1], { groups: 3 }),
  windows([2, 10, 5, 5], [15, 2, 2, 3], { groups: 5, padding: 1 }),
];

const pointwise = [
  windows([2, 3, 5, 7], [4, 3, 1, 1]),
  windows([2, 3, 5, 7], [4, 3, 1, 1], { stride: 2 }),
  windows([2, 3, 5, 7], [4, 3, 1, 1], { padding: 1 }),
  windows([2, 3, 5, 7], [4, 3, 1, 1], { padding: -1 }),
  windows([2, 3, 5, 7], [4, 3, 1, 1], { inputDilation: 2 }),
  windows([2, 3, 17], [4, 3, 1]),
];

const largeKernels = [
  windows([1, 2, 12, 15], [3, 2, 9, 11], { padding: 3 }),
  windows([1, 1, 20, 20], [2, 1, 13, 13]),
  windows([2, 2, 40], [3, 2, 25], { padding: 12 }),
  windows([1, 2, 8, 30], [2, 2, 1, 17]),
  windows([1, 2, 30, 8], [2, 2, 17, 1]),
];

const otherRanks = [
  windows([2, 3, 9], [4, 3, 3]),
  windows([2, 4, 31], [6, 2, 4], { stride: 3, dilation: 2, padding: [[2, 1]], groups: 2 }),
  windows([2, 3, 9], [4, 3, 3], { inputDilation: 2, padding: [[-1, 4]] }),
  windows([2, 2, 4, 5, 6], [3, 2, 2, 3, 2]),
  windows([1, 4, 5, 4, 6], [4, 2, 3, 2, 3], {
    stride: [2, 1, 2],
    dilation: [1, 2, 1],
    padding: 1,
    groups: 2,
  }),
  windows([2, 3, 4, 3, 4], [3, 1, 2, 2, 2], {
    inputDilation: [1, 2, 2],
    padding: [
      [0, 1],
      [2, 0],
      [-1, 1],
    ],
    groups: 3,
  }),
];

/**
 * What the gradient with respect to a kernel asks for: batch and channels have changed places, as have stride and
 * dilation, so that there are few outputs of very many taps.
 */
const kernelGradients = [
  windows([1, 8, 28, 28], [10, 8, 26, 26]),
  windows([4, 8, 13, 13], [8, 8, 11, 11]),
  windows([3, 4, 13, 13], [5, 4, 13, 13], { padding: 1 }),
  windows([3, 4, 13, 15], [5, 4, 6, 7], { dilation: 2 }),
  windows([3, 4, 14, 16], [5, 4, 6, 7], {
    dilation: 2,
    padding: [
      [0, -1],
      [0, -1],
    ],
  }),
  windows([3, 4, 17, 17], [5, 4, 13, 13], { stride: 2 }),
  windows([1, 6, 12, 12], [6, 2, 10, 10], { groups: 3 }),
  windows([1, 12, 12, 12], [6, 2, 10, 10], { groups: 6 }),
  windows([2, 3, 40], [4, 3, 38]),
  windows([2, 64, 5, 5], [9, 64, 5, 5]),
];

/** Channels enough for fewer products by way of sums, in tiles of 2 × 2 that reach beyond the outputs or do not. */
const manyChannels = [
  windows([3, 32, 11, 15], [32, 32, 3, 3]),
  windows([2, 33, 14, 16], [35, 33, 3, 3], { padding: 1 }),
  windows([3, 32, 12, 18], [33, 32, 3, 3], {
    padding: [
      [-1, 0],
      [0, -2],
    ],
  }),
  windows([1, 32, 18, 60], [32, 32, 3, 3], {
    padding: [
      [2, 1],
      [0, 2],
    ],
  }),
  windows([20, 32, 8, 8], [32, 32, 3, 3], {
    padding: [
      [2, 0],
      [0, 17],
    ],
  }),
  windows([20, 32, 8, 8], [32, 32, 3, 3], {
    padding: [
      [2, 0],
      [0, 16],
    ],
  }),
];

/** And the gradient with respect to the input: stride is input dilation, and the padding is what the kernel spans. */
const inputGradients = [
  windows([2, 5, 26, 26], [3, 5, 3, 3], { padding: 2 }),
  windows([2, 5, 5, 6], [3, 5, 3, 3], {
    inputDilation: 2,
    padding: [
      [2, 2],
      [2, 3],
    ],
  }),
  windows([2, 5, 4, 4], [3, 5, 5, 5], {
    inputDilation: 3,
    padding: [
      [2, 4],
      [1, 3],
    ],
  }),
  windows([2, 6, 4, 5], [4, 3, 3, 3], { inputDilation: 2, padding: 2, groups: 2 }),
];

const evenly = (...padding: number[]) => padding.map((each) => [each, each] as const);

/** Windows that reach as far over the edges as their kernel is wide, or further: rows may share their padding. */
const reaching = [
  ...[1, 2, 3, 4, 5, 8, 11, 13].flatMap((width) =>
    [2, 3, 5].map((taps) => windows([2, 3, 4, width], [5, 3, 3, taps], { padding: evenly(2, taps - 1) })),
  ),
  windows([2, 3, 4, 7], [5, 3, 3, 3], { padding: evenly(1, 2), dilation: [2, 1] }),
  windows([2, 3, 4, 7], [5, 3, 3, 3], { padding: evenly(0, 4), dilation: [1, 2] }),
  windows([2, 3, 4, 7], [5, 3, 2, 3], { padding: 3 }),
  windows([2, 3, 6, 6], [5, 3, 3, 3], { padding: 2, stride: [2, 1] }),
  windows([2, 3, 6, 6], [5, 3, 3, 3], {
    padding: [
      [-1, 2],
      [2, 2],
    ],
  }),
  windows([2, 3, 6, 6], [5, 3, 3, 3], {
    padding: [
      [2, 2],
      [3, 1],
    ],
  }),
  windows([2, 3, 6, 6], [5, 3, 3, 3], {
    padding: [
      [2, 2],
      [1, 3],
    ],
  }),
  windows([2, 4, 6, 5], [6, 2, 3, 3], { padding: 2, groups: 2, inputDilation: [2, 1] }),
  windows([1, 2, 3, 4, 5], [3, 2, 2, 3, 3], { padding: evenly(1, 2, 2) }),
  windows([1, 2, 3, 4, 5], [3, 2, 3, 1, 3], { padding: evenly(2, 0, 2) }),
];

const nothing = [
  windows([0, 2, 5, 5], [3, 2, 3, 3]),
  windows([0, 4, 5, 5], [4, 1, 3, 3], { groups: 4 }),
  windows([2, 2, 5, 5], [0, 2, 3, 3]),
  windows([2, 0, 5, 5], [3, 0, 3, 3]),
  windows([2, 2, 2, 5], [3, 2, 3, 3]),
  windows([2, 2, 0, 5], [3, 2, 3, 3], { padding: 2 }),
  windows([2, 2, 3, 3], [3, 2, 2, 2], {
    padding: [
      [9, -7],
      [-7, 9],
    ],
  }),
];

const everyLayout = [
  windows([2, 3, 6, 9], [4, 3, 3, 3], { padding: 1 }),
  windows([2, 1, 5, 12], [3, 1, 3, 3]),
  windows([2, 4, 7, 6], [6, 2, 2, 3], {
    stride: 2,
    dilation: [2, 1],
    padding: [
      [1, 0],
      [-1, 2],
    ],
    groups: 2,
  }),
  windows([2, 4, 5, 6], [4, 1, 3, 3], { padding: 1, groups: 4 }),
  windows([2, 5, 3, 4], [6, 5, 1, 1]),
  windows([2, 2, 3, 4], [3, 2, 3, 3], { inputDilation: 2, padding: 2 }),
  windows([2, 2, 4, 5], [3, 2, 3, 3], { padding: 2 }),
  windows([2, 3, 9, 9], [2, 3, 7, 7]),
  windows([2, 3, 14], [4, 3, 3], { padding: 1 }),
  windows([1, 2, 3, 4, 5], [2, 2, 2, 2, 3]),
];

/** Whose images may be sparse: gradients with respect to inputs, and other steps and paddings. */
export const sparseImages = [
  windows([9, 8, 11, 11], [16, 8, 3, 3], { padding: 2 }),
  windows([8, 4, 10, 7], [16, 4, 3, 3], { padding: 1 }),
  windows([8, 4, 9, 9], [16, 4, 3, 3]),
  windows([8, 4, 6, 9], [8, 4, 3, 5], { padding: evenly(2, 4) }),
  windows([8, 4, 6, 9], [16, 4, 3, 3], {
    inputDilation: [2, 3],
    padding: [
      [2, 3],
      [1, 2],
    ],
  }),
  windows([8, 4, 9, 11], [16, 4, 3, 3], { dilation: [1, 2], padding: 2 }),
  windows([8, 4, 9, 11], [16, 4, 3, 3], { dilation: [2, 1], padding: 4 }),
  windows([8, 4, 9, 11], [16, 4, 3, 3], {
    padding: [
      [-2, 3],
      [5, -1],
    ],
  }),
  windows([8, 8, 9, 7], [56, 8, 1, 1]),
  windows([8, 4, 40], [16, 4, 5], { padding: 4 }),
  windows([8, 4, 4, 5, 6], [16, 4, 2, 3, 3], { padding: evenly(1, 2, 2) }),
] as const;

/** Whose kernels may be sparse: gradients with respect to kernels. */
export const sparseKernels = [
  windows([16, 9, 13, 13], [8, 9, 11, 11]),
  windows([16, 33, 13, 8], [3, 33, 11, 6]),
  windows([16, 8, 11, 9], [8, 8, 11, 9], { padding: 1 }),
  windows([16, 8, 12, 13], [5, 8, 5, 5], { dilation: 2 }),
  windows([16, 8, 12, 13], [5, 8, 5, 5], {
    dilation: 2,
    padding: [
      [1, 0],
      [2, -1],
    ],
  }),
  windows([16, 8, 14, 15], [5, 8, 8, 9], { stride: [1, 2], padding: evenly(1, 2) }),
  windows([16, 8, 14, 15], [5, 8, 8, 9], { stride: [2, 1] }),
  windows([16, 8, 6, 5], [5, 8, 8, 7], { inputDilation: [2, 3], padding: evenly(1, 0) }),
  windows([12, 8, 35, 35], [2, 8, 33, 33]),
  windows([56, 8, 9, 7], [8, 8, 9, 7]),
  windows([16, 8, 44], [5, 8, 40]),
  windows([16, 8, 6, 7, 8], [5, 8, 5, 5, 6]),
] as const;

/** Geometries by what is particular about them. */
export const geometries: Readonly<Record<string, readonly Windows[]>> = {
  'with rows of any length': widths,
  'with steps': steps,
  'with paddings': paddings,
  'with few and many channels': channels,
  'with channels enough for Winograd': manyChannels,
  'in groups': groups,
  'with kernels of one tap': pointwise,
  'with large kernels': largeKernels,
  'in one and three dims': otherRanks,
  'that reach over the edges': reaching,
  'as for the gradient of a kernel': kernelGradients,
  'as for the gradient of an input': inputGradients,
  'of nothing, or to nothing': nothing,
  'in every layout': everyLayout,
};

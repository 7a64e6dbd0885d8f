import {
  ArgumentError,
  arange,
  DTypeError,
  type InterpolateOptions,
  ones,
  randn,
  ShapeError,
  type Tensor,
  tensor,
} from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from '../index.ts';
import { F } from '../index.ts';

const leaf = { dtype: 'float64', requiresGrad: true } as const;
const float64 = { dtype: 'float64' } as const;

describe('interpolate', () => {
  it.each(['nearest', 'linear', 'area'] as const)('of no images, %s, looks at no places', (mode) => {
    expect(F.interpolate(randn(0, 2, 3), { size: 1e10, mode }).shape).toEqual([0, 2, 1e10]);
  });

  const ways: [number[], InterpolateOptions][] = [
    [[1, 2, 5], { size: 3 }],
    [[1, 2, 5], { size: 8, mode: 'linear' }],
    [[1, 1, 4, 3], { scaleFactor: 1.5, mode: 'bicubic' }],
    [[1, 1, 4, 3], { size: [2, 5], mode: 'bilinear', antialias: true }],
    [[1, 1, 3, 2, 2], { size: 3, mode: 'trilinear', alignCorners: true }],
    [[1, 1, 5, 4], { size: [3, 2], mode: 'area' }],
  ];

  it.each(ways)('of %j by %j has exact gradients', (shape, options) => {
    const square = (x: Tensor) => F.interpolate(x, options).mul(F.interpolate(x, options));
    expect(square).toPassGradcheck(randn(shape, leaf), { order: 2 });
  });

  it('repeats, and draws straight lines', () => {
    const x = tensor([[[0, 2, 4]]]);
    expect(F.interpolate(x, { scaleFactor: 2 })).toEqualTensor([[[0, 0, 2, 2, 4, 4]]]);
    expect(F.interpolate(x, { size: 5, mode: 'linear', alignCorners: true })).toEqualTensor([
      [[0, 1, 2, 3, 4]],
    ]);
    expect(F.interpolate(x, { scaleFactor: 2, mode: 'linear' })).toEqualTensor([
      [[0, 0.5, 1.5, 2.5, 3.5, 4]],
    ]);
    expect(F.interpolate(arange(3).reshape(1, 1, 3), 6).dtype).toBe('int32');
  });

  it('does not let an infinity beyond its neighbours', () => {
    const x = tensor([[[1, 1, Number.POSITIVE_INFINITY, 1, 1, 1]]]);
    const y = F.interpolate(x, { scaleFactor: 2, mode: 'linear' });
    expect([...y.narrow(2, 0, 3).data, ...y.narrow(2, 8, 4).data]).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it('is what the layers do', () => {
    const x = randn(1, 2, 3, 4);
    const aligned = { mode: 'bilinear', alignCorners: true } as const;
    expect(new nn.UpsamplingNearest2d({ scaleFactor: 2 }).forward(x)).toEqualTensor(
      F.upsampleNearest(x, null, 2),
    );
    expect(new nn.UpsamplingBilinear2d(5).forward(x)).toEqualTensor(F.interpolate(x, 5, { ...aligned }));
    expect(F.upsampleBilinear(x, [5, 5])).toEqualTensor(F.interpolate(x, 5, { ...aligned }));
  });

  it.each<[string, () => unknown, new (...args: never[]) => Error]>([
    ['neither a size nor a factor', () => F.interpolate(ones(1, 1, 3)), ArgumentError],
    ['both', () => F.interpolate(ones(1, 1, 3), 2, 2), ArgumentError],
    ['a mode for other dims', () => F.interpolate(ones(1, 1, 3), 2, { mode: 'bilinear' }), ShapeError],
    ['an unknown mode', () => F.interpolate(ones(1, 1, 3), 2, { mode: 'cubic' as never }), ArgumentError],
    [
      'corners where there are none',
      () => F.interpolate(ones(1, 1, 3), 2, { alignCorners: true }),
      ArgumentError,
    ],
    [
      'antialias where there is none',
      () => F.interpolate(ones(1, 1, 3), 2, { antialias: true }),
      ArgumentError,
    ],
    ['a factor that leaves nothing', () => F.interpolate(ones(1, 1, 3), { scaleFactor: 0.1 }), ArgumentError],
    [
      'an infinite factor',
      () => F.interpolate(ones(1, 1, 3), { scaleFactor: Number.POSITIVE_INFINITY }),
      ArgumentError,
    ],
    ['too many sizes', () => F.interpolate(ones(1, 1, 3), { size: [2, 2] }), ArgumentError],
    [
      'recomputing a size',
      () => F.interpolate(ones(1, 1, 3), { size: 2, recomputeScaleFactor: true }),
      ArgumentError,
    ],
    [
      'lines through integers',
      () => F.interpolate(arange(3).reshape(1, 1, 3), 2, { mode: 'linear' }),
      DTypeError,
    ],
  ])('refuses %s', (_, call, error) => {
    expect(call).toThrow(error);
  });
});

describe('gridSample', () => {
  it.each(['bilinear', 'bicubic'] as const)('in mode %s has exact gradients', (mode) => {
    const grid = randn([1, 2, 3, 2], float64).mul(0.6).requiresGrad_();
    const sampled = (x: Tensor, at: Tensor) => F.gridSample(x, at, mode, 'reflection').mul(2);
    expect(sampled).toPassGradcheck([randn([1, 2, 4, 3], leaf), grid], { order: 2 });
  });

  it('on the grid of the identity gives the image', () => {
    const identity = tensor(
      [
        [
          [1, 0, 0],
          [0, 1, 0],
        ],
      ],
      float64,
    );
    const x = randn([1, 2, 4, 3], float64);
    for (const alignCorners of [true, false]) {
      const grid = F.affineGrid(identity, x.shape, { alignCorners });
      expect(F.gridSample(x, grid, { alignCorners })).toBeCloseToTensor(x, { atol: 1e-12 });
    }
  });

  it('refuses what does not fit', () => {
    expect(() => F.gridSample(ones(1, 1, 2, 2), ones(1, 2, 2, 3))).toThrow(ShapeError);
    expect(() => F.gridSample(ones(1, 1, 2, 2, 2), ones(1, 2, 2, 2, 3), 'bicubic')).toThrow(ArgumentError);
    expect(() => F.gridSample(ones(1, 1, 2, 2), ones(1, 2, 2, 2), 'cubic' as never)).toThrow(ArgumentError);
    expect(() => F.affineGrid(ones(1, 2, 3), [1, 1, 2])).toThrow(ShapeError);
  });
});

describe('pixels', () => {
  it('become channels and pixels again', () => {
    const x = arange(2 * 4 * 6).reshape(2, 1, 4, 6);
    const channels = F.pixelUnshuffle(x, 2);
    expect(channels.select(0, 0).select(0, 1)).toEqualTensor(
      x.select(0, 0).select(0, 0).slice(0, 0, 4, 2).slice(1, 1, 6, 2),
    );
    expect(F.pixelShuffle(channels, 2)).toEqualTensor(x);
    expect(new nn.PixelShuffle(2).forward(new nn.PixelUnshuffle(2).forward(x))).toEqualTensor(x);
    expect(() => F.pixelShuffle(x, 2)).toThrow(ShapeError);
    expect(() => F.pixelUnshuffle(x, 5)).toThrow(ShapeError);
    expect(() => F.pixelShuffle(x, 0)).toThrow(ArgumentError);
  });

  it('have channels that are dealt out', () => {
    const x = arange(6).reshape(1, 6, 1);
    expect(new nn.ChannelShuffle(2).forward(x).flatten()).toEqualTensor([0, 3, 1, 4, 2, 5]);
    expect(() => F.channelShuffle(x, 4)).toThrow(ArgumentError);
  });

  it('fold and unfold', () => {
    const x = randn(1, 2, 4, 5);
    const columns = new nn.Unfold(2, { stride: 2 }).forward(x);
    expect(columns).toEqualTensor(F.unfold(x, 2, { stride: 2 }));
    const back = new nn.Fold([4, 4], 2, { stride: 2 }).forward(columns);
    expect(back).toEqualTensor(x.narrow(3, 0, 4));
  });
});

describe('bilinear', () => {
  it('is a sum over both inputs, with exact gradients', () => {
    const [x, y] = [randn([2, 3], leaf), randn([2, 4], leaf)];
    const [weight, bias] = [randn([5, 3, 4], leaf), randn([5], leaf)];
    const layer = (...[a, b, w, c]: Tensor[]) =>
      F.bilinear(a as Tensor, b as Tensor, w as Tensor, { bias: c as Tensor });
    expect(layer).toPassGradcheck([x, y, weight, bias], { order: 2 });
    const want = Array.from({ length: 5 }, (_, o) => {
      const plane = weight.detach().select(0, o);
      return x
        .detach()
        .select(0, 0)
        .matmul(plane)
        .dot(y.detach().select(0, 0))
        .add(bias.detach().select(0, o))
        .item();
    });
    expect(layer(x, y, weight, bias).detach().select(0, 0)).toBeCloseToTensor(want, { atol: 1e-12 });
    expect(() => F.bilinear(ones(2, 3), ones(3, 4), ones(5, 3, 4))).toThrow(ShapeError);
  });
});

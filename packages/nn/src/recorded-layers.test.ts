import { readFileSync } from 'node:fs';
import {
  arange,
  type DType,
  grad,
  manualSeed,
  noGrad,
  ones,
  type Shape,
  type Tensor,
  tensor,
} from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';
import { F } from './index.ts';

// What tests/fixtures/make-torch-layers.py recorded: prints, draws and numbers that PyTorch's own tests leave out.

interface Shown {
  readonly shape: number[];
  readonly data: number[];
}

const recorded = JSON.parse(
  readFileSync(new URL('../../../tests/fixtures/torch-layers.json', import.meta.url), 'utf8'),
);
const float64 = { dtype: 'float64' } as const;
const near = { atol: 1e-12, rtol: 1e-12 };

/** The script's `ramp`. */
function ramp(shape: Shape, dtype: DType = 'float64'): Tensor {
  const i = arange(
    shape.reduce((a, b) => a * b, 1),
    float64,
  );
  return i.mul(7).remainder(11).sub(5).add(i.div(64)).reshape(shape).to(dtype);
}

function whatIs({ shape, data }: Shown, dtype: DType = 'float64'): Tensor {
  return tensor(data, { dtype }).reshape(shape);
}

/** `scale_factor` → `scaleFactor`. */
function optionsOf(recordedOptions: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(recordedOptions).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

const printed: Record<string, nn.Module> = {
  GroupNorm: new nn.GroupNorm(3, 6),
  LayerNorm: new nn.LayerNorm(5, { elementwiseAffine: false }),
  LayerNormOfImages: new nn.LayerNorm([2, 5], 1e-3),
  InstanceNorm2d: new nn.InstanceNorm2d(3, { affine: true }),
  LocalResponseNorm: new nn.LocalResponseNorm(2),
  Embedding: new nn.Embedding(4, 3, { paddingIdx: -1, maxNorm: 1.5, normType: 1.5, scaleGradByFreq: true }),
  EmbeddingBag: new nn.EmbeddingBag(4, 3, { paddingIdx: 1, mode: 'sum' }),
  ConstantPad2d: new nn.ConstantPad2d([1, 2, 3, 4], 0.5),
  ZeroPad2d: new nn.ZeroPad2d(1),
  ReflectionPad1d: new nn.ReflectionPad1d([1, 2]),
  ReplicationPad3d: new nn.ReplicationPad3d(2),
  Conv2d: new nn.Conv2d(2, 3, 3, { padding: 1, paddingMode: 'circular' }),
  AdaptiveMaxPool2d: new nn.AdaptiveMaxPool2d([3, null]),
  LPPool2d: new nn.LPPool2d(2, 3, 2),
  MaxUnpool1d: new nn.MaxUnpool1d(2),
  MaxUnpool2d: new nn.MaxUnpool2d([3, 2], { stride: 2, padding: 1 }),
  PixelShuffle: new nn.PixelShuffle(2),
  PixelUnshuffle: new nn.PixelUnshuffle(2),
  ChannelShuffle: new nn.ChannelShuffle(2),
  Fold: new nn.Fold([4, 5], 2, { stride: 2 }),
  Unfold: new nn.Unfold(3, { padding: 1 }),
  Bilinear: new nn.Bilinear(2, 3, 4, false),
  Upsample: new nn.Upsample({ scaleFactor: 2 }),
  UpsampleOfTwoFactors: new nn.Upsample({ scaleFactor: [2, 1.5], mode: 'bilinear' }),
  UpsamplingBilinear2d: new nn.UpsamplingBilinear2d([4, 5]),
  ParameterList: new nn.ParameterList([new nn.Parameter(ones(2, 3)), new nn.Parameter(ones(4))]),
  AlphaDropout: new nn.AlphaDropout(0.25),
  Dropout3d: new nn.Dropout3d(),
};

it.each(Object.entries<string>(recorded.printed))('%s prints as PyTorch prints it', (name, text) => {
  // PyTorch writes torch.float32 where there is float32 here.
  expect(String(printed[name])).toBe(text.replaceAll('[torch.', '['));
});

const draws: Record<string, () => Tensor> = {
  dropout1d_3_4_2: () => F.dropout1d(ones(3, 4, 2)),
  dropout1d_4_2: () => F.dropout1d(ones(4, 2)),
  dropout2d_2_4_2: () => F.dropout2d(ones(2, 4, 2)),
  dropout3d_4_2_1_2: () => F.dropout3d(ones(4, 2, 1, 2), 0.25),
  alpha_dropout_12: () => F.alphaDropout(ramp([12], 'float32'), 0.3),
  feature_alpha_dropout_2_3_2: () => F.featureAlphaDropout(ramp([2, 3, 2], 'float32'), { p: 0.3 }),
  embedding_3_2: () => new nn.Embedding(3, 2, { paddingIdx: 1 }).weight,
  bilinear_2_3_2: () => new nn.Bilinear(2, 3, 2).weight,
  fractional_max_pool2d_1_2_7_6: () =>
    F.fractionalMaxPool2d(ramp([1, 2, 7, 6], 'float32'), 2, { outputSize: [3, 4] }),
  fractional_max_pool3d_2_4_5_6: () =>
    F.fractionalMaxPool3d(ramp([2, 4, 5, 6], 'float32'), 2, { outputRatio: 0.5 }),
};

it.each(Object.entries<Shown>(recorded.drawn))('%s draws what PyTorch draws', (name, want) => {
  manualSeed(7);
  const got = draws[name]?.() as Tensor;
  expect(got.shape).toEqual(want.shape);
  expect(got.detach()).toBeCloseToTensor(whatIs(want, 'float32'), { atol: 1e-6, rtol: 1e-6 });
});

interface Resized {
  readonly shape: number[];
  readonly dtype: 'float32' | 'float64';
  readonly options: Record<string, unknown>;
  readonly out: Shown;
}

it.each(
  (recorded.interpolate as Resized[]).map(
    (each) => [`${each.dtype} ${JSON.stringify(each.options)}`, each] as const,
  ),
)('interpolates %s as PyTorch does', (_, { shape, dtype, options, out }) => {
  const got = F.interpolate(ramp(shape, dtype), optionsOf(options));
  expect(got.shape).toEqual(out.shape);
  expect(got).toBeCloseToTensor(whatIs(out, dtype), dtype === 'float64' ? near : { atol: 1e-5, rtol: 1e-5 });
});

interface Sampled {
  readonly options: Record<string, unknown>;
  readonly out: Shown;
  readonly grad: Shown;
}

describe('grids', () => {
  it.each((recorded.gridSample as Sampled[]).map((each) => [JSON.stringify(each.options), each] as const))(
    'are sampled with %s as PyTorch does',
    (_, { options, out, grad: slope }) => {
      const grid = ramp([1, 4, 5, 2]).div(3).requiresGrad_();
      const got = F.gridSample(ramp([1, 2, 4, 3]), grid, optionsOf(options));
      expect(got.detach()).toBeCloseToTensor(whatIs(out), near);
      const [found] = grad([got.mul(ramp(out.shape)).sum().add(grid.sum().mul(0))], [grid]);
      expect(found).toBeCloseToTensor(whatIs(slope), near);
    },
  );

  it.each(recorded.affineGrid as { size: number[]; align_corners: boolean; out: Shown }[])(
    'are affine for $size, $align_corners',
    ({ size, align_corners, out }) => {
      const theta = ramp(size.length === 4 ? [2, 2, 3] : [1, 3, 4]);
      expect(F.affineGrid(theta, size, align_corners)).toBeCloseToTensor(whatIs(out), near);
    },
  );
});

describe('spectralNorm', () => {
  const layers: Record<string, () => nn.Module & { weight: nn.Parameter }> = {
    Linear: () => new nn.Linear(3, 4),
    ConvTranspose2d: () => new nn.ConvTranspose2d(2, 3, 2),
  };

  it.each(Object.keys(layers))('of %s has PyTorch’s keys and numbers', (name) => {
    manualSeed(3);
    const layer = (layers[name] as () => nn.Module & { weight: nn.Parameter })();
    // The script draws the layer first, and seeds after that.
    manualSeed(3);
    noGrad(() => layer.weight.copy_(ramp(layer.weight.shape)));
    nn.utils.parametrizations.spectralNorm(layer);
    const { keys, weights, evaluated } = recorded.spectralNorm[name];
    expect(Object.keys(layer.stateDict())).toEqual(keys);
    const close = { atol: 1e-5, rtol: 1e-5 };
    for (const want of weights as Shown[])
      expect(layer.weight.detach()).toBeCloseToTensor(whatIs(want, 'float32'), close);
    layer.eval();
    expect(layer.weight.detach()).toBeCloseToTensor(whatIs(evaluated, 'float32'), close);
  });
});

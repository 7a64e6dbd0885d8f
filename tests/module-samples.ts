import { Generator, randn, type Tensor, tensor, zeros } from '@retrograd/core';
import * as nn from '@retrograd/nn';

// Modules of which nothing is recorded: one of each, and what it is called with.

const random = new Generator().manualSeed(3);

/** Distinct numbers around 0, of float64, that ask for a gradient. */
function x(...shape: number[]): Tensor {
  return randn(shape, { dtype: 'float64', generator: random }).requiresGrad_();
}

function ints(values: readonly number[] | readonly number[][]): Tensor {
  return tensor(values, { dtype: 'int32' });
}

/** ±1, a target of losses. */
const signs = () => tensor([1, -1, 1], { dtype: 'float64' });
const distance = (a: Tensor, b: Tensor) => a.sub(b).square().sum(-1);

type Sample = readonly [module: nn.Module, ...inputs: unknown[]];

/** A lazy layer that has seen an input of a shape, and another one. */
function lazy(layer: nn.Layer, ...shape: number[]): Sample {
  layer.forward(zeros(shape));
  return [layer, x(...shape)];
}

export const moduleSamples: Readonly<Record<string, () => Sample>> = {
  AdaptiveAvgPool3d: () => [new nn.AdaptiveAvgPool3d(2), x(1, 1, 3, 4, 3)],
  AdaptiveLogSoftmaxWithLoss: () => [
    new nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4], { divValue: 2 }),
    x(3, 4),
    ints([0, 5, 2]),
  ],
  AlphaDropout: () => [new nn.AlphaDropout(0.3), x(2, 3)],
  AvgPool1d: () => [new nn.AvgPool1d(2), x(1, 2, 5)],
  CTCLoss: () => [
    new nn.CTCLoss(),
    x(5, 2, 3).logSoftmax(2).detach().requiresGrad_(),
    ints([
      [1, 2],
      [2, 1],
    ]),
    ints([5, 4]),
    ints([2, 1]),
  ],
  ChannelShuffle: () => [new nn.ChannelShuffle(2), x(1, 4, 2, 2)],
  CircularPad1d: () => [new nn.CircularPad1d(1), x(1, 2, 4)],
  CircularPad2d: () => [new nn.CircularPad2d(1), x(1, 1, 3, 3)],
  CircularPad3d: () => [new nn.CircularPad3d(1), x(1, 1, 2, 3, 2)],
  ConstantPad1d: () => [new nn.ConstantPad1d(1, 0.5), x(1, 2, 4)],
  ConvTranspose2d: () => [new nn.ConvTranspose2d(2, 2, 2, { stride: 2 }), x(1, 2, 2, 3)],
  ConvTranspose3d: () => [new nn.ConvTranspose3d(1, 2, 2, { padding: 1 }), x(1, 1, 2, 3, 2)],
  CosineSimilarity: () => [new nn.CosineSimilarity(), x(2, 3), x(2, 3)],
  Dropout: () => [new nn.Dropout(0.3), x(2, 3)],
  Dropout1d: () => [new nn.Dropout1d(0.3), x(2, 3, 2)],
  Dropout2d: () => [new nn.Dropout2d(0.3), x(2, 3, 2, 2)],
  Dropout3d: () => [new nn.Dropout3d(0.3), x(2, 3, 1, 2, 2)],
  FeatureAlphaDropout: () => [new nn.FeatureAlphaDropout(0.3), x(2, 3, 2, 2)],
  Flatten: () => [new nn.Flatten(), x(2, 3, 2)],
  FractionalMaxPool2d: () => [new nn.FractionalMaxPool2d(2, { outputSize: 2 }), x(1, 1, 5, 5)],
  FractionalMaxPool3d: () => [new nn.FractionalMaxPool3d(2, { outputSize: 2 }), x(1, 1, 4, 4, 4)],
  GLU: () => [new nn.GLU(), x(2, 4)],
  GRUCell: () => [new nn.GRUCell(2, 3), x(2, 2), x(2, 3)],
  LPPool1d: () => [new nn.LPPool1d(2, 2), x(1, 1, 4)],
  LPPool3d: () => [new nn.LPPool3d(2, 2), x(1, 1, 2, 2, 4)],
  LSTMCell: () => [new nn.LSTMCell(2, 3), x(2, 2)],
  LazyBatchNorm1d: () => lazy(new nn.LazyBatchNorm1d(), 4, 2),
  LazyBatchNorm2d: () => lazy(new nn.LazyBatchNorm2d(), 2, 1, 2, 2),
  LazyBatchNorm3d: () => lazy(new nn.LazyBatchNorm3d(), 2, 1, 1, 2, 2),
  LazyConv1d: () => lazy(new nn.LazyConv1d(2, 2), 1, 2, 3),
  LazyConv2d: () => lazy(new nn.LazyConv2d(2, 2), 1, 2, 2, 3),
  LazyConv3d: () => lazy(new nn.LazyConv3d(2, 2), 1, 1, 2, 3, 2),
  LazyConvTranspose1d: () => lazy(new nn.LazyConvTranspose1d(2, 2), 1, 2, 3),
  LazyConvTranspose2d: () => lazy(new nn.LazyConvTranspose2d(2, 2), 1, 2, 2, 2),
  LazyConvTranspose3d: () => lazy(new nn.LazyConvTranspose3d(2, 2), 1, 1, 2, 1, 2),
  LazyInstanceNorm1d: () => lazy(new nn.LazyInstanceNorm1d({ affine: true }), 2, 4),
  LazyInstanceNorm2d: () => lazy(new nn.LazyInstanceNorm2d(), 1, 2, 2, 2),
  LazyInstanceNorm3d: () => lazy(new nn.LazyInstanceNorm3d(), 1, 2, 1, 2, 2),
  LazyLinear: () => lazy(new nn.LazyLinear(2), 2, 3),
  LeakyReLU: () => [new nn.LeakyReLU(0.2), x(2, 3)],
  LogSoftmax: () => [new nn.LogSoftmax(1), x(2, 3)],
  MarginRankingLoss: () => [new nn.MarginRankingLoss(), x(3), x(3), signs()],
  MaxUnpool1d: () => [new nn.MaxUnpool1d(2), x(1, 1, 2), ints([0, 3]).reshape(1, 1, 2)],
  MaxUnpool2d: () => [new nn.MaxUnpool2d(2), x(1, 1, 1, 2), ints([5, 2]).reshape(1, 1, 1, 2)],
  MaxUnpool3d: () => [new nn.MaxUnpool3d(2), x(1, 1, 1, 1, 2), ints([5, 2]).reshape(1, 1, 1, 1, 2)],
  Mish: () => [new nn.Mish(), x(2, 3)],
  PairwiseDistance: () => [new nn.PairwiseDistance(), x(2, 3), x(2, 3)],
  PixelShuffle: () => [new nn.PixelShuffle(2), x(1, 4, 2, 1)],
  PixelUnshuffle: () => [new nn.PixelUnshuffle(2), x(1, 1, 4, 2)],
  PoissonNLLLoss: () => [new nn.PoissonNLLLoss(), x(2, 3), x(2, 3).exp().detach()],
  RMSNorm: () => [new nn.RMSNorm(3), x(2, 3)],
  RNNCell: () => [new nn.RNNCell(2, 3), x(2, 2)],
  RReLU: () => [new nn.RReLU(), x(2, 3)],
  ReLU6: () => [new nn.ReLU6(), x(2, 3)],
  ReflectionPad2d: () => [new nn.ReflectionPad2d(1), x(1, 1, 3, 3)],
  ReplicationPad1d: () => [new nn.ReplicationPad1d(2), x(1, 2, 3)],
  ReplicationPad2d: () => [new nn.ReplicationPad2d(1), x(1, 1, 3, 2)],
  ReplicationPad3d: () => [new nn.ReplicationPad3d(1), x(1, 1, 2, 1, 2)],
  SELU: () => [new nn.SELU(), x(2, 3)],
  Sequential: () => [new nn.Sequential(new nn.Linear(3, 2), new nn.Tanh()), x(2, 3)],
  Sigmoid: () => [new nn.Sigmoid(), x(2, 3)],
  Softmax: () => [new nn.Softmax(1), x(2, 3)],
  Softmax2d: () => [new nn.Softmax2d(), x(1, 3, 2, 2)],
  Softsign: () => [new nn.Softsign(), x(2, 3)],
  Threshold: () => [new nn.Threshold(0.1, 2), x(2, 3)],
  TransformerDecoder: () => [
    new nn.TransformerDecoder(new nn.TransformerDecoderLayer(4, 2, { dimFeedforward: 3, dropout: 0 }), 1),
    x(2, 1, 4),
    x(3, 1, 4),
  ],
  TransformerEncoder: () => [
    new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 3, dropout: 0 }), 1),
    x(2, 1, 4),
  ],
  TripletMarginWithDistanceLoss: () => [
    new nn.TripletMarginWithDistanceLoss({ distanceFunction: distance }),
    x(2, 3),
    x(2, 3),
    x(2, 3),
  ],
  Unflatten: () => [new nn.Unflatten(1, [2, 2]), x(2, 4)],
  UpsamplingBilinear2d: () => [new nn.UpsamplingBilinear2d({ scaleFactor: 2 }), x(1, 1, 2, 3)],
  UpsamplingNearest2d: () => [new nn.UpsamplingNearest2d({ scaleFactor: 2 }), x(1, 1, 2, 3)],
  ZeroPad1d: () => [new nn.ZeroPad1d(1), x(1, 2, 3)],
  ZeroPad2d: () => [new nn.ZeroPad2d(1), x(1, 1, 3, 2)],
  ZeroPad3d: () => [new nn.ZeroPad3d(1), x(1, 1, 2, 2, 2)],
};

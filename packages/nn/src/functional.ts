/** The layers as functions, without parameters of their own: `import { F } from '@retrograd/nn'`. */
export {
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  flatten,
  fold,
  logSoftmax,
  oneHot,
  pdist,
  sigmoid,
  softmax,
  tanh,
  unflatten,
  unfold,
} from '@retrograd/core';
export { glu, gumbelSoftmax, softmin } from './functional/activation/along-dim.ts';
export {
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  hardtanh_,
  leakyRelu,
  leakyRelu_,
  prelu,
  relu,
  relu_,
  relu6,
  rrelu,
  rrelu_,
  softshrink,
  threshold,
  threshold_,
} from './functional/activation/piecewise.ts';
export {
  celu,
  celu_,
  elu,
  elu_,
  gelu,
  logsigmoid,
  mish,
  selu,
  selu_,
  silu,
  softplus,
  softsign,
  tanhshrink,
} from './functional/activation/smooth.ts';
export { multiHeadAttentionForward } from './functional/attention/multi-head.ts';
export { scaledDotProductAttention } from './functional/attention/scaled.ts';
export { cosineSimilarity, pairwiseDistance } from './functional/distance.ts';
export {
  alphaDropout,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  featureAlphaDropout,
} from './functional/dropout.ts';
export { embedding, embeddingBag } from './functional/embedding.ts';
export { affineGrid, gridSample } from './functional/grid.ts';
export { interpolate, upsampleBilinear, upsampleNearest } from './functional/interpolation.ts';
export { bilinear, linear } from './functional/linear.ts';
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  multilabelSoftMarginLoss,
  softMarginLoss,
} from './functional/loss/binary.ts';
export { crossEntropy, nllLoss } from './functional/loss/classification.ts';
export { ctcLoss } from './functional/loss/ctc.ts';
export { multilabelMarginLoss, multiMarginLoss } from './functional/loss/margin.ts';
export {
  gaussianNllLoss,
  huberLoss,
  klDiv,
  l1Loss,
  mseLoss,
  poissonNllLoss,
  smoothL1Loss,
} from './functional/loss/regression.ts';
export {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  marginRankingLoss,
  tripletMarginLoss,
  tripletMarginWithDistanceLoss,
} from './functional/loss/similarity.ts';
export {
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponseNorm,
  normalize,
  rmsNorm,
} from './functional/normalization.ts';
export { pad } from './functional/pad.ts';
export { channelShuffle, pixelShuffle, pixelUnshuffle } from './functional/pixels.ts';
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  fractionalMaxPool2d,
  fractionalMaxPool3d,
  lpPool1d,
  lpPool2d,
  lpPool3d,
  maxPool1d,
  maxPool1dWithIndices,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  maxPool3dWithIndices,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
} from './functional/pooling.ts';

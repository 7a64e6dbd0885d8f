/** The layers as functions, without parameters of their own: `import { F } from '@retrograd/nn'`. */
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  maxPool1d,
  maxPool1dWithIndices,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  maxPool3dWithIndices,
} from '@retrograd/core';
export {
  elu,
  gelu,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  relu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from './functional/activation.ts';
export { crossEntropy, nllLoss } from './functional/classification.ts';
export { dropout, dropout2d } from './functional/dropout.ts';
export { linear } from './functional/linear.ts';
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  l1Loss,
  mseLoss,
} from './functional/loss.ts';
export { batchNorm } from './functional/normalization.ts';
export { flatten, fold, oneHot, pad, unflatten, unfold } from './functional/shape.ts';

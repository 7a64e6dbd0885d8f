/** PyTorch's `torch.nn.utils`: `nn.utils.rnn.packPaddedSequence(x, lengths)`. */

export { parametersToVector, vectorToParameters } from './parameter-vector.ts';
export * as parametrizations from './parametrizations.ts';
export * as parametrize from './parametrize.ts';
export * as rnn from './rnn/packing.ts';

export * from './activation/along-dim.ts';
export * from './activation/piecewise.ts';
export * from './activation/smooth.ts';
export * from './adaptive-pooling.ts';
export * from './adaptive-softmax.ts';
export * from './container.ts';
export {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvLayerOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeLayerOptions,
  type PaddingMode,
} from './conv.ts';
export * from './distance.ts';
export * from './dropout.ts';
export * from './embedding.ts';
export * from './folding.ts';
export type { MultiHeadCall } from './functional/attention/heads.ts';
export * as F from './functional.ts';
export * as functional from './functional.ts';
export { functionalCall } from './functional-call.ts';
export type { ForwardHook, ForwardPreHook, HookHandle } from './hooks.ts';
export * as init from './init.ts';
export * from './layer-norm.ts';
export * from './lazy.ts';
export { Bilinear, Linear, type LinearOptions } from './linear.ts';
export * from './loss/binary.ts';
export * from './loss/classification.ts';
export * from './loss/ctc.ts';
export * from './loss/regression.ts';
export * from './loss/similarity.ts';
export * from './lp-pooling.ts';
export * from './max-unpooling.ts';
export { type BufferOptions, type Layer, Module, type RecurseOptions } from './module.ts';
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormOptions,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type InstanceNormOptions,
} from './normalization.ts';
export type { OutputSizeOptions } from './output-size.ts';
export * from './padding.ts';
export { Parameter, type ParameterOptions } from './parameter.ts';
export * from './pixels.ts';
export * from './pooling.ts';
export type { RecurrentOptions, RecurrentSizes } from './rnn/base.ts';
export { type CellOptions, GRUCell, LSTMCell, RNNCell, type RNNCellOptions } from './rnn/cell.ts';
export * from './rnn/recurrent.ts';
export { loadCheckpoint, type Restorable, saveCheckpoint } from './serialization/checkpoint.ts';
export * as safetensors from './serialization/safetensors.ts';
export { CheckpointError, type Saveable, type Saved, type Stateful } from './serialization/tree.ts';
export * from './shape.ts';
export { type KeyReport, type LoadOptions, type Misfit, type StateDict, StateDictError } from './state.ts';
export { Summary, type SummaryRow, summary } from './summary.ts';
export { MultiheadAttention, type MultiheadAttentionOptions } from './transformer/attention.ts';
export {
  type DecoderLayerCall,
  type EncoderLayerCall,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from './transformer/layer.ts';
export * from './transformer/transformer.ts';
export {
  isUninitialized,
  type Uninitialized,
  UninitializedBuffer,
  type UninitializedOptions,
  UninitializedParameter,
  type UninitializedParameterOptions,
} from './uninitialized.ts';
export * from './upsampling.ts';
export * as utils from './utils.ts';

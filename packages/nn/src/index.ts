export * from './activation.ts';
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
} from './conv.ts';
export * from './dropout.ts';
export * as F from './functional.ts';
export * as functional from './functional.ts';
export type { ForwardHook, ForwardPreHook, HookHandle } from './hooks.ts';
export * as init from './init.ts';
export { Linear, type LinearOptions } from './linear.ts';
export * from './loss.ts';
export { type BufferOptions, type Layer, Module, type RecurseOptions } from './module.ts';
export * from './normalization.ts';
export { Parameter, type ParameterOptions } from './parameter.ts';
export * from './pooling.ts';
export * from './shape.ts';
export { type KeyReport, type LoadOptions, type Misfit, type StateDict, StateDictError } from './state.ts';
export { Summary, type SummaryRow, summary } from './summary.ts';

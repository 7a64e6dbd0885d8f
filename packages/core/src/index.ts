import './methods.ts';

// Tensors, their dtypes and shapes, and what can go wrong.

export { type DType, dtypes, isDType, type TypedArray } from './dtype.ts';
export * from './errors.ts';
export { isFloat, numelOf, promoteTypes, sameShape, showShape, showShapes } from './ops/facts.ts';
export type { Shape } from './shape.ts';
export { Tensor } from './tensor.ts';

// Gradients.

export { type BackwardOptions, backward, type GradOptions, grad } from './autograd/backward.ts';
export {
  checkGradients,
  type Differentiable,
  type Disagreement,
  type GradcheckOptions,
  type GradcheckReport,
  gradcheck,
  gradgradcheck,
} from './autograd/gradcheck.ts';
export { enableGrad, isGradEnabled, noGrad, setGradEnabled } from './autograd/mode.ts';
export type { TensorHook } from './autograd/tape.ts';
export { type Observer, observe } from './dispatch.ts';

// Making tensors.

export { clone } from './ops/convert.ts';
export {
  arange,
  type CreationOptions,
  empty,
  emptyLike,
  eye,
  fromTypedArray,
  full,
  fullLike,
  linspace,
  ones,
  onesLike,
  type TensorData,
  tensor,
  zeros,
  zerosLike,
} from './ops/creation.ts';

// Random numbers.

export {
  drawSeed,
  fillTruncatedNormal,
  type GeneratorOptions,
  normal,
  type RandomOptions,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
} from './ops/random.ts';
export * from './ops/sampling.ts';
export { defaultGenerator, Generator, manualSeed } from './random/generator.ts';

// Threads and memory.

export {
  getNumThreads,
  type MemoryLimits,
  type MemoryStats,
  memoryStats,
  setMemoryLimits,
  setNumThreads,
} from './runtime.ts';

// Elementwise ops.

export * from './ops/aliases.ts';
export * from './ops/arithmetic.ts';
export { add, div, round, sub } from './ops/arithmetic.ts';
export * from './ops/comparison.ts';
export * from './primitives/elementwise.ts';

// Reductions.

export type {
  DimOptions,
  Dims,
  DTypeOptions,
  KeepdimOptions,
  OneDimOptions,
  ReduceOptions,
} from './ops/dims.ts';
export * from './ops/extremes.ts';
export * from './ops/reduction.ts';
export * from './ops/softmax.ts';
export * from './ops/statistics.ts';

// Shapes, views and indices.

export * from './ops/broadcasting.ts';
export * from './ops/indexing.ts';
export * from './ops/joining.ts';
export * from './ops/padding.ts';
export * from './ops/rearranging.ts';
export * from './ops/shape.ts';
export * from './ops/slicing.ts';

// Products, convolutions and windows.

export * from './ops/conv.ts';
export { type CorrelateOptions, correlate } from './ops/correlate.ts';
export * from './ops/linalg.ts';
export * from './ops/pool.ts';
export * from './ops/windows.ts';

// What the packages above check their arguments with.

export { checkOptions, type Optional, optional, type Sizes, type SizesThenOptions } from './ops/arguments.ts';
export { checkTensor, type TensorLike } from './primitives/operand.ts';
export { perDim } from './shape.ts';

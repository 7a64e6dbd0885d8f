import './methods.ts';

// Tensors, their dtypes and shapes, and what can go wrong.

export { type DType, dtypes, type FloatLimits, isDType, type TypedArray } from './dtype.ts';
export * from './errors.ts';
export { finfo, isFloat, numelOf, promoteTypes, sameShape, showShape, showShapes } from './ops/facts.ts';
export type { Shape } from './shape.ts';
export { Tensor } from './tensor.ts';

// Gradients.

export {
  type BackwardArguments,
  type BackwardInputs,
  type BackwardOptions,
  backward,
  type GradOptions,
  grad,
} from './autograd/backward.ts';
export {
  checkGradients,
  type Differentiable,
  type Disagreement,
  type GradcheckOptions,
  type GradcheckReport,
  gradcheck,
  gradgradcheck,
} from './autograd/gradcheck.ts';
export { enableGrad, inferenceMode, isGradEnabled, noGrad, setGradEnabled } from './autograd/mode.ts';
export type { RemovableHandle, TensorHook } from './autograd/node-hooks.ts';
export { type InDims, vmap } from './autograd/vmap.ts';
export * as autograd from './autograd.ts';
export { type Call, type Observer, observe, type Probe, probe } from './dispatch.ts';

// Making tensors.

export { clone, positive } from './ops/convert.ts';
export {
  arange,
  asTensor,
  type CreationOptions,
  empty,
  emptyLike,
  eye,
  fromTypedArray,
  full,
  fullLike,
  ones,
  onesLike,
  type TensorData,
  tensor,
  zeros,
  zerosLike,
} from './ops/creation.ts';
export { type LogspaceOptions, linspace, logspace } from './ops/spaced.ts';

// Random numbers.

export * as distributions from './distributions.ts';
export { categorical } from './ops/categorical.ts';
export {
  drawSeed,
  type GeneratorOptions,
  normal,
  poisson,
  type RandomOptions,
  rand,
  randint,
  randintLike,
  randLike,
  randn,
  randnLike,
  randperm,
  truncatedNormal_,
} from './ops/random.ts';
export * from './ops/sampling.ts';
export { defaultGenerator, Generator, getRngState, manualSeed, setRngState } from './random/generator.ts';

// Threads and memory.

export {
  getNumThreads,
  kernelFallbacks,
  type MemoryLimits,
  type MemoryStats,
  memoryStats,
  setMemoryLimits,
  setNumThreads,
  synchronize,
} from './runtime.ts';

// Elementwise ops.

export * from './ops/aliases.ts';
export * from './ops/arithmetic.ts';
export { add, div, sub } from './ops/arithmetic.ts';
export * from './ops/bounds.ts';
export * from './ops/comparison.ts';
export * from './ops/exponents.ts';
export { logit } from './ops/exponents.ts';
export * from './ops/floats.ts';
export * from './ops/rounding.ts';
export { round } from './ops/rounding.ts';
export { mvlgamma, polygamma, special } from './ops/special.ts';
export * from './primitives/elementwise.ts';

// Reductions.

export * from './ops/covariance.ts';
export type {
  DimOptions,
  Dims,
  DTypeOptions,
  KeepdimOptions,
  OneDimOptions,
  ReduceOptions,
} from './ops/dims.ts';
export * from './ops/extremes.ts';
export * from './ops/histograms.ts';
export * from './ops/medians.ts';
export * from './ops/quantiles.ts';
export * from './ops/reduction.ts';
export * from './ops/softmax.ts';
export * from './ops/statistics.ts';

// Sorting, searching, and sums along the way.

export * from './ops/calculus.ts';
export * from './ops/cumulative.ts';
export * from './ops/searching.ts';
export * from './ops/sorting.ts';
export * from './ops/unique.ts';

// Shapes, views and indices.

export * from './ops/broadcasting.ts';
export * from './ops/diagonals.ts';
export type { Fold, FoldOptions } from './ops/folding.ts';
export * from './ops/gathering.ts';
export * from './ops/grids.ts';
export * from './ops/indexing.ts';
export { type Index, type IndexArray, type Slice, slice } from './ops/indices.ts';
export * from './ops/joining.ts';
export * from './ops/masked.ts';
export * from './ops/padding.ts';
export * from './ops/rearranging.ts';
export * from './ops/regions.ts';
export * from './ops/repeating.ts';
export * from './ops/rows.ts';
export * from './ops/scatter.ts';
export * from './ops/shape.ts';
export * from './ops/slicing.ts';
export * from './ops/splitting.ts';
export * from './ops/triangles.ts';

// Products, convolutions and windows.

export * as linalg from './linalg.ts';
export * from './ops/adaptive-pool.ts';
export * from './ops/add-products.ts';
export * from './ops/conv.ts';
export { type CorrelateOptions, correlate } from './ops/correlate.ts';
export { type CdistOptions, cdist, type DistanceOptions, pdist } from './ops/distances.ts';
export { einsum } from './ops/einsum.ts';
export * from './ops/fractional-pool.ts';
export {
  type InterpolateMode,
  type InterpolateOptions,
  interpolate,
  interpolateOrder,
} from './ops/interpolate.ts';
export { multiDot as chainMatmul, multiDot } from './ops/linalg/chain.ts';
export { luUnpack } from './ops/linalg/lu.ts';
export { type VanderOptions, vander } from './ops/linalg/tensors.ts';
export * from './ops/matrices.ts';
export * from './ops/pool.ts';
export * from './ops/products.ts';
export * from './ops/windows.ts';

// What activations and losses are made of.

export { type Fused, fuse } from './ops/fuse.ts';
export { boundedLog } from './primitives/bounded-log.ts';
export { piecewise } from './primitives/piecewise.ts';

// What the packages above ask of the platform, and read and write files with.

export { environment } from './environment.ts';
export { type FileReader, type NodeLibrary, nodeLibrary, openFile, writeAtomically } from './files.ts';

// What the packages above check their arguments with.

export { dtypeOfArray } from './dtype.ts';
export {
  checkInteger,
  checkNumber,
  checkOptions,
  definedOnly,
  isPlainObject,
  type Optional,
  optional,
  type Sizes,
  type SizesThenOptions,
} from './ops/arguments.ts';
export { checkTensor, describe, type TensorLike } from './primitives/operand.ts';
export { perDim } from './shape.ts';

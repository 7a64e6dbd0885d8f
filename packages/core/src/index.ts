import './methods.ts';

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
export { type DType, dtypes, isDType, isFloat, promote as promoteTypes, type TypedArray } from './dtype.ts';
export * from './errors.ts';
export {
  checkOptions,
  type Optional,
  optional,
  type Sizes,
  type SizesThenOptions,
} from './ops/arguments.ts';
export * from './ops/arithmetic.ts';
export { add, div, round, sub } from './ops/arithmetic.ts';
export * from './ops/conv.ts';
export { clone } from './ops/convert.ts';
export * from './ops/creation.ts';
export * from './ops/indexing.ts';
export * from './ops/linalg.ts';
export * from './ops/movement.ts';
export * from './ops/pool.ts';
export * from './ops/random.ts';
export * from './ops/reduction.ts';
export * from './ops/windows.ts';
export { correlate } from './primitives/correlate.ts';
export * from './primitives/elementwise.ts';
export { checkTensor, type TensorLike } from './primitives/operand.ts';
export { drawSeed } from './random/distributions.ts';
export { defaultGenerator, Generator, manualSeed } from './random/generator.ts';
export { fillTruncatedNormal } from './random/truncated.ts';
export {
  numelOf,
  perDim,
  type Shape,
  sameShape,
  showShape,
  showShapes,
} from './shape.ts';
export { Tensor } from './tensor.ts';

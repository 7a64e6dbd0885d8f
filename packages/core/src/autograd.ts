/** PyTorch's `torch.autograd`, under its names: `autograd.Function`, `autograd.functional.jacobian(f, x)`. */
export { detectAnomaly, isAnomalyEnabled, setDetectAnomaly } from './autograd/anomaly.ts';
export {
  type BackwardArguments,
  type BackwardInputs,
  type BackwardOptions,
  backward,
  type GradOptions,
  grad,
} from './autograd/backward.ts';
export { checkpoint } from './autograd/checkpoint.ts';
export { CustomFunction as Function } from './autograd/function.ts';
export type { FunctionCtx } from './autograd/function-context.ts';
export * as functional from './autograd/functional.ts';
export { type GradcheckOptions, gradcheck, gradgradcheck } from './autograd/gradcheck.ts';
export { enableGrad, inferenceMode, isGradEnabled, noGrad, setGradEnabled } from './autograd/mode.ts';
export type { NodeHook, NodePreHook, RemovableHandle, TensorHook } from './autograd/node-hooks.ts';
export { savedTensorsHooks } from './autograd/saved-hooks.ts';
export { type Edge, type Leaf, type Node, nextSequence, type SavedMeta } from './autograd/tape.ts';
export { currentNode } from './autograd/walk.ts';

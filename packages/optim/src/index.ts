export { type ClipGradNormOptions, clipGradNorm, clipGradValue } from './clip-grad.ts';
export {
  LRScheduler,
  type LRSchedulerOptions,
  type LRSchedulerStateDict,
  type Scheduled,
} from './lr-scheduler/lr-scheduler.ts';
export { StepLR, type StepLROptions } from './lr-scheduler/step-lr.ts';
export {
  type Hyperparameters,
  Optimizer,
  type Parameters,
  type ParamGroup,
  type ParamGroupInit,
} from './optimizer.ts';
export { SGD, type SGDHyperparameters } from './sgd.ts';
export type { OptimizerStateDict, ParamState } from './state-dict.ts';

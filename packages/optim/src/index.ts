export { Adadelta, type AdadeltaHyperparameters } from './adadelta.ts';
export { Adagrad, type AdagradHyperparameters } from './adagrad.ts';
export { Adam, type AdamHyperparameters, AdamW } from './adam.ts';
export { Adamax, type AdamaxHyperparameters } from './adamax.ts';
export { ASGD, type ASGDHyperparameters } from './asgd.ts';
export {
  type Averageable,
  AveragedModel,
  type AveragedModelOptions,
  type AvgFn,
  getEmaAvgFn,
  getSwaAvgFn,
} from './averaged-model.ts';
export * from './clip-grad.ts';
export type { Kind, Kinds } from './hyperparameters.ts';
export { LBFGS, type LBFGSHyperparameters } from './lbfgs.ts';
export {
  ChainedScheduler,
  SequentialLR,
} from './lr-scheduler/composed.ts';
export {
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  CosineAnnealingWarmRestarts,
  type CosineAnnealingWarmRestartsOptions,
} from './lr-scheduler/cosine-lr.ts';
export { CyclicLR, type CyclicLROptions, type ScaleFn } from './lr-scheduler/cyclic-lr.ts';
export { LambdaLR, type LrLambda, MultiplicativeLR } from './lr-scheduler/lambda-lr.ts';
export {
  ConstantLR,
  type ConstantLROptions,
  LinearLR,
  type LinearLROptions,
  PolynomialLR,
  type PolynomialLROptions,
} from './lr-scheduler/linear-lr.ts';
export { LRScheduler, type LRSchedulerOptions } from './lr-scheduler/lr-scheduler.ts';
export type { CycledMomentumOptions } from './lr-scheduler/momentum.ts';
export { OneCycleLR, type OneCycleLROptions } from './lr-scheduler/one-cycle-lr.ts';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './lr-scheduler/reduce-lr-on-plateau.ts';
export {
  type LRSchedulerStateDict,
  type PerGroup,
  Schedule,
  type Scheduled,
  type ScheduledGroup,
} from './lr-scheduler/schedule.ts';
export { ExponentialLR, type GammaOptions, MultiStepLR, StepLR } from './lr-scheduler/step-lr.ts';
export { SWALR, type SWALROptions } from './lr-scheduler/swa-lr.ts';
export { Muon, type MuonHyperparameters } from './muon.ts';
export { NAdam, type NAdamHyperparameters } from './nadam.ts';
export {
  type Hyperparameters,
  Optimizer,
  type Parameters,
  type ParamGroup,
  type ParamGroupInit,
  type ScheduleNotes,
  type ZeroGradOptions,
} from './optimizer.ts';
export { RAdam, type RAdamHyperparameters } from './radam.ts';
export { RMSprop, type RMSpropHyperparameters } from './rmsprop.ts';
export { Rprop, type RpropHyperparameters } from './rprop.ts';
export { SGD, type SGDHyperparameters } from './sgd.ts';
export type { OptimizerStateDict, ParamState } from './state-dict.ts';
export { updateBn, type Walkable } from './update-bn.ts';

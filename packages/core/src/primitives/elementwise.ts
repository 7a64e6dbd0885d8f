/**
 * The elementwise primitives by family. Those that PyTorch has under `torch` are named here, and so become methods and
 * have an in-place form; those of `torch.special` alone are for ops/special.ts.
 */
export * from './elementwise/arithmetic.ts';
export { i0 } from './elementwise/bessel.ts';
export { clampMax, clampMin, copysign, maximum, minimum, relu, where } from './elementwise/choice.ts';
export * from './elementwise/comparison.ts';
export { erf, erfc, erfinv } from './elementwise/error-function.ts';
export {
  exp,
  expm1,
  log,
  log1p,
  logaddexp,
  logaddexp2,
  logit,
  pow,
  sigmoid,
  sqrt,
  xlogy,
} from './elementwise/exponential.ts';
export { digamma, lgamma } from './elementwise/gamma.ts';
export * from './elementwise/integer.ts';
export * from './elementwise/rounding.ts';
export type { BinaryOp, UnaryOp } from './elementwise/rows.ts';
export * from './elementwise/trigonometric.ts';
